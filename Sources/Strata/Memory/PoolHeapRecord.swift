import Synchronization

/// The memory of one heap: its counters, its free blocks at hand, its slabs.
///
/// A record is made once and used by one heap after the other until the pool goes: other threads may look at the shelf
/// that a slab stood on a moment ago, and the counters go on.
///
/// Invariant: the pointers are initialised from ``make(depot:)`` to ``destroy()``; counters and magazines lie in one
/// piece of memory, the counters alone on their cache lines.
@frozen
@usableFromInline
struct PoolHeapRecord: BitwiseCopyable {
    @usableFromInline let counters: UnsafeMutablePointer<PoolCounters>
    /// One for each class.
    @usableFromInline let magazines: UnsafeMutablePointer<PoolMagazine>
    @usableFromInline let shelf: UnsafePointer<SlabShelf>

    private static let countersBytes = 128

    /// Bytes of a record, the shelf apart.
    static let byteCount: Int =
        (0..<SizeClass.count).reduce(countersBytes + SizeClass.count * MemoryLayout<PoolMagazine>.stride) {
            $0 + Int(SizeClass.geometries[$1].magazineCapacity) * MemoryLayout<UnsafeMutableRawPointer>.stride
        }

    static func make(depot: UnsafePointer<SlabDepot>) -> PoolHeapRecord {
        let magazineBytes = SizeClass.count * MemoryLayout<PoolMagazine>.stride
        let slots = (byteCount - countersBytes - magazineBytes) / MemoryLayout<UnsafeMutableRawPointer>.stride
        let memory = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: countersBytes)
        let counters = memory.bindMemory(to: PoolCounters.self, capacity: 1)
        counters.initialize(to: PoolCounters())
        let magazines = (memory + countersBytes).bindMemory(to: PoolMagazine.self, capacity: SizeClass.count)
        var slot = (memory + countersBytes + magazineBytes)
            .bindMemory(to: UnsafeMutableRawPointer.self, capacity: slots)
        for index in 0..<SizeClass.count {
            let capacity = SizeClass.geometries[index].magazineCapacity
            (magazines + index).initialize(to: PoolMagazine(slots: slot, capacity: capacity))
            slot += Int(capacity)
        }
        return PoolHeapRecord(counters: counters, magazines: magazines, shelf: SlabShelf.make(depot: depot))
    }

    func destroy() {
        SlabShelf.destroy(shelf)
        magazines.deinitialize(count: SizeClass.count)
        counters.deinitialize(count: 1)
        UnsafeMutableRawPointer(counters).deallocate()
    }

    /// Gives all blocks of a class that are at hand back to their slabs.
    ///
    /// - Parameter shelf: the shelf that most of them are from, if the caller knows.
    func empty(_ classIndex: Int, shelf: UnsafePointer<SlabShelf>?, depot: UnsafePointer<SlabDepot>) {
        let magazine = magazines + classIndex
        let count = Int(magazine.pointee.count.load(ordering: .relaxed))
        guard count > 0 else { return }
        SlabShelf.give(magazine.pointee.slots, count, of: classIndex, shelf: shelf, depot: depot)
        magazine.pointee.count.store(0, ordering: .relaxed)
    }

    /// Bytes of the free blocks at hand.
    var magazineBytes: Int {
        (0..<SizeClass.count).reduce(0) {
            $0 + Int(magazines[$1].count.load(ordering: .relaxed)) * Int(SizeClass.geometries[$1].blockBytes)
        }
    }
}
