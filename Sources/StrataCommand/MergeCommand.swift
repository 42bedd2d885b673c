import ArgumentParser
import BenchResults
import BenchVerdict
import BenchWorkload
import Foundation

/// Joins stored runs.
struct MergeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge", abstract: "Join runs of several processes or machines into one with the blocks of all.",
        discussion: """
            Blocks of later runs are numbered after those of the earlier ones, histograms add, and everything that is \
            computed is computed again. Ends with 2 when the work of two runs differs.
            """)

    @Argument(help: "The folders of the runs.") var folders: [String]
    @Option(help: "The joined run's folder, new or empty.") var out: String

    func validate() throws {
        guard folders.count > 1 else { throw ValidationError("name at least two runs") }
        let distinct = Set(folders.map { URL(fileURLWithPath: $0).resolvingSymlinksInPath().path })
        guard distinct.count == folders.count else {
            throw ValidationError("name each run once: a run joined with itself would count its blocks twice")
        }
    }

    func run() throws {
        let runs = try readingInput { try folders.map { try RunDirectory(opening: $0) } }
        // What every run must have is looked for before anything is written.
        for folder in folders { _ = try StoredRun(folder).scenarios() }
        let directory = try failing { try RunDirectory(creating: out) }
        do {
            let merge = try readingInput { try RunMerge(runs, into: directory) }
            try failing { try RunRecord.writeCommand(to: directory) }
            for warning in merge.environment.warnings where warning.hasPrefix("Joined ") {
                Terminal.note("warning: \(warning)")
            }
            let scenarios = try StoredRun(directory.path).scenarios()
            let verdict = try StoredRun.judge(directory, merge.environment, scenarios, complete: merge.isComplete)
            print(TargetTable.tally(verdict.targets.map(\.row)))
            print("report: \(directory.path)/report.html")
            if let conflict = verdict.digestConflicts.first { throw CommandFailure("the runs differ: \(conflict)") }
        } catch {
            // Does nothing to a folder that holds something.
            rmdir(directory.path)
            throw error
        }
    }
}
