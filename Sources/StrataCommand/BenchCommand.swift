import ArgumentParser
import BenchDriver
import BenchReport
import BenchResults
import BenchSubjects
import BenchVerdict
import BenchWorkload
import Foundation

/// Runs scenarios and leaves a run's folder.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Run scenarios: measure, judge, and write a report.")

    @OptionGroup var options: ScenarioOptions

    @Option(help: ArgumentHelp("Begin no block after this time, such as 10m.", valueName: "time")) var budget: String?
    @Option(help: "The run's folder, new or empty.") var out: String?
    @Flag(help: "End with 6 when a documented target is missed.") var strict = false
    @Flag(help: "Say nothing but the result and errors.") var quiet = false
    @Flag(help: "Show no progress.") var noProgress = false
    @Flag(help: "Print the verdict as JSON.") var json = false

    mutating func validate() throws {
        if let budget, Self.nanoseconds(budget) == nil {
            throw ValidationError("--budget takes a time such as 90s, 10m or 1h, not '\(budget)'")
        }
    }

    func run() throws {
        let scenarios = try options.scenarios()
        var targets: [TargetDefinition] = []
        if let path = WorkloadCatalog.targets { targets = try failing { try TargetCatalog(path: path) }.definitions }
        let interruption = try failing { try Interruption() }
        let commit = RunEnvironment.commit()
        let directory = try failing {
            try RunDirectory(
                creating: out
                    ?? "results/"
                    + RunDirectory.runName(secondsSinceEpoch: Int(Date().timeIntervalSince1970), commit: commit?.name))
        }
        let runner = BenchRun(
            scenarios: scenarios, targets: targets, directory: directory, profile: options.profile.rawValue,
            customAllocators: options.customAllocators, budgetNanoseconds: budget.flatMap(Self.nanoseconds),
            commit: commit, isQuiet: quiet, showsProgress: !quiet && !noProgress)
        let (outcome, verdict) = try runner.run(interruption, orRemoving: directory)
        if out == nil { try failing { try directory.linkLatest() } }

        let rows = verdict.targets.map(\.row)
        if json {
            try Terminal.printJSON(verdict)
        } else {
            // What this run measured first; what it did not is listed all the same.
            let table = rows.filter { $0.verdict != .notMeasured } + rows.filter { $0.verdict == .notMeasured }
            print(TargetTable.text(table, color: Terminal.outputIsTerminal, claimWidth: 60))
            print("report: \(directory.path)/report.html")
        }
        try Self.end(outcome, rows, strict: strict, directory)
    }

    /// Turns what came of the campaign into the command's end.
    private static func end(
        _ outcome: CampaignOutcome, _ rows: [TargetRow], strict: Bool, _ directory: RunDirectory
    ) throws(CommandFailure) {
        switch outcome.status {
        case .complete, .budgetUsedUp:
            let missed = rows.filter { $0.verdict == .missed }
            if strict, !missed.isEmpty {
                throw CommandFailure(
                    "missed: \(missed.map(\.target).joined(separator: ", "))",
                    exitCode: CommandFailure.Code.missedTarget)
            }
        case .interrupted:
            throw CommandFailure("interrupted; \(finished(outcome, directory))")
        case .conflict:
            throw CommandFailure(outcome.conflicts.map(\.description).joined(separator: "\n"))
        case .failed(let error):
            throw CommandFailure("\(error); \(finished(outcome, directory))")
        }
    }

    private static func finished(_ outcome: CampaignOutcome, _ directory: RunDirectory) -> String {
        outcome.completeBlocks.values.contains { $0 > 0 }
            ? "the finished blocks are in \(directory.path)" : "no block was finished"
    }

    private static func nanoseconds(_ text: String) -> UInt64? {
        let units: [(String, Double)] = [("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9)]
        for (suffix, factor) in units where text.hasSuffix(suffix) {
            guard let value = Double(text.dropLast(suffix.count)), value > 0, value * factor < 1e18 else { continue }
            return UInt64(value * factor)
        }
        return nil
    }
}
