import ArgumentParser
import BenchReport
import BenchResults
import Foundation

/// A stored run in the form of another tool.
struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write a run in the form of another tool, from its files alone.",
        discussion: """
            jmh: JSON for jmh-visualizer. benchstat: Go's benchmark format; compare the allocators of one run with \
            `benchstat -col /allocator FILE`. junit: XML for a build server. github-action: the list that \
            github-action-benchmark takes, of the metrics of one direction (--better). hlog: the histogram logs of all \
            arms in one.
            """)

    @Argument(help: "The run's folder, such as results/latest.") var folder: String
    @Option(help: "jmh, benchstat, junit, github-action or hlog.") var format: FormatName
    @Option(help: "For github-action: smaller or bigger.") var better = Better.smaller
    @Option(help: ArgumentHelp("The file to write; standard output without it.", valueName: "file")) var out: String?

    /// A format by its name.
    struct FormatName: ExpressibleByArgument {
        let format: ExportFormat

        init?(argument: String) {
            guard let format = ExportFormat(rawValue: argument) else { return nil }
            self.format = format
        }

        static var allValueStrings: [String] { ExportFormat.allCases.map(\.rawValue) }
    }

    enum Better: String, ExpressibleByArgument, CaseIterable { case smaller, bigger }

    func run() throws {
        let source = try readingInput {
            let isGate = FileManager.default.fileExists(atPath: "\(folder)/\(RunFile.gate.rawValue)")
            let directory = try RunDirectory(opening: folder, holding: isGate ? .gate : .samples)
            return try ExportSource(run: directory, for: format.format)
        }
        for warning in source.warnings { Terminal.note("warning: \(warning)") }
        let text = try readingInput {
            try Export.text(source, as: format.format, better: better == .smaller ? .lower : .higher)
        }
        guard let out else { return print(text, terminator: "") }
        do {
            // Not by a new file under the name: that would put a file in the place of a device, a pipe or a link.
            try Data(text.utf8).write(to: URL(fileURLWithPath: out))
        } catch {
            throw CommandFailure("\(out): the file cannot be written: \(error.localizedDescription)")
        }
    }
}
