public import CStrata

/// What look-ups of records go through, also those of other threads, under a pin.
///
/// Everything that it leads to changes by atomic stores only; it does not change itself. The arena must outlive it.
@frozen @usableFromInline
struct RecordView: BitwiseCopyable {
    @usableFromInline let slots: SlotMapReader<EntityData>
    @usableFromInline let column: PayloadColumnView

    /// The record in a slot that is filled, or was when a pin that is still held began.
    @inlinable @inline(__always)
    func record(at index: UInt32) -> EntityReference {
        EntityReference(index, address(index), column.pointer(at: index))
    }

    /// The part at hand of such a record; nil unless the entity is present.
    @inlinable @inline(__always)
    func data(at index: UInt32) -> EntityData? { EntityReference.data(at: address(index)) }

    /// Where the part at hand of such a record is: its block stays as long as one of its slots may be held by a reader.
    @inlinable @inline(__always)
    func address(_ index: UInt32) -> UnsafeMutableRawPointer {
        slots.heldBlock(of: Int(index)).value(Int(index))
    }

    /// Has the part at hand of such a record fetched into the cache.
    @inlinable @inline(__always)
    func prefetch(_ index: UInt32) {
        let address = address(index)
        strata_prefetch(address)
        // Records are not aligned to cache lines: a few stand in two.
        strata_prefetch(address + (MemoryLayout<EntityData>.size - 1))
    }

    /// Has the words of such a record fetched into the cache.
    @inline(__always)
    func prefetchPayloads(_ index: UInt32) { column.pointer(at: index).map { strata_prefetch($0) } }

    /// Has the start of a payload of such a record fetched into the cache.
    @inline(__always)
    func prefetch(_ part: PayloadPart, of index: UInt32) {
        record(at: index).payload(part).payload.map { strata_prefetch($0.base) }
    }

    /// Calls `body` with each record, in order of the slots.
    @inline(__always)
    func forEach(_ body: (EntityReference) -> Void) {
        slots.forEach { slot, address in
            body(EntityReference(slot, UnsafeMutableRawPointer(mutating: address), column.pointer(at: slot)))
        }
    }

    /// Calls `body` with the part at hand of each present entity, in order of the slots.
    @inlinable @inline(__always)
    func forEachPresent(_ body: (EntityData) -> Void) {
        slots.forEach { _, address in
            if let data = EntityReference.data(at: UnsafeMutableRawPointer(mutating: address)) { body(data) }
        }
    }

    /// A number that each filled slot is below.
    var bound: UInt32 { UInt32(truncatingIfNeeded: slots.view.bound) }
}
