import Foundation

/// A document as one self-contained page: charts inlined, no request to anywhere, light and dark, readable on a phone.
struct HTMLRenderer {
    /// The SVG of each chart that was drawn, by name.
    var pictures: [String: String]

    /// Characters that stand for themselves in a link inside the run's folder.
    static let addressCharacters = CharacterSet(
        charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/#")

    func text(_ document: Document) -> String {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>\(Self.escape(document.title))</title>
        <style>
        \(PageStyle.css)
        </style>
        </head>
        <body>
        <main>
        <h1>\(Self.escape(document.title))</h1>
        \(document.blocks.map(render).joined(separator: "\n"))
        </main>
        </body>
        </html>

        """
    }

    private func render(_ block: Document.Block) -> String {
        switch block {
        case .heading(let level, let text):
            return "<h\(level)>\(Self.escape(text))</h\(level)>"
        case .paragraph(let inlines):
            return "<p>\(render(inlines))</p>"
        case .list(let items):
            return "<ul>\n" + items.map { "<li>\(render($0))</li>" }.joined(separator: "\n") + "\n</ul>"
        case .table(let table):
            return render(table)
        case .chart(let picture):
            return render(picture)
        case .notice(let inlines):
            return "<p class=\"notice\">\(render(inlines))</p>"
        case .code(let text):
            return "<pre tabindex=\"0\"><code>\(Self.escape(text))</code></pre>"
        case .details(let title, let blocks):
            return "<details><summary>\(Self.escape(title))</summary>\n"
                + blocks.map(render).joined(separator: "\n") + "\n</details>"
        }
    }

    private func render(_ inlines: [Document.Inline]) -> String {
        inlines.map { inline in
            switch inline {
            case .text(let text): Self.escape(Self.unbroken(text))
            case .strong(let text): "<strong>\(Self.escape(Self.unbroken(text)))</strong>"
            case .code(let text): "<code>\(Self.escape(text))</code>"
            case .link(let text, let target):
                "<a href=\"\(Self.escape(Self.address(target)))\">\(Self.escape(text))</a>"
            case .lineBreak: "<br>"
            case .aside(let text): "<small>\(Self.escape(Self.unbroken(text)))</small>"
            case .verdict(let verdict): "<span class=\"verdict \(Self.style(verdict))\">\(verdict.rawValue)</span>"
            }
        }.joined()
    }

    private func render(_ table: Document.Table) -> String {
        // What is read as text needs room for some words in a line, or a phone makes a tower of it.
        let isLong = table.columns.indices.map { column in
            table.columns[column].alignment == .left
                && (table.columns[column].title.count > Self.longText
                    || table.rows.contains { Self.length($0[column]) > Self.longText })
        }
        func cell(_ tag: String, _ column: Int, _ inner: String) -> String {
            let isNumber = table.columns[column].alignment == .right
            let style = isNumber ? " class=\"number\"" : isLong[column] ? " class=\"long\"" : ""
            let title =
                table.stacksWhenNarrow && tag == "td"
                ? " data-title=\"\(Self.escape(table.columns[column].title))\"" : ""
            return "<\(tag)\(style)\(title)>\(inner)</\(tag)>"
        }
        let head = table.columns.enumerated().map { cell("th", $0.offset, Self.escape($0.element.title)) }.joined()
        let rows = table.rows.map { row in
            "<tr>" + row.enumerated().map { cell("td", $0.offset, render($0.element)) }.joined() + "</tr>"
        }
        return """
            <div class="scroll" tabindex="0"><table\(Self.style(table))>
            <thead><tr>\(head)</tr></thead>
            <tbody>
            \(rows.joined(separator: "\n"))
            </tbody>
            </table></div>
            """
    }

    private func render(_ picture: Document.Picture) -> String {
        guard let svg = pictures[picture.name] else { return "" }
        let path = "charts/\(picture.name)"
        return """
            <figure>
            <div class="card scroll" tabindex="0">
            \(InlineSVG.text(svg, name: picture.name, title: "\(picture.title). \(picture.caption)"))
            </div>
            <figcaption>This chart as <a href="\(path).svg">picture</a>, <a href="\(path).dat">data</a> and \
            <a href="\(path).gp">gnuplot script</a></figcaption>
            </figure>
            """
    }

    /// From so many characters on a cell is a text.
    private static let longText = 28

    private static func length(_ inlines: [Document.Inline]) -> Int {
        inlines.reduce(0) { sum, inline in
            switch inline {
            case .text(let text), .strong(let text), .code(let text), .aside(let text), .link(let text, _):
                sum + text.count
            case .verdict, .lineBreak: sum
            }
        }
    }

    private static func style(_ table: Document.Table) -> String {
        let names = [table.pinsFirstColumn ? "pinned" : "", table.stacksWhenNarrow ? "stacks" : ""]
            .filter { !$0.isEmpty }
        return names.isEmpty ? "" : " class=\"\(names.joined(separator: " "))\""
    }

    private static func style(_ verdict: Document.Verdict) -> String {
        switch verdict {
        case .met: "met"
        case .missed: "missed"
        case .notMeasured, .none: "open"
        }
    }

    private static func address(_ target: String) -> String {
        target.addingPercentEncoding(withAllowedCharacters: addressCharacters) ?? ""
    }

    /// A text whose figures keep their signs on their line.
    private static func unbroken(_ text: String) -> String {
        text.replacing(/([0-9]) ([%×])/) { "\($0.1)\u{A0}\($0.2)" }
    }

    /// A text in which nothing is HTML, inside elements as well as inside quoted attributes.
    static func escape(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\n", "\r\n", "\t": result.append(character)
            default: result.append(character.isControl ? "\u{FFFD}" : character)
            }
        }
        return result
    }
}
