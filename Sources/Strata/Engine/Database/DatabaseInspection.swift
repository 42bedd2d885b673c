/// What the files of a database say about it, without changing them.
public struct DatabaseInspection: Sendable, Equatable {
    public let identity: DatabaseIdentity
    /// How many checkpoints there were.
    public let epoch: UInt64
    /// The snapshot that the log goes on from; nil before the first checkpoint.
    public let basePath: String?
    /// The number of the last transaction that the base has.
    public let baseSequence: UInt64
    /// The number of the last transaction.
    public let sequence: UInt64
    /// How many segments the log has.
    public let segmentCount: Int
    /// Whether a transaction was begun at the log's end that is not whole, and was not acknowledged.
    public let isTorn: Bool

    /// Reads the log to its end; nil when the path is not that of a folder.
    ///
    /// - Throws: `notFound` for a folder without a database; `corrupted`; `ioFailure`.
    /// - Complexity: linear in the log.
    public init?(path: String, fileSystem: any FileSystem = RealFileSystem()) throws(StrataError) {
        guard try fileSystem.kind(of: path) == .folder else { return nil }
        let folder = DatabaseFolder(path: path, fileSystem: fileSystem)
        guard try folder.hasRoot else {
            throw StrataError(.notFound, "there is no database", path: path, remedy: "check the path")
        }
        let root = try DatabaseRoot(path: folder.root, fileSystem: fileSystem)
        var reader = try LogReader(
            folder: folder.log, after: root.sequence, database: root.identity, fileSystem: fileSystem)
        while try reader.next() {}
        identity = root.identity
        epoch = root.epoch
        basePath = root.base > 0 ? folder.base(root.base) : nil
        baseSequence = root.sequence
        sequence = max(root.sequence, reader.sequence)
        segmentCount = reader.segments.count
        isTorn = reader.end?.isTorn ?? false
    }

    /// Checks every byte of a database: its root, its base, and its log, of which each transaction must fit the ones before.
    ///
    /// - Returns: false when the path is not that of a folder.
    /// - Throws: `corrupted`, with the file and the offset of the first damage; as ``init(path:fileSystem:)``.
    public static func verify(path: String, fileSystem: any FileSystem = RealFileSystem()) throws(StrataError) -> Bool {
        guard let inspection = try DatabaseInspection(path: path, fileSystem: fileSystem) else { return false }
        if let base = inspection.basePath { _ = try SnapshotVerifier.verify(base, fileSystem: fileSystem) }
        _ = try GraphDatabase(reading: path, fileSystem: fileSystem)
        return true
    }
}
