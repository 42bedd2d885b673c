/// What property rows and relationship lists take: the part of a store that compaction moves.
public struct PayloadMemory: Sendable, Equatable {
    /// Bytes of the rows and lists that entities have.
    public var liveBytes = 0
    /// Bytes held for them from the process's allocator: live, dead, not handed out yet, and what waits for readers.
    public var heldBytes = 0
    /// Of these, bytes that were handed out and are not at hand again: the system has memory behind them.
    public var usedBytes = 0
    /// Of these, bytes that were never handed out, of the part that ``MemoryBreakdown/untouched`` counts.
    public var untouchedBytes = 0

    public init() {}

    /// `usedBytes` over `liveBytes`; nil when nothing is live.
    public var fragmentationRatio: Double? { liveBytes > 0 ? Double(usedBytes) / Double(liveBytes) : nil }
}

extension KnowledgeEngine {
    // MARK: Figures

    /// What rows and lists take now.
    ///
    /// - Complexity: O(1).
    public var payloadMemory: PayloadMemory {
        var memory = PayloadMemory()
        memory.liveBytes = box.value.arena.payloads.liveBytes
        memory.heldBytes = box.value.arena.payloadBytes + box.value.arena.garbageBytes
        memory.untouchedBytes = box.value.arena.payloads.untouchedBytes
        let isDirect = configuration.allocationStrategy == .direct
        memory.usedBytes =
            isDirect
            ? memory.heldBytes : memory.liveBytes + box.value.arena.deadBytes + box.value.arena.garbageBytes
        return memory
    }

    /// Bytes that were replaced and that a reader may still see: what `garbage_limit` bounds.
    ///
    /// - Complexity: O(1), a few nanoseconds. For the thread that writes.
    public var garbageBytes: Int { box.value.arena.garbageBytes }

    /// How many epochs ago the oldest reader at work began; nil when there is none.
    ///
    /// - Complexity: O(readers).
    public var oldestReaderAge: UInt64? { epochs.oldestPinAge }

    // MARK: Rows

    /// Gives an entity other properties: one new row takes the place of all that it has. Readers see the one or the
    /// other.
    ///
    /// - Parameter properties: pairs in any order; values of one key keep theirs.
    /// - Throws: `notFound`, or `limitExceeded`; the entity is as before then.
    /// - Complexity: O(n log n) in the number of properties, O(n) when they are grouped by rising keys already.
    public func replaceProperties(of id: UInt32, by properties: Span<InternedProperty>) throws(StrataError) {
        guard let record = view.record(id) else {
            throw StrataError(.notFound, "entity \(id) is not in the graph", remedy: "insert it first")
        }
        try requireRoomForGarbage(replacing: 1) { $0.replace(.properties, of: record) }
        let isGrouped = properties.indices.dropFirst().allSatisfy { properties[$0 - 1].key <= properties[$0].key }
        if isGrouped {
            try claimingMemory { () throws(StrataError) in
                try box.value.arena.setProperties(properties, of: record)
            }
        } else {
            let grouped = InternedProperties(properties).pairs
            try claimingMemory { () throws(StrataError) in
                try box.value.arena.setProperties(grouped.span, of: record)
            }
        }
        tidy()
    }
}
