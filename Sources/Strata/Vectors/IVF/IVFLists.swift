/// Inverted lists as searches read them: in memory that an index owns, or in place in a section's bytes.
///
/// Invariant: for as long as the owner of the memory lives and does not change it, `centroids` has `lists.count` rows, and
/// each list `count` identifiers and as many vectors, `stride` bytes from one to the next. What is in them may be
/// anything.
struct IVFLists: BitwiseCopyable {
    struct List: BitwiseCopyable {
        var ids: UnsafePointer<UInt32>
        var vectors: UnsafeRawPointer
        var count: Int
    }

    let centroids: IndexRows
    let lists: UnsafePointer<List>
    let listCount: Int
    /// Vectors in all lists.
    let count: Int
    let stride: Int

    func rows(of list: Int) -> IndexRows {
        IndexRows(
            base: lists[list].vectors, stride: stride, dimensions: centroids.dimensions, metric: centroids.metric)
    }

    /// Answers a query: the lists of the `breadth` nearest centroids are read; all of them, where that takes no more.
    func answer(
        _ query: Span<Float>, _ asked: IndexQuery, filter: IdentifierFilter?, using searcher: inout IndexSearcher
    ) throws(StrataError) -> SearchPlan {
        try asked.check()
        let plan = plan(asked, filter: filter)
        var breadth = plan.method == .lists ? min(asked.breadth, listCount) : listCount
        let limit = min(asked.limit, max(count, 1))
        try searcher.start(query, rows: centroids, limit: limit, batch: max(listCount, ExactRows.batch))
        let candidates = filter.map { min($0.count, count) } ?? count
        let found = try read(breadth, limit, filter, using: &searcher)
        guard found < min(limit, candidates), breadth < listCount else { return plan }
        // Too few lie in these lists: the others are read too.
        breadth = listCount
        _ = try read(breadth, limit, filter, using: &searcher)
        return SearchPlan(method: .exact, reason: .tooFewMet(found: found, wanted: min(limit, candidates)))
    }

    /// Whether to read the nearest lists only.
    func plan(_ asked: IndexQuery, filter: IdentifierFilter?) -> SearchPlan {
        let breadth = min(asked.breadth, listCount)
        if let filter, !asked.prefersIndex, filter.count * breadth <= listCount * asked.limit {
            // The lists that are read would hold fewer accepted vectors than are asked for.
            let candidates = min(filter.count, count)
            return SearchPlan(method: .exact, reason: .narrowFilter(candidates: candidates, cost: count))
        }
        let cost = SearchCost.lists(breadth: breadth, lists: listCount, vectors: count)
        // All lists are read for a filter too: what it leaves does not make that cheaper.
        return SearchCost.plan(asked, .lists, cost, vectors: count, candidates: nil)
    }

    /// Reads the lists of the nearest centroids, and takes the nearest vectors in them as the searcher's answer.
    ///
    /// - Returns: how many there are.
    private func read(
        _ breadth: Int, _ limit: Int, _ filter: IdentifierFilter?, using searcher: inout IndexSearcher
    ) throws(StrataError) -> Int {
        let query = UnsafePointer(searcher.query.base)
        try searcher.pool.start(breadth: breadth, room: breadth)
        if breadth < listCount {
            centroids.distances(from: query, toRowsFrom: 0, listCount, into: searcher.distances.base)
            searcher.distanceCount += listCount
            for list in 0..<listCount where searcher.distances.base[list] < searcher.pool.bound {
                searcher.pool.offer(UInt32(list), searcher.distances.base[list], isAccepted: true)
            }
            for place in 0..<searcher.pool.count { searcher.nodes.base[place] = searcher.pool.node(at: place) }
        } else {
            for list in 0..<listCount { searcher.nodes.base[list] = UInt32(list) }
        }
        let chosen = breadth < listCount ? searcher.pool.count : listCount
        try searcher.best.start(limit)
        for place in 0..<chosen {
            read(list: Int(searcher.nodes.base[place]), query, filter, using: &searcher)
        }
        searcher.collectBest(shape: centroids)
        return searcher.matches.count
    }

    private func read(
        list: Int, _ query: UnsafePointer<Float>, _ filter: IdentifierFilter?, using searcher: inout IndexSearcher
    ) {
        let ids = lists[list].ids
        let count = lists[list].count
        let rows = rows(of: list)
        let distances = searcher.distances.base
        var start = 0
        while start < count {
            let length = min(ExactRows.batch, count - start)
            // As far as the last that is taken is: an equal one may have a smaller identifier.
            let bound = searcher.best.bound.nextUp
            if let filter {
                // Only what may be an answer is compared.
                let picked = searcher.rows.base
                var taken = 0
                for place in start..<start + length where filter.contains(ids[place]) {
                    picked[taken] = UInt32(truncatingIfNeeded: place)
                    taken += 1
                }
                rows.distances(from: query, to: picked, taken, below: bound, into: distances)
                searcher.distanceCount += taken
                for index in 0..<taken { searcher.best.offer(ids[Int(picked[index])], distances[index]) }
            } else {
                rows.distances(from: query, toRowsFrom: start, length, below: bound, into: distances)
                searcher.distanceCount += length
                for index in 0..<length where distances[index] <= searcher.best.bound {
                    searcher.best.offer(ids[start + index], distances[index])
                }
            }
            start += length
        }
    }
}
