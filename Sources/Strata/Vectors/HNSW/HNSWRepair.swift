/// How far the pass has come that takes deleted nodes out of the graph.
///
/// When enough rows are deleted, a pass begins: these rows are `dying`. It goes over the slots, then over the rows, and
/// chooses the list of each node that leads to a dying one anew, among the nodes that are left in it and those that the
/// dying ones lead to (the consolidation of Singh et al., "FreshDiskANN", 2021). At its end nothing leads to the dying
/// ones any more, and their places are free. Rows deleted meanwhile wait for the next pass.
struct HNSWRepair: BitwiseCopyable {
    /// Nodes that the pass goes over with each insertion or removal.
    static let rowsPerChange = 24
    /// A pass begins when an eighth of the rows is deleted, and at least so many.
    static let leastRemovals = 32
    static let share = 8

    var isUnderWay = false
    var dyingCount = 0
    /// Slots come first, then rows.
    var slotCursor = 0
    var rowCursor = 0
}

extension HNSWIndex {
    /// Takes the vector of an identifier out: no search returns it from now on.
    ///
    /// - Throws: `notFound` when there is none; `limitExceeded` when there is no memory to work in.
    /// - Complexity: O(1), and the step of a pass over the graph: on average the choice of the lists of about eight nodes.
    public mutating func remove(_ id: UInt32) throws(StrataError) {
        guard contains(id) else {
            throw StrataError(.notFound, "the index has no vector of identifier \(id)")
        }
        guard let row = table.remove(id, ids: ids.base) else { return }
        states[Int(row)] = .dead
        count -= 1
        deadCount += 1
        version += 1
        if count == 0 { return removeEverything() }
        if !repair.isUnderWay, deadCount >= max(HNSWRepair.leastRemovals, rowCount / HNSWRepair.share) {
            beginRepair()
        }
        try advanceRepair(HNSWRepair.rowsPerChange)
    }

    /// Takes every deleted vector out of the graph now, so that all their places can be taken.
    ///
    /// - Complexity: O(count * links), and the choice of the lists that led to deleted ones.
    public mutating func finishRepair() throws(StrataError) {
        while pendingRemovals > 0 {
            if !repair.isUnderWay { beginRepair() }
            try advanceRepair(.max)
        }
    }

    /// The last vector is gone: so is everything else, but for the memory.
    private mutating func removeEverything() {
        vectors.truncate(to: 0)
        ids.truncate(to: 0)
        states.truncate(to: 0)
        links.truncate(to: 0)
        slotRows.truncate(to: 0)
        slotBlocks.truncate(to: 0)
        slotLevels.truncate(to: 0)
        upperLinks.truncate(to: 0)
        freeRows.truncate(to: 0)
        freeSlots.truncate(to: 0)
        table.removeAll()
        entry = .nowhere
        repair = HNSWRepair()
        deadCount = 0
    }

    private mutating func beginRepair() {
        repair = HNSWRepair(isUnderWay: true, dyingCount: deadCount)
        deadCount = 0
        for row in 0..<rowCount where states[row] == .dead { states[row] = .dying }
    }

    /// Goes over as many nodes as told, and ends the pass behind the last.
    mutating func advanceRepair(_ steps: Int) throws(StrataError) {
        guard repair.isUnderWay else { return }
        try reserveScratch()
        let linker = linker
        let states = UnsafePointer(states.base)
        var left = steps
        while left > 0, repair.slotCursor < slotRows.count {
            let slot = UInt32(repair.slotCursor)
            let row = slotRows[Int(slot)]
            if row != HNSWGraph.none, states[Int(row)] != .dying {
                for level in 1...Int(slotLevels[Int(slot)]) {
                    linker.mend(slot, level: level, states: states, using: &scratch)
                }
            }
            repair.slotCursor += 1
            left -= 1
        }
        while left > 0, repair.rowCursor < rowCount {
            let row = UInt32(repair.rowCursor)
            if states[Int(row)] == .live || states[Int(row)] == .dead {
                let isPoor = linker.mend(row, level: 0, states: states, using: &scratch)
                if isPoor, states[Int(row)] == .live { try relink(row) }
            }
            repair.rowCursor += 1
            left -= 1
        }
        if repair.slotCursor >= slotRows.count, repair.rowCursor >= rowCount { try endRepair() }
    }

    /// Nothing leads to the dying rows any more: their places are free.
    private mutating func endRepair() throws(StrataError) {
        // First what may fail: the pass is at its end still, and the next call tries again.
        try freeRows.reserveMore(repair.dyingCount)
        try freeSlots.reserveMore(slotRows.count - freeSlots.count)
        let width = parameters.links
        for slot in 0..<slotRows.count where slotRows[slot] != HNSWGraph.none {
            guard states[Int(slotRows[slot])] == .dying else { continue }
            slotRows[slot] = HNSWGraph.none
            (upperLinks.base + Int(slotBlocks[slot]) * width)
                .update(repeating: HNSWGraph.none, count: Int(slotLevels[slot]) * width)
            freeSlots.append(UInt32(slot))
        }
        // The last place in the list is the first that is taken.
        for row in (0..<rowCount).reversed() where states[row] == .dying {
            states[row] = .free
            (links.base + row * 2 * width).update(repeating: HNSWGraph.none, count: 2 * width)
            freeRows.append(UInt32(row))
        }
        let lostEntry = states[Int(entry.row)] == .free
        repair = HNSWRepair()
        version += 1
        if lostEntry { findEntry() }
        try adoptOrphans()
    }

    /// Begins searches at a node of the highest level that is left.
    private mutating func findEntry() {
        entry = .nowhere
        for slot in 0..<slotRows.count where slotRows[slot] != HNSWGraph.none {
            guard Int(slotLevels[slot]) > entry.level else { continue }
            entry = HNSWEntry(level: Int(slotLevels[slot]), slot: UInt32(slot), row: slotRows[slot])
        }
        guard entry == .nowhere else { return }
        // There is a live row, or everything would have been removed.
        for row in 0..<rowCount where states[row] == .live {
            entry.row = UInt32(row)
            return
        }
    }
}
