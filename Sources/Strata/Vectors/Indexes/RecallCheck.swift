/// How much of the truth an index finds, measured: sampled vectors of the index are asked for their neighbours, once by the
/// index and once by comparison with all.
public struct RecallCheck: Sendable, Equatable {
    /// Vectors that were asked for.
    public var queries: Int
    public var asked: IndexQuery
    /// The mean share of the true nearest that the index found; the vector itself does not count.
    public var recall: Double
    /// Distances that the index computed for a query, on average.
    public var meanDistances: Double
    /// Vectors that a comparison with all goes over.
    public var vectors: Int

    /// - Parameters:
    ///   - sample: queries; each costs a comparison with all vectors.
    ///   - vector: one of the index's vectors by a number below `vectors`; nil where there is none.
    ///   - search: asks the index.
    ///   - exact: compares with all.
    static func measure(
        sample: Int, asked: IndexQuery, vectors: Int, seed: UInt64, dimensions: Int,
        using searcher: inout IndexSearcher, vector: (Int) -> (id: UInt32, values: UnsafePointer<Float>)?,
        search: (Span<Float>, IndexQuery, inout IndexSearcher) throws(StrataError) -> Void,
        exact: (Span<Float>, Int, inout IndexSearcher) throws(StrataError) -> Void
    ) throws(StrataError) -> RecallCheck {
        try asked.check()
        guard sample > 0 else {
            throw StrataError(.invalidArgument, "recall is measured with \(sample) queries", remedy: "give at least 1")
        }
        // One more is asked for: the vector itself is found too.
        var wider = asked
        wider.limit = min(asked.limit + 1, IndexQuery.largest)
        wider.prefersIndex = true
        var random = LevelGenerator(seed: seed, links: 2)
        var (queries, shares, distances) = (0, 0.0, 0)
        for _ in 0..<(vectors > 1 ? sample : 0) {
            guard let (id, values) = vector(random.below(vectors)) else { continue }
            let query = unsafe Span(_unsafeStart: values, count: dimensions)
            try exact(query, wider.limit, &searcher)
            let truth = searcher.matchArray.filter { $0.id != id }.prefix(asked.limit)
            guard let worst = truth.last?.distance else { continue }
            try search(query, wider, &searcher)
            distances += searcher.distanceCount
            // Equal distances are equally good.
            let found = searcher.matchArray.filter { $0.id != id && $0.distance <= worst }
            shares += Double(min(found.count, truth.count)) / Double(truth.count)
            queries += 1
        }
        return RecallCheck(
            queries: queries, asked: asked, recall: queries == 0 ? 1 : shares / Double(queries),
            meanDistances: queries == 0 ? 0 : Double(distances) / Double(queries), vectors: vectors)
    }
}

extension HNSWIndex {
    /// Measures the recall of a query's limits on vectors of the index.
    ///
    /// - Complexity: O(sample * count * dimensions).
    public func checkRecall(
        _ asked: IndexQuery = IndexQuery(), sample: Int = 100, seed: UInt64 = 1, using searcher: inout IndexSearcher
    ) throws(StrataError) -> RecallCheck {
        let graph = graph
        return try RecallCheck.measure(
            sample: sample, asked: asked, vectors: rowCount, seed: seed, dimensions: parameters.dimensions,
            using: &searcher,
            vector: { row in
                guard states[row] == .live else { return nil }
                return (ids[row], graph.rows.vector(UInt32(row)))
            },
            search: { (query, asked, searcher) throws(StrataError) in
                try search(query, asked, using: &searcher)
            },
            exact: { (query, limit, searcher) throws(StrataError) in
                try searchExactly(query, limit: limit, using: &searcher)
            })
    }

    /// The smallest breadth, of those that double and their middles, at which the sampled recall is at least `recall`; nil
    /// when none up to `most` reaches it.
    public func breadth(
        forRecall recall: Double, limit: Int = 10, most: Int = 4_096, sample: Int = 100, seed: UInt64 = 1,
        using searcher: inout IndexSearcher
    ) throws(StrataError) -> Int? {
        var breadth = max(limit, 8)
        while breadth <= most {
            for candidate in [breadth, breadth + breadth / 2] where candidate <= most {
                let check = try checkRecall(
                    IndexQuery(limit: limit, breadth: candidate), sample: sample, seed: seed, using: &searcher)
                if check.recall >= recall { return candidate }
            }
            breadth *= 2
        }
        return nil
    }
}

extension IVFIndex {
    /// Measures the recall of a query's limits on vectors of the index.
    ///
    /// - Complexity: O(sample * count * dimensions).
    public func checkRecall(
        _ asked: IndexQuery = IndexQuery(), sample: Int = 100, seed: UInt64 = 1, using searcher: inout IndexSearcher
    ) throws(StrataError) -> RecallCheck {
        try RecallCheck.measure(
            sample: sample, asked: asked, vectors: entryIDs.count, seed: seed, dimensions: parameters.dimensions,
            using: &searcher,
            vector: { entry in
                let id = entryIDs[entry]
                guard table.row(of: id, ids: entryIDs.base) == UInt32(entry) else { return nil }
                let place = places[entry]
                return (id, lists.rows(of: Int(place.list)).vector(place.position))
            },
            search: { (query, asked, searcher) throws(StrataError) in
                try search(query, asked, using: &searcher)
            },
            exact: { (query, limit, searcher) throws(StrataError) in
                try searchExactly(query, limit: limit, using: &searcher)
            })
    }
}
