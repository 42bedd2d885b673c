/// How a ``WeighedCache`` makes room: by evictions, and by tables that grow and shrink within its bound.
extension WeighedCache where Policy: ~Copyable {
    /// Bytes of the tables with room for so many slots.
    @usableFromInline
    func tableBytes(slots: Int) -> Int {
        let perSlot = MemoryLayout<Node>.stride + (lives == nil ? 0 : MemoryLayout<Life>.stride)
        return (slots + 1) * perSlot + SlotTable.byteCount(slots: slots)
            + Policy.byteCount(slots: slots, capacity: limit)
    }

    /// Makes a slot and so much weight free; whether that was possible.
    @inlinable @inline(__always)
    mutating func makeRoom(_ weight: Int) -> Bool {
        if free == 0, Int(used) == slotCount, !growOrEvict(weight) { return false }
        if !weighsBytes {
            while held > limit &- weight { evict(for: weight) }
            return true
        }
        return makeByteRoom(weight)
    }

    @inlinable
    mutating func makeByteRoom(_ weight: Int) -> Bool {
        while held > limit - weight - tableBytes {
            guard count > 0 else { return false }
            evict(for: weight)
            // Tables from the time of many small entries, which now take room from few large ones.
            if count < slotCount / 8, held + tableBytes + tableBytes(slots: 2 * count + 8) <= limit {
                rebuild(slots: 2 * count + 8)
            }
        }
        return true
    }

    /// Makes a slot free where there is none: by larger tables if both the old and the new ones fit beside the entries
    /// while they are moved, else by an eviction.
    @usableFromInline
    mutating func growOrEvict(_ weight: Int) -> Bool {
        var wanted = slotCount + Swift.max(8, slotCount / 2)
        if weighsBytes {
            let room = limit - held - tableBytes - weight
            if room <= refusedRoom, count > 0 {
                evict(for: weight)
                return true
            }
            while tableBytes(slots: wanted) > room, wanted > slotCount + slotCount / 8 {
                wanted -= Swift.max(1, (wanted - slotCount) / 4)
            }
            guard wanted > slotCount, tableBytes(slots: wanted) <= room else {
                refusedRoom = room
                guard count > 0 else { return false }
                evict(for: weight)
                return true
            }
        } else {
            // An entry may weigh nothing, and then there are more of them than the bound says.
            if held > limit - weight, count > 0 {
                evict(for: weight)
                return true
            }
            if limit > slotCount { wanted = Swift.min(wanted, limit) }
        }
        grow(slots: wanted)
        return true
    }

    /// Larger tables. All slots are in use.
    mutating func grow(slots: Int) {
        precondition(slots < Int(Int32.max), "a cache holds at most 2^31 - 2 entries")
        let larger = UnsafeMutablePointer<Node>.allocate(capacity: slots + 1)
        (larger + 1).moveInitialize(from: nodes + 1, count: slotCount)
        nodes.deallocate()
        nodes = larger
        if let old = lives {
            let new = Self.allocateLives(slots: slots)
            new.update(from: old, count: slotCount + 1)
            old.deallocate()
            lives = new
        }
        table.reserve(slots: slots)
        policy.reserve(slots: slots)
        slotCount = slots
        currentTableBytes = tableBytes(slots: slots)
        refusedRoom = .min
    }

    static func allocateLives(slots: Int) -> UnsafeMutablePointer<Life> {
        let lives = UnsafeMutablePointer<Life>.allocate(capacity: slots + 1)
        lives.initialize(repeating: Life(deadline: .max, version: 0), count: slots + 1)
        return lives
    }

    /// From now on a slot has a life; those that are there have the current version and no deadline.
    @usableFromInline
    mutating func startLives() {
        let bytes = (slotCount + 1) * MemoryLayout<Life>.stride
        while weighsBytes, count > 0, held + tableBytes + bytes > limit { evict(for: 0) }
        // Tables that are too large to have lives beside them are empty now.
        if weighsBytes, tableBytes + bytes > limit { rebuild(slots: 0) }
        let lives = Self.allocateLives(slots: slotCount)
        for slot in 0...slotCount { lives[slot].version = version }
        self.lives = lives
        currentTableBytes = tableBytes(slots: slotCount)
    }

    /// Tables for so many slots, no fewer than there are entries. The policy hands over in the order of eviction.
    @usableFromInline
    mutating func rebuild(slots: Int) {
        let count = self.count
        var newPolicy = Policy(capacity: limit)
        newPolicy.reserve(slots: slots)
        var newTable = SlotTable(slots: slots)
        let newNodes = UnsafeMutablePointer<Node>.allocate(capacity: slots + 1)
        let newLives = lives.map { _ in Self.allocateLives(slots: slots) }
        for place in 0..<count {
            let old = policy.evict(for: 0)
            let slot = UInt32(place + 1)
            (newNodes + Int(slot)).moveInitialize(from: nodes + Int(old), count: 1)
            if let lives, let newLives { newLives[Int(slot)] = lives[Int(old)] }
            let node = newNodes + Int(slot)
            newTable.insert(node.pointee.hash, slot)
            newPolicy.adopt(
                slot, hash: node.pointee.hash, weight: policyWeight(node.pointee.weight), frequency: 0)
        }
        nodes.deallocate()
        lives?.deallocate()
        (nodes, lives) = (newNodes, newLives)
        table = newTable
        policy = newPolicy
        (slotCount, used, free) = (slots, UInt32(count), 0)
        currentTableBytes = tableBytes(slots: slots)
        refusedRoom = .min
    }
}
