import ArgumentParser
import Foundation

/// The command `strata`: parses, calls, prints.
@main
struct StrataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "strata",
        abstract: "A knowledge-graph storage stack, and the harness that measures it.",
        discussion: """
            Exit codes: 0 success, 1 failure of the harness, 2 invalid scenario or input file, 3 regression, \
            4 inconclusive, 5 baseline missing or not comparable, 6 documented target missed (with --strict), 64 wrong \
            usage.
            """,
        subcommands: [
            BenchCommand.self, CompareCommand.self, GateCommand.self, RerunCommand.self, MergeCommand.self,
            ReportCommand.self, PlotCommand.self, ExportCommand.self, HistoryCommand.self, ProfileCommand.self,
            ValidateCommand.self, ListCommand.self, DoctorCommand.self,
            ImportCommand.self, InspectCommand.self, VerifyCommand.self, QueryCommand.self,
            SnapshotCommand.self, ApplyCommand.self, BackupCommand.self,
            WorkerCommand.self, GateStudyCommand.self,
        ])

    static func main() {
        // A closed pipe (`strata query ... | head`) ends the command quietly, as it does any other.
        signal(SIGPIPE, SIG_DFL)
        // Whoever started the command may have left the signals of Ctrl-C blocked.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let failure as CommandFailure {
            FileHandle.standardError.write(Data("strata: \(failure.message)\n".utf8))
            Foundation.exit(failure.exitCode)
        } catch {
            exit(withError: error)
        }
    }
}
