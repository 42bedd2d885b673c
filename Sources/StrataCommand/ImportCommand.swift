import ArgumentParser
import BenchSubjects
import Foundation
import GraphData
import Strata

/// Reads a data set into a snapshot.
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Read a data set into a snapshot.")

    enum Source: String, ExpressibleByArgument, CaseIterable {
        case wordnet
        case fashionMNIST = "fashion-mnist"
        case csv
        case ntriples
    }

    @Argument(help: "wordnet, fashion-mnist, csv or ntriples.") var source: Source
    @Argument(help: "For csv the folder of entities.csv and relationships.csv, for ntriples the file.")
    var place: String?
    @Option(help: "The snapshot to write.") var out: String
    @Option(help: "Where the files of wordnet or fashion-mnist are.") var directory: String?
    @Flag(help: "Say nothing but errors.") var quiet = false
    @Flag(help: "Show no progress.") var noProgress = false

    func validate() throws {
        switch source {
        case .wordnet, .fashionMNIST:
            guard place == nil else {
                throw ValidationError("`\(source.rawValue)` takes no place; name one with --directory")
            }
        case .csv, .ntriples:
            guard directory == nil else {
                throw ValidationError("`\(source.rawValue)` does not take --directory; write the place behind it")
            }
            guard place?.isEmpty == false else {
                let what = source == .csv ? "folder of its two files" : "file"
                throw ValidationError(
                    "`\(source.rawValue)` takes the \(what): strata import \(source.rawValue) PLACE --out FILE")
            }
        }
    }

    func run() throws {
        let folder = try requireFolder()
        let started = ContinuousClock.now
        var progress = ProgressLine(isWanted: !quiet && !noProgress)
        let summary: SnapshotSummary
        switch source {
        case .wordnet:
            summary = try importRows(directory.map { WordNetSource(directory: $0) } ?? WordNetSource(), &progress)
        case .fashionMNIST:
            summary = try importRows(
                directory.map { FashionMNISTSource(directory: $0) } ?? FashionMNISTSource(), &progress)
        case .csv: summary = try importTexts(CSVSource(directory: place ?? "", scratchDirectory: folder), &progress)
        case .ntriples:
            summary = try importTexts(NTriplesSource(file: place ?? "", scratchDirectory: folder), &progress)
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

    private func importRows(
        _ source: some GraphSource, _ progress: inout ProgressLine
    ) throws(CommandFailure) -> SnapshotSummary {
        // The rows go to a file of their own first: what is in memory is then the store and nothing else.
        let scratch = try ScratchFolder()
        let dataset = try failing {
            try DatasetBuilder.build(source, at: scratch.path("dataset")) { row in
                progress.show("reading \(source.title): \(row) entities")
            }
            return try MappedDataset(path: scratch.path("dataset"))
        }
        return try failing {
            let engine = try KnowledgeEngine(embeddingDimensions: dataset.embeddingDimensions)
            var loader = DatasetLoader(dataset, into: engine)
            try loader.insertAll { row in progress.show("loading: \(row) of \(dataset.entityCount) entities") }
            progress.show("writing \(out)")
            return try engine.writeSnapshot(to: out)
        }
    }

    /// Texts go through as they come: what is in memory is the table of their names, not the graph.
    private func importTexts(
        _ source: some GraphTextSource, _ progress: inout ProgressLine
    ) throws(CommandFailure) -> SnapshotSummary {
        progress.show("reading \(source.title)")
        var sink: SnapshotTextSink
        do throws(StrataError) { sink = try SnapshotTextSink(to: out) } catch { throw CommandFailure(error) }
        let read: TextImportSummary
        do throws(GraphDataError) {
            read = try source.stream(texts: &sink) { row in progress.show("reading \(source.title): \(row) entities") }
        } catch {
            progress.clear()
            throw sink.failure.map { CommandFailure($0) } ?? CommandFailure(error)
        }
        progress.show("writing \(out)")
        do throws(StrataError) {
            let summary = try sink.finish()
            if read.weightsLeftOut > 0 {
                progress.clear()
                Terminal.note(
                    "strata: \(read.weightsLeftOut) relationships have a weight other than 1, and a snapshot holds no "
                        + "weights: they were left out")
            }
            return summary
        } catch {
            throw CommandFailure(error)
        }
    }
}

extension ImportCommand {
    /// The folder of the snapshot: checked before the work, since it would only fail after it.
    private func requireFolder() throws(CommandFailure) -> String {
        let folder = URL(fileURLWithPath: out).deletingLastPathComponent().path
        var isFolder: ObjCBool = false
        guard !out.isEmpty, FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue
        else {
            throw CommandFailure("\(out): there is no folder for this file; make it, or name another place")
        }
        return folder
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
