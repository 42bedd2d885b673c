import ArgumentParser
import Strata

/// The layout of a snapshot.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Show the header and the sections of a snapshot.")

    @Argument(help: "The snapshot.") var file: String
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        let inspection = try readingInput { try SnapshotInspection(path: file) }
        guard !json else { return try Terminal.printJSON(inspection) }
        let header = inspection.header
        print(
            Terminal.columns([
                ["format version", "\(header.version)"], ["entities", "\(header.entityCount)"],
                ["relationships", "\(header.relationshipCount)"], ["strings", "\(header.stringCount)"],
                ["bytes", "\(header.totalSize)"], ["checksum", String(header.checksum, radix: 16)],
            ]))
        print("")
        print(
            Terminal.columns(
                [["section", "offset", "bytes", "blocks"]]
                    + inspection.sections.map { [$0.name, "\($0.offset)", "\($0.length)", "\($0.blocks)"] }))
    }
}

/// A check of every byte of a snapshot.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check every byte and every rule of a snapshot.",
        discussion: "Ends with 0 when the file is whole, or with 2 and the offset of the first damage.")

    @Argument(help: "The snapshot.") var file: String

    func run() throws {
        _ = try readingInput { try SnapshotVerifier.verify(file) }
        print("\(file): whole")
    }
}
