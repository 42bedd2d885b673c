import Glibc
import Synchronization

/// Keeps a node's list of links whole while several threads link.
protocol LinkLocks: BitwiseCopyable {
    func lock(_ node: UInt32, _ level: Int)
    func unlock(_ node: UInt32, _ level: Int)
}

/// For one thread, and for graphs that nobody changes.
struct NoLocks: LinkLocks {
    @inline(__always)
    func lock(_ node: UInt32, _ level: Int) {}
    @inline(__always)
    func unlock(_ node: UInt32, _ level: Int) {}
}

/// A byte for each of `count` groups of nodes. Who holds one takes no second.
///
/// Invariant: `cells` has `count` cells, a power of two, for as long as threads use them.
struct SpinLocks: LinkLocks {
    static let count = 1 << 16
    let cells: UnsafeMutablePointer<Atomic<UInt8>>

    init() throws(StrataError) {
        guard let memory = malloc(Self.count) else {
            throw StrataError(.limitExceeded, "the allocator has no \(Self.count) bytes left")
        }
        cells = memory.bindMemory(to: Atomic<UInt8>.self, capacity: Self.count)
        for index in 0..<Self.count { (cells + index).initialize(to: Atomic(0)) }
    }

    /// The locks are free and nobody asks for them any more.
    func deallocate() { free(cells) }

    @inline(__always)
    private func cell(_ node: UInt32, _ level: Int) -> UnsafeMutablePointer<Atomic<UInt8>> {
        cells + Int(truncatingIfNeeded: node &* 0x9E37_79B1 &+ UInt32(truncatingIfNeeded: level)) & (Self.count - 1)
    }

    @inline(__always)
    func lock(_ node: UInt32, _ level: Int) {
        let cell = cell(node, level)
        var turns = 0
        while cell.pointee.exchange(1, ordering: .acquiring) != 0 {
            turns += 1
            // Its holder may have lost the processor.
            if turns % 64 == 0 { sched_yield() }
        }
    }

    @inline(__always)
    func unlock(_ node: UInt32, _ level: Int) { cell(node, level).pointee.store(0, ordering: .releasing) }
}
