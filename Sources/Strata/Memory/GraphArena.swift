import CStrata

/// The records of a graph and their payloads: a ``SlotMap`` of ``EntityData``, and the memory that property rows and
/// relationship lists are really allocated from.
///
/// One writer at a time, with no reader on another thread beside it. A payload that is replaced is retired through the
/// ``EpochManager``, so that a view which the writer's own thread holds pinned stays whole.
///
/// Invariant: every address in a record is a live payload of `payloads`, as long as the record says, and a payload
/// belongs to one record.
public struct GraphArena: ~Copyable {
    private var slots = SlotMap<EntityData>()
    private var payloads: PayloadAllocator
    private let byteLimit: Int?
    private let gcThreshold: Double
    /// The least dead bytes that are worth a copy; less than usual when the budget is small.
    private let compactionMinimum: Int
    /// The dead bytes at a compaction that found no memory; 0 after one that did.
    private var refusedDeadBytes = 0
    private let epochs: EpochManager
    /// Compactions made so far.
    public private(set) var compactions = 0

    /// An empty arena.
    ///
    /// - Parameters:
    ///   - strategy: where payloads come from.
    ///   - byteLimit: the most that the payload arena may hold in bytes (with `bump`); nil for no bound.
    ///   - gcThreshold: the share of dead bytes at which ``compactIfNeeded()`` moves what is live.
    ///   - epochs: decides when a replaced payload may go.
    public init(strategy: AllocationStrategy, byteLimit: Int?, gcThreshold: Double, epochs: EpochManager) {
        payloads = PayloadAllocator(strategy: strategy, byteLimit: byteLimit)
        self.byteLimit = byteLimit
        self.gcThreshold = gcThreshold
        compactionMinimum = Swift.min(1 << 20, (byteLimit ?? .max) / 8)
        self.epochs = epochs
    }

    deinit {
        // The arena's chunks go with it; what came from malloc one by one is freed one by one.
        guard payloads.strategy == .direct else { return }
        slots.forEach { _, record in
            record.pointee.propertyRow.map { PayloadAllocator.free($0) }
            record.pointee.outgoing.entries.map { PayloadAllocator.free($0) }
            record.pointee.incoming.entries.map { PayloadAllocator.free($0) }
        }
    }

    /// Puts a record without payloads in.
    ///
    /// - Throws: `limitExceeded`; the arena is as before.
    public mutating func insert(_ record: EntityData) throws(StrataError) -> EntityKey {
        precondition(record.properties == 0 && record.outgoing.address == 0 && record.incoming.address == 0)
        let key = try slots.insert(record)
        payloads.recordInserted()
        return key
    }

    /// Takes a record out and gives its payloads back. A dead key is left alone.
    public mutating func remove(_ key: EntityKey) {
        guard let record = slots.remove(key) else { return }
        payloads.recordRemoved()
        if let row = record.propertyRow { payloads.retire(row, count: Int(record.propertyCount), in: epochs) }
        if let list = record.outgoing.entries {
            payloads.retire(list, count: Int(record.outgoing.capacity), in: epochs)
        }
        if let list = record.incoming.entries {
            payloads.retire(list, count: Int(record.incoming.capacity), in: epochs)
        }
    }

    /// The record of a key, or nil when it is gone.
    ///
    /// - Complexity: O(1).
    public borrowing func record(for key: EntityKey) -> EntityData? { slots.value(for: key) }

    /// The key of the record in a slot, or nil when the slot is free.
    public borrowing func key(at index: UInt32) -> EntityKey? { slots.key(at: index) }

    /// The record in a filled slot.
    borrowing func record(at index: UInt32) -> EntityReference { EntityReference(slots.pointer(at: index)) }

    /// Has the record in a slot fetched into the cache.
    borrowing func prefetch(_ index: UInt32) { slots.prefetch(index) }

    /// Has the place behind the last incoming relationship of the record in a slot fetched into the cache.
    borrowing func prefetchEndOfIncoming(_ index: UInt32) {
        let list = slots.pointer(at: index).pointee.incoming
        list.entries.map { strata_prefetch($0 + Int(list.count)) }
    }

    /// Whether the slot holds a record.
    borrowing func isFilled(_ index: UInt32) -> Bool { slots.isFilled(index) }

    /// Calls `body` with the slot and address of each record, in order of the slots.
    borrowing func forEach(_ body: (UInt32, EntityReference) -> Void) {
        slots.forEach { slot, address in body(slot, EntityReference(address)) }
    }

    /// One past the largest slot ever filled.
    public var slotBound: UInt32 { slots.slotBound }
    /// Records held, those that are still to come with them.
    public var count: Int { slots.count }

