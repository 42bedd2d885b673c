/// A knowledge graph in a folder: what was acknowledged is there after a crash, whenever it comes.
///
/// ```swift
/// let database = try GraphDatabase(path: "graph.db")
/// try database.write { transaction throws(StrataError) in
///     let ada = try transaction.insert(EntityText(type: "person", name: "ada"))
///     let engine = try transaction.insert(EntityText(type: "machine", name: "analytical engine"))
///     try transaction.relate(ada, "described", engine)
/// }
/// let reader = try database.reader()
/// print(try reader.neighbors(of: try reader.requireID("ada")))
/// ```
///
/// The folder has a snapshot, the *base*, which is mapped and read in place, and a log of what was changed since. The
/// changes are in memory as well, the *delta*. A ``checkpoint()`` merges them into a new base, while others read and write.
///
/// Any thread may call at any time. Writers go one after the other and wait for the log together, so that many threads share
/// one synchronization; readers see a moment each, wait for nobody, and nobody for them. One process at a time may write; others
/// read through ``init(reading:configuration:fileSystem:)``.
public final class GraphDatabase: Sendable {
    private let core: DatabaseCore
    private let checkpointer: DatabaseCheckpointer?

    /// Opens a database to read it and write to it.
    ///
    /// - Parameters:
    ///   - path: the database's folder. Where there is none it is made, in a folder that must exist.
    ///   - presence: whether the database must or must not be there.
    /// - Throws: `notFound` and `alreadyExists` as `presence` says; `ioFailure`, also when another process has it open to write;
    ///   `corrupted`, with the file and the byte, when a file is damaged other than by a crash; `unsupportedFormat`;
    ///   `invalidArgument`; `limitExceeded`.
    /// - Complexity: linear in the log since the last checkpoint.
    public init(
        path: String, presence: LogPresence = .any, configuration: DatabaseConfiguration = DatabaseConfiguration(),
        fileSystem: any FileSystem = RealFileSystem()
    ) throws(StrataError) {
        core = try DatabaseOpening(path: path, configuration: configuration, fileSystem: fileSystem).open(presence)
        checkpointer = configuration.checkpointByteCount > 0 ? try DatabaseCheckpointer(core) : nil
    }

    /// Opens a database that is there only to read it, also while another process writes to it. It stays as it was found.
    ///
    /// - Throws: as ``init(path:presence:configuration:fileSystem:)``.
    public init(
        reading path: String, configuration: DatabaseConfiguration = DatabaseConfiguration(),
        fileSystem: any FileSystem = RealFileSystem()
    ) throws(StrataError) {
        core = try DatabaseOpening(path: path, configuration: configuration, fileSystem: fileSystem).openToRead()
        checkpointer = nil
    }

    // MARK: - Reading

    /// A reader of what is acknowledged now.
    ///
    /// - Throws: `limitExceeded` when there are ``EpochManager/maximumParticipants`` readers.
    public func reader() throws(StrataError) -> DatabaseReader { try DatabaseReader(core) }

    /// Runs `body` with a reader of what is acknowledged now.
    public func read<Result>(
        _ body: (borrowing DatabaseReader) throws(StrataError) -> Result
    ) throws(StrataError) -> Result {
        let reader = try reader()
        return try body(reader)
    }

    /// The number of the last transaction that is acknowledged.
    public var sequence: UInt64 { core.committedSequence }

    // MARK: - Writing

    /// Makes changes together, and waits until they are as sure as the durability says.
    ///
    /// - Parameter body: makes the changes. When it throws, none of them is made. It must not write to the database but through
    ///   the transaction.
    /// - Throws: what `body` throws; `ioFailure` when the log cannot be written: then nothing is known about what was not
    ///   acknowledged, reading goes on, and the database has to be closed and opened again.
    @discardableResult
    public func write<Result>(
        _ body: (inout DatabaseTransaction) throws(StrataError) -> Result
    ) throws(StrataError) -> Result {
        let (result, sequence) = try submit(body)
        try acknowledge(sequence)
        return result
    }

    /// Makes changes together without waiting: readers see them, and they are sure, when a transaction with the returned number or a
    /// larger one was acknowledged.
    ///
    /// - Throws: as ``write(_:)``.
    public func submit<Result>(
        _ body: (inout DatabaseTransaction) throws(StrataError) -> Result
    ) throws(StrataError) -> (result: Result, sequence: UInt64) {
        let submitted = try core.submit(body)
        checkpointer?.note(submitted.activeByteCount)
        return (submitted.result, submitted.sequence)
    }

    /// Waits until a transaction, and all before it, are as sure as the durability says.
    public func acknowledge(_ sequence: UInt64) throws(StrataError) { try core.acknowledge(sequence) }

    // MARK: - Files

    /// Merges all changes up to now into a new base, while others read and write. The log and the memory of the changes go then.
    ///
    /// - Returns: whether there was anything to merge.
    /// - Throws: `ioFailure`, `limitExceeded`; the database is what it was, and the next checkpoint begins anew.
    @discardableResult
    public func checkpoint() throws(StrataError) -> Bool { try core.checkpoint() }

    /// Writes what is acknowledged now as a snapshot, while others read and write.
    ///
    /// - Throws: as ``SnapshotStream``. The file at the path then is what it was before.
    @discardableResult
    public func backup(to path: String) throws(StrataError) -> SnapshotSummary {
        let reader = try reader()
        return try reader.writeSnapshot(to: path)
    }

    /// Why the last checkpoint that began of itself has failed; nil when it has not.
    public var checkpointFailure: StrataError? { checkpointer?.failure }

    /// Bytes of changes since the last checkpoint that are held in memory.
    public var deltaByteCount: Int { core.activeByteCount }

    /// Brings all that was written to stable storage, and ends the writing; readers go on. Without it the end of the database's
    /// life is like that of the process: what was not acknowledged may be lost.
    public func close() throws(StrataError) {
        checkpointer?.stop()
        try core.close()
    }
}
