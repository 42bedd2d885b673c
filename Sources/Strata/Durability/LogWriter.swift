import Glibc
import Synchronization

/// The writing end of a log: the records that wait, the segment that they go to, and the threads that wait for them.
///
/// Words: a record is *appended* when it stands in the buffer, *written* when the operating system has it, *durable* when
/// it is on stable storage. A thread that finds no flight under way *leads* the next one: it takes all that was appended,
/// writes it and synchronizes the file, while others append to the other buffer (``LogGate`` has the waiting).
///
/// After a write or synchronization that failed nobody knows what is on the disk, and a second one may succeed without
/// having done anything. The log is *poisoned* then: whatever was not durable fails, and nothing more is accepted.
final class LogWriter: @unchecked Sendable {
    // Unchecked: all that varies is touched with `lock` held, but for what the leader has taken (`isLeading`): `flying`,
    // `gathering`, `writtenEnd` and the segment's file.

    let configuration: LogConfiguration
    let database: DatabaseIdentity
    let epoch: UInt64
    let maker: LogSegmentMaker
    var lockFile: SharedFile?

    let lock = PoolLock()
    let writtenSequence: Atomic<UInt64>
    let durableSequence: Atomic<UInt64>

    let gate = LogGate()
    var buffer = LogBuffer()
    /// Where the buffer's first byte goes in the segment.
    var bufferStart = LogFormat.headerByteCount
    var segment: ActiveSegment
    /// Up to where the disk's blocks were written before, so that writing them changes no metadata.
    var writtenEnd: Int
    var lastSequence: UInt64
    /// The checksum of the last record.
    var chain: UInt64
    /// Up to where the segment is durable.
    var durableEnd = LogFormat.headerByteCount
    /// The segments in front of the active one, with their last sequence numbers and `writtenEnd`.
    var closed: [(number: UInt32, last: UInt64, writtenEnd: Int)]
    var spares: [SpareSegment]
    /// Whether ``discard(through:)`` is at work, which has its own thread.
    var isDiscarding = false

    /// Whether a thread leads a flight, or prepares one, or begins a segment.
    var isLeading = false
    /// Whether the flight is under way: what is appended now is not on it.
    var isFlying = false
    /// Whether a segment is being begun: nothing can be appended meanwhile.
    var isRotating = false
    var isClosed = false
    var poison: StrataError?
    /// The flights that took off.
    var flights = 0
    /// The last record of the flight that took off last.
    var flyingSequence: UInt64
    var flying = LogBuffer()
    var gathering = LogGathering()
    var synchronizationCount = 0

    /// Begins with a segment that has no records.
    init(
        configuration: LogConfiguration, header: LogSegmentHeader, maker: LogSegmentMaker, lockFile: SharedFile,
        segment: ActiveSegment, closed: [(number: UInt32, last: UInt64, writtenEnd: Int)], spares: [SpareSegment]
    ) {
        self.configuration = configuration
        self.maker = maker
        self.lockFile = lockFile
        self.segment = segment
        writtenEnd = segment.writtenEnd
        self.closed = closed
        self.spares = spares
        database = header.database
        epoch = header.epoch
        lastSequence = header.firstSequence - 1
        flyingSequence = header.firstSequence - 1
        chain = header.previous
        writtenSequence = Atomic(header.firstSequence - 1)
        durableSequence = Atomic(header.firstSequence - 1)
    }

    // MARK: - Appending

    /// Gives a record its number and its place.
    func append(_ payload: UnsafeRawBufferPointer) throws(StrataError) -> UInt64 {
        guard payload.count <= LogFormat.payloadByteCountMaximum else {
            throw StrataError(
                .limitExceeded,
                "a log record of \(payload.count) bytes is too long: \(LogFormat.payloadByteCountMaximum) are possible",
                path: maker.folder, remedy: "split the operation")
        }
        let size = LogFormat.recordByteCount(payload: payload.count)
        lock.lock()
        defer { lock.unlock() }
        try makeRoom(size)
        let place = bufferStart + buffer.count
        let start = try buffer.extend(by: size)
        chain = LogRecordHeader.encode(
            payload, sequence: lastSequence + 1, previous: chain, unsynchronized: place - durableEnd,
            salt: segment.salt, to: start)
        lastSequence += 1
        return lastSequence
    }

    /// Sees to it that a record fits into the segment and the buffer. With the lock held, which it may give back for a while.
    private func makeRoom(_ size: Int) throws(StrataError) {
        while true {
            if let poison { throw poison }
            if isClosed { throw StrataError(.invalidArgument, "the log is closed", path: maker.folder) }
            let fits = bufferStart + buffer.count + size <= segment.byteCount
            if fits, !isRotating,
                buffer.count == 0 || buffer.count + size <= configuration.bufferByteCount
            {
                return
            }
            if isLeading {
                waitForLanding()
            } else if fits || buffer.count > 0 || durableEnd < bufferStart {
                // Segments follow each other only when they are whole on stable storage.
                isLeading = true
                fly(synchronizes: !fits)
                lock.lock()
            } else {
                try rotate(for: size)
            }
        }
    }

