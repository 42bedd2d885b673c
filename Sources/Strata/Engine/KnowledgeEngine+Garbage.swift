extension KnowledgeEngine {
    // MARK: The limit on garbage

    /// Refuses a change that would leave garbage behind, while readers hold up as much as may wait for them.
    ///
    /// The bound is exact: what the change will leave behind is known, area by area and list by list, before anything
    /// has changed. Three things may go past it for a time, each with what was held as live before, so that the store
    /// holds no more for it: deletions, which are never refused; compaction that its owner asks for, or that goes on
    /// while readers come and go, none of which outlives it; and a single change that leaves more behind than may ever
    /// wait, while no reader is stalled.
    ///
    /// - Parameters:
    ///   - count: how many rows and lists the change replaces, at most.
    ///   - insertions: how many records it puts in, at most.
    ///   - describe: says which rows and lists; asked when the limit is near.
    @inline(__always)
    func requireRoomForGarbage(
        replacing count: Int, inserting insertions: Int = 0, _ describe: (inout GarbageForecast) -> Void
    ) throws(StrataError) {
        let limit = configuration.garbageLimit
        guard limit > 0 else { return }
        let most = count * box.value.arena.largestGarbageBytes + tableGarbageBytes(inserting: insertions)
        guard garbageBytes + most > limit || box.value.arena.needsCompaction else { return }
        var forecast = GarbageForecast()
        describe(&forecast)
        try requireRoom(
            forGarbage: box.value.arena.garbageBytes(of: forecast) + tableGarbageBytes(inserting: insertions))
    }

    private func tableGarbageBytes(inserting count: Int) -> Int {
        guard count > 0 else { return 0 }
        return box.value.index.garbageBytes(inserting: count) + box.value.arena.tableGarbageBytes(inserting: count)
    }

    @inline(never)
    private func requireRoom(forGarbage most: Int) throws(StrataError) {
        let limit = configuration.garbageLimit
        guard heldUpBytes + most > limit else { return }
        collect()
        let waiting = heldUpBytes
        guard waiting + most > limit, waiting > 0 || isStalled() else { return }
        throw StrataError(
            .limitExceeded,
            "\(waiting) bytes wait for a reader whose pin is \(epochs.oldestPinAge ?? 0) epochs old, and up to \(most)"
                + " more would exceed the \(limit) that garbage_limit allows",
            remedy: "let the reader end, or raise garbage_limit")
    }

    /// What waits for readers: what was retired, and what is dead among the living and cannot be compacted meanwhile.
    private var heldUpBytes: Int {
        garbageBytes + (box.value.arena.needsCompaction && !mayCompact() ? box.value.arena.deadBytes : 0)
    }

    /// Whether a write may go on with a compaction: not while a reader that does not end would hold up more than may
    /// wait for it. What is moved out leaves its old memory behind, at most all that payloads hold.
    @inline(__always)
    func mayCompact() -> Bool {
        let limit = configuration.garbageLimit
        return limit == 0 || garbageBytes + box.value.arena.payloadBytes <= limit || !isStalled()
    }

    /// Whether some reader outlives several collections. Readers that come and go do not.
    @inline(never)
    private func isStalled() -> Bool {
        for _ in 0...Self.stallAge {
            guard let age = epochs.oldestPinAge else { return false }
            if age >= Self.stallAge { return true }
            // A collection moves the epoch on only where something waits: here an object of no size.
            epochs.retire(0, byteCount: 0) { _ in }
            collect()
        }
        return false
    }

    private static var stallAge: UInt64 { 3 }
}
