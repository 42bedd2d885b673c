extension HNSWIndex {
    /// Length of the section that ``writeSection(into:includingVectors:)`` writes.
    ///
    /// - Throws: `invalidArgument` while deleted vectors are in the graph.
    public func sectionByteCount(includingVectors: Bool = true) throws(StrataError) -> Int {
        guard let places = try sectionLayout(includingVectors).places else {
            throw StrataError(.limitExceeded, "the section would be too long")
        }
        return places.byteCount
    }

    /// Writes the index as a section that ``HNSWSection`` reads in place.
    ///
    /// Rows are written in ascending order of their identifiers. Without vectors, whoever reads it gives them: row r is
    /// the vector of the r-th smallest identifier, as it is here (for the cosine: scaled to length 1).
    ///
    /// - Parameter buffer: exactly ``sectionByteCount(includingVectors:)`` bytes.
    /// - Throws: `invalidArgument` while deleted vectors are in the graph, or when the buffer has another length.
    /// - Complexity: O(count * (links + dimensions)).
    public func writeSection(
        into buffer: UnsafeMutableRawBufferPointer, includingVectors: Bool = true
    ) throws(StrataError) {
        let layout = try sectionLayout(includingVectors)
        guard let places = layout.places, buffer.count == places.byteCount, let base = buffer.baseAddress else {
            throw StrataError(.invalidArgument, "a buffer of \(buffer.count) bytes for a section of another length")
        }
        // What lies between the parts is zero.
        _ = buffer.initializeMemory(as: UInt8.self, repeating: 0)
        var order = (0..<UInt32(rowCount)).filter { states[Int($0)] == .live }
        order.sort { ids[Int($0)] < ids[Int($1)] }
        var newRows = [UInt32](repeating: HNSWGraph.none, count: rowCount)
        for (number, row) in order.enumerated() { newRows[Int(row)] = UInt32(number) }
        var newSlots = [UInt32](repeating: HNSWGraph.none, count: slotRows.count)
        var slotCount: UInt32 = 0
        for slot in 0..<slotRows.count where slotRows[slot] != HNSWGraph.none {
            newSlots[slot] = slotCount
            slotCount += 1
        }
        let width = parameters.links
        func put(_ value: UInt32, _ part: Int, _ index: Int) { SectionBytes.store(value, base, part + index * 4) }
        for (number, row) in order.enumerated() {
            put(ids[Int(row)], places.ids, number)
            let list = links.base + Int(row) * 2 * width
            for place in 0..<2 * width {
                let node = list[place]
                put(node == HNSWGraph.none ? node : newRows[Int(node)], places.links, number * 2 * width + place)
            }
            guard includingVectors else { continue }
            (base + places.vectors + number * stride).copyMemory(from: pointer(row), byteCount: stride)
        }
        var block = 0
        for slot in 0..<slotRows.count where newSlots[slot] != HNSWGraph.none {
            put(newRows[Int(slotRows[slot])], places.slotRows, Int(newSlots[slot]))
            put(UInt32(block), places.slotBlocks, Int(newSlots[slot]))
            let lists = upperLinks.base + Int(slotBlocks[slot]) * width
            for place in 0..<Int(slotLevels[slot]) * width {
                let node = lists[place]
                put(node == HNSWGraph.none ? node : newSlots[Int(node)], places.upperLinks, block * width + place)
            }
            block += Int(slotLevels[slot])
        }
        var placed = layout
        if count > 0 {
            placed.entry.row = newRows[Int(entry.row)]
            if entry.level > 0 { placed.entry.slot = newSlots[Int(entry.slot)] }
        }
        placed.write(base, byteCount: buffer.count)
    }

    /// A copy of the index as a section, in memory that ``HNSWSection`` can read in place.
    public func section(includingVectors: Bool = true) throws(StrataError) -> [UInt8] {
        let length = try sectionByteCount(includingVectors: includingVectors)
        var bytes = [UInt8](repeating: 0, count: length)
        var failure: StrataError?
        bytes.withUnsafeMutableBytes { buffer in
            do throws(StrataError) {
                try writeSection(into: buffer, includingVectors: includingVectors)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    private func sectionLayout(_ includingVectors: Bool) throws(StrataError) -> HNSWSectionLayout {
        guard pendingRemovals == 0 else {
            throw StrataError(
                .invalidArgument, "\(pendingRemovals) deleted vectors are in the graph still",
                remedy: "call finishRepair() first")
        }
        var (slots, blocks) = (0, 0)
        for slot in 0..<slotRows.count where slotRows[slot] != HNSWGraph.none {
            slots += 1
            blocks += Int(slotLevels[slot])
        }
        return HNSWSectionLayout(
            parameters, hasVectors: includingVectors, rowCount: count, slotCount: slots, blockCount: blocks,
            entry: entry, stride: stride)
    }
}
