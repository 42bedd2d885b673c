import Glibc
import Synchronization

/// Where a pool's slabs come from and where empty ones go.
///
/// Memory is taken from `malloc` in spans of 2 MiB, aligned to their size and cut into slabs of one kind. Empty slabs
/// are kept with their pages, the last one used first, up to ``cacheByteLimit``; beyond it the one that was empty longest
/// gives its pages back to the system, or its whole span if that has become empty.
///
/// Invariant: what `spans` points to is used under the lock.
struct SlabDepot: ~Copyable {
    /// The bytes of a span: one huge page of x86-64, and enough slabs to hide what `malloc` spends on aligning it.
    static let spanBytes = 2 << 20

    private static let identities = Atomic<UInt32>(1)

    /// Marks the slabs of this pool.
    let identity: UInt32
    let pageShift: Int
    /// The bytes of empty slabs that are kept with their pages, and past which slabs that are mostly free give back
    /// pages.
    let cacheByteLimit: Int
    /// The bound on what is held from `malloc`, in bytes; nil for none.
    let byteLimit: Int?
    private let usesHugePages: Bool

    /// Bytes held from `malloc`: spans, and blocks too large for a slab.
    let reservedBytes = Atomic<Int>(0)
    /// What the allocator adds to the spans, to align them above all.
    let addedBytes = Atomic<Int>(0)
    /// Bytes of the slabs' pages that are backed by memory.
    let committedBytes = Atomic<Int>(0)
    /// Bytes of the blocks that are not free in their slabs: live, or at hand in a heap.
    let usedBytes = Atomic<Int>(0)
    /// Slabs that no heap holds.
    let orphanedSlabs = Atomic<Int>(0)

    private let lock = PoolLock()
    private let spans: UnsafeMutablePointer<SpanTable>

    init(cacheByteLimit: Int, byteLimit: Int?, usesHugePages: Bool) {
        identity = Self.identities.add(1, ordering: .relaxed).newValue
        pageShift = sysconf(Int32(_SC_PAGESIZE)).trailingZeroBitCount
        self.cacheByteLimit = cacheByteLimit
        self.byteLimit = byteLimit
        self.usesHugePages = usesHugePages
        spans = .allocate(capacity: 1)
        spans.initialize(to: SpanTable())
    }

    /// Frees every span: no block of the pool may be in use any more.
    deinit {
        // To the system and not only to the allocator: a pool goes as a whole because a smaller one takes its place.
        for span in spans.pointee.spans {
            SlotChunk.giveBack(UnsafeMutableRawPointer(bitPattern: span.base)!, byteCount: Self.spanBytes)
        }
        spans.deinitialize(count: 1)
        spans.deallocate()
    }

    /// Whether more of the slabs' memory is free than is to be kept.
    var isPastCacheLimit: Bool {
        committedBytes.load(ordering: .relaxed) - usedBytes.load(ordering: .relaxed) > cacheByteLimit
    }

    borrowing func note(usedBytes used: Int, committedBytes committed: Int) {
        if used != 0 { usedBytes.add(used, ordering: .relaxed) }
        if committed != 0 { committedBytes.add(committed, ordering: .relaxed) }
    }

    /// Counts memory that is about to be taken from `malloc`.
    ///
    /// - Throws: `limitExceeded` when ``byteLimit`` would be passed; nothing is counted then.
    borrowing func reserve(_ byteCount: Int) throws(StrataError) {
        let reserved = reservedBytes.add(byteCount, ordering: .relaxed).newValue
        guard let byteLimit, reserved > byteLimit else { return }
        reservedBytes.subtract(byteCount, ordering: .relaxed)
        throw StrataError(
            .limitExceeded,
            "the pool's budget of \(byteLimit) bytes has no room for \(byteCount) more (\(reserved - byteCount) are held)",
            remedy: "raise the limit or store less")
    }

    /// Counts memory that was given back to `malloc`, or not taken after all.
    borrowing func unreserve(_ byteCount: Int) { reservedBytes.subtract(byteCount, ordering: .relaxed) }

    /// The memory of a slab, and whether it still has the header of an earlier use.
    ///
    /// - Throws: `limitExceeded` when the budget or the allocator's memory is exhausted.
    borrowing func acquire(
        _ kind: SlabGeometry.Kind
    ) throws(StrataError) -> (memory: UnsafeMutableRawPointer, resident: Bool) {
        lock.lock()
        defer { lock.unlock() }
        if let slab = spans.pointee.takeResident(kind, pageShift: pageShift) { return (slab.base, true) }
        if let slab = spans.pointee.takeVacant(kind) { return (Self.memory(slab), false) }
        do {
            try reserve(Self.spanBytes)
        } catch {
            // Spans of the other kind may be empty.
            purgeEmptySlabs(downTo: 0)
            try reserve(Self.spanBytes)
        }
        guard let span = aligned_alloc(Self.spanBytes, Self.spanBytes) else {
            unreserve(Self.spanBytes)
            throw StrataError(.limitExceeded, "the allocator has no \(Self.spanBytes) bytes left", errno: errno)
        }
        addedBytes.add(HeapBlock.addedByteCount(to: span, requested: Self.spanBytes), ordering: .relaxed)
        if usesHugePages { madvise(span, Self.spanBytes, Int32(MADV_HUGEPAGE)) }
        spans.pointee.add(UInt(bitPattern: span), kind)
        return (Self.memory(spans.pointee.takeVacant(kind)!), false)
    }

    /// Takes an empty slab back.
    borrowing func release(_ slab: PoolSlab) {
        lock.lock()
        spans.pointee.addResident(slab, pageShift: pageShift)
        if spans.pointee.residentBytes > cacheByteLimit { purgeEmptySlabs(downTo: cacheByteLimit) }
        lock.unlock()
    }

    /// Gives the pages of all empty slabs back, and the spans that are empty.
    borrowing func trim() {
        lock.lock()
        purgeEmptySlabs(downTo: 0)
        lock.unlock()
    }

    /// Whether an address lies in one of the spans.
    borrowing func contains(_ address: UInt) -> Bool {
        lock.lock()
        defer { lock.unlock() }
        return spans.pointee.index(of: address) != nil
    }

    /// The memory at a slab's address; no slab lies at 0.
    private static func memory(_ address: UInt) -> UnsafeMutableRawPointer {
        UnsafeMutableRawPointer(bitPattern: address).unsafelyUnwrapped
    }

    /// Under the lock.
    private borrowing func purgeEmptySlabs(downTo limit: Int) {
        while spans.pointee.residentBytes > limit, let slab = spans.pointee.takeOldestResident(pageShift: pageShift) {
            let committed = slab.header.pointee.committedPages.nonzeroBitCount << pageShift
            // Nobody has a block in it, and what it held is not needed: not even the header.
            madvise(slab.base, slab.geometry.kind.slabBytes, Int32(MADV_DONTNEED))
            committedBytes.subtract(committed, ordering: .relaxed)
            if let span = spans.pointee.addVacant(UInt(bitPattern: slab.base)) {
                let added = HeapBlock.addedByteCount(to: Self.memory(span), requested: Self.spanBytes)
                addedBytes.subtract(added, ordering: .relaxed)
                free(Self.memory(span))
                unreserve(Self.spanBytes)
            }
        }
    }
}
