import BenchResults
import BenchVerdict
import Foundation

/// How a gate ends: what it prints, and its exit code.
enum GateOutput {
    /// Prints the table, the reasons and the verdict, which is the last line.
    ///
    /// - Parameters:
    ///   - directory: where the gate put what it measured; nil for stored runs.
    ///   - markdown: a file for the text for a pull request, beside the one in the folder.
    /// - Throws: for every verdict but PASS, with its exit code.
    static func end(
        _ document: GateDocument, _ directory: RunDirectory?, markdown: String?, isSelfTest: Bool
    ) throws(CommandFailure) {
        if let markdown {
            try failing {
                let text = try directory?.readText(RunFile.reportText.rawValue) ?? gateMarkdown(document)
                try Data(text.utf8).write(to: URL(fileURLWithPath: markdown))
            }
        }
        if isSelfTest { print(rates(document) + "\n") }
        print(gateTable(document), terminator: "")
        let why = document.reasons.first ?? "see the table"
        switch document.verdict {
        case .pass: return
        case .regression: throw CommandFailure("regression: \(why)", exitCode: CommandFailure.Code.regression)
        case .inconclusive: throw CommandFailure("inconclusive: \(why)", exitCode: CommandFailure.Code.inconclusive)
        case .incomparable: throw CommandFailure("incomparable: \(why)", exitCode: CommandFailure.Code.incomparable)
        }
    }

    /// Writes `gate.json`, and the text for a pull request as `report.md`.
    ///
    /// - Parameter difference: which functions a regression is due to.
    static func keep(
        _ document: GateDocument, in directory: RunDirectory, difference: String? = nil
    ) throws(CommandFailure) {
        try failing {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            let feed = UInt8(ascii: "\n")
            try directory.write(bytes: Array(try encoder.encode(document)) + [feed], to: RunFile.gate.rawValue)
            let functions = difference.map { "\nWhat changed in the functions:\n\n```\n\($0)\n```\n" } ?? ""
            try directory.write(text: gateMarkdown(document) + functions, to: RunFile.reportText.rawValue)
        }
    }

    /// Prints the last line where there is no document.
    static func say(_ verdict: GateDocument.Verdict) { print("verdict: \(verdict.rawValue)") }

    /// What a comparison of a program with itself says about the gate.
    private static func rates(_ document: GateDocument) -> String {
        let alarms = document.tests.filter { $0.outcome == .regression }.count
        let open = document.tests.filter { $0.outcome == .unresolved }.count
        let sound = document.controls.filter(\.isSound).count
        let detectable = document.tests.compactMap(\.detectable).sorted()
        var text =
            "self-test: \(alarms) false alarms and \(open) unresolved in \(document.tests.count) tests, "
            + "\(sound) of \(document.controls.count) controls sound"
        if let least = detectable.first, let most = detectable.last {
            let middle = detectable[detectable.count / 2]
            let percents = [least, middle, most].map {
                "\(($0 * 100).formatted(.number.precision(.fractionLength(1))))"
            }
            text +=
                ", smallest change that would be seen: \(percents[1]) % in the median test"
                + " (\(percents[0]) to \(percents[2]) %)"
        }
        return text
    }
}
