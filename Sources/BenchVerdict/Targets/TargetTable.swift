public import BenchResults

/// The targets of a run as a table for people.
public enum TargetTable {
    /// Columns of plain text, aligned by spaces, for a terminal: id, claim, measured, verdict, bar.
    ///
    /// - Parameters:
    ///   - color: whether to paint `met` green, `missed` red and `not-measured` grey with terminal codes.
    ///   - claimWidth: the most characters of a claim, at least 4; a longer one ends in `...`.
    public static func text(_ rows: [TargetRow], color: Bool = false, claimWidth: Int = .max) -> String {
        precondition(claimWidth >= 4, "a claim needs room for more than its dots")
        let header = ["target", "claim", "measured", "verdict", "our bar"]
        let cells = rows.map { [$0.target, cut($0.claim, to: claimWidth), measured($0), $0.verdict.rawValue, bar($0)] }
        let widths = header.indices.map { column in ([header] + cells).map { $0[column].count }.max() ?? 0 }
        func line(_ cells: [String], paint: [Int: TargetVerdict] = [:]) -> String {
            let padded = cells.enumerated().map { column, cell in
                let space = column == cells.count - 1 ? "" : String(repeating: " ", count: widths[column] - cell.count)
                let painted = paint[column].map { terminalColor($0) + cell + "\u{1B}[0m" } ?? cell
                return painted + space
            }
            return padded.joined(separator: "  ")
        }
        var lines = [line(header), line(widths.map { String(repeating: "-", count: $0) })]
        for (row, cells) in zip(rows, cells) {
            let paint = color ? [3: row.verdict, 4: row.barVerdict] : [:]
            lines.append(line(cells, paint: row.harderBar == nil ? paint.filter { $0.key == 3 } : paint))
        }
        return lines.joined(separator: "\n") + "\n" + tally(rows) + "\n"
    }

    /// A table in Markdown with the columns of `text` and the size of the measurement.
    public static func markdown(_ rows: [TargetRow]) -> String {
        var lines = [
            "| target | claim | measured | verdict | our bar | measured at |", "| --- | --- | --- | --- | --- | --- |",
        ]
        for row in rows {
            let verdict = row.verdict == .missed ? "**missed**" : row.verdict.rawValue
            let cells = [row.target, row.claim, measured(row), verdict, bar(row), row.scale]
            lines.append("| " + cells.map(escaped).joined(separator: " | ") + " |")
        }
        return lines.joined(separator: "\n") + "\n\n" + tally(rows) + "\n"
    }

    /// One line that counts the verdicts.
    public static func tally(_ rows: [TargetRow]) -> String {
        func count(_ verdict: TargetVerdict) -> Int { rows.count { $0.verdict == verdict } }
        func bars(_ verdict: TargetVerdict) -> Int { rows.count { $0.harderBar != nil && $0.barVerdict == verdict } }
        return "documented targets: \(count(.met)) met, \(count(.missed)) missed, \(count(.notMeasured)) not measured; "
            + "our harder bars: \(bars(.met)) met, \(bars(.missed)) missed, \(bars(.notMeasured)) not measured"
    }

    private static func cut(_ text: String, to width: Int) -> String {
        text.count <= width ? text : text.prefix(width - 3) + "..."
    }

    private static func measured(_ row: TargetRow) -> String {
        row.measured.map { quantityText($0, unit: row.unit) } ?? "-"
    }

    private static func bar(_ row: TargetRow) -> String {
        row.harderBar.map { "\(row.comparison) \(quantityText($0, unit: row.unit)) \(row.barVerdict.rawValue)" } ?? "-"
    }

    private static func terminalColor(_ verdict: TargetVerdict) -> String {
        switch verdict {
        case .met: "\u{1B}[32m"
        case .missed: "\u{1B}[31m"
        case .notMeasured: "\u{1B}[90m"
        }
    }

    private static func escaped(_ cell: String) -> String {
        cell.replacing("|", with: "\\|").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\n", with: " ")
    }
}

extension TargetRow {
    /// Our own bar where it is harder than what is documented. One that repeats the threshold tells nothing anew.
    public var harderBar: Double? { bar.flatMap { $0 == threshold ? nil : $0 } }
}
