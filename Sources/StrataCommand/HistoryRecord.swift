import BenchResults
import BenchVerdict
import Foundation

/// What a finished run leaves in the file of all runs.
enum HistoryRecord {
    /// The file beside the folders of the runs.
    static let usualPath = "results/history.csv"

    /// Adds a run that has just been judged. A history that cannot be written costs a warning: the run itself is whole.
    static func add(_ directory: RunDirectory, to path: String) {
        do {
            let environment = try directory.readEnvironment()
            let summary = try directory.read(SummaryRow.self, from: .summary).rows
            if let word = try HistoryFile(path).append(HistoryRow.rows(of: environment, summary)) {
                Terminal.note("warning: \(word)")
            }
        } catch {
            Terminal.note("warning: the run was not added to the history: \(error)")
        }
    }

    /// Adds a stored run, unless the file has it.
    static func add(_ stored: StoredRun, to path: String) throws(CommandFailure) {
        let summary = try readingInput {
            FileManager.default.fileExists(atPath: stored.directory.path(of: .summary))
                ? try stored.directory.read(SummaryRow.self, from: .summary).rows
                : summarize(try stored.directory.readSamples().rows)
        }
        let rows = HistoryRow.rows(of: stored.environment, summary)
        let file = HistoryFile(path)
        if FileManager.default.fileExists(atPath: path) {
            let known = Set(try readingInput { try file.read() }.rows.map(\.run))
            if let run = rows.first?.run, known.contains(run) {
                return Terminal.note("\(run) is in \(path) already")
            }
        }
        if let word = try failing({ try file.append(rows) }) { Terminal.note("warning: \(word)") }
    }
}
