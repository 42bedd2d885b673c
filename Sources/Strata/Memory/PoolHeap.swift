import Glibc
public import Synchronization

/// A thread's part of a ``SizeClassPool``: the slabs that it allocates from, and for each size class the blocks that it
/// freed last.
///
/// A block may be freed through any heap of its pool, on any thread: the heap hands it out again itself, or gives it
/// back to its slab in a batch with others. One thread at a time uses a heap; it may move to another thread. A heap that
/// goes away leaves its slabs to the other heaps, and blocks from it stay valid as long as the pool.
///
/// Allocating and freeing are O(1), a few loads and stores without a lock; every so often a batch of blocks moves
/// between heap and slabs under a lock that is seldom contended. Blocks are not written to by the pool.
///
/// Sources: Bonwick and Adams, "Magazines and vmem", 2001 (arrays of free blocks per thread in front of slabs);
/// Bonwick, "The slab allocator", 1994; Leijen et al., "Mimalloc: free list sharding in action", 2019 (what to keep
/// apart).
@frozen
public struct PoolHeap: ~Copyable {
    /// The pool, which its heaps keep alive.
    public let pool: SizeClassPool
    /// The class of each size: `SizeClass.classes`.
    @usableFromInline let classes: UnsafePointer<UInt8>
    @usableFromInline let record: PoolHeapRecord

    init(pool: SizeClassPool, record: PoolHeapRecord) {
        self.pool = pool
        self.record = record
        classes = SizeClass.classes
    }

    deinit {
        flushMagazines()
        pool.retire(record)
    }

    /// Uninitialised memory, aligned to 8 bytes, and to 16 where `byteCount` is a multiple of 16 or above 256.
    ///
    /// - Parameter byteCount: the size in bytes; 0 is allowed and counts as the smallest size.
    /// - Throws: `limitExceeded` when the pool's budget or the allocator's memory is exhausted, `invalidArgument` when
    ///   the size is negative; nothing has changed then.
    /// - Complexity: O(1), amortised.
    @inlinable
    public mutating func allocate(byteCount: Int) throws(StrataError) -> UnsafeMutableRawPointer {
        guard UInt(bitPattern: byteCount) <= UInt(bitPattern: SizeClass.largestTabledBytes) else {
            return try allocateUntabled(byteCount)
        }
        let classIndex = Int(classes[(byteCount &+ 7) &>> 3])
        guard let block = (record.magazines + classIndex).pointee.pop() else {
            return try allocateFromShelf(byteCount, classIndex)
        }
        record.counters.pointee.noteAllocation(byteCount)
        assert(pool.noteLive(block, byteCount))
        return block
    }

    /// Gives a block back, from whichever heap of the same pool it is.
    ///
    /// - Parameter byteCount: the size that the block was allocated with.
    /// - Precondition: the block is live, and this pool's. Debug builds find what is freed twice, foreign or of another
    ///   size at once; release builds find most of it when the block goes back to its slab.
    /// - Complexity: O(1), amortised.
    @inlinable
    public mutating func free(_ pointer: UnsafeMutableRawPointer, byteCount: Int) {
        assert(pool.noteFreed(pointer, byteCount))
        guard UInt(bitPattern: byteCount) <= UInt(bitPattern: SizeClass.largestTabledBytes) else {
            return freeUntabled(pointer, byteCount)
        }
        let classIndex = Int(classes[(byteCount &+ 7) &>> 3])
        let magazine = record.magazines + classIndex
        if magazine.pointee.count.load(ordering: .relaxed) == magazine.pointee.capacity { makeRoom(classIndex) }
        magazine.pointee.push(pointer)
        record.counters.pointee.noteFree(byteCount)
    }

    /// Gives all blocks at hand back to their slabs, so that slabs can empty: for a heap that will rest for a while.
    ///
    /// - Complexity: O(blocks at hand), at most 64 of each class.
    public mutating func flush() { flushMagazines() }

    // MARK: Paths that are taken seldom

    @usableFromInline
    @inline(never)
    mutating func allocateFromShelf(_ byteCount: Int, _ classIndex: Int) throws(StrataError) -> UnsafeMutableRawPointer
    {
        let magazine = record.magazines + classIndex
        let slots = magazine.pointee.slots
        let (count, fresh) = try record.shelf.pointee.take(
            Int(magazine.pointee.capacity / 2), of: classIndex, into: slots, orphans: pool.orphans)
        // The lowest address on top: blocks are handed out in order of their addresses.
        for index in 0..<count / 2 { swap(&slots[index], &slots[count - 1 - index]) }
        magazine.pointee.count.store(UInt32(count - 1), ordering: .relaxed)
        record.counters.pointee.noteAllocation(byteCount)
        PoolCounters.add(fresh, to: record.counters.pointee.freshBlocks)
        let block = slots[count - 1]
        assert(pool.noteLive(block, byteCount))
        return block
    }

    /// Gives the lower half of a full magazine back: the blocks that were freed longest ago.
    @usableFromInline
    @inline(never)
    mutating func makeRoom(_ classIndex: Int) {
        let magazine = record.magazines + classIndex
        let slots = magazine.pointee.slots
        let count = Int(magazine.pointee.count.load(ordering: .relaxed))
        let given = (count + 1) / 2
        SlabShelf.give(slots, given, of: classIndex, shelf: record.shelf, depot: pool.depot)
        slots.update(from: slots + given, count: count - given)
        magazine.pointee.count.store(UInt32(count - given), ordering: .relaxed)
    }

    @usableFromInline
    @inline(never)
    mutating func allocateUntabled(_ byteCount: Int) throws(StrataError) -> UnsafeMutableRawPointer {
        guard byteCount >= 0 else {
            throw StrataError(.invalidArgument, "an allocation of \(byteCount) bytes cannot be made")
        }
        guard byteCount <= SizeClass.largestBlockBytes else {
            let block = try pool.allocateLarge(byteCount)
            record.counters.pointee.noteAllocation(byteCount)
            PoolCounters.add(1, to: record.counters.pointee.freshBlocks)
            PoolCounters.add(byteCount, to: record.counters.pointee.largeBytes)
            assert(pool.noteLive(block, byteCount))
            return block
        }
        let classIndex = SizeClass.index(for: byteCount)
        guard let block = (record.magazines + classIndex).pointee.pop() else {
            return try allocateFromShelf(byteCount, classIndex)
        }
        record.counters.pointee.noteAllocation(byteCount)
        assert(pool.noteLive(block, byteCount))
        return block
    }

    /// Frees a block of more than `SizeClass.largestTabledBytes` that was noted as freed already.
    @usableFromInline
    @inline(never)
    mutating func freeUntabled(_ pointer: UnsafeMutableRawPointer, _ byteCount: Int) {
        precondition(byteCount >= 0, "a block of a negative size was freed")
        record.counters.pointee.noteFree(byteCount)
        guard byteCount <= SizeClass.largestBlockBytes else {
            PoolCounters.add(-byteCount, to: record.counters.pointee.largeBytes)
            return pool.freeLarge(pointer, byteCount)
        }
        let classIndex = SizeClass.index(for: byteCount)
        let magazine = record.magazines + classIndex
        if magazine.pointee.count.load(ordering: .relaxed) == magazine.pointee.capacity { makeRoom(classIndex) }
        magazine.pointee.push(pointer)
    }

    private borrowing func flushMagazines() {
        for classIndex in 0..<SizeClass.count { record.empty(classIndex, shelf: record.shelf, depot: pool.depot) }
    }
}

// One thread at a time uses a heap; handing the whole heap to another thread is safe.
extension PoolHeap: @unchecked Sendable {}
