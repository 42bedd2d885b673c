import CStrata
import Synchronization

/// The strings of an interner: their bytes, each once, and where each id's are. Tables that find a string by its bytes
/// stand outside, so that one store may serve several, such as those of an interner and of its frozen form.
///
/// **Records.** A string stands in words of `text` that follow each other: its id, then 16 bits of length, then the
/// bytes, padded to a word; a string of 26 bytes takes 32. Id and length stand where the bytes are, so that finding a
/// string costs one miss for its place in a table and one for all the rest. A string of 4,096 bytes and more has a
/// block of its own, and its record that block's address and 64 bits of length. *Locations* number words of `text`;
/// 0 is none. `ids` has the location of each id.
///
/// **Threads.** Any thread resolves ids without waiting. Who adds strings first takes room for a record, then an id,
/// writes the record, then the id's location (release), and only then gives the id away: who was given an id, by
/// whatever handed it over, finds the whole record.
///
/// Invariant: ids below `count` are given out, each once; a location in `ids` or in a table is that of a whole record
/// that never changes again.
final class InternerStore: @unchecked Sendable {
    let memory: InternerMemory
    let records: InternerRecords
    /// Guards what grows: blocks, regions, long strings.
    private let lock = PoolLock()
    /// The next id, on two lines of its own: every thread that adds a string writes it.
    private nonisolated(unsafe) let nextID: UnsafeMutablePointer<Atomic<Int>>
    /// Ids for which `ids` has room.
    private let idCapacity = Atomic<Int>(0)
    /// Words of the newest block that are in no region yet; under the lock.
    private var freeWords: Range<UInt32> = 0..<0
    private var longStrings: [(memory: UnsafeMutableRawPointer, byteCount: Int)] = []

    /// Strings from this size on stand outside `text`: the largest record fits in the smallest block.
    static let longBytes = 4_096
    static let longRecordWords = 6
    /// The first location that a record may have.
    private static let firstWord: UInt32 = 16

    /// - Parameter isShared: whether several threads add strings.
    init(budget: MemoryBudget?, isShared: Bool = false) throws(StrataError) {
        memory = InternerMemory(budget, isShared: isShared)
        records = try InternerRecords(memory)
        nextID = UnsafeMutableRawPointer.allocate(byteCount: 128, alignment: 128)
            .bindMemory(to: Atomic<Int>.self, capacity: 1)
        nextID.initialize(to: Atomic(0))
    }

    deinit {
        for string in longStrings { memory.release(string.memory, string.byteCount) }
        records.destroy(memory)
        // An atomic of an integer is trivial: nothing to deinitialise.
        UnsafeMutableRawPointer(nextID).deallocate()
    }

    /// Ids given out.
    var count: Int { nextID.pointee.load(ordering: .acquiring) }

    /// Tells the processor that the caller is about to add a string, so that it waits for other threads' lines while it
    /// still does something else.
    @inline(__always)
    func prefetchToAdd() { strata_prefetch_to_write(nextID) }

    /// Bytes of the newest block of text that were never handed out. Nobody adds strings meanwhile.
    var untouchedBytes: Int { freeWords.count * 4 }

    /// Bytes of strings and ids: all but the tables.
    var bytesWithoutTables: Int {
        lock.lock()
        defer { lock.unlock() }
        return records.text.heldBytes + records.ids.heldBytes + longStrings.reduce(0) { $0 + $1.byteCount }
    }

    func withLock<Result>(_ body: () throws(StrataError) -> Result) throws(StrataError) -> Result {
        lock.lock()
        defer { lock.unlock() }
        return try body()
    }

    // MARK: Room

    /// Words for records, for the caller alone.
    ///
    /// - Parameters:
    ///   - least: how many words there must be.
    ///   - most: how many are taken when the newest block has them.
    func region(least: Int, most: Int) throws(StrataError) -> Range<UInt32> {
        try withLock { () throws(StrataError) in
            if freeWords.count < least {
                let (byteCount, onHugePages) = nextTextBlock
                guard
                    let block = try records.text.addBlock(
                        byteCount: byteCount, isZeroed: false, onHugePages: onHugePages, memory)
                else {
                    throw StrataError(
                        .limitExceeded, "the interner's strings fill the 16 GiB that it takes",
                        remedy: "use another interner for further strings")
                }
                let skipped: UInt32 = block.first == 0 ? Self.firstWord : 0
                let end = UInt64(block.first) + UInt64(block.count)
                freeWords = block.first + skipped..<UInt32(min(end, UInt64(UInt32.max)))
            }
            let taken = min(max(most, least), freeWords.count)
            let region = freeWords.lowerBound..<freeWords.lowerBound + UInt32(taken)
            freeWords = region.upperBound..<freeWords.upperBound
            return region
        }
    }

    /// The size of the next block of text: a quarter of what there is, so that small interners are small, up to a huge page; in large ones a 32nd in huge
    /// pages, so that little is unused.
    private var nextTextBlock: (byteCount: Int, onHugePages: Bool) {
        let held = records.text.wordCount * 4
        let huge = InternerMemory.hugePageBytes
        let byteCount = max(16 << 10, min(held / 4, huge), min(held / 32, 4 * huge) & ~(huge - 1))
        if byteCount >= huge, memory.isShared || held >= 8 * huge { return (byteCount, true) }
        // What the allocator keeps beside a large block should not cost it another page.
        return (byteCount < huge / 4 ? byteCount & ~63 : byteCount & ~4_095 - 256, false)
    }

    /// A copy of a string that is too long for a record.
    func copyOfLongString(_ bytes: UnsafeRawPointer, _ byteCount: Int) throws(StrataError) -> UnsafeMutableRawPointer {
        let copy = try memory.allocate(byteCount, isZeroed: false)
        copy.copyMemory(from: bytes, byteCount: byteCount)
        try withLock { () throws(StrataError) in longStrings.append((copy, byteCount)) }
        return copy
    }

    /// Gives back a copy that no record names.
    func releaseLongString(_ copy: UnsafeMutableRawPointer) {
        lock.lock()
        let index = longStrings.lastIndex { $0.memory == copy }
        let string = index.map { longStrings.remove(at: $0) }
        lock.unlock()
        if let string { memory.release(string.memory, string.byteCount) }
    }

    /// The next id, with room for its location. Nothing that can fail comes after it.
    func takeID() throws(StrataError) -> UInt32 {
        var id = nextID.pointee.load(ordering: .relaxed)
        while true {
            if id >= idCapacity.load(ordering: .acquiring) { try addIDs(past: id) }
            let (exchanged, original) = nextID.pointee.weakCompareExchange(
                expected: id, desired: id + 1, ordering: .acquiringAndReleasing)
            if exchanged { return UInt32(truncatingIfNeeded: id) }
            id = original
        }
    }

    private func addIDs(past id: Int) throws(StrataError) {
        try withLock { () throws(StrataError) in
            let capacity = idCapacity.load(ordering: .relaxed)
            guard id >= capacity else { return }
            let huge = InternerMemory.hugePageBytes
            // Whole pages: the numbers of words are ids.
            let byteCount = max(16 << 10, min(capacity * 4 / 8, huge) & ~(16 << 10 - 1))
            guard capacity < Self.maximumCount,
                let block = try records.ids.addBlock(byteCount: byteCount, isZeroed: true, memory)
            else {
                throw StrataError(.limitExceeded, "the interner takes 4,294,901,760 strings at most")
            }
            idCapacity.store(min(capacity + block.count, Self.maximumCount), ordering: .releasing)
        }
    }

    /// The largest ids stay free for marks such as "no name".
    static let maximumCount = 1 << 32 - 1 << 16
}
