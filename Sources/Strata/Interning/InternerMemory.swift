import Glibc
import Synchronization

/// Where an interner's parts take their memory: the process's allocator, within a budget, every byte counted.
///
/// From any thread; the counter guards no other memory, hence relaxed.
final class InternerMemory: Sendable {
    let budget: MemoryBudget?
    private let held = Atomic<Int>(0)

    /// Blocks from this size on are mapped by huge pages, where the system grants them.
    static let hugePageBytes = 2 << 20

    init(_ budget: MemoryBudget?) { self.budget = budget }

    /// Bytes that were taken and not given back.
    var heldBytes: Int { held.load(ordering: .relaxed) }

    /// Memory that is aligned to a cache line.
    ///
    /// - Parameter isZeroed: whether it holds zeros; else it holds anything, and has no pages yet if it is new.
    /// - Throws: `limitExceeded` when the budget or the allocator has not as much; nothing has changed then.
    func allocate(_ byteCount: Int, isZeroed: Bool = true) throws(StrataError) -> UnsafeMutableRawPointer {
        try budget?.take(byteCount)
        var memory: UnsafeMutableRawPointer?
        let code = posix_memalign(&memory, 64, byteCount)
        guard code == 0, let memory else {
            budget?.give(byteCount)
            throw StrataError(.limitExceeded, "the allocator has no \(byteCount) bytes left", errno: code)
        }
        held.add(byteCount, ordering: .relaxed)
        if byteCount >= Self.hugePageBytes - 4_096 {
            // Whole pages, outwards: advice changes how memory is mapped and not what is in it, and with a page less
            // at the start the first huge page would be lost. Before the first touch; refused advice changes nothing.
            let start = UInt(bitPattern: memory) & ~4_095
            let end = (UInt(bitPattern: memory) + UInt(byteCount) + 4_095) & ~4_095
            _ = madvise(UnsafeMutableRawPointer(bitPattern: start), Int(end - start), Int32(MADV_HUGEPAGE))
        }
        if isZeroed { memset(memory, 0, byteCount) }
        return memory
    }

    /// Gives back what ``allocate(_:)`` gave.
    func release(_ memory: UnsafeMutableRawPointer, _ byteCount: Int) {
        HeapBlock.freeTable(memory, byteCount: byteCount)
        held.subtract(byteCount, ordering: .relaxed)
        budget?.give(byteCount)
    }
}
