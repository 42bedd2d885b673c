import Synchronization

/// The bytes that a phase's threads have asked for since each began, summed, so that the timeline can tell them while
/// the threads work. Nothing is added to their work: where the allocator counts for each thread, the sum is read
/// from its own counters.
public final class AllocationCounters: @unchecked Sendable {
    // The memory is only reached through atomics. A thread's counter is read only between `begin` and `end`, when the
    // thread lives.
    private let slots: UnsafeMutablePointer<Slot>
    private let threads: Int
    private let isCounted: Bool

    private struct Slot: ~Copyable {
        /// The address of the thread's counter, or 0 before it begins and after it has ended.
        let counter = Atomic<UInt>(0)
        /// The counter when the thread began.
        let start = Atomic<UInt64>(0)
        /// What the thread has asked for in all, once it has ended.
        let total = Atomic<UInt64>(0)
    }

    /// Counters for so many threads, none of which has begun.
    ///
    /// - Parameter kind: the owner of `malloc`; where it does not count by thread, ``total`` stays nil.
    public init(threads: Int, kind: AllocatorKind) {
        precondition(threads > 0)
        self.threads = threads
        isCounted = AllocationCounter.ofThisThread(kind: kind) != nil
        slots = UnsafeMutablePointer.allocate(capacity: threads)
        for index in 0..<threads { (slots + index).initialize(to: Slot()) }
    }

    deinit {
        slots.deinitialize(count: threads)
        slots.deallocate()
    }

    /// States that a thread begins. Called by that thread.
    public func begin(thread: Int, counter: AllocationCounter?) {
        guard let counter else { return }
        slots[thread].start.store(counter.bytes, ordering: .relaxed)
        slots[thread].counter.store(counter.address, ordering: .releasing)
    }

    /// States that a thread is done, with what it has asked for since ``begin(thread:counter:)``. From here on its
    /// counter is not read. Called by that thread.
    public func end(thread: Int, total: UInt64?) {
        guard let total else { return }
        slots[thread].total.store(total, ordering: .relaxed)
        slots[thread].counter.store(0, ordering: .releasing)
    }

    /// Bytes that the threads have asked for since they began, or nil where they are not counted. Allocates nothing.
    public var total: UInt64? {
        guard isCounted else { return nil }
        var sum: UInt64 = 0
        for thread in 0..<threads {
            let address = slots[thread].counter.load(ordering: .acquiring)
            if let counter = AllocationCounter(address: address) {
                sum &+= counter.bytes &- slots[thread].start.load(ordering: .relaxed)
            } else {
                sum &+= slots[thread].total.load(ordering: .relaxed)
            }
        }
        return sum
    }

    /// Forgets all threads, between phases, when none of them runs.
    public func reset() {
        for thread in 0..<threads {
            slots[thread].counter.store(0, ordering: .relaxed)
            slots[thread].start.store(0, ordering: .relaxed)
            slots[thread].total.store(0, ordering: .relaxed)
        }
    }
}
