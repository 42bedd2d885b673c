/// What a search found: a list for each of its queries, in memory that the next search uses again.
struct SearchResults: ~Copyable {
    private var matches = Scratch<SimilarityMatch>()
    private var counts: [Int] = []
    /// Room a query has.
    private(set) var limit = 0

    var queryCount: Int { counts.count }

    /// Forgets what is there, and makes room.
    mutating func prepare(queries: Int, limit: Int) {
        counts.removeAll(keepingCapacity: true)
        for _ in 0..<queries { counts.append(0) }
        self.limit = limit
        matches.reserve(queries * limit)
    }

    /// Writes down what a heap holds, best first.
    mutating func take(_ best: inout TopK, query: Int) {
        best.sort()
        counts[query] = best.heap.count
        let room = matches.base + query * limit
        for index in best.heap.indices {
            let entry = best.heap[index]
            (room + index).initialize(to: SimilarityMatch(id: entry.row, score: entry.score))
        }
    }

    @_lifetime(borrow self)
    func matches(ofQuery query: Int) -> Span<SimilarityMatch> {
        precondition(query >= 0 && query < counts.count)
        // The results are written by the next search only, which has to wait for this borrow to end.
        let found = unsafe Span(_unsafeStart: matches.base + query * limit, count: counts[query])
        return unsafe _overrideLifetime(found, borrowing: self)
    }

    /// The number of queries that lie one after another.
    ///
    /// - Throws: `invalidArgument` when they or the limit do not fit, or one cannot be asked.
    static func queryCount(
        _ queries: Span<Float>, dimensions: Int, column: Int, limit: Int
    ) throws(StrataError) -> Int {
        guard column == dimensions, queries.count % dimensions == 0, limit >= 0 else {
            throw StrataError(
                .invalidArgument,
                "\(queries.count) numbers of queries for \(limit) results of a column of \(column) components "
                    + "do not fit a search of \(dimensions)")
        }
        let count = queries.count / dimensions
        for query in 0..<count
        where !EmbeddingColumn.isUsable(queries.extracting(query * dimensions..<(query + 1) * dimensions)) {
            throw StrataError(
                .invalidArgument, "query \(query) has a component that is not finite, or is longer than 1e18")
        }
        return count
    }
}
