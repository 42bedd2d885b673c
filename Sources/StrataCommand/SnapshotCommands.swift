import ArgumentParser
import Strata

/// The layout of a snapshot.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Show the header and the sections of a snapshot, or the state of a database.",
        discussion: "With the deltas that lie beside it (FILE.delta-1, ...), as the one file that they amount to.")

    @Argument(help: "The snapshot, or the folder of a database.") var file: String
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        if let database = try readingInput({ try DatabaseInspection(path: file) }) { return try print(database) }
        let (inspection, chain) = try readingInput {
            (try SnapshotInspection(path: file, fileSystem: ChainedFiles()), try SnapshotChain(path: file))
        }
        guard !json else { return try Terminal.printJSON(InspectedChain(inspection: inspection, links: chain.links)) }
        let header = inspection.header
        Swift.print(
            Terminal.columns(
                [
                    ["format version", "\(header.version)"], ["entities", "\(header.entityCount)"],
                    ["relationships", "\(header.relationshipCount)"], ["strings", "\(header.stringCount)"],
                    ["bytes", "\(header.totalSize)"], ["checksum", String(header.checksum, radix: 16)],
                ] + chain.links.map { ["delta", "\($0.path), \($0.blockCount) blocks"] }))
        Swift.print("")
        Swift.print(
            Terminal.columns(
                [["section", "offset", "bytes", "blocks"]]
                    + inspection.sections.map { [$0.name, "\($0.offset)", "\($0.length)", "\($0.blocks)"] }))
    }
}

extension InspectCommand {
    private func print(_ database: DatabaseInspection) throws {
        guard !json else { return try Terminal.printJSON(InspectedDatabase(inspection: database)) }
        Swift.print(
            Terminal.columns([
                ["identity", "\(database.identity)"], ["transactions", "\(database.sequence)"],
                ["of these in the base", "\(database.baseSequence)"], ["base", database.basePath ?? "none"],
                ["log segments", "\(database.segmentCount)"], ["checkpoints", "\(database.epoch)"],
                ["log ends", database.isTorn ? "torn, as a crash leaves it" : "whole"],
            ]))
    }
}

/// The state of a database for programs.
private struct InspectedDatabase: Encodable {
    let inspection: DatabaseInspection

    private enum CodingKeys: String, CodingKey {
        case identity, sequence, base, epoch, segments, torn
        case baseSequence = "base_sequence"
    }

    func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(inspection.identity.description, forKey: .identity)
        try values.encode(inspection.sequence, forKey: .sequence)
        try values.encode(inspection.baseSequence, forKey: .baseSequence)
        try values.encode(inspection.basePath, forKey: .base)
        try values.encode(inspection.epoch, forKey: .epoch)
        try values.encode(inspection.segmentCount, forKey: .segments)
        try values.encode(inspection.isTorn, forKey: .torn)
    }
}

/// A check of every byte of a snapshot.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check every byte and every rule of a snapshot or a database.",
        discussion: """
            Ends with 0 when the file is whole, or with 2 and the offset of the first damage. Deltas that lie beside the \
            snapshot (FILE.delta-1, ...) are laid over it; offsets are those of the file that they amount to.
            """)

    @Argument(help: "The snapshot, or the folder of a database.") var file: String

    func run() throws {
        let isDatabase = try readingInput { try DatabaseInspection.verify(path: file) }
        if !isDatabase { _ = try readingInput { try SnapshotVerifier.verify(file, fileSystem: ChainedFiles()) } }
        print("\(file): whole")
    }
}

/// What can be done with a snapshot's file.
struct SnapshotCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot", abstract: "Keep the files of a snapshot in order.", subcommands: [FoldCommand.self])
}

/// A snapshot and its deltas made one file.
struct FoldCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fold", abstract: "Make a snapshot and its deltas one file.",
        discussion:
            "Every block is checked on its way. The deltas (FILE.delta-1, ...) are removed when the file is safe.")

    @Argument(help: "The snapshot.") var file: String

    func run() throws {
        let count = try readingInput { try SnapshotChain.fold(file) }
        print("\(file): \(count == 1 ? "1 delta" : "\(count) deltas") folded")
    }
}

/// The layout of a snapshot, and the deltas that it is made of.
private struct InspectedChain: Encodable {
    let inspection: SnapshotInspection
    let links: [SnapshotChain.Link]

    private enum CodingKeys: String, CodingKey { case deltas }

    private struct Delta: Encodable {
        let path: String
        let blocks: Int
        let size: Int
    }

    func encode(to encoder: any Encoder) throws {
        try inspection.encode(to: encoder)
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(
            links.map { Delta(path: $0.path, blocks: $0.blockCount, size: $0.resultByteCount) }, forKey: .deltas)
    }
}
