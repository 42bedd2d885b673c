extension HNSWIndex {
    /// An index that can be changed, from a section that was written.
    ///
    /// - Throws: `corrupted` when the section does not match its checksum, a number in it is not what it may be, or a vector is none of its metric;
    ///   `limitExceeded` when there is no memory.
    /// - Complexity: O(count * (links + dimensions)): nothing is linked anew.
    public static func loaded(from section: HNSWSection) throws(StrataError) -> HNSWIndex {
        var index = try HNSWIndex(section.parameters)
        try index.load(section)
        return index
    }

    /// Takes everything over into the empty index.
    private mutating func load(_ section: HNSWSection) throws(StrataError) {
        try section.verify()
        let graph = section.graph
        let rows = graph.rowCount
        let width = graph.width
        try reserve(rows)
        try slotRows.reserve(graph.slotCount)
        try slotBlocks.reserve(graph.slotCount)
        try slotLevels.reserve(graph.slotCount)
        try upperLinks.reserve(graph.blockCount * width)
        ids.append(copying: graph.ids, count: rows)
        states.append(repeating: .live, count: rows)
        links.append(copying: graph.links, count: rows * 2 * width)
        slotRows.append(copying: graph.slotRows, count: graph.slotCount)
        slotBlocks.append(copying: graph.slotBlocks, count: graph.slotCount)
        for slot in 0..<graph.slotCount { slotLevels.append(UInt8(graph.levels(of: slot))) }
        upperLinks.append(copying: graph.upperLinks, count: graph.blockCount * width)
        vectors.append(repeating: 0, count: rows * floatsPerRow)
        for row in 0..<UInt32(rows) {
            pointer(row).update(from: graph.rows.vector(row), count: parameters.dimensions)
            do {
                try IndexVector.check(pointer(row), dimensions: parameters.dimensions, metric: parameters.metric)
            } catch {
                throw HNSWSectionLayout.damage("row \(row) is no vector of its metric", 0)
            }
            table.insert(row, ids: ids.base)
        }
        count = rows
        entry = rows == 0 ? .nowhere : graph.entry
        levels = LevelGenerator(seed: parameters.seed &+ UInt64(rows), links: width)
    }
}
