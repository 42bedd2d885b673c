import CStrata

extension HNSWGraph {
    /// Fills the searcher's pool with the nodes of a level that are nearest to `query`, from those that are in it.
    ///
    /// - Complexity: about the pool's breadth times the width of a list, in distances.
    @inline(__always)
    func explore(
        _ query: UnsafePointer<Float>, level: Int, accepting acceptance: some RowAcceptance, locks: some LinkLocks,
        using searcher: inout IndexSearcher
    ) {
        let limit = UInt32(truncatingIfNeeded: nodeLimit(level))
        let width = width(level)
        let nodes = searcher.nodes.base
        let rows = level == 0 ? nodes : searcher.rows.base
        let distances = searcher.distances.base
        var total = 0
        while let node = searcher.pool.next() {
            guard let list = list(node, level) else { continue }
            var count = 0
            locks.lock(node, level)
            for place in 0..<width {
                let neighbour = list[place]
                guard neighbour < limit else { break }
                guard searcher.visited.insert(neighbour) else { continue }
                nodes[count] = neighbour
                count &+= 1
            }
            locks.unlock(node, level)
            guard count > 0 else { continue }
            if level != 0 { for index in 0..<count { rows[index] = row(nodes[index], level) } }
            // The list of the node that is most likely next comes from memory meanwhile.
            if let upcoming = searcher.pool.upcoming, let next = self.list(upcoming, level) {
                strata_prefetch(next)
                strata_prefetch(next + 16)
            }
            self.rows.distances(from: query, to: rows, count, below: searcher.pool.bound, into: distances)
            total &+= count
            for index in 0..<count where distances[index] < searcher.pool.bound {
                let node = nodes[index]
                searcher.pool.offer(node, distances[index], isAccepted: acceptance.accepts(rows[index]))
            }
        }
        searcher.distanceCount += total
    }

    /// Puts the first node of a search into the empty pool.
    @inline(__always)
    func begin(
        at node: UInt32, _ distance: Float, level: Int, accepting acceptance: some RowAcceptance,
        using searcher: inout IndexSearcher
    ) {
        searcher.visited.removeAll()
        _ = searcher.visited.insert(node)
        // What is not a number, from damaged bytes, is no reason to end before the first step.
        searcher.pool.offer(
            node, distance.isFinite ? distance : .greatestFiniteMagnitude,
            isAccepted: acceptance.accepts(row(node, level)))
    }

    /// Walks from the entry down to the nearest node of `level` + 1, always to the nearest neighbour, and returns the node
    /// and its distance; on the entry's own level and above, the entry.
    @inline(__always)
    func descend(
        _ query: UnsafePointer<Float>, from entry: HNSWEntry, to level: Int, locks: some LinkLocks,
        using searcher: inout IndexSearcher
    ) -> (slot: UInt32, row: UInt32, distance: Float) {
        var (slot, row) = (entry.slot, entry.row)
        var nearest = Float.infinity
        rows.distances(from: query, to: &row, 1, into: &nearest)
        searcher.distanceCount += 1
        let nodes = searcher.nodes.base
        let rows = searcher.rows.base
        let distances = searcher.distances.base
        var current = entry.level
        while current > level, current > 0 {
            var count = 0
            if let list = list(slot, current) {
                locks.lock(slot, current)
                while count < width, list[count] < UInt32(truncatingIfNeeded: slotCount) {
                    nodes[count] = list[count]
                    count &+= 1
                }
                locks.unlock(slot, current)
            }
            for index in 0..<count { rows[index] = self.row(nodes[index], current) }
            self.rows.distances(from: query, to: rows, count, below: nearest, into: distances)
            searcher.distanceCount += count
            var best = -1
            for index in 0..<count where distances[index] < nearest {
                nearest = distances[index]
                best = index
            }
            // The distance falls with each step: the walk ends, whatever the bytes are.
            if best < 0 {
                current -= 1
            } else {
                (slot, row) = (nodes[best], rows[best])
            }
        }
        return (slot, row, nearest)
    }

    /// The nearest rows to the searcher's query, in its pool.
    func search(
        breadth: Int, room: Int, accepting acceptance: some RowAcceptance, using searcher: inout IndexSearcher
    ) throws(StrataError) {
        try searcher.visited.reserve(rowCount)
        try searcher.pool.start(breadth: breadth, room: room)
        guard Int(entry.row) < rowCount else { return }
        let query = UnsafePointer(searcher.query.base)
        let (_, row, distance) = descend(query, from: entry, to: 0, locks: NoLocks(), using: &searcher)
        begin(at: row, distance, level: 0, accepting: acceptance, using: &searcher)
        explore(query, level: 0, accepting: acceptance, locks: NoLocks(), using: &searcher)
    }
}
