extension HNSWLinker {
    /// Chooses the list of a node that leads to dying nodes anew, among the others in it and the live ones that the dying
    /// lead to.
    func mend(_ node: UInt32, level: Int, states: UnsafePointer<RowState>, using scratch: inout HNSWScratch) {
        let list = list(node, level)
        let length = length(list, level)
        var leadsToDying = false
        for place in 0..<length where states[Int(graph.row(list[place], level))] == .dying {
            leadsToDying = true
            break
        }
        guard leadsToDying else { return }
        scratch.searcher.visited.removeAll()
        _ = scratch.searcher.visited.insert(node)
        scratch.list.truncate(to: 0)
        for place in 0..<length {
            let neighbour = list[place]
            guard states[Int(graph.row(neighbour, level))] == .dying else {
                // A dead one is a way through until the next pass.
                if scratch.searcher.visited.insert(neighbour) { scratch.list.append(neighbour) }
                continue
            }
            let beyond = self.list(neighbour, level)
            for further in 0..<self.length(beyond, level) {
                let candidate = beyond[further]
                guard states[Int(graph.row(candidate, level))] == .live else { continue }
                if scratch.searcher.visited.insert(candidate) { scratch.list.append(candidate) }
            }
        }
        rank(scratch.list.base, scratch.list.count, around: node, level: level, using: &scratch)
        choose(graph.width(level), level: level, using: &scratch)
        write(scratch.chosen.base, scratch.chosen.count, to: list, level)
    }
}

extension HNSWIndex {
    /// Gives every live row on the lowest level a link that leads to it, and one that leads on: choices of lists can leave
    /// a row that no list names, and no walk would find it.
    ///
    /// - Complexity: O(rows * links).
    mutating func adoptOrphans() throws(StrataError) {
        guard count > 1 else { return }
        var incoming = IndexArray<UInt16>()
        try incoming.reserve(rowCount)
        try reserveScratch()
        for row in 0..<UInt32(rowCount)
        where states[Int(row)] == .live && links[Int(row) * 2 * parameters.links] == HNSWGraph.none {
            try relink(row)
        }
        incoming.append(repeating: 0, count: rowCount)
        let width = 2 * parameters.links
        for row in 0..<rowCount where states[row] == .live {
            let list = links.base + row * width
            for place in 0..<width {
                guard list[place] != HNSWGraph.none else { break }
                incoming[Int(list[place])] = min(incoming[Int(list[place])], .max - 1) + 1
            }
        }
        for row in 0..<rowCount where states[row] == .live && incoming[row] == 0 && row != Int(entry.row) {
            adopt(UInt32(row), incoming)
        }
    }

    /// Searches neighbours for a row that leads nowhere.
    private mutating func relink(_ row: UInt32) throws(StrataError) {
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
        try linker.link(
            row, slot: HNSWGraph.none, level: 0, from: start, accepting: LiveRows(states: states.base),
            room: 4 * parameters.constructionBreadth + 256, locks: NoLocks(), using: &scratch)
    }

    /// Has the nearest neighbour that can lead to a row which nobody leads to.
    private func adopt(_ row: UInt32, _ incoming: borrowing IndexArray<UInt16>) {
        let width = 2 * parameters.links
        let linker = linker
        let own = linker.list(row, 0)
        for place in 0..<linker.length(own, 0) where states[Int(own[place])] == .live {
            let list = linker.list(own[place], 0)
            let length = linker.length(list, 0)
            if length < width {
                list[length] = row
                incoming[Int(row)] = 1
                return
            }
            // Takes the place of the one that most others lead to.
            var most = 0
            for other in 1..<length where incoming[Int(list[other])] > incoming[Int(list[most])] { most = other }
            guard incoming[Int(list[most])] > 1 else { continue }
            incoming[Int(list[most])] -= 1
            list[most] = row
            incoming[Int(row)] = 1
            return
        }
    }
}
