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

    /// Where tables of several shards stand together; nil for the one table of one thread.
    private let slots: InternerTableSlots?

    /// - Parameter isShared: whether there are many tables, and text that several threads write.
    init(_ budget: MemoryBudget?, isShared: Bool = false) {
        self.budget = budget
        slots = isShared ? InternerTableSlots() : nil
    }

    var isShared: Bool { slots != nil }

    /// Bytes that were taken and not given back.
    var heldBytes: Int { held.load(ordering: .relaxed) }

    /// Memory that is aligned to a cache line.
    ///
    /// - Parameters:
    ///   - isZeroed: whether it holds zeros; else it holds anything, and has no pages yet if it is new.
    ///   - onHugePages: whether it begins where a huge page does, so that it has nothing else. What lies before it in the
    ///     address space is lost for other large blocks, though not as memory: for large interners only.
    /// - Throws: `limitExceeded` when the budget or the allocator has not as much; nothing has changed then.
    func allocate(
        _ byteCount: Int, isZeroed: Bool = true, onHugePages: Bool = false
    ) throws(StrataError) -> UnsafeMutableRawPointer {
        try budget?.take(byteCount)
        var memory: UnsafeMutableRawPointer?
        let code = posix_memalign(&memory, onHugePages ? Self.hugePageBytes : 64, byteCount)
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

    /// Zeroed memory for a table, a power of two of bytes.
    ///
    /// - Throws: as ``allocate(_:isZeroed:onHugePages:)``.
    func allocateTable(_ byteCount: Int) throws(StrataError) -> UnsafeMutableRawPointer {
        guard let slots, byteCount >= InternerTableSlots.sizes.lowerBound else { return try allocate(byteCount) }
        guard InternerTableSlots.sizes.contains(byteCount) else { return try allocate(byteCount, onHugePages: true) }
        let slot = try slots.allocate(byteCount, from: self)
        memset(slot, 0, byteCount)
        return slot
    }

    /// Gives back what ``allocateTable(_:)`` gave.
    func releaseTable(_ table: UnsafeMutableRawPointer, _ byteCount: Int) {
        if let slots, InternerTableSlots.sizes.contains(byteCount) {
            slots.release(table, to: self)
        } else {
            release(table, byteCount)
        }
    }
}
