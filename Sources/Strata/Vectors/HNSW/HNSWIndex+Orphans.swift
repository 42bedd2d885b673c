extension HNSWIndex {
    /// Sees to it that every live row leads on, and can be reached on the lowest level from the entry: choices of lists can
    /// leave rows, or groups of them, that nobody else leads to, and no walk would find them.
    ///
    /// - Complexity: O(rows * links), and a search for each row that was out of reach.
    mutating func adoptOrphans() throws(StrataError) {
        guard count > 1 else { return }
        let width = 2 * parameters.links
        try reserveScratch()
        var incoming = IndexArray<UInt16>()
        var isReached = IndexArray<UInt8>()
        var waiting = IndexArray<UInt32>()
        try incoming.reserve(rowCount)
        try isReached.reserve(rowCount)
        try waiting.reserve(rowCount)
        for row in 0..<rowCount where states[row] == .live && links[row * width] == HNSWGraph.none {
            try relink(UInt32(row))
        }
        incoming.append(repeating: 0, count: rowCount)
        isReached.append(repeating: 0, count: rowCount)
        for place in 0..<rowCount * width where links[place] != HNSWGraph.none {
            let row = Int(links[place])
            incoming[row] = min(incoming[row], .max - 1) + 1
        }
        reach(entry.row, &isReached, &waiting)
        for row in 0..<rowCount where states[row] == .live && isReached[row] == 0 {
            try relink(UInt32(row))
            adopt(UInt32(row), incoming, isReached)
            reach(UInt32(row), &isReached, &waiting)
        }
    }

    /// Marks what can be reached from a row.
    private func reach(
        _ first: UInt32, _ isReached: inout IndexArray<UInt8>, _ waiting: inout IndexArray<UInt32>
    ) {
        let width = 2 * parameters.links
        isReached[Int(first)] = 1
        waiting.truncate(to: 0)
        waiting.append(first)
        while let row = waiting.popLast() {
            let list = links.base + Int(row) * width
            for place in 0..<width {
                guard list[place] != HNSWGraph.none else { break }
                guard isReached[Int(list[place])] == 0 else { continue }
                // Each row waits once at most: there is room.
                isReached[Int(list[place])] = 1
                waiting.append(list[place])
            }
        }
    }

    /// Searches neighbours for a live row anew.
    mutating func relink(_ row: UInt32) throws(StrataError) {
        guard row != entry.row else {
            // A search from here would meet nobody: it begins at any other live row.
            guard let other = (0..<rowCount).first(where: { states[$0] == .live && $0 != Int(row) }) else { return }
            let start = HNSWEntry(level: 0, slot: HNSWGraph.none, row: UInt32(other))
            return try relink(row, from: start)
        }
        try relink(row, from: entry)
    }

    private mutating func relink(_ row: UInt32, from start: HNSWEntry) throws(StrataError) {
        let linker = linker
        let isLinked = try linker.link(
            row, slot: HNSWGraph.none, level: 0, from: start, accepting: LiveRows(states: states.base),
            room: 4 * parameters.constructionBreadth + 256, locks: NoLocks(), using: &scratch)
        if !isLinked { try linkToNearest(row) }
    }

    /// Has the nearest neighbour that is reached lead to a row, unless one does.
    private func adopt(
        _ row: UInt32, _ incoming: borrowing IndexArray<UInt16>, _ isReached: borrowing IndexArray<UInt8>
    ) {
        let width = 2 * parameters.links
        let linker = linker
        let own = linker.list(row, 0)
        let count = linker.length(own, 0)
        for place in 0..<count where isReached[Int(own[place])] == 1 {
            let list = linker.list(own[place], 0)
            for other in 0..<linker.length(list, 0) where list[other] == row { return }
        }
        for place in 0..<count where isReached[Int(own[place])] == 1 {
            let list = linker.list(own[place], 0)
            let length = linker.length(list, 0)
            if length < width {
                list[length] = row
                return
            }
            // Takes the place of the one that most others lead to.
            var most = 0
            for other in 1..<length where incoming[Int(list[other])] > incoming[Int(list[most])] { most = other }
            guard incoming[Int(list[most])] > 1 else { continue }
            incoming[Int(list[most])] -= 1
            list[most] = row
            return
        }
    }
}
