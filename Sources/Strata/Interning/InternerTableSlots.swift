import Glibc

/// Memory for the tables of a ``ConcurrentStringInterner``, several in each huge page: alone each would be too small for
/// one, and a look-up that goes to another table each time finds few of their pages in the processor's list of pages.
///
/// Tables of one size stand in slots of 2 MiB; what is empty is given back. From any thread.
///
/// Invariant, under `lock`: each chunk is 2 MiB that `memory` gave, `used` has a bit for each slot that is handed out, and
/// is never 0.
final class InternerTableSlots: @unchecked Sendable {
    private struct Chunk {
        let base: UnsafeMutableRawPointer
        let slotBytes: Int
        var used: UInt64

        var slots: Int { InternerMemory.hugePageBytes / slotBytes }
        /// A slot that is free, or nil.
        var freeSlot: Int? {
            let slot = (~used).trailingZeroBitCount
            return slot < slots ? slot : nil
        }
    }

    private let lock = PoolLock()
    private var chunks: [Chunk] = []

    /// Sizes that go into slots: smaller tables are in the processor's caches, larger ones have huge pages of their own.
    static let sizes = 64 << 10..<InternerMemory.hugePageBytes

    /// A slot with anything in it.
    ///
    /// - Parameter byteCount: a power of two, one of ``sizes``.
    func allocate(_ byteCount: Int, from memory: InternerMemory) throws(StrataError) -> UnsafeMutableRawPointer {
        lock.lock()
        defer { lock.unlock() }
        for index in chunks.indices where chunks[index].slotBytes == byteCount {
            guard let slot = chunks[index].freeSlot else { continue }
            chunks[index].used |= 1 << UInt64(slot)
            return chunks[index].base + slot * byteCount
        }
        let base = try memory.allocate(InternerMemory.hugePageBytes, isZeroed: false, onHugePages: true)
        chunks.append(Chunk(base: base, slotBytes: byteCount, used: 1))
        return base
    }

    func release(_ slot: UnsafeMutableRawPointer, to memory: InternerMemory) {
        lock.lock()
        defer { lock.unlock() }
        let base = UnsafeMutableRawPointer(
            bitPattern: UInt(bitPattern: slot) & ~UInt(InternerMemory.hugePageBytes - 1))
        guard let index = chunks.firstIndex(where: { $0.base == base }) else {
            preconditionFailure("a table is given back to what gave it")
        }
        chunks[index].used &= ~(1 << UInt64((slot - chunks[index].base) / chunks[index].slotBytes))
        if chunks[index].used == 0 {
            memory.release(chunks[index].base, InternerMemory.hugePageBytes)
            chunks.remove(at: index)
        }
    }
}
