/// How a ``GraphDatabase`` is opened and written.
public struct DatabaseConfiguration: Sendable, Equatable {
    /// When a write returns, and how its log is kept.
    public var log: LogConfiguration
    /// Bytes of changes in memory at which a checkpoint begins of itself, on a thread of its own; 0 for never. Default 64 MiB.
    public var checkpointByteCount: Int
    /// The memory that a checkpoint or a backup takes, in bytes, 8 MiB or more: see ``SnapshotStream``. Default 64 MiB.
    public var mergeByteCount: Int

    public init(
        log: LogConfiguration = LogConfiguration(), checkpointByteCount: Int = 64 << 20,
        mergeByteCount: Int = SnapshotStream.standardMemoryLimit
    ) {
        self.log = log
        self.checkpointByteCount = checkpointByteCount
        self.mergeByteCount = mergeByteCount
    }

    func validate(path: String) throws(StrataError) {
        guard checkpointByteCount >= 0 else {
            throw StrataError(
                .invalidArgument, "a checkpoint cannot begin at \(checkpointByteCount) bytes",
                remedy: "choose 0 or more")
        }
        _ = try StreamMemory(limit: mergeByteCount, path: path)
    }
}
