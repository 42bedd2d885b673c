extension HNSWIndex {
    /// Inserts many vectors, on one thread or several.
    ///
    /// With one thread the graph is the same on every run; with several it depends on how they take turns, and finds as
    /// much.
    ///
    /// - Parameters:
    ///   - vectors: one after another, `parameters.dimensions` components each.
    ///   - threads: how many link at once, the caller's among them: 1 to 256.
    /// - Throws: as ``insert(_:id:)``, also when an identifier is given twice. All vectors are in then, or none.
    public mutating func insert(_ vectors: Span<Float>, ids: Span<UInt32>, threads: Int = 1) throws(StrataError) {
        let dimensions = parameters.dimensions
        guard vectors.count == ids.count * dimensions else {
            throw StrataError(
                .invalidArgument,
                "\(vectors.count) components are not \(ids.count) vectors of \(dimensions) components")
        }
        guard 1...256 ~= threads else {
            throw StrataError(.invalidArgument, "an insertion on \(threads) threads", remedy: "give 1 to 256 threads")
        }
        if rowCount == 0 { try reserve(ids.count) }
        var places = IndexArray<HNSWCrew.Place>()
        try places.reserve(ids.count)
        do {
            for index in 0..<ids.count {
                let row = try add(vectors.extracting(index * dimensions..<(index + 1) * dimensions), id: ids[index])
                places.append(HNSWCrew.Place(row: row, slot: HNSWGraph.none, level: 0))
                publish(row)
            }
            for index in 0..<places.count {
                let (slot, level) = try placeLevels(places[index].row)
                places[index].slot = slot
                places[index].level = level
            }
            try reserveScratch()
        } catch {
            withdraw(places)
            throw error
        }
        try link(places, threads: threads)
        try advanceRepair(HNSWRepair.rowsPerChange * ids.count)
    }

    /// Takes rows that were published and not linked back.
    private mutating func withdraw(_ places: borrowing IndexArray<HNSWCrew.Place>) {
        for index in 0..<places.count {
            let place = places[index]
            if place.slot != HNSWGraph.none {
                slotRows[Int(place.slot)] = HNSWGraph.none
                if (try? freeSlots.reserveMore(1)) != nil { freeSlots.append(place.slot) }
            }
            _ = table.remove(ids[Int(place.row)], ids: ids.base)
            states[Int(place.row)] = .free
            count -= 1
            if (try? freeRows.reserveMore(1)) != nil { freeRows.append(place.row) }
        }
    }

    private mutating func link(_ places: borrowing IndexArray<HNSWCrew.Place>, threads: Int) throws(StrataError) {
        // Several threads that link the first rows among themselves would find none of each other.
        let alone = threads == 1 ? places.count : min(places.count, max(0, 256 - (rowCount - places.count)))
        for index in 0..<alone {
            try link(places[index].row, slot: places[index].slot, level: places[index].level)
        }
        guard alone < places.count else { return }
        let crew = try HNSWCrew(
            linker, places.base + alone, places.count - alone, room: room,
            rowCapacity: max(rowCount, slotRows.count), entry: entry)
        try crew.run(threads: threads, using: &scratch)
        entry = crew.entry
        // Those that met only deleted rows.
        for index in alone..<places.count
        where links[Int(places[index].row) * 2 * parameters.links] == HNSWGraph.none {
            try link(places[index].row, slot: places[index].slot, level: places[index].level)
        }
    }
}
