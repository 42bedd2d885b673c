import Synchronization

/// Operations done so far, counted by each thread in a cache line of its own, so that the timeline can read the
/// total without slowing the threads down.
public final class ProgressCounters: @unchecked Sendable {
    // The memory is only reached through atomics.
    private let counters: UnsafeMutablePointer<Atomic<UInt64>>
    private let threads: Int

    /// 128 bytes: two lines, since processors fetch lines in pairs.
    private static let stride = 128 / MemoryLayout<Atomic<UInt64>>.stride

    /// Counters for so many threads, all zero.
    public init(threads: Int) {
        precondition(threads > 0)
        self.threads = threads
        let bytes = threads * Self.stride * MemoryLayout<Atomic<UInt64>>.stride
        let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 128)
        counters = raw.bindMemory(to: Atomic<UInt64>.self, capacity: threads * Self.stride)
        for index in 0..<threads * Self.stride { (counters + index).initialize(to: Atomic(0)) }
    }

    deinit { UnsafeMutableRawPointer(counters).deallocate() }

    /// States how many operations the thread has done. Only that thread calls it.
    @inline(__always)
    public func set(thread: Int, to operations: UInt64) {
        counters[thread * Self.stride].store(operations, ordering: .relaxed)
    }

    /// The sum over all threads, no older than the last batches.
    public var total: UInt64 {
        var sum: UInt64 = 0
        for thread in 0..<threads { sum &+= counters[thread * Self.stride].load(ordering: .relaxed) }
        return sum
    }

    /// Sets all counters to zero, between phases.
    public func reset() {
        for thread in 0..<threads { set(thread: thread, to: 0) }
    }
}
