import Foundation

/// The text of a chart's `.dat` file: tab separated, with comments that say what each column and each block is.
struct DataFile: Equatable, Sendable {
    /// A column's name and what it holds, with its unit.
    struct Column: Equatable, Sendable {
        var name: String
        var meaning: String
    }

    /// What gnuplot calls an index: the rows of one series.
    struct Block: Equatable, Sendable {
        var title: String
        var rows: [[Cell]]
    }

    enum Cell: Equatable, Sendable {
        case number(Double?)
        case text(String)
    }

    var title: String
    var columns: [Column]
    var blocks: [Block] = []

    /// Adds a block and returns the index by which gnuplot finds it.
    mutating func add(_ title: String, rows: [[Cell]]) -> Int {
        blocks.append(Block(title: title, rows: rows))
        return blocks.count - 1
    }

    /// The file's text. Columns of text come last, so that no line begins with one.
    var text: String {
        var lines = ["# \(Self.line(title))", "# Columns, separated by tabs:"]
        for (index, column) in columns.enumerated() {
            lines.append("#   \(index + 1) \(column.name): \(column.meaning)")
        }
        lines.append("# Two empty lines part the series; gnuplot counts them from index 0.")
        for (index, block) in blocks.enumerated() {
            if index > 0 { lines += ["", ""] }
            lines.append("# index \(index): \(Self.line(block.title))")
            for row in block.rows { lines.append(row.map(Self.cell).joined(separator: "\t")) }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func cell(_ cell: Cell) -> String {
        switch cell {
        case .number(let value): number(value)
        case .text(let text): line(text)
        }
    }

    /// A number with at most twelve significant digits, more than any clock or counter has, so that the noise of the last
    /// bits does not differ between machines; `NaN` for what is not known.
    static func number(_ value: Double?) -> String {
        guard let value, value.isFinite else { return "NaN" }
        if value == value.rounded(), abs(value) < 1e15 { return String(Int(value)) }
        return String(format: "%.12g", value)
    }

    /// A text on one line without what gnuplot would take for a separator or a quote.
    private static func line(_ text: String) -> String {
        String(text.map { $0 == "\"" ? "'" : $0.isNewline || $0 == "\t" || $0.isControl ? " " : $0 })
    }
}

extension Character {
    /// Whether it is a control character, which no text of a chart or page may hold.
    var isControl: Bool { unicodeScalars.allSatisfy { $0.properties.generalCategory == .control } }
}
