/// Comparison with every row that may be an answer: where it is cheaper than a walk, and what recall is measured against.
enum ExactRows {
    /// Rows compared by one call of the kernel.
    static let batch = 256

    /// The nearest rows among those that are accepted, in the searcher's pool.
    ///
    /// - Complexity: O(rows), and O(dimensions) for each accepted one.
    static func search(
        _ rows: IndexRows, count: Int, limit: Int, accepting acceptance: some RowAcceptance,
        using searcher: inout IndexSearcher
    ) throws(StrataError) {
        try searcher.pool.start(breadth: limit, room: limit)
        try searcher.reserve(batch: batch)
        var pending = 0
        for row in 0..<UInt32(truncatingIfNeeded: count) where acceptance.accepts(row) {
            searcher.nodes.base[pending] = row
            pending += 1
            if pending == batch { compare(rows, &pending, using: &searcher) }
        }
        compare(rows, &pending, using: &searcher)
    }

    /// The same for rows that are looked up by the identifiers of a filter: for filters that hold few of them.
    ///
    /// - Complexity: O(the filter's words), and a look-up and O(dimensions) for each identifier.
    static func search(
        _ rows: IndexRows, limit: Int, filter: IdentifierFilter, using searcher: inout IndexSearcher,
        rowOf: (UInt32) -> UInt32?
    ) throws(StrataError) {
        try searcher.pool.start(breadth: limit, room: limit)
        try searcher.reserve(batch: batch)
        var pending = 0
        for index in 0..<filter.wordCount {
            var word = filter.words[index]
            while word != 0 {
                let id = UInt32(truncatingIfNeeded: index << 6 | word.trailingZeroBitCount)
                word &= word &- 1
                guard let row = rowOf(id) else { continue }
                searcher.nodes.base[pending] = row
                pending += 1
                if pending == batch { compare(rows, &pending, using: &searcher) }
            }
        }
        compare(rows, &pending, using: &searcher)
    }

    private static func compare(_ rows: IndexRows, _ pending: inout Int, using searcher: inout IndexSearcher) {
        let nodes = searcher.nodes.base
        let distances = searcher.distances.base
        rows.distances(from: searcher.query.base, to: nodes, pending, below: searcher.pool.bound, into: distances)
        searcher.distanceCount += pending
        for index in 0..<pending where distances[index] < searcher.pool.bound {
            searcher.pool.offer(nodes[index], distances[index], isAccepted: true)
        }
        pending = 0
    }
}