    /// Sleeps until the flight that is under way or about to take off has landed. With the lock held, before and after.
    ///
    /// In the flight's own room: all there wake up, so that nobody takes the one wake-up of a thread that is to lead.
    func waitForLanding() {
        let room = (isFlying ? flights : flights + 1) & 1
        let ticket = gate.enter(room)
        lock.unlock()
        gate.sleep(room, ticket)
        lock.lock()
    }

    // MARK: - Waiting

    /// Waits until a record is durable, or written.
    func wait(for sequence: UInt64, isDurable: Bool) throws(StrataError) {
        while true {
            if hasReached(sequence, isDurable) { return }
            lock.lock()
            if hasReached(sequence, isDurable) {
                lock.unlock()
                return
            }
            if let error = poison ?? refusal(of: sequence) {
                lock.unlock()
                throw error
            }
            guard isLeading else {
                isLeading = true
                gather()
                fly(synchronizes: isDurable)
                continue
            }
            let room = (isFlying && sequence <= flyingSequence ? flights : flights + 1) & 1
            let ticket = gate.enter(room)
            lock.unlock()
            gate.sleep(room, ticket)
        }
    }

    private func hasReached(_ sequence: UInt64, _ isDurable: Bool) -> Bool {
        let reached =
            isDurable ? durableSequence.load(ordering: .acquiring) : writtenSequence.load(ordering: .acquiring)
        return reached >= sequence
    }

    private func refusal(of sequence: UInt64) -> StrataError? {
        guard sequence > lastSequence else { return nil }
        return StrataError(
            .invalidArgument, "the log has no record \(sequence): its last one is \(lastSequence)", path: maker.folder)
    }

    // MARK: - Flying

    /// Writes all that waits, and synchronizes the file if it is asked to. With the lock held, which is given back, and
    /// `isLeading` set, which is taken back.
    func fly(synchronizes: Bool) {
        flights += 1
        isFlying = true
        swap(&buffer, &flying)
        let start = bufferStart
        let end = start + flying.count
        let last = lastSequence
        bufferStart = end
        flyingSequence = last
        lock.unlock()

        var failure: StrataError?
        let clock = gathering.now()
        do throws(StrataError) {
            try write(from: start, to: end, synchronizes)
        } catch {
            failure = error
        }
        flying.removeAll()
        flying.shrink(to: 4 * configuration.bufferByteCount)

        lock.lock()
        if let failure {
            poison(failure)
        } else {
            writtenSequence.store(last, ordering: .releasing)
            if synchronizes {
                durableEnd = end
                durableSequence.store(last, ordering: .releasing)
                synchronizationCount += 1
            }
        }
        gathering.landed(
            released: 1 + gate.sleeperCount(flights & 1), waiting: gate.sleeperCount(1 - flights & 1),
            nanoseconds: gathering.now() - clock)
        land()
    }

    /// The leader's work on the file.
    private func write(from start: Int, to end: Int, _ synchronizes: Bool) throws(StrataError) {
        let file = segment.file
        if end > start {
            try maker.fileSystem.write(file.file, flying.bytes, at: UInt64(start))
            if configuration.durability == .commit { writeAhead(of: end, from: start) }
        }
        if synchronizes { try maker.fileSystem.synchronizeData(file.file) }
    }

    /// Ends a flight. With the lock held, which is given back.
    func land() {
        isLeading = false
        isFlying = false
        isRotating = false
        let wakesAll = poison != nil
        let landing = gate.land(flights & 1, wakesAll: wakesAll)
        lock.unlock()
        gate.wake(landing, wakesAll: wakesAll)
    }

    /// Accepts nothing more. With the lock held.
    func poison(_ cause: StrataError) {
        guard poison == nil else { return }
        poison = StrataError(
            cause.code, "the log takes no more records, because an earlier call failed: \(cause.message)",
            path: cause.path ?? maker.folder, offset: cause.offset, errno: cause.errno,
            remedy: "close the database and open it again"
                + (cause.errno == ENOSPC || cause.errno == EDQUOT ? " when there is space" : ""))
    }

    // MARK: - Written ground

    /// The bytes that are written ahead of the records.
    private static let aheadByteCount = 256 << 10
    private static let pageByteCount = 4096

    /// Zeros. Never written, so that they cost no memory.
    private nonisolated(unsafe) static let zeros = UnsafeRawBufferPointer(
        start: calloc(1, aheadByteCount), count: aheadByteCount)

    /// Writes zeros behind the records, once in a while.
    ///
    /// Reserved space becomes the file's only when it is first written, and that is a change of metadata, which makes the
    /// synchronization of one small record take about twice as long. Now it is done once for some thousand.
    private func writeAhead(of end: Int, from start: Int) {
        let page = Self.pageByteCount
        guard end > writtenEnd else { return }
        writtenEnd = end
        // Where much is written at once it makes no difference.
        guard end - start < Self.aheadByteCount else { return }
        let first = (end + page - 1) & ~(page - 1)
        let count = min(Self.aheadByteCount, segment.byteCount - first)
        guard count > 0, Self.zeros.baseAddress != nil else { return }
        let zeros = UnsafeRawBufferPointer(rebasing: Self.zeros[..<count])
        // It only saves time: a failure is for the next write of records to tell.
        guard (try? maker.fileSystem.write(segment.file.file, zeros, at: UInt64(first))) != nil else { return }
        writtenEnd = first + count
    }
}
