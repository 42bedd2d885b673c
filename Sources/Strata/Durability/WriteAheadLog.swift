import Synchronization

/// A log of records: what is appended and committed is there when the log is opened again, whatever happened in between.
///
///     let log = try WriteAheadLog(folder: "graph.db/log") { sequence, payload in try apply(payload) }
///     let sequence = try log.append(record)      // in the order of the changes, with the writer's own lock held
///     try log.commit(sequence)                   // without it: threads that wait together share one synchronization
///
/// A record is any bytes; what it means is its owner's business. Records are numbered without gaps, from 1 or from behind
/// the snapshot that the log goes on from. The log lies in a folder of its own, in *segments* (the guide *The log* has
/// their bytes).
///
/// What holds after a crash: the records that are found are the first ones that were appended, in their order, and all that
/// were acknowledged (``Durability``) are among them. A record that was not acknowledged may be there.
///
/// What holds after an error: when a segment cannot be made, for want of space for instance, the append fails, and the log
/// may be used on. When a write or a synchronization fails, all commits that wait fail, and so do all later calls: the log
/// has to be closed and opened again, which finds out what is there. What was acknowledged is.
///
/// All calls may be made from any thread.
public final class WriteAheadLog: Sendable {
    private let writer: LogWriter
    private let ticker: LogTicker?

    /// Opens a log to write to it; replays what it has.
    ///
    /// - Parameters:
    ///   - folder: the log's folder, which is made in a folder that must exist.
    ///   - database: the database that the log must be of. Nil takes that of the log; a new one gets an identity then.
    ///   - after: the number of the last record that a snapshot has. What is replayed begins behind it, segments in front
    ///     of it are let go, and the next record has a larger number. Nil for all there is.
    ///   - presence: whether the log must or must not be there.
    ///   - replay: is given each record, in order. The payload is good during the call.
    /// - Throws: what `replay` throws; `corrupted`, with the file and the first damaged byte, for a log that is damaged
    ///   before its end; `notFound` and `alreadyExists` as `presence` says; `ioFailure`, also when another process writes
    ///   the log (`EWOULDBLOCK`).
    /// - Complexity: the log is read once; what was not known to be on stable storage, at most a segment, is written again.
    public init(
        folder: String, database: DatabaseIdentity? = nil, after: UInt64? = nil, presence: LogPresence = .any,
        configuration: LogConfiguration = LogConfiguration(), fileSystem: any FileSystem = RealFileSystem(),
        replay: (_ sequence: UInt64, _ payload: RawSpan) throws(StrataError) -> Void
    ) throws(StrataError) {
        let opening = LogOpening(
            folder: folder, database: database, after: after, presence: presence, configuration: configuration,
            fileSystem: fileSystem)
        writer = try opening.open(replay)
        ticker =
            configuration.durability == .interval
            ? try LogTicker(writer, intervalMilliseconds: configuration.intervalMilliseconds) : nil
    }

    /// The database that the log is of.
    public var database: DatabaseIdentity { writer.database }
    /// How many times the log was opened to be written, this one included.
    public var epoch: UInt64 { writer.epoch }
    /// The number of the last record that was appended.
    public var lastSequence: UInt64 { writer.withLock { $0.lastSequence } }
    /// All records up to this one are on stable storage.
    public var durableSequence: UInt64 { writer.durableSequence.load(ordering: .acquiring) }
    /// Why the log takes no more records; nil when it does.
    public var failure: StrataError? { writer.withLock { $0.poison } }
    /// How many synchronizations of records there were since the log was opened.
    public var synchronizationCount: Int { writer.withLock { $0.synchronizationCount } }
    /// How many segments there are, spare ones not among them.
    public var segmentCount: Int { writer.withLock { $0.closed.count + 1 } }

    /// Appends a record, which waits for its commit then.
    ///
    /// It takes as long as copying the bytes, except when the buffer is full or a segment ends: then the calling thread
    /// writes what waits, or begins the next segment.
    ///
    /// - Returns: the record's number, one larger than that of the record before.
    /// - Throws: `limitExceeded` for a payload of more than ``LogFormat/payloadByteCountMaximum`` bytes; `ioFailure`. The
    ///   record was not appended then.
    public func append(_ payload: UnsafeRawBufferPointer) throws(StrataError) -> UInt64 { try writer.append(payload) }

    /// Waits until a record and all before it are as sure as the log's durability says.
    ///
    /// - Throws: `ioFailure` when they cannot be: nothing is known about those that were not acknowledged before.
    public func commit(_ sequence: UInt64) throws(StrataError) {
        try writer.wait(for: sequence, isDurable: writer.configuration.durability == .commit)
    }

    /// Waits until all that was appended is on stable storage, whatever the log's durability is.
    public func synchronize() throws(StrataError) { try writer.synchronize() }

    /// Begins a new segment, so that ``discard(through:)`` can let go of all records that there are now. Does nothing when the
    /// active one has no records.
    public func startSegment() throws(StrataError) { try writer.startSegment() }

    /// Lets go of the segments of which all records have a number of at most `sequence`, because a snapshot that is on stable
    /// storage has them. The segment that is written to stays.
    ///
    /// When it fails it may be called again.
    public func discard(through sequence: UInt64) throws(StrataError) { try writer.discard(through: sequence) }

    /// Brings all that was appended to stable storage, and ends the writing. Calls after it fail.
    ///
    /// Without it the end of the log's life is like that of the process: what was not committed may be lost.
    public func close() throws(StrataError) { try writer.close() }
}

extension LogWriter {
    func withLock<Result>(_ body: (LogWriter) -> Result) -> Result {
        lock.lock()
        defer { lock.unlock() }
        return body(self)
    }

    /// Waits until all that was appended is durable.
    func synchronize() throws(StrataError) {
        try wait(for: withLock { $0.lastSequence }, isDurable: true)
    }
}
