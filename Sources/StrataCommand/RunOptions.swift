import ArgumentParser
import BenchDriver
import BenchResults
import BenchVerdict
import BenchWorkload
import Foundation

/// The options of commands that measure: where the run goes, how long it may take, and what is said meanwhile.
struct RunOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Begin no block after this time, such as 10m.", valueName: "time")) var budget:
        TimeLimit?
    @Option(help: "The run's folder, new or empty.") var out: String?
    @Option(
        help: ArgumentHelp(
            "Where a complete run's main figures are added; \(HistoryRecord.usualPath) unless --out is given.",
            valueName: "file"))
    var history: String?
    @Flag(help: "Say nothing but the result and errors.") var quiet = false
    @Flag(help: "Show no progress.") var noProgress = false
    @Flag(help: "Print the verdict as JSON.") var json = false

    /// Measures scenarios into a new run and judges them.
    func measure(
        _ scenarios: [Scenario], profile: String, customAllocators: [String: String], counts: Bool = false
    ) throws(CommandFailure) -> (RunDirectory, CampaignOutcome, VerdictDocument) {
        let targets = try StoredRun.targets()
        let interruption = try failing { try Interruption() }
        let commit = RunEnvironment.commit()
        let directory = try failing {
            try RunDirectory(
                creating: out
                    ?? "results/"
                    + RunDirectory.runName(secondsSinceEpoch: Int(Date().timeIntervalSince1970), commit: commit?.name))
        }
        let runner = BenchRun(
            scenarios: scenarios, targets: targets, directory: directory, profile: profile,
            customAllocators: customAllocators, budgetNanoseconds: budget?.nanoseconds, commit: commit,
            counts: counts, isQuiet: quiet, showsProgress: !quiet && !noProgress)
        let (outcome, verdict) = try runner.run(interruption, orRemoving: directory)
        if out == nil { try failing { try directory.linkLatest() } }
        if outcome.isComplete, let path = history ?? (out == nil ? HistoryRecord.usualPath : nil) {
            HistoryRecord.add(directory, to: path)
        }
        return (directory, outcome, verdict)
    }

    /// Turns what came of a campaign into the command's end.
    static func end(_ outcome: CampaignOutcome, _ directory: RunDirectory) throws(CommandFailure) {
        let left =
            outcome.completeBlocks.values.contains { $0 > 0 }
            ? "the finished blocks are in \(directory.path)" : "no block was finished"
        switch outcome.status {
        case .complete, .budgetUsedUp: return
        case .interrupted: throw CommandFailure("interrupted; \(left)")
        case .conflict: throw CommandFailure(outcome.conflicts.map(\.description).joined(separator: "\n"))
        case .failed(let error): throw CommandFailure("\(error); \(left)")
        }
    }
}
