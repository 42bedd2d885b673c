/// Links nodes into a graph: the insertion of the paper's algorithms 1 and 4.
///
/// Invariant: the pointers of `graph`, and `links` and `upperLinks`, which are the same memory to be written, are valid
/// while the linker is used; with more than one thread each list is read and written under its lock only.
struct HNSWLinker: BitwiseCopyable {
    let graph: HNSWGraph
    let links: UnsafeMutablePointer<UInt32>
    let upperLinks: UnsafeMutablePointer<UInt32>
    let breadth: Int

    @inline(__always)
    func list(_ node: UInt32, _ level: Int) -> UnsafeMutablePointer<UInt32> {
        if level == 0 { return links + Int(node) &* (2 &* graph.width) }
        return upperLinks + (Int(graph.slotBlocks[Int(node)]) &+ (level &- 1)) &* graph.width
    }

    /// Nodes in a list.
    @inline(__always)
    func length(_ list: UnsafeMutablePointer<UInt32>, _ level: Int) -> Int {
        let width = graph.width(level)
        var length = 0
        while length < width, list[length] != HNSWGraph.none { length &+= 1 }
        return length
    }

    /// Links a row, whose vector is stored and whose lists are empty, on all its levels.
    ///
    /// - Parameters:
    ///   - slot: its slot; none when it is on the lowest level only.
    ///   - level: its highest level.
    ///   - entry: where searches begin: not this row.
    /// - Returns: whether it has neighbours on the lowest level. It has none only when all that the search met are
    ///   deleted.
    @discardableResult
    func link(
        _ row: UInt32, slot: UInt32, level: Int, from entry: HNSWEntry, accepting acceptance: some RowAcceptance,
        room: Int, locks: some LinkLocks, using scratch: inout HNSWScratch
    ) throws(StrataError) -> Bool {
        let query = graph.rows.vector(row)
        // All but the lowest level are walked by slots.
        let top = min(level, entry.level)
        let start = graph.descend(query, from: entry, to: top, locks: locks, using: &scratch.searcher)
        var (place, nearest) = (top == 0 ? start.row : start.slot, start.distance)
        var current = top
        while true {
            try scratch.searcher.pool.start(breadth: breadth, room: room)
            graph.begin(at: place, nearest, level: current, accepting: acceptance, using: &scratch.searcher)
            // A node that another thread linked meanwhile may lead back to this one.
            _ = scratch.searcher.visited.insert(current == 0 ? row : slot)
            graph.explore(query, level: current, accepting: acceptance, locks: locks, using: &scratch.searcher)
            if scratch.searcher.pool.count > 0 {
                let node = scratch.searcher.pool.node(at: 0)
                nearest = scratch.searcher.pool.distance(at: 0)
                place = current == 1 ? graph.slotRows[Int(node)] : node
            }
            linkFound(current == 0 ? row : slot, level: current, locks: locks, using: &scratch)
            if current == 0 { return scratch.chosen.count > 0 }
            current -= 1
        }
    }

    /// Links a node to a choice of the results in the pool.
    func linkFound(_ node: UInt32, level: Int, locks: some LinkLocks, using scratch: inout HNSWScratch) {
        takeAccepted(but: node, &scratch)
        choose(graph.width, level: level, using: &scratch)
        connect(node, level: level, locks: locks, using: &scratch)
    }

    /// Takes the results of the pool as the candidates of a choice, but for the node itself: that is met when it was
    /// linked before.
    private func takeAccepted(but node: UInt32, _ scratch: inout HNSWScratch) {
        scratch.keys.truncate(to: 0)
        for index in 0..<scratch.searcher.pool.count where scratch.searcher.pool.isAccepted(at: index) {
            let candidate = scratch.searcher.pool.node(at: index)
            guard candidate != node else { continue }
            scratch.keys.append(CandidatePool.key(candidate, scratch.searcher.pool.distance(at: index)))
        }
    }

