import Glibc
import Synchronization

/// A pool of blocks of any size, for many threads: each takes a ``PoolHeap`` of its own.
///
/// Sizes up to 32 KiB are rounded up to one of 79 classes and cut from slabs of 64 or 256 KiB; larger ones go to
/// `malloc`. The size is told again when a block is freed, so that freeing needs no look-up. Memory comes from `malloc`
/// in spans of 2 MiB and is used again before more is taken; empty slabs past a bound give their pages back, and so do
/// slabs that have become mostly free.
///
/// A pool must outlive the blocks from it; heaps keep it alive. Lock order: the outbox, a heap's shelf, the shelf of the
/// orphans, the depot.
public final class SizeClassPool: @unchecked Sendable {
    /// Whether blocks are checked one by one unless a pool is made otherwise: in debug builds.
    public static var checksBlocksByDefault: Bool {
        var isDebug = false
        assert(
            {
                isDebug = true
                return true
            }())
        return isDebug
    }

    /// Initialised as long as the pool is.
    let depot: UnsafePointer<SlabDepot>
    /// The slabs of heaps that have gone.
    let orphans: UnsafePointer<SlabShelf>
    private let registry: OwnedBox<PoolRegistry>
    private let liveBlocks: PoolLiveBlocks?
    /// The blocks that were freed without a heap last, and the counters of such frees: a record that is used under the
    /// lock, by whoever frees.
    private let outbox: PoolHeapRecord
    private let outboxLock = PoolLock()

    /// An empty pool. Nothing is taken from the allocator before the first allocation.
    ///
    /// - Parameters:
    ///   - cacheByteLimit: how many bytes of empty slabs keep their pages. Past it, they go back to the system; and when
    ///     more than it is free in all slabs together, so do the free pages of slabs that are mostly free. What stays
    ///     beyond it is free blocks that share their pages with live ones, and what heaps have at hand: of each class at
    ///     most 64 blocks or 8 KiB (at least two blocks), which is below 1 MiB a heap.
    ///   - byteLimit: the bound on what is held from `malloc`, in bytes; nil for none.
    ///   - usesHugePages: whether to ask the system for huge pages: look-ups are faster, and untouched parts of slabs
    ///     become resident.
    ///   - checksBlocks: whether to keep a list of live blocks, by which debug builds find misuse at once.
    public init(
        cacheByteLimit: Int = 8 << 20, byteLimit: Int? = nil, usesHugePages: Bool = false,
        checksBlocks: Bool = SizeClassPool.checksBlocksByDefault
    ) {
        let depot = UnsafeMutablePointer<SlabDepot>.allocate(capacity: 1)
        depot.initialize(
            to: SlabDepot(
                cacheByteLimit: Swift.max(cacheByteLimit, 0), byteLimit: byteLimit, usesHugePages: usesHugePages))
        self.depot = UnsafePointer(depot)
        orphans = SlabShelf.make(depot: self.depot, holdsOrphans: true)
        outbox = PoolHeapRecord.make(depot: self.depot)
        registry = OwnedBox(PoolRegistry())
        liveBlocks = checksBlocks ? PoolLiveBlocks() : nil
    }

    /// The heaps have gone before, since they hold the pool.
    deinit {
        outbox.destroy()
        SlabShelf.destroy(orphans)
        UnsafeMutablePointer(mutating: depot).deinitialize(count: 1)
        UnsafeMutablePointer(mutating: depot).deallocate()
    }

    /// A heap for one thread. It takes over what earlier heaps left as it needs it.
    public func makeHeap() -> PoolHeap { PoolHeap(pool: self, record: registry.value.take(depot: depot)) }

    /// The bytes that a block for a request has.
    public static func blockBytes(for byteCount: Int) -> Int {
        byteCount <= SizeClass.largestBlockBytes
            ? SizeClass.blockBytes(of: SizeClass.index(for: Swift.max(byteCount, 0))) : byteCount
    }

    // MARK: Without a heap

    /// Gives a block back from a thread that has no heap. It goes to its slab with others of its class, when 64 or 8 KiB
    /// of them are together, or at ``flush()``.
    ///
    /// - Precondition: as ``PoolHeap/free(_:byteCount:)``.
    /// - Complexity: O(1), amortised, under a lock.
    public func free(_ pointer: UnsafeMutableRawPointer, byteCount: Int) {
        withUnsafePointer(to: pointer) { free(UnsafeBufferPointer(start: $0, count: 1), byteCount: byteCount) }
    }

    /// Gives blocks of one size back from a thread that has no heap, under one lock.
    ///
    /// - Precondition: as ``PoolHeap/free(_:byteCount:)``, for each block.
    /// - Complexity: O(blocks).
    public func free(_ blocks: UnsafeBufferPointer<UnsafeMutableRawPointer>, byteCount: Int) {
        precondition(byteCount >= 0, "a block of a negative size was freed")
        for block in blocks { assert(noteFreed(block, byteCount)) }
        outboxLock.lock()
        defer { outboxLock.unlock() }
        outbox.counters.pointee.noteFree(byteCount * blocks.count, count: blocks.count)
        guard byteCount <= SizeClass.largestBlockBytes else {
            PoolCounters.add(-byteCount * blocks.count, to: outbox.counters.pointee.largeBytes)
            for block in blocks { freeLarge(block, byteCount) }
            return
        }
        let classIndex = SizeClass.index(for: byteCount)
        let magazine = outbox.magazines + classIndex
        for block in blocks {
            if magazine.pointee.count.load(ordering: .relaxed) == magazine.pointee.capacity {
                outbox.empty(classIndex, shelf: nil, depot: depot)
            }
            magazine.pointee.push(block)
        }
    }