    /// Gives a record a new property row.
    ///
    /// - Throws: `limitExceeded`; the record keeps its old row then.
    /// - Complexity: O(length of the row).
    mutating func setProperties(
        _ row: Span<InternedProperty>, of record: EntityReference
    ) throws(StrataError) {
        guard row.count <= Int(UInt32.max) else {
            throw StrataError(.limitExceeded, "an entity has at most \(UInt32.max) properties, not \(row.count)")
        }
        var address: UInt = 0
        if row.count > 0 {
            let copy = try payloads.allocate(InternedProperty.self, count: row.count)
            row.withUnsafeBufferPointer { copy.initialize(from: $0.baseAddress!, count: row.count) }
            address = UInt(bitPattern: copy)
        }
        if let old = record.value.propertyRow {
            payloads.retire(old, count: Int(record.value.propertyCount), in: epochs)
        }
        record.value.properties = address
        record.value.propertyCount = UInt32(row.count)
    }

    /// Makes room for at least `count` more entries at the end of a relationship list.
    ///
    /// - Throws: `limitExceeded`; the list is as before.
    /// - Complexity: O(1) amortised for one, O(length) when the list moves.
    @inline(__always)
    mutating func reserve(_ count: Int, in list: inout RelationshipList) throws(StrataError) {
        if Int(list.count) + count > Int(list.capacity) { try grow(&list, by: count) }
    }

    private mutating func grow(_ list: inout RelationshipList, by count: Int) throws(StrataError) {
        let needed = Int(list.count) + count
        guard needed <= Int(UInt32.max) else {
            throw StrataError(.limitExceeded, "an entity has at most \(UInt32.max) relationships in one direction")
        }
        // Exactly what is asked for at first (a bulk load knows its degrees), then doubling.
        let room = list.capacity == 0 ? needed : Swift.min(Swift.max(needed, Int(list.capacity) * 2), Int(UInt32.max))
        let entries = try payloads.allocate(Relationship.self, count: room)
        if let old = list.entries {
            entries.initialize(from: old, count: Int(list.count))
            payloads.retire(old, count: Int(list.capacity), in: epochs)
        }
        list.address = UInt(bitPattern: entries)
        list.capacity = UInt32(room)
    }

    /// Moves every live payload into a fresh arena when the dead ones have reached the threshold.
    ///
    /// - Returns: whether it moved them.
    /// - Throws: `limitExceeded` when there is no memory for the copy; everything is as before then.
    /// - Complexity: O(slots + live bytes).
    @discardableResult
    mutating func compactIfNeeded() throws(StrataError) -> Bool {
        guard hasReachedThreshold else { return false }
        do throws(StrataError) { try compact() } catch {
            // Writes try again when there is more to gain.
            refusedDeadBytes = payloads.deadBytes
            throw error
        }
        refusedDeadBytes = 0
        return true
    }

    /// Whether a write should compact: the threshold is reached, and by more than when there was last no memory for it.
    var needsCompaction: Bool {
        hasReachedThreshold && payloads.deadBytes - refusedDeadBytes > compactionMinimum
    }

    /// Whether the share of dead bytes has reached the threshold, and there are enough of them to be worth a copy.
    private var hasReachedThreshold: Bool {
        payloads.strategy == .bump && payloads.deadBytes > compactionMinimum && payloads.deadShare >= gcThreshold
    }

    private mutating func compact() throws(StrataError) {
        // The copy is at most as large as what is live, so the budget is not asked for both at once.
        var fresh = PayloadAllocator(strategy: .bump, byteLimit: byteLimit)
        var moves: [(slot: UInt32, properties: UInt, outgoing: UInt, incoming: UInt)] = []
        moves.reserveCapacity(slots.count)
        var failure: StrataError?
        slots.forEach { slot, record in
            guard failure == nil else { return }
            do throws(StrataError) {
                moves.append(
                    (
                        slot, try fresh.copy(record.pointee.propertyRow, count: Int(record.pointee.propertyCount)),
                        try fresh.copy(record.pointee.outgoing.entries, count: Int(record.pointee.outgoing.count)),
                        try fresh.copy(record.pointee.incoming.entries, count: Int(record.pointee.incoming.count))
                    ))
            } catch { failure = error }
        }
        if let failure { throw failure }
        for move in moves {
            let record = record(at: move.slot)
            record.value.properties = move.properties
            record.value.outgoing.address = move.outgoing
            record.value.outgoing.capacity = record.value.outgoing.count
            record.value.incoming.address = move.incoming
            record.value.incoming.capacity = record.value.incoming.count
        }
        payloads.replace(with: fresh, in: epochs)
        compactions += 1
    }

    /// What records and payloads did, in bytes and calls.
    public var metrics: MemoryMetrics {
        var metrics = payloads.metrics
        metrics.reservedBytes = payloads.reservedBytes + slots.reservedBytes
        metrics.retiredBytes = epochs.retiredBytes
        return metrics
    }
}
