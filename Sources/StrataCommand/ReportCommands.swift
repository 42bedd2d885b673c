import ArgumentParser
import BenchReport
import BenchResults

/// Page and charts of a stored run.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Write the page and the charts of a run again, from its files alone.")

    @Argument(help: "The run's folder, such as results/latest.") var folder: String

    func run() throws {
        let outcome = try readingInput {
            try Report.write(run: try RunDirectory(opening: folder), tolerances: StoredRun.tolerances(of: folder))
        }
        ReportNotes.show(outcome)
        print("report: \(folder)/report.html")
    }
}

/// The charts of a stored run.
struct PlotCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plot", abstract: "Draw the charts of a run again, from its files alone.")

    @Argument(help: "The run's folder, such as results/latest.") var folder: String

    func run() throws {
        let outcome = try readingInput {
            try Report.plot(run: try RunDirectory(opening: folder), tolerances: StoredRun.tolerances(of: folder))
        }
        ReportNotes.show(outcome)
        print("charts: \(folder)/charts (\(outcome.drawn.count) drawn)")
    }
}

/// What a reader has to know about a report, said on standard error.
enum ReportNotes {
    static func show(_ outcome: ReportOutcome) {
        if let reason = outcome.chartsSkipped { Terminal.note("charts were left out: \(reason)") }
        for warning in outcome.warnings { Terminal.note("warning: \(warning)") }
    }
}
