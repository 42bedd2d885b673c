public import Synchronization

/// The free blocks of one class that a heap has at hand, the last freed on top.
///
/// Invariant: the first `count` of `slots` are initialised with free blocks that are this heap's alone; `count` is at
/// most `capacity`, and written by the heap's thread only.
@frozen
@usableFromInline
struct PoolMagazine: ~Copyable {
    @usableFromInline let slots: UnsafeMutablePointer<UnsafeMutableRawPointer>
    @usableFromInline let count: Atomic<UInt32>
    @usableFromInline let capacity: UInt32

    init(slots: UnsafeMutablePointer<UnsafeMutableRawPointer>, capacity: UInt32) {
        self.slots = slots
        self.capacity = capacity
        count = Atomic(0)
    }

    /// Puts a block on top.
    ///
    /// - Precondition: the magazine is not full.
    @inlinable
    @inline(__always)
    borrowing func push(_ block: UnsafeMutableRawPointer) {
        let count = count.load(ordering: .relaxed)
        assert(count < capacity)
        (slots + Int(count)).initialize(to: block)
        self.count.store(count &+ 1, ordering: .relaxed)
    }

    /// Takes the block on top; nil when there is none.
    @inlinable
    @inline(__always)
    borrowing func pop() -> UnsafeMutableRawPointer? {
        let count = count.load(ordering: .relaxed)
        guard count > 0 else { return nil }
        self.count.store(count &- 1, ordering: .relaxed)
        return slots[Int(count &- 1)]
    }
}
