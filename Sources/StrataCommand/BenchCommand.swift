import ArgumentParser
import BenchDriver
import BenchResults
import BenchVerdict

/// Runs scenarios and leaves a run's folder.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Run scenarios: measure, judge, and write a report.")

    @OptionGroup var options: ScenarioOptions
    @OptionGroup var runOptions: RunOptions

    @Flag(help: "Count instructions, allocations and system calls, too, in passes of their own.") var count = false
    @Flag(help: "End with 6 when a documented target is missed.") var strict = false

    func run() throws {
        let scenarios = try options.scenarios()
        let (directory, outcome, verdict) = try runOptions.measure(
            scenarios, profile: options.profile.rawValue, customAllocators: options.customAllocators, counts: count)
        let rows = verdict.targets.map(\.row)
        if runOptions.json {
            try Terminal.printJSON(verdict)
        } else {
            // What this run measured first; what it did not is listed all the same.
            let table = rows.filter { $0.verdict != .notMeasured } + rows.filter { $0.verdict == .notMeasured }
            print(TargetTable.text(table, color: Terminal.outputIsTerminal, claimWidth: 60))
            print("report: \(directory.path)/report.html")
        }
        try RunOptions.end(outcome, directory)
        let missed = rows.filter { $0.verdict == .missed }
        if strict, !missed.isEmpty {
            throw CommandFailure(
                "missed: \(missed.map(\.target).joined(separator: ", "))", exitCode: CommandFailure.Code.missedTarget)
        }
    }
}
