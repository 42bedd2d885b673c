public import Synchronization

/// What one heap has done. Written by the heap's thread alone, with plain loads and stores; read by anyone.
@frozen
@usableFromInline
struct PoolCounters: ~Copyable {
    @usableFromInline let allocations = Atomic<Int>(0)
    @usableFromInline let deallocations = Atomic<Int>(0)
    /// In bytes that were asked for.
    @usableFromInline let allocatedBytes = Atomic<Int>(0)
    @usableFromInline let freedBytes = Atomic<Int>(0)
    /// Blocks that were taken from memory that had not been handed out before.
    @usableFromInline let freshBlocks = Atomic<Int>(0)
    /// Bytes of live blocks that came from `malloc`, less those that this heap has given back to it.
    @usableFromInline let largeBytes = Atomic<Int>(0)

    @usableFromInline init() {}

    @inlinable
    @inline(__always)
    borrowing func noteAllocation(_ byteCount: Int, count: Int = 1) {
        Self.add(count, to: allocations)
        Self.add(byteCount, to: allocatedBytes)
    }

    @inlinable
    @inline(__always)
    borrowing func noteFree(_ byteCount: Int, count: Int = 1) {
        Self.add(count, to: deallocations)
        Self.add(byteCount, to: freedBytes)
    }

    /// One writer: no locked instruction is needed.
    @inlinable
    @inline(__always)
    static func add(_ amount: Int, to counter: borrowing Atomic<Int>) {
        counter.store(counter.load(ordering: .relaxed) &+ amount, ordering: .relaxed)
    }
}
