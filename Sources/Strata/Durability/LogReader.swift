import Glibc

/// Where a log ends.
public struct LogEnd: Sendable, Equatable {
    /// The sequence number of its last record; that of the one before its first when it has none.
    public let lastSequence: UInt64
    /// The file of its last segment; nil when there is no segment.
    public let path: String?
    /// The byte in that file behind the last record.
    public let offset: UInt64
    /// Whether a record was begun there that is not whole: the machine stopped before it was acknowledged.
    public let isTorn: Bool
}

/// The records of a log, from the oldest one, where they lie.
///
///     var reader = try LogReader(folder: "graph.db/log")
///     while try reader.next() { apply(reader.sequence, reader.payload) }
///
/// It checks each record: its checksum, its number, and that it follows the one before. It ends at the first one that is
/// not valid when nothing behind it says otherwise: that is the end that a crash left, and what stood there was not
/// acknowledged. When something does, because a segment follows, or a record that was written when the invalid one was on
/// stable storage, the log is damaged in the middle: then it throws, and reads nothing behind the damage.
///
/// A log that is being written to may look damaged where records arrive while they are looked for: read it when nobody
/// writes.
///
/// - Complexity: a log of n bytes is read once, with 256 KiB of memory or as much as the longest record takes. Behind the
///   end of the last segment that has not been closed its rest is read too.
public struct LogReader: ~Copyable {
    // Invariant: `buffer` is a block of `capacity` bytes of `malloc`, whose first `filled` ones are those of the file from
    // `origin`, a multiple of 8; `position` is at most `filled`. So `buffer + position` is aligned to 8.

    /// The sequence number of the record that ``next()`` has found; before that, the number in front of the first one.
    public private(set) var sequence: UInt64
    /// Where the log ends; nil until ``next()`` has returned false.
    public private(set) var end: LogEnd?
    /// The database that the log is of; nil when it has no segment.
    public var database: DatabaseIdentity? { segments.last?.header.database }
    /// The path of the segment that the record is in, for messages.
    public var path: String? { segments.isEmpty ? nil : segments[index].path }
    /// The record's place in that file.
    public private(set) var offset: UInt64 = 0

    let segments: [LogSegmentFile]
    /// The first segment that is read.
    private(set) var index: Int
    /// The checksum of the last record, which the next one names.
    private(set) var chain: UInt64 = 0
    /// Up to where the last record says that its segment was on stable storage.
    private(set) var synchronizedEnd = LogFormat.headerByteCount
    /// Records up to this one are passed over.
    private let floor: UInt64
    private let fileSystem: any FileSystem
    private var file: SharedFile?
    private var salt: UInt64 = 0
    private var fileByteCount = 0

    private var buffer: UnsafeMutableRawPointer
    private var capacity: Int
    private var filled = 0
    private var position = 0
    private var origin = 0
    private var payloadStart = 0
    private var payloadCount = 0

    private static let standardCapacity = 256 << 10

    /// Finds the log's segments.
    ///
    /// - Parameters:
    ///   - after: the sequence number of the last record that is not needed any more, because a snapshot has it: the
    ///     reading begins behind it. Nil for all there are.
    ///   - database: the database that the log must be of; nil for any.
    /// - Throws: `ioFailure`; `unsupportedFormat`; `corrupted` when a segment's header is damaged, when a segment is
    ///   missing, or when the log begins behind record `after + 1`.
    public init(
        folder: String, after: UInt64? = nil, database: DatabaseIdentity? = nil,
        fileSystem: any FileSystem = RealFileSystem()
    ) throws(StrataError) {
        let segments = try LogSegmentFile.list(folder, database: database, fileSystem)
        let first = after ?? (segments.first.map { $0.header.firstSequence - 1 } ?? 0)
        let index = try Self.start(of: segments, first)
        guard let memory = malloc(Self.standardCapacity) else {
            throw StrataError(.limitExceeded, "there is no memory to read the log", remedy: "free some memory")
        }
        self.init(segments, index, first, memory, fileSystem)
    }

    /// Does not fail: what has a deinitializer is made whole or not at all.
    private init(
        _ segments: [LogSegmentFile], _ index: Int, _ floor: UInt64, _ memory: UnsafeMutableRawPointer,
        _ fileSystem: any FileSystem
    ) {
        self.segments = segments
        self.index = index
        self.floor = floor
        self.fileSystem = fileSystem
        buffer = memory
        capacity = Self.standardCapacity
        if segments.isEmpty {
            sequence = floor
            end = LogEnd(lastSequence: floor, path: nil, offset: 0, isTorn: false)
        } else {
            sequence = segments[index].header.firstSequence - 1
            chain = segments[index].header.previous
        }
    }

    /// The segment to begin with: the last one that has the record behind `first`, or would have it.
    private static func start(of segments: [LogSegmentFile], _ first: UInt64) throws(StrataError) -> Int {
        guard let oldest = segments.first else { return 0 }
        if let start = segments.lastIndex(where: { $0.header.firstSequence - 1 <= first }) { return start }
        throw StrataError(
            .corrupted,
            "the log begins with record \(oldest.header.firstSequence), and record \(first &+ 1) is needed",
            path: oldest.path, offset: 0, remedy: "put back the segments that were removed")
    }

    deinit { free(buffer) }

    /// The record's bytes, until the next call of ``next()``.
    public var payload: RawSpan {
        @_lifetime(borrow self)
        get {
            // The payload lies within the filled bytes, which stay until the next mutating call.
            let bytes = UnsafeRawBufferPointer(start: buffer + payloadStart, count: payloadCount)
            return unsafe _overrideLifetime(RawSpan(_unsafeBytes: bytes), borrowing: self)
        }
    }

