import ArgumentParser
import BenchReport
import BenchResults
import BenchVerdict
import Foundation

/// The runs of this place over time.
struct HistoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Show the runs of this machine over time, and where their figures changed.",
        discussion: """
            `strata bench` adds a line for each arm and main metric to results/history.csv. Runs are compared where \
            scenario, profile and machine agree. Changes are found by E-divisive with a permutation test. Without \
            --scenario, --phase and --metric only the series that changed are printed.
            """)

    @Option(help: "Only this scenario.") var scenario: String?
    @Option(help: "Only this phase.") var phase: String?
    @Option(help: "Only this metric.") var metric: String?
    @Option(help: "Only this subject.") var subject: String?
    @Option(help: "The file of runs.") var file = HistoryRecord.usualPath
    @Option(help: ArgumentHelp("Add a stored run to the file first; may be given again.", valueName: "run"))
    var add: [String] = []
    @Option(help: ArgumentHelp("Draw charts into this folder.", valueName: "folder")) var charts: String?
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        for folder in add { try HistoryRecord.add(try StoredRun(folder), to: file) }
        let read = try readingInput { try HistoryFile(file).read() }
        for warning in read.warnings { Terminal.note("warning: \(warning)") }
        let series = HistorySeries.all(of: read.rows) { row in
            (scenario ?? row.figure.scenario) == row.figure.scenario && (phase ?? row.figure.phase) == row.figure.phase
                && (metric ?? row.figure.metric) == row.figure.metric
                && (subject ?? row.figure.subject) == row.figure.subject
        }
        let isFiltered = scenario != nil || phase != nil || metric != nil || subject != nil
        guard !series.isEmpty || !isFiltered else {
            throw CommandFailure(
                "\(file) holds no line of that kind; `strata history` alone says which scenarios it holds",
                exitCode: CommandFailure.Code.invalidInput)
        }
        if json {
            try Terminal.printJSON(series.map(Series.init))
        } else {
            print(Self.text(series, all: isFiltered))
        }
        guard let charts else { return }
        let outcome = try failing { try HistoryReport.draw(series, in: charts) }
        ReportNotes.show(outcome)
        Terminal.note("charts: \(charts) (\(outcome.drawn.count) drawn)")
    }

    // MARK: Text

    /// All series with their runs, or those that changed.
    static func text(_ series: [HistorySeries], all: Bool) -> String {
        let shown = all ? series : series.filter { !$0.changes.isEmpty }
        var parts = shown.map(text)
        let runs = Set(series.flatMap { $0.rows.map(\.run) }).count
        let changed = series.count { !$0.changes.isEmpty }
        let scenarios = Set(series.map(\.key.scenario)).sorted()
        parts.append(
            "\(series.count) series over \(runs) run\(runs == 1 ? "" : "s") of \(scenarios.joined(separator: ", ")); "
                + "\(changed) changed.")
        return parts.joined(separator: "\n\n")
    }

    private static func text(_ series: HistorySeries) -> String {
        var rows = [["", "begun", "commit", series.key.unit, "95 % interval", ""]]
        for (place, row) in series.rows.enumerated() {
            var word = ""
            if let change = series.changes.first(where: { $0.index == place }) {
                word = "<- changed: \(level(change.before)) to \(level(change.after))"
                if let gain = change.gain {
                    word += ", \(number(gain.magnitude * 100)) % \(gain < 0 ? "worse" : "better")"
                }
                word += " (p = \(number(change.probability)))"
            }
            let commit = row.commit.isEmpty ? "-" : row.commit.prefix(7) + (row.dirty ? "+" : "")
            rows.append([
                " ", row.startedAt, String(commit), level(row.figure.median),
                "\(level(row.figure.ciLow)) to \(level(row.figure.ciHigh))", word,
            ])
        }
        return "\(series.title), \(series.rows[0].profile), \(series.rows[0].machine)\n" + Terminal.columns(rows)
    }

    private static func level(_ value: Double) -> String {
        value.formatted(
            .number.precision(.significantDigits(1...4)).grouping(.automatic).locale(Locale(identifier: "en_US")))
    }

    private static func number(_ value: Double) -> String {
        value.formatted(.number.precision(.significantDigits(1...2)).locale(Locale(identifier: "en_US")))
    }

    // MARK: JSON

    private struct Series: Encodable {
        struct Run: Encodable {
            var run: String, startedAt: String, commit: String
            var median: Double, ciLow: Double, ciHigh: Double

            private enum CodingKeys: String, CodingKey {
                case run
                case startedAt = "started_at"
                case commit, median
                case ciLow = "ci_low"
                case ciHigh = "ci_high"
            }
        }

        struct Change: Encodable {
            var run: String
            var before: Double, after: Double
            var gain: Double?
            var probability: Double
        }

        var scenario: String, phase: String, role: String, operation: String, arm: String
        var metric: String, unit: String, profile: String, machine: String
        var runs: [Run]
        var changes: [Change]

        init(_ series: HistorySeries) {
            let key = series.key
            (scenario, phase, role, operation) = (key.scenario, key.phase, key.role, key.operation)
            (arm, metric, unit) = (key.arm.label, key.metric, key.unit)
            (profile, machine) = (series.rows[0].profile, series.rows[0].machine)
            runs = series.rows.map {
                Run(
                    run: $0.run, startedAt: $0.startedAt, commit: $0.commit, median: $0.figure.median,
                    ciLow: $0.figure.ciLow, ciHigh: $0.figure.ciHigh)
            }
            changes = series.changes.map {
                Change(
                    run: series.rows[$0.index].run, before: $0.before, after: $0.after, gain: $0.gain,
                    probability: $0.probability)
            }
        }
    }
}
