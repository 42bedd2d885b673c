extension HNSWGraph {
    /// Checks what a graph that was read must be before it is changed: each number leads to what it may lead to.
    ///
    /// - Throws: `corrupted` with the first rule that is broken.
    /// - Complexity: O(rows * links).
    func checkStructure() throws(StrataError) {
        for row in 1..<max(rowCount, 1) where ids[row - 1] >= ids[row] {
            throw HNSWSectionLayout.damage("identifiers do not ascend at row \(row)", 0)
        }
        for row in 0..<rowCount {
            try check(links + row * 2 * width, level: 0, owner: UInt32(row))
        }
        var expected = 0
        for slot in 0..<slotCount {
            let levels = levels(of: slot)
            guard Int(slotBlocks[slot]) == expected, 1..<HNSWParameters.levelLimit ~= levels,
                Int(slotRows[slot]) < rowCount
            else { throw HNSWSectionLayout.damage("slot \(slot) is none", 0) }
            expected += levels
        }
        guard expected == blockCount else { throw HNSWSectionLayout.damage("lists belong to no slot", 0) }
        for slot in 0..<slotCount {
            for level in 1...levels(of: slot) {
                try check(
                    upperLinks + (Int(slotBlocks[slot]) + level - 1) * width, level: level, owner: UInt32(slot))
            }
        }
        guard entry.level == 0 || slotRows[Int(entry.slot)] == entry.row,
            entry.level == 0
                || levels(of: Int(entry.slot)) == entry.level
        else { throw HNSWSectionLayout.damage("the entry is another slot's", 44) }
    }

    /// Levels above the lowest; the blocks of a slot end where those of the next begin.
    func levels(of slot: Int) -> Int {
        Int(slot + 1 < slotCount ? slotBlocks[slot + 1] : UInt32(truncatingIfNeeded: blockCount))
            - Int(slotBlocks[slot])
    }

    private func check(_ list: UnsafePointer<UInt32>, level: Int, owner: UInt32) throws(StrataError) {
        var hasEnded = false
        for place in 0..<width(level) {
            let node = list[place]
            if node == Self.none {
                hasEnded = true
                continue
            }
            guard !hasEnded, node != owner, Int(node) < nodeLimit(level),
                level == 0 || levels(of: Int(node)) >= level
            else { throw HNSWSectionLayout.damage("a link of node \(owner) on level \(level) leads nowhere", 0) }
        }
    }
}
