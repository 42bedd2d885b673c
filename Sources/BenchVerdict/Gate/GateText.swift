public import BenchResults

/// A gate's answer as plain text for a terminal: the tests as a table aligned by spaces, worst first, the controls and
/// the reasons; the last line is `verdict: PASS`, or another verdict. Takes O(tests log tests).
public func gateTable(_ document: GateDocument) -> String {
    var lines = ["baseline   \(document.baseline)", "candidate  \(document.candidate)", ""]
    if !document.tests.isEmpty {
        let rows = [GateText.header] + ordered(document.tests).map(GateText.cells)
        let widths = GateText.header.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        func line(_ cells: [String]) -> String {
            let padded = cells.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return GateText.figures.contains(column) ? space + cell : cell + space
            }
            var text = padded.joined(separator: "  ")
            while text.last == " " { text.removeLast() }
            return text
        }
        lines.append(line(rows[0]))
        lines.append(line(widths.map { String(repeating: "-", count: $0) }))
        lines += rows.dropFirst().map(line) + [""]
    }
    lines += document.controls.map { "control \($0.name): \($0.isSound ? "sound" : "FAILS"). \($0.text)" }
    lines += document.reasons
    lines.append("verdict: \(document.verdict.rawValue)")
    return lines.joined(separator: "\n") + "\n"
}

/// A gate's answer in Markdown for a pull request: the verdict and its reasons first, then what is not simply fine, and
/// all tests folded away. Takes O(tests log tests).
public func gateMarkdown(_ document: GateDocument) -> String {
    func table(_ tests: [GateDocument.Test]) -> [String] {
        let rule = GateText.header.indices.map { GateText.figures.contains($0) ? "---:" : "---" }
        return [GateText.header, rule].map { "| " + $0.joined(separator: " | ") + " |" }
            + tests.map { test in
                var cells = GateText.cells(test).map(GateText.escaped)
                if test.outcome == .regression { cells[0] = "**\(cells[0])**" }
                return "| " + cells.joined(separator: " | ") + " |"
            }
    }
    let subject = "`\(document.candidate)` against `\(document.baseline)`"
    var lines = ["## Gate: \(document.verdict.rawValue)", "", subject, ""]
    lines += document.reasons.map { "- \(GateText.escaped($0))" }
    let tests = ordered(document.tests)
    let told = tests.filter { $0.outcome != .pass }
    if !told.isEmpty { lines += [""] + table(told) }
    if !document.controls.isEmpty {
        lines += ["", "| control | | |", "| --- | --- | --- |"]
        lines += document.controls.map {
            "| \($0.name) | \($0.isSound ? "sound" : "**fails**") | \(GateText.escaped($0.text)) |"
        }
    }
    if !tests.isEmpty {
        let title = tests.count == 1 ? "The test" : "All \(tests.count) tests"
        lines += ["", "<details><summary>\(title)</summary>", ""] + table(tests) + ["", "</details>"]
    }
    return lines.joined(separator: "\n") + "\n"
}

/// Regressions first, then what is unresolved, each from the worst change to the best.
private func ordered(_ tests: [GateDocument.Test]) -> [GateDocument.Test] {
    func rank(_ outcome: GateDocument.Test.Outcome) -> Int {
        switch outcome {
        case .regression: 0
        case .unresolved: 1
        case .improvement: 2
        case .pass: 3
        }
    }
    return tests.enumerated().sorted { left, right in
        let (a, b) = (rank(left.element.outcome), rank(right.element.outcome))
        if a != b { return a < b }
        if left.element.change != right.element.change { return left.element.change > right.element.change }
        return left.offset < right.offset
    }.map(\.element)
}

/// The cells that both forms share.
private enum GateText {
    static let header = [
        "outcome", "scenario/phase", "subject", "metric", "n", "change", "95 % interval", "tolerance", "noise",
        "detectable",
    ]
    /// The columns that hold figures.
    static let figures: Set = [4, 5, 6, 7, 8, 9]

    static func cells(_ test: GateDocument.Test) -> [String] {
        [
            test.outcome.rawValue, "\(test.scenario)/\(test.phase)", test.subject, test.metric, String(test.n),
            signed(test.change), "\(signed(test.low)) to \(signed(test.high))", percent(test.tolerance),
            test.noise.map(percent) ?? "-", test.detectable.map(percent) ?? "-",
        ]
    }

    static func escaped(_ text: String) -> String {
        text.replacing("|", with: "\\|").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\n", with: " ")
    }

    private static func signed(_ fraction: Double) -> String {
        let text = percent(fraction)
        return fraction > 0 && text != "0 %" ? "+" + text : text
    }
}
