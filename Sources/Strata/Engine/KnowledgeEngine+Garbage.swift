extension KnowledgeEngine {
    // MARK: The limit on garbage

    /// Bytes that the lists of one write may leave behind beside its row; rows and lists above it are few.
    private static var garbageSlack: Int { 4 << 10 }

    /// Refuses a change that would leave garbage behind, while readers hold up as much as may wait for them.
    ///
    /// - Parameter byteCount: the bytes of the row that the change replaces.
    @inline(__always)
    func requireRoomForGarbage(_ byteCount: Int = 0) throws(StrataError) {
        let limit = configuration.garbageLimit
        guard limit > 0, (garbageBytes + byteCount) * 2 > limit || box.value.arena.needsCompaction else { return }
        try requireRoomForMuchGarbage(byteCount)
    }

    @inline(never)
    private func requireRoomForMuchGarbage(_ byteCount: Int) throws(StrataError) {
        let limit = configuration.garbageLimit
        // With the row may go what was the last one alive in its area, and so may all of the area.
        let most = byteCount + box.value.arena.payloads.largestAreaBytes + min(Self.garbageSlack, limit / 16)
        guard heldUpBytes + most > limit else { return }
        collect()
        let waiting = heldUpBytes
        guard waiting > 0, waiting + most > limit else { return }
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
