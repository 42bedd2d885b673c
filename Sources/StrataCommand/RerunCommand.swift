import ArgumentParser
import BenchResults
import BenchVerdict
import Foundation

/// Runs again what a stored run ran.
struct RerunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rerun",
        abstract: "Run again what a stored run ran: its resolved scenarios, from its folder alone.",
        discussion: """
            Profile, overrides and arms are those that the run resolved; the names of further allocators keep their \
            libraries. Compare the two with: strata compare RUN NEW_RUN.
            """)

    @Argument(help: "The run's folder, such as results/latest.") var folder: String
    @OptionGroup var options: RunOptions

    func run() throws {
        let stored = try StoredRun(folder)
        let (directory, outcome, verdict) = try options.measure(
            try stored.scenarios(), profile: stored.environment.profile, customAllocators: stored.customAllocators,
            counts: FileManager.default.fileExists(atPath: stored.directory.path(of: .counts)))
        if options.json {
            try Terminal.printJSON(verdict)
        } else {
            print(TargetTable.tally(verdict.targets.map(\.row)))
            print("report: \(directory.path)/report.html")
        }
        try RunOptions.end(outcome, directory)
    }
}
