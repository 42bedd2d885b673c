import ArgumentParser
import BenchSubjects
import Foundation
import GraphData
import Strata

/// Reads a data set into a snapshot.
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Read a data set into a snapshot.")

    enum Source: String, ExpressibleByArgument, CaseIterable { case wordnet }

    @Argument(help: "wordnet.") var source: Source
    @Option(help: "The snapshot to write.") var out: String
    @Option(help: "Where WordNet's files are.") var directory: String?
    @Flag(help: "Say nothing but errors.") var quiet = false
    @Flag(help: "Show no progress.") var noProgress = false

    func run() throws {
        try requireFolder()
        let started = ContinuousClock.now
        var progress = ProgressLine(isWanted: !quiet && !noProgress)
        let source = directory.map { WordNetSource(directory: $0) } ?? WordNetSource()

        // The rows go to a file of their own first: what is in memory is then the store and nothing else.
        let scratch = try ScratchFolder()
        let dataset = try failing {
            try DatasetBuilder.build(source, at: scratch.path("dataset")) { row in
                progress.show("reading \(source.title): \(row) entities")
            }
            return try MappedDataset(path: scratch.path("dataset"))
        }
        let summary = try failing {
            let engine = try KnowledgeEngine(embeddingDimensions: dataset.embeddingDimensions)
            var loader = DatasetLoader(dataset, into: engine)
            try loader.insertAll { row in progress.show("loading: \(row) of \(dataset.entityCount) entities") }
            progress.show("writing \(out)")
            return try engine.writeSnapshot(to: out)
        }
        progress.clear()
        if !quiet {
            let seconds = (ContinuousClock.now - started) / .seconds(1)
            print(
                "\(out): \(summary.entityCount) entities, \(summary.relationshipCount) relationships, "
                    + "\(summary.stringCount) strings, \(summary.byteCount) bytes in "
                    + "\(String(format: "%.1f", seconds)) s")
        }
    }
}

extension ImportCommand {
    /// Checks before the work what would only fail after it.
    private func requireFolder() throws(CommandFailure) {
        let folder = URL(fileURLWithPath: out).deletingLastPathComponent().path
        var isFolder: ObjCBool = false
        guard !out.isEmpty, FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue
        else {
            throw CommandFailure("\(out): there is no folder for this file; make it, or name another place")
        }
    }
}

/// A folder that is there as long as its owner.
final class ScratchFolder {
    private let folder: String

    /// A new folder in the system's place for temporary files.
    init() throws(CommandFailure) {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("strata-\(UUID().uuidString)").path
        try failing { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }
    }

    /// A new folder at a path of the caller's.
    init(at path: String) throws(CommandFailure) {
        folder = path
        try failing { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }
    }

    deinit { remove() }

    /// Takes the folder and what is in it away.
    func remove() { try? FileManager.default.removeItem(atPath: folder) }

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    var path: String { folder }
}