    /// Chooses at most `limit` of the candidates, nearest first: each that is nearer to the centre than to every one
    /// chosen before it, so that the links lead in different directions (algorithm 4). Fewer candidates than `limit` are
    /// all taken.
    func choose(_ limit: Int, level: Int, using scratch: inout HNSWScratch) {
        let keys = scratch.keys.base
        let count = scratch.keys.count
        let chosen = scratch.chosen.base
        let chosenRows = scratch.chosenRows.base
        let distances = scratch.searcher.distances.base
        var taken = 0
        for index in 0..<count {
            guard taken < limit else { break }
            let node = CandidatePool.node(keys[index])
            let row = graph.row(node, level)
            if count >= limit {
                let bound = CandidatePool.distance(keys[index])
                let vector = graph.rows.vector(row)
                // The nearest to the centre reject most: a few are compared before the others.
                var compared = 0
                var isFree = true
                while isFree, compared < taken {
                    let some = min(compared == 0 ? 2 : 4, taken - compared)
                    graph.rows.distances(from: vector, to: chosenRows + compared, some, below: bound, into: distances)
                    for place in 0..<some where distances[place] < bound { isFree = false }
                    compared += some
                }
                guard isFree else { continue }
            }
            chosen[taken] = node
            chosenRows[taken] = row
            taken += 1
        }
        scratch.chosen.truncate(to: 0)
        scratch.chosen.append(placed: taken)
    }

    /// Writes the chosen neighbours into the node's list, and the node into theirs.
    private func connect(_ node: UInt32, level: Int, locks: some LinkLocks, using scratch: inout HNSWScratch) {
        let chosen = scratch.chosen.count
        locks.lock(node, level)
        write(scratch.chosen.base, chosen, to: list(node, level), level)
        locks.unlock(node, level)
        // The choice below works in the same memory.
        scratch.list.truncate(to: 0)
        scratch.list.append(copying: scratch.chosen.base, count: chosen)
        for index in 0..<chosen {
            addLink(from: scratch.list[index], to: node, level: level, locks: locks, using: &scratch)
        }
        scratch.chosen.truncate(to: 0)
        scratch.chosen.append(placed: chosen)
    }

    /// Adds a link to a list; a full list is chosen anew.
    private func addLink(
        from centre: UInt32, to node: UInt32, level: Int, locks: some LinkLocks, using scratch: inout HNSWScratch
    ) {
        locks.lock(centre, level)
        defer { locks.unlock(centre, level) }
        let list = list(centre, level)
        let width = graph.width(level)
        let length = length(list, level)
        // With several threads the other may have linked the two already.
        for place in 0..<length where list[place] == node { return }
        guard length == width else {
            list[length] = node
            return
        }
        let nodes = scratch.searcher.nodes.base
        nodes.update(from: list, count: length)
        nodes[length] = node
        rank(nodes, length + 1, around: centre, level: level, using: &scratch)
        choose(width, level: level, using: &scratch)
        write(scratch.chosen.base, scratch.chosen.count, to: list, level)
    }

    /// Makes nodes the candidates of a choice, by their distance to `centre`.
    func rank(
        _ nodes: UnsafeMutablePointer<UInt32>, _ count: Int, around centre: UInt32, level: Int,
        using scratch: inout HNSWScratch
    ) {
        let rows = scratch.listRows.base
        for index in 0..<count { rows[index] = graph.row(nodes[index], level) }
        graph.rows.distances(
            from: graph.rows.vector(graph.row(centre, level)), to: rows, count, into: scratch.distances.base)
        scratch.keys.truncate(to: 0)
        guard count <= 64 else {
            for index in 0..<count {
                scratch.keys.append(CandidatePool.key(nodes[index], scratch.distances.base[index]))
            }
            var all = UnsafeMutableBufferPointer(start: scratch.keys.base, count: count)
            all.sort()
            return
        }
        for index in 0..<count {
            insertKey(CandidatePool.key(nodes[index], scratch.distances.base[index]), &scratch.keys)
        }
    }

    /// Puts a key in its place among those that ascend.
    @inline(__always)
    private func insertKey(_ key: UInt64, _ keys: inout IndexArray<UInt64>) {
        keys.append(key)
        let base = keys.base
        var at = keys.count - 1
        while at > 0, base[at - 1] > key {
            base[at] = base[at - 1]
            at -= 1
        }
        base[at] = key
    }

    @inline(__always)
    func write(
        _ nodes: UnsafeMutablePointer<UInt32>, _ count: Int, to list: UnsafeMutablePointer<UInt32>, _ level: Int
    ) {
        list.update(from: nodes, count: count)
        (list + count).update(repeating: HNSWGraph.none, count: graph.width(level) - count)
    }
}