    /// Gives the blocks that were freed without a heap back to their slabs.
    public func flush() {
        outboxLock.lock()
        for classIndex in 0..<SizeClass.count { outbox.empty(classIndex, shelf: nil, depot: depot) }
        outboxLock.unlock()
    }

    /// Gives back to the system what no block needs: the free pages of all slabs, and spans without blocks. Blocks that
    /// heaps have at hand stay: ``PoolHeap/flush()`` gives those back.
    ///
    /// - Complexity: O(slabs), and a system call for each run of pages.
    public func trim() {
        flush()
        for record in registry.value.records().all { record.shelf.pointee.purge() }
        orphans.pointee.purge()
        depot.pointee.trim()
    }

    /// The share of a block's slab that is used, from 0 to 1: whoever can move a block may move those from sparse slabs,
    /// so that they empty. A block that is moved for this should be freed through the pool and not through a heap, which
    /// would hand it out again at once. Free blocks count as used until they are back in their slab.
    ///
    /// - Precondition: the block is live, with this size.
    /// - Returns: 1 for a block that is larger than any class.
    /// - Complexity: O(1), under a lock.
    public func occupancy(of pointer: UnsafeMutableRawPointer, byteCount: Int) -> Double {
        guard byteCount <= SizeClass.largestBlockBytes else { return 1 }
        let slab = SizeClass.geometries[SizeClass.index(for: byteCount)].slab(of: pointer)
        while true {
            // The block keeps its slab, and shelves stay as long as the pool.
            let owner = UnsafePointer<SlabShelf>(
                bitPattern: slab.owner.pointee.load(ordering: .acquiring)
            ).unsafelyUnwrapped
            if let share = owner.pointee.occupancy(of: slab) { return share }
        }
    }

    /// What the pool holds and has done.
    ///
    /// - Complexity: O(heaps that were ever in use at once).
    public var statistics: SizeClassPoolStatistics {
        var result = SizeClassPoolStatistics()
        let records = registry.value.records()
        result.heaps = records.used
        var large = 0
        result.liveBlockBytes = depot.pointee.usedBytes.load(ordering: .relaxed)
        for record in records.all + [outbox] {
            let counters = record.counters
            result.allocations += counters.pointee.allocations.load(ordering: .relaxed)
            result.deallocations += counters.pointee.deallocations.load(ordering: .relaxed)
            result.allocatedBytes += counters.pointee.allocatedBytes.load(ordering: .relaxed)
            result.freedBytes += counters.pointee.freedBytes.load(ordering: .relaxed)
            result.freshBlocks += counters.pointee.freshBlocks.load(ordering: .relaxed)
            large += counters.pointee.largeBytes.load(ordering: .relaxed)
            result.liveBlockBytes -= record.magazineBytes
        }
        result.liveBlockBytes += large
        result.committedBytes = depot.pointee.committedBytes.load(ordering: .relaxed) + large
        result.reservedBytes = reservedBytes
        return result
    }

    /// Bytes held from `malloc`, as in ``statistics``.
    ///
    /// - Complexity: O(1).
    public var reservedBytes: Int { depot.pointee.reservedBytes.load(ordering: .relaxed) }

    // MARK: For the heaps

    /// Takes over what a heap leaves that goes away; its blocks at hand are back in their slabs.
    func retire(_ record: PoolHeapRecord) {
        record.shelf.pointee.handOver(to: orphans)
        registry.value.put(record)
    }

    func allocateLarge(_ byteCount: Int) throws(StrataError) -> UnsafeMutableRawPointer {
        try depot.pointee.reserve(byteCount)
        guard let memory = malloc(byteCount) else {
            depot.pointee.unreserve(byteCount)
            throw StrataError(.limitExceeded, "the allocator has no \(byteCount) bytes left", errno: errno)
        }
        return memory
    }

    func freeLarge(_ pointer: UnsafeMutableRawPointer, _ byteCount: Int) {
        Glibc.free(pointer)
        depot.pointee.unreserve(byteCount)
    }

    /// Gives blocks back to their slabs, 64 at a time, and leaves the caller's list as it is.
    func give(
        _ blocks: UnsafeBufferPointer<UnsafeMutableRawPointer>, of classIndex: Int, shelf: UnsafePointer<SlabShelf>?
    ) {
        withUnsafeTemporaryAllocation(of: UnsafeMutableRawPointer.self, capacity: Swift.min(blocks.count, 64)) {
            batch in
            var first = 0
            while first < blocks.count {
                let count = Swift.min(blocks.count - first, 64)
                for index in 0..<count { batch.initializeElement(at: index, to: blocks[first + index]) }
                SlabShelf.give(batch.baseAddress!, count, of: classIndex, shelf: shelf, depot: depot)
                first += count
            }
        }
    }

    // MARK: Checks of debug builds

    /// Notes a block as live.
    @usableFromInline
    func noteLive(_ block: UnsafeMutableRawPointer, _ byteCount: Int) -> Bool {
        let isNew = liveBlocks?.insert(UInt(bitPattern: block), byteCount) ?? true
        precondition(isNew, "a block was handed out twice")
        return true
    }

    /// Notes a block as free.
    @usableFromInline
    func noteFreed(_ block: UnsafeMutableRawPointer, _ byteCount: Int) -> Bool {
        guard let liveBlocks else { return true }
        let size = liveBlocks.remove(UInt(bitPattern: block))
        precondition(size != nil, "a block was freed that is not live, or not this pool's")
        precondition(size == byteCount, "a block was freed with another size than it was allocated with")
        return true
    }
}
