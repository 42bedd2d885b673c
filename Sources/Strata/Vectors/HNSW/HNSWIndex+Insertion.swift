extension HNSWIndex {
    /// Inserts a vector under a new identifier.
    ///
    /// - Throws: `alreadyExists` when there is a vector of this identifier; `invalidArgument` when the vector has another
    ///   length, is not finite, is longer than 1e18 or (cosine) has no direction; `limitExceeded` when there is no memory
    ///   or no row left. The index is as before then.
    /// - Complexity: about `constructionBreadth * links` distances.
    public mutating func insert(_ vector: Span<Float>, id: UInt32) throws(StrataError) {
        let row = try add(vector, id: id)
        let placed: (slot: UInt32, level: Int)
        do {
            placed = try placeLevels(row)
        } catch {
            // Without links it is as if it had never been.
            withdraw(row)
            throw error
        }
        publish(row)
        try link(row, slot: placed.slot, level: placed.level)
        try advanceRepair(HNSWRepair.rowsPerChange)
    }

    /// Gives an identifier another vector: a removal and an insertion in one.
    ///
    /// - Throws: `notFound` when there is no vector of this identifier; otherwise as ``insert(_:id:)``. The index is as
    ///   before then, unless memory ran out between the two: then the vector is gone.
    public mutating func update(_ vector: Span<Float>, id: UInt32) throws(StrataError) {
        guard contains(id) else {
            throw StrataError(.notFound, "the index has no vector of identifier \(id)", remedy: "insert it")
        }
        try IndexVector.copy(
            vector, dimensions: parameters.dimensions, metric: parameters.metric, to: try checkedRoom())
        try remove(id)
        try insert(vector, id: id)
    }

    /// Room for one vector, to check one in.
    private mutating func checkedRoom() throws(StrataError) -> UnsafeMutablePointer<Float> {
        try scratch.searcher.query.reserve(parameters.dimensions)
        return scratch.searcher.query.base
    }

    /// Takes a row, and stores vector and identifier; nothing leads to it yet.
    mutating func add(_ vector: Span<Float>, id: UInt32) throws(StrataError) -> UInt32 {
        guard !contains(id) else {
            throw StrataError(
                .alreadyExists, "the index has a vector of identifier \(id)", remedy: "update or remove it")
        }
        let row: UInt32
        if let reused = freeRows.popLast() {
            row = reused
        } else {
            guard rowCount < Self.largest else {
                throw StrataError(.limitExceeded, "an index holds at most \(Self.largest) vectors")
            }
            let width = 2 * parameters.links
            try vectors.reserveMore(floatsPerRow)
            try ids.reserveMore(1)
            try states.reserveMore(1)
            try links.reserveMore(width)
            vectors.append(repeating: 0, count: floatsPerRow)
            ids.append(id)
            states.append(.free)
            links.append(repeating: HNSWGraph.none, count: width)
            row = UInt32(rowCount - 1)
        }
        do {
            try IndexVector.copy(
                vector, dimensions: parameters.dimensions, metric: parameters.metric, to: pointer(row))
            try table.reserve(count + 1, ids: ids.base)
            try reserveScratch()
        } catch {
            withdraw(row)
            throw error
        }
        ids[Int(row)] = id
        return row
    }

    /// Gives a row that nothing leads to back.
    private mutating func withdraw(_ row: UInt32) {
        // Room for every row was taken when the list of free ones was last filled, or there is none to be had: a row that
        // is not listed is lost until the index is written anew, and nothing else.
        if (try? freeRows.reserveMore(1)) != nil { freeRows.append(row) }
    }

    mutating func reserveScratch() throws(StrataError) {
        try scratch.reserve(
            rows: max(rowCount, slotRows.count), breadth: parameters.constructionBreadth, room: room,
            width: parameters.links)
    }

    /// Nodes that a search for neighbours may hold, those that are passed through among them.
    var room: Int {
        let breadth = parameters.constructionBreadth
        return count == rowCount ? breadth : 4 * breadth + 256
    }

    /// Draws the levels of a new row, and takes a slot where it reaches above the lowest.
    mutating func placeLevels(_ row: UInt32) throws(StrataError) -> (slot: UInt32, level: Int) {
        let level = levels.next()
        guard level > 0 else { return (HNSWGraph.none, 0) }
        // A free slot of as many levels; the newest are looked at.
        var place = freeSlots.count - 1
        while place >= 0, place >= freeSlots.count - 64 {
            let slot = freeSlots[place]
            if Int(slotLevels[Int(slot)]) == level {
                freeSlots[place] = freeSlots[freeSlots.count - 1]
                _ = freeSlots.popLast()
                slotRows[Int(slot)] = row
                return (slot, level)
            }
            place -= 1
        }
        try slotRows.reserveMore(1)
        try slotBlocks.reserveMore(1)
        try slotLevels.reserveMore(1)
        try upperLinks.reserveMore(level * parameters.links)
        let slot = UInt32(slotRows.count)
        slotRows.append(row)
        slotBlocks.append(UInt32(upperLinks.count / parameters.links))
        slotLevels.append(UInt8(level))
        upperLinks.append(repeating: HNSWGraph.none, count: level * parameters.links)
        return (slot, level)
    }

    /// Makes a row one that searches may return.
    mutating func publish(_ row: UInt32) {
        states[Int(row)] = .live
        table.insert(row, ids: ids.base)
        count += 1
        version += 1
    }

    /// What links nodes; valid until the index grows.
    var linker: HNSWLinker {
        HNSWLinker(
            graph: graph, links: links.base, upperLinks: upperLinks.base, breadth: parameters.constructionBreadth)
    }

    /// Links a published row.
    mutating func link(_ row: UInt32, slot: UInt32, level: Int) throws(StrataError) {
        defer { if level > entry.level || entry == .nowhere { entry = HNSWEntry(level: level, slot: slot, row: row) } }
        guard entry != .nowhere else { return }
        if try linkOnce(row, slot: slot, level: level) { return }
        try linkToNearest(row)
    }

    /// Links a row on the lowest level, when all that a walk met are deleted, to what comparison with all rows finds.
    mutating func linkToNearest(_ row: UInt32) throws(StrataError) {
        try scratch.searcher.query.reserve(parameters.dimensions)
        scratch.searcher.query.base.update(from: pointer(row), count: parameters.dimensions)
        // It is no neighbour of its own.
        states[Int(row)] = .dead
        defer { states[Int(row)] = .live }
        let linker = linker
        try ExactRows.search(
            linker.graph.rows, count: rowCount, limit: parameters.constructionBreadth,
            accepting: LiveRows(states: states.base), using: &scratch.searcher)
        linker.linkFound(row, level: 0, locks: NoLocks(), using: &scratch)
    }

    private mutating func linkOnce(_ row: UInt32, slot: UInt32, level: Int) throws(StrataError) -> Bool {
        let linker = linker
        if let states = linker.graph.states {
            return try linker.link(
                row, slot: slot, level: level, from: entry, accepting: LiveRows(states: states), room: room,
                locks: NoLocks(), using: &scratch)
        }
        return try linker.link(
            row, slot: slot, level: level, from: entry, accepting: Unfiltered(), room: room, locks: NoLocks(),
            using: &scratch)
    }
}