    /// Goes on to the next record.
    ///
    /// - Returns: whether there is one; if not, ``end`` says where the log ends.
    /// - Throws: `corrupted`, with the file and the byte of the first damage, when the log is damaged in the middle;
    ///   `ioFailure`.
    public mutating func next() throws(StrataError) -> Bool {
        guard end == nil else { return false }
        if file == nil { try begin() }
        while true {
            guard let size = try validRecord() else {
                if try goOn() { continue }
                return false
            }
            let header = LogRecordHeader(buffer + position)
            offset = UInt64(origin + position)
            payloadStart = position + LogFormat.recordHeaderByteCount
            payloadCount = Int(header.byteCount)
            sequence = header.sequence
            chain = header.checksum
            synchronizedEnd = origin + position - Int(header.unsynchronized)
            position += size
            if sequence > floor { return true }
        }
    }

    /// The bytes of the record at the position; nil when there is no valid one.
    @inline(__always)
    private mutating func validRecord() throws(StrataError) -> Int? {
        guard try holds(LogFormat.recordHeaderByteCount) else { return nil }
        let header = LogRecordHeader(buffer + position)
        guard header.sequence == sequence &+ 1, header.previous == chain else { return nil }
        return try size(of: header)
    }

    /// The bytes of the record at the position when its checksum is right; nil when it is not.
    @inline(__always)
    private mutating func size(of header: LogRecordHeader) throws(StrataError) -> Int? {
        guard header.byteCount <= LogFormat.payloadByteCountMaximum,
            Int(header.unsynchronized) <= origin + position - LogFormat.headerByteCount
        else { return nil }
        let size = LogFormat.recordByteCount(payload: Int(header.byteCount))
        guard try holds(size), LogRecordHeader.checksum(buffer + position, size, salt) == header.checksum else {
            return nil
        }
        return size
    }

    /// Whether the file has `count` bytes at the position; they are in the buffer then.
    @inline(__always)
    private mutating func holds(_ count: Int) throws(StrataError) -> Bool {
        if filled - position >= count { return true }
        return try fill(count)
    }

    private mutating func fill(_ count: Int) throws(StrataError) -> Bool {
        guard fileByteCount - (origin + position) >= count else { return false }
        if count > capacity {
            guard let larger = malloc(count) else {
                throw StrataError(
                    .limitExceeded, "there is no memory for a log record of \(count) bytes", path: path,
                    offset: UInt64(origin + position), remedy: "free some memory")
            }
            memcpy(larger, buffer + position, filled - position)
            free(buffer)
            buffer = larger
            capacity = count
        } else {
            memmove(buffer, buffer + position, filled - position)
        }
        filled -= position
        origin += position
        position = 0
        let room = UnsafeMutableRawBufferPointer(start: buffer + filled, count: capacity - filled)
        filled += try fileSystem.read(file!.file, into: room, at: UInt64(origin + filled))
        // A file that was cut short since its length was asked for.
        return filled >= count
    }

    /// Opens the segment of the index.
    private mutating func begin() throws(StrataError) {
        let segment = segments[index]
        file = SharedFile(try fileSystem.open(segment.path, .read))
        salt = segment.salt
        fileByteCount = Int(clamping: segment.byteCount)
        origin = LogFormat.headerByteCount
        filled = 0
        position = 0
        synchronizedEnd = origin
    }

    /// What to do where there is no valid record: go on with the next segment, or end.
    private mutating func goOn() throws(StrataError) -> Bool {
        let stop = origin + position
        if index + 1 < segments.count {
            let next = segments[index + 1].header
            guard next.firstSequence == sequence &+ 1, next.previous == chain else { throw damaged(at: stop) }
            index += 1
            try begin()
            return true
        }
        let isTorn = try examineRest(from: stop)
        end = LogEnd(lastSequence: sequence, path: path, offset: UInt64(stop), isTorn: isTorn)
        return false
    }

    private func damaged(at stop: Int) -> StrataError {
        StrataError(
            .corrupted, "the log's record \(sequence &+ 1) is damaged, and others follow it", path: path,
            offset: UInt64(stop), remedy: "restore the log from a backup")
    }

    /// Looks for valid records behind the first invalid one.
    ///
    /// Between two synchronizations a disk writes in any order, so that a valid record may stand behind one that never
    /// arrived. But a record says how far its segment was on stable storage when it was written.
    ///
    /// - Returns: whether there is anything of this segment behind its last record.
    /// - Throws: `corrupted` when the invalid record was on stable storage.
    private mutating func examineRest(from stop: Int) throws(StrataError) -> Bool {
        var isTorn = false
        if try holds(LogFormat.recordHeaderByteCount) {
            let header = LogRecordHeader(buffer + position)
            isTorn = header.sequence == sequence &+ 1 && header.previous == chain
        }
        position += LogFormat.recordHeaderByteCount
        while origin + position < fileByteCount, try holds(LogFormat.recordHeaderByteCount) {
            let header = LogRecordHeader(buffer + position)
            let distance = origin + position - stop
            // A record takes at least its header: more than so many cannot stand in between.
            let ahead = header.sequence &- sequence &- 2
            if header.sequence > sequence, ahead < UInt64(distance / LogFormat.recordHeaderByteCount),
                let size = try size(of: header)
            {
                isTorn = true
                guard Int(header.unsynchronized) >= distance else { throw damaged(at: stop) }
                position += size
            } else {
                position += LogFormat.alignment
            }
        }
        return isTorn
    }
}
