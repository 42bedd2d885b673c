/// What a policy keeps of a slot: its neighbours in a queue, its weight, its hash, and which queue it is in.
@frozen @usableFromInline
struct SlotLink: BitwiseCopyable {
    @usableFromInline var newer: UInt32 = 0
    @usableFromInline var older: UInt32 = 0
    @usableFromInline var hash: UInt32 = 0
    /// The weight above two bits for the queue.
    @usableFromInline var weightAndQueue: UInt32 = 0

    @inlinable init() {}

    /// A policy sees entries that weigh more than 2^30 - 1 as lighter than they are; the cache itself does not.
    @inlinable
    init(hash: UInt32, weight: Int, queue: UInt32) {
        self.hash = hash
        weightAndQueue = UInt32(Swift.min(weight, (1 << 30) - 1)) << 2 | queue
    }

    @inlinable var weight: Int { Int(weightAndQueue >> 2) }
    @inlinable var queue: UInt32 {
        get { weightAndQueue & 3 }
        set { weightAndQueue = weightAndQueue & ~3 | newValue }
    }
}

/// One end and the other of a queue through ``SlotLinks``; 0 for none.
@frozen @usableFromInline
struct SlotQueue: BitwiseCopyable {
    @usableFromInline var newest: UInt32 = 0
    @usableFromInline var oldest: UInt32 = 0
    @usableFromInline var weight = 0
    @usableFromInline var count = 0

    @inlinable init() {}
    @inlinable var isEmpty: Bool { oldest == 0 }
}

/// The links of all slots, out of which queues are made. All steps are O(1).
///
/// Invariant: `base` has room for `slotCount` links after that of slot 0, which nobody uses; all are initialised.
@frozen @usableFromInline
struct SlotLinks: ~Copyable, @unchecked Sendable {
    @usableFromInline var base: UnsafeMutablePointer<SlotLink>
    @usableFromInline var slotCount: Int

    @usableFromInline
    init(slots: Int = 0) {
        base = Self.allocate(slots)
        slotCount = slots
    }

    @inlinable deinit { base.deallocate() }

    private static func allocate(_ slots: Int) -> UnsafeMutablePointer<SlotLink> {
        let memory = UnsafeMutablePointer<SlotLink>.allocate(capacity: slots + 1)
        memory.initialize(repeating: SlotLink(), count: slots + 1)
        return memory
    }

    @usableFromInline
    static func byteCount(slots: Int) -> Int { (slots + 1) * MemoryLayout<SlotLink>.stride }

    @usableFromInline
    mutating func reserve(slots: Int) {
        guard slots > slotCount else { return }
        let larger = Self.allocate(slots)
        larger.update(from: base, count: slotCount + 1)
        base.deallocate()
        base = larger
        slotCount = slots
    }

    @inlinable @inline(__always)
    subscript(_ slot: UInt32) -> SlotLink {
        get { base[Int(slot)] }
        nonmutating _modify { yield &base[Int(slot)] }
    }

    /// Puts a slot at the newest end.
    @inlinable @inline(__always)
    func push(_ slot: UInt32, _ queue: inout SlotQueue) {
        base[Int(slot)].newer = 0
        base[Int(slot)].older = queue.newest
        if queue.newest != 0 { base[Int(queue.newest)].newer = slot } else { queue.oldest = slot }
        queue.newest = slot
        queue.weight &+= base[Int(slot)].weight
        queue.count &+= 1
    }

    @inlinable @inline(__always)
    func remove(_ slot: UInt32, _ queue: inout SlotQueue) {
        let link = base[Int(slot)]
        if link.newer != 0 { base[Int(link.newer)].older = link.older } else { queue.newest = link.older }
        if link.older != 0 { base[Int(link.older)].newer = link.newer } else { queue.oldest = link.newer }
        queue.weight &-= link.weight
        queue.count &-= 1
    }

    /// Takes out the oldest slot of a queue that is not empty.
    @inlinable @inline(__always)
    func pop(_ queue: inout SlotQueue) -> UInt32 {
        let slot = queue.oldest
        remove(slot, &queue)
        return slot
    }

    /// Makes a slot the newest of its queue.
    @inlinable @inline(__always)
    func renew(_ slot: UInt32, _ queue: inout SlotQueue) {
        guard queue.newest != slot else { return }
        remove(slot, &queue)
        push(slot, &queue)
    }
}
