extension SlotMap {
    /// Makes sure that `slots` more values can be put in without asking for memory.
    ///
    /// - Throws: `limitExceeded`; no value has changed then.
    public mutating func reserve(_ slots: Int) throws(StrataError) {
        try space.reserve(slots, taken: count + space.retiredSlots + space.waitingSlots)
    }

    /// Puts a batch of values in, and appends their keys in the same order.
    ///
    /// - Precondition: `keys` has room for as many.
    /// - Throws: `limitExceeded` when there are not enough slots or there is not enough memory; nothing was put in then.
    /// - Complexity: O(values) amortised. Slots are taken 64 at a time.
    @inlinable
    public mutating func insert(
        contentsOf values: Span<Value>, keys: inout OutputSpan<EntityKey>
    ) throws(StrataError) {
        precondition(keys.freeCapacity >= values.count, "there is no room for \(values.count) keys")
        try reserve(values.count)
        // Its slot counts as one that is there.
        space.giveBackRecent()
        var place = 0
        while place < values.count {
            if space.atHand.open == 0 { (space.atHand.openFirst, space.atHand.open) = try space.openWord() }
            // All in registers: the fields of the map are written once a word.
            let first = space.atHand.openFirst
            var bits = space.atHand.open
            let block = block(of: first)
            let end = Swift.min(values.count, place &+ bits.nonzeroBitCount)
            while place < end {
                let index = first | bits.trailingZeroBitCount
                bits &= bits &- 1
                keys.append(fill(index, in: block, with: values[unchecked: place]))
                place &+= 1
            }
            space.atHand.open = bits
        }
    }

    /// Calls `body` with the place of each key in `keys` and the address of its value, or nil when it is gone. The
    /// slots of later keys are fetched into the cache meanwhile.
    ///
    /// - Complexity: O(keys).
    @inlinable
    public borrowing func forEach(of keys: Span<EntityKey>, _ body: (Int, UnsafeMutablePointer<Value>?) -> Void) {
        view.forEach(of: keys, whole: false, body)
    }

    /// Appends the value of each key in `keys`, or nil where it is gone.
    ///
    /// - Precondition: `values` has room for as many.
    /// - Complexity: O(keys).
    @inlinable
    public borrowing func values(for keys: Span<EntityKey>, into values: inout OutputSpan<Value?>) {
        precondition(values.freeCapacity >= keys.count, "there is no room for \(keys.count) values")
        let view = view
        let whole = true
        let ahead = Swift.min(SlotView<Value>.prefetchDistance, keys.count)
        for place in 0..<ahead { view.prefetch(Int(keys[unchecked: place].index), whole: whole) }
        for place in 0..<keys.count {
            if place &+ ahead < keys.count {
                view.prefetch(Int(keys[unchecked: place &+ ahead].index), whole: whole)
            }
            values.append(view.pointer(for: keys[unchecked: place])?.pointee)
        }
    }
}

extension SlotMap {
    /// Hands the slots that ``remove(_:in:)`` emptied to the epochs, takes back those that no reader can hold any more,
    /// and gives chunks that hold nothing back to the system, but for a spare.
    ///
    /// - Returns: the number of slots that came back.
    /// - Complexity: O(slots that came back).
    @discardableResult
    public mutating func reclaim(in epochs: EpochManager) -> Int {
        space.giveBackSlots()
        return space.reclaim(in: epochs, keepingSpare: true).slots
    }

    /// Gives all chunks that hold nothing back to the system.
    ///
    /// - Parameter epochs: where their memory waits for readers.
    /// - Precondition: `epochs` is given if the map ever had a reader.
    /// - Returns: the bytes given back, at once or to the epochs.
    @discardableResult
    public mutating func releaseEmptyChunks(in epochs: EpochManager? = nil) -> Int {
        precondition(
            epochs != nil || !space.hasReaders, "readers may be at work: give the epochs that they are pinned in")
        let before = space.chunkBytes
        space.giveBackSlots()
        if let epochs {
            _ = space.reclaim(in: epochs, keepingSpare: false)
        } else {
            _ = space.releaseSurplus(keepingSpare: false, in: nil)
        }
        return before - space.chunkBytes
    }
}
