extension HNSWGraph {
    /// Answers a query: by the graph, or exactly where that takes less or the graph does not find enough.
    ///
    /// - Parameters:
    ///   - filter: the identifiers that may be answers; nil for all.
    ///   - rowOf: the live row of an identifier.
    func answer(
        _ query: Span<Float>, _ asked: IndexQuery, filter: IdentifierFilter?, using searcher: inout IndexSearcher,
        rowOf: (UInt32) -> UInt32?
    ) throws(StrataError) -> SearchPlan {
        try asked.check()
        let limit = min(asked.limit, max(rowCount, 1))
        try searcher.start(query, rows: rows, limit: limit, batch: max(2 * width, ExactRows.batch))
        let plan = plan(asked, filter: filter)
        guard plan.method == .graph else {
            try exact(limit: limit, filter: filter, using: &searcher, rowOf: rowOf)
            return plan
        }
        let breadth = min(max(asked.breadth, limit), rowCount)
        let candidates = filter.map { min($0.count, liveCount) } ?? liveCount
        if let filter {
            // Room for those that are passed through on the way to enough that count.
            let room = min(rowCount, 64 + 2 * breadth * (rowCount / max(candidates, 1) + 1))
            try search(
                breadth: breadth, room: room, accepting: FilteredRows(ids: ids, filter: filter, states: states),
                using: &searcher)
        } else if let states {
            let room = min(rowCount, 4 * breadth + 256)
            try search(breadth: breadth, room: room, accepting: LiveRows(states: states), using: &searcher)
        } else {
            try search(breadth: breadth, room: breadth, accepting: Unfiltered(), using: &searcher)
        }
        let found = min(searcher.pool.accepted, limit)
        guard found >= min(limit, candidates) else {
            try exact(limit: limit, filter: filter, using: &searcher, rowOf: rowOf)
            return SearchPlan(method: .exact, reason: .tooFewMet(found: found, wanted: min(limit, candidates)))
        }
        searcher.collect(limit: limit, ids: ids, shape: rows)
        return plan
    }

    /// Whether to walk the graph.
    func plan(_ asked: IndexQuery, filter: IdentifierFilter?) -> SearchPlan {
        let cost = SearchCost.graph(
            breadth: max(asked.breadth, asked.limit), links: width, vectors: liveCount,
            candidates: filter?.count ?? liveCount)
        return SearchCost.plan(asked, .graph, cost, vectors: liveCount, candidates: filter?.count)
    }

    /// Compares every vector that may be an answer.
    func exact(
        limit: Int, filter: IdentifierFilter?, using searcher: inout IndexSearcher, rowOf: (UInt32) -> UInt32?
    ) throws(StrataError) {
        if let filter {
            // A look-up costs about as much as eight rows that are passed by.
            if filter.count < rowCount / 8, filter.wordCount < rowCount {
                try ExactRows.search(rows, limit: limit, filter: filter, using: &searcher, rowOf: rowOf)
            } else {
                try ExactRows.search(
                    rows, count: rowCount, limit: limit,
                    accepting: FilteredRows(ids: ids, filter: filter, states: states), using: &searcher)
            }
        } else if let states {
            try ExactRows.search(
                rows, count: rowCount, limit: limit, accepting: LiveRows(states: states), using: &searcher)
        } else {
            try ExactRows.search(rows, count: rowCount, limit: limit, accepting: Unfiltered(), using: &searcher)
        }
        searcher.collect(limit: limit, ids: ids, shape: rows)
    }
}
