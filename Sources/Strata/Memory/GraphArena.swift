/// The records of a graph and their payloads: a ``SlotMap`` of ``EntityData`` (the part at hand), the words that name
/// payloads apart from it, and the memory that property rows and relationship lists are allocated from.
///
/// One writer at a time. Readers on other threads may be at work beside it, under a pin of the ``EpochManager``: they
/// see each row and each list whole, as it was at some moment since they asked for it, and no snapshot over several.
/// Slots, payloads and tables that they could still reach are retired and not freed.
///
/// Invariant: every word in a record names a live payload of `payloads`, and a payload belongs to one record.
public struct GraphArena: ~Copyable {
    /// What a record takes, without its payloads.
    static var recordBytes: Int { MemoryLayout<EntityData>.stride + MemoryLayout<EntityPayloads>.stride }

    var slots: SlotMap<EntityData>
    /// The way in that readers take; the writer's look-ups go there as well.
    let records: RecordView
    private(set) var column: PayloadColumn
    var payloads: PayloadAllocator
    let gcThreshold: Double
    let epochs: EpochManager
    let budget: MemoryBudget?
    private var charge: MemoryCharge
    private var knownChunkBytes = 0
    var compaction = CompactionState()

    /// An empty arena.
    ///
    /// - Parameters:
    ///   - strategy: where payloads come from.
    ///   - byteLimit: the most that the payload arena may hold in bytes (with `bump`); nil for no bound.
    ///   - gcThreshold: the share of dead bytes at which ``compactIfNeeded()`` moves what is live.
    ///   - epochs: decides when a replaced payload may go.
    ///   - budget: what records and payloads are taken from; nil for no bound in common with others.
    /// - Throws: `limitExceeded` when there is no memory.
    public init(
        strategy: AllocationStrategy, byteLimit: Int?, gcThreshold: Double, epochs: EpochManager,
        budget: MemoryBudget? = nil
    ) throws(StrataError) {
        slots = SlotMap(budget: budget?.ledger)
        column = try PayloadColumn(budget: budget?.ledger)
        records = RecordView(slots: slots.makeReader(), column: column.view)
        payloads = PayloadAllocator(strategy: strategy, byteLimit: byteLimit, budget: budget)
        self.gcThreshold = gcThreshold
        self.epochs = epochs
        self.budget = budget
        charge = MemoryCharge(budget)
        settleRecords()
        compaction.minimum = Swift.min(1 << 20, (byteLimit ?? .max) / 8)
    }

    deinit {
        // Areas and pools go as a whole; what came from malloc one by one is freed one by one.
        guard payloads.strategy == .direct else { return }
        records.forEach { record in
            for part in PayloadPart.allCases { PayloadAllocator.free(record.payload(part)) }
        }
    }

    // MARK: Records

    /// Puts a record without payloads in.
    ///
    /// - Throws: `limitExceeded`; the arena is as before.
    public mutating func insert(_ record: EntityData) throws(StrataError) -> EntityKey {
        precondition(record.propertyCount == 0 && record.outgoingCount == 0)
        let key = try slots.insert(record)
        do throws(StrataError) {
            try column.fill(key.index, in: epochs)
            if chunkBytes != knownChunkBytes { settleRecords() }
        } catch {
            // Whoever looks through the slots may have seen it, without an entity.
            _ = slots.remove(key, in: epochs)
            settleRecords()
            throw error
        }
        payloads.recordInserted()
        return key
    }

    /// Bytes of the chunks of both parts of the records.
    private var chunkBytes: Int { slots.space.chunkBytes &+ column.chunkBytes }

    /// Charges the tables, which are some bytes a thousand records; the chunks take from the budget themselves.
    private mutating func settleRecords() {
        charge.settle(at: slots.space.tableBytes + column.tableBytes)
        knownChunkBytes = chunkBytes
        budget?.notePeak()
    }

    /// Takes a record out and gives its payloads back, when readers who have found them are gone. A dead key is left
    /// alone.
    public mutating func remove(_ key: EntityKey) {
        guard slots.pointer(for: key) != nil else { return }
        let record = record(at: key.index)
        // Whoever looks through the slots finds it no more; the words stay for those who have found it before.
        record.unpublish()
        for part in PayloadPart.allCases { payloads.retire(record.payload(part), in: epochs) }
        column.clear(key.index)
        _ = slots.remove(key, in: epochs)
        payloads.recordRemoved()
    }

    /// The part at hand of a present entity, or nil.
    ///
    /// - Complexity: O(1).
    public borrowing func record(for key: EntityKey) -> EntityData? {
        records.slots.pointer(for: key).flatMap { EntityReference.data(at: UnsafeMutableRawPointer(mutating: $0)) }
    }

    /// The key of the record in a slot, or nil when the slot is free.
    public borrowing func key(at index: UInt32) -> EntityKey? { slots.key(at: index) }

    /// The record in a slot that is filled.
    @inline(__always)
    borrowing func record(at index: UInt32) -> EntityReference { records.record(at: index) }

    /// Calls `body` with each record, in order of the slots.
    @inline(__always)
    borrowing func forEach(_ body: (EntityReference) -> Void) { records.forEach(body) }

    /// A number that each filled slot is below.
    public var slotBound: UInt32 { records.bound }
    /// Records held, those that are still to come with them.
    public var count: Int { slots.count }

    // MARK: Memory

    /// Takes back what readers no longer hold, and makes what was taken from the budget what is really held.
    mutating func settle() {
        slots.reclaim(in: epochs)
        settleRecords()
        payloads.settle(epochs)
        budget?.returnReserve()
        // What only saves time goes first.
        if budget?.pressure == .hard { payloads.indexes.dropAll() }
        noteCollection()
    }

    /// Hands everything that was retired to the epochs, so that a collection finds it.
    mutating func handOver() {
        slots.reclaim(in: epochs)
        column.releaseEmptyChunks(in: epochs)
        payloads.handOver(to: epochs)
    }

    /// Bytes of payload memory that no live payload has; 0 with `direct`.
    var deadBytes: Int { payloads.deadBytes }
    /// Bytes that the records hold.
    var recordBytes: Int { slots.reservedBytes + column.reservedBytes - slots.space.limbo.sealedBytes }
    /// What the allocator adds to the large blocks of records and payloads.
    var addedBytes: Int { slots.space.added.byteCount + column.addedBytes + payloads.addedBytes }
    /// Bytes that payloads hold, garbage that waits for readers not counted.
    var payloadBytes: Int { payloads.reservedBytes + compaction.aged.capacity * MemoryLayout<UInt32>.stride }
    /// Bytes at the ends of payload chunks, and of the records' newest one, that were never handed out, and that have
    /// no memory behind them.
    ///
    /// - Complexity: O(pages of three chunks).
    var untouchedBytes: Int { payloads.untouchedBytes + slots.space.untouchedBytes }

    /// Bytes that wait for readers.
    var garbageBytes: Int { epochs.retiredBytes + payloads.unsealedBytes }
    /// Payloads that were retired one by one so far, whether they wait still or not.
    @inline(__always)
    var retiredObjects: Int { payloads.retiredObjects }
    /// Bytes handed out and given back per second, over the last second.
    var rates: (allocated: Double, freed: Double) { payloads.meter.rates }

    /// What records and payloads did, in bytes and calls.
    public var metrics: MemoryMetrics {
        var metrics = payloads.meter.counters
        metrics.reservedBytes = payloadBytes + recordBytes
        metrics.retiredBytes = garbageBytes
        return metrics
    }
}
