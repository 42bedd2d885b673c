import Foundation

/// A document as GitHub-flavoured Markdown, for a pull request.
struct MarkdownRenderer {
    func text(_ document: Document) -> String {
        var parts = ["# \(escape(document.title))"]
        for block in document.blocks { parts.append(render(block)) }
        return parts.joined(separator: "\n\n") + "\n"
    }

    private func render(_ block: Document.Block) -> String {
        switch block {
        case .heading(let level, let text):
            return String(repeating: "#", count: level) + " " + escape(text)
        case .paragraph(let inlines):
            return render(inlines)
        case .list(let items):
            return items.map { "- " + render($0) }.joined(separator: "\n")
        case .table(let table):
            return render(table)
        case .chart(let picture):
            return "![\(escape(picture.title))](charts/\(picture.name).svg)"
        case .notice(let inlines):
            return "> **Note:** " + render(inlines)
        case .code(let text):
            let fence = fence(around: text)
            return "\(fence)\n\(text)\n\(fence)"
        case .details(let title, let blocks):
            let inner = blocks.map(render).joined(separator: "\n\n")
            return "<details><summary>\(escape(title))</summary>\n\n\(inner)\n\n</details>"
        }
    }

    private func render(_ inlines: [Document.Inline]) -> String {
        inlines.map { inline in
            switch inline {
            case .text(let text): escape(text)
            case .strong(let text): "**\(escape(text))**"
            case .code(let text): code(text)
            case .link(let text, let target): "[\(escape(text))](\(address(target)))"
            case .lineBreak: "<br>"
            case .aside(let text): escape(text)
            case .verdict(let verdict): verdict == .missed ? "**\(verdict.rawValue)**" : verdict.rawValue
            }
        }.joined()
    }

    private func render(_ table: Document.Table) -> String {
        var lines = ["| " + table.columns.map { escape($0.title) }.joined(separator: " | ") + " |"]
        lines.append(
            "| " + table.columns.map { $0.alignment == .right ? "---:" : "---" }.joined(separator: " | ") + " |")
        for row in table.rows { lines.append("| " + row.map(render).joined(separator: " | ") + " |") }
        return lines.joined(separator: "\n")
    }

    /// A text in which nothing is Markdown or HTML, on one line.
    private func escape(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "\\", "`", "*", "_", "[", "]", "|", "#", "~": result += "\\\(character)"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "&": result += "&amp;"
            default: result.append(character.isNewline || character.isControl ? " " : character)
            }
        }
        return result
    }

    private func code(_ text: String) -> String {
        let line = String(text.map { $0.isNewline || $0.isControl ? " " : $0 })
        // A bar would end the table's cell even inside of code.
        let longest = longestRun(of: "`", in: line)
        let ticks = String(repeating: "`", count: longest + 1)
        let pad = line.hasPrefix("`") || line.hasSuffix("`") ? " " : ""
        return ticks + pad + line.replacing("|", with: "\\|") + pad + ticks
    }

    private func fence(around text: String) -> String {
        String(repeating: "`", count: Swift.max(3, longestRun(of: "`", in: text) + 1))
    }

    private func longestRun(of character: Character, in text: String) -> Int {
        var longest = 0
        var run = 0
        for next in text {
            run = next == character ? run + 1 : 0
            longest = Swift.max(longest, run)
        }
        return longest
    }

    private func address(_ target: String) -> String {
        target.addingPercentEncoding(withAllowedCharacters: HTMLRenderer.addressCharacters) ?? ""
    }
}
