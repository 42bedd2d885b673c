import CStrata

/// Search over a few bytes a row: the rows that look best by the sums of their parts are ranked exactly.
///
/// Not exact: a row that looks worse than it is may be missed. How many of the best rows are found depends on the data,
/// the number of parts and the number of candidates; it has to be measured, never assumed.
///
/// A searcher is for one thread, and keeps its memory: once it has seen its largest search it allocates nothing.
public struct ProductSearcher: ~Copyable {
    private static let runRows = 1_024

    public let dimensions: Int
    public let metric: SimilarityMetric
    private let kernels: UnsafePointer<strata_vector_kernels>
    private var tables = Scratch<Float>()
    private var vector = Scratch<Float>()
    private var scores = Scratch<Float>(runRows)
    private var places = Scratch<UInt32>(runRows)
    private var row: Scratch<Float>
    private var candidates: [TopK] = []
    private var ranking = TopK(capacity: 0)
    private var results = SearchResults()

    /// - Throws: `invalidArgument` when `dimensions` is not 1 to 65,536.
    public init(dimensions: Int, metric: SimilarityMetric) throws(StrataError) {
        guard (1...65_536).contains(dimensions) else {
            throw StrataError(.invalidArgument, "a search of \(dimensions) components; 1 to 65,536 are possible")
        }
        self.dimensions = dimensions
        self.metric = metric
        kernels = strata_vector_kernels()
        row = Scratch(dimensions)
    }

    /// Finds rows of a column that are similar to each of several queries.
    ///
    /// - Parameters:
    ///   - queries: one after another, `dimensions` components each.
    ///   - codes: the rows of `column` as bytes.
    ///   - limit: how many rows are wanted for each, 0 or more.
    ///   - candidates: how many rows are looked at exactly for each query; `limit` at least.
    ///   - filter: the rows that take part.
    /// - Throws: `invalidArgument` when the lengths, the metrics or the numbers of rows do not fit, a component is not
    ///   finite or a query is longer than 1e18.
    /// - Complexity: O((rows * parts + 256 * components) * queries).
    public mutating func search(
        _ queries: Span<Float>, in codes: borrowing ProductColumn, of column: borrowing VectorColumn, limit: Int,
        candidates wanted: Int, filter: some RowFilter = EveryRow()
    ) throws(StrataError) {
        let count = try SearchResults.queryCount(
            queries, dimensions: dimensions, column: column.dimensions, limit: limit)
        let quantizer = codes.quantizer
        guard quantizer.dimensions == dimensions, quantizer.metric == metric, codes.count == column.count,
            wanted >= limit
        else {
            throw StrataError(
                .invalidArgument,
                "bytes of \(codes.count) rows for \(quantizer.metric) do not belong to \(column.count) rows and a "
                    + "search for \(metric), or \(wanted) candidates are fewer than \(limit) results")
        }
        results.prepare(queries: count, limit: min(limit, column.count))
        guard results.limit > 0, count > 0 else { return }
        queries.withUnsafeBufferPointer { queries in
            prepare(queries.baseAddress!, count, quantizer, min(wanted, column.count))
            var start = 0
            while start < codes.count {
                let end = codes.endOfRun(from: start, limit: Self.runRows)
                filter.forEachRun(from: start, count: end - start, limit: Self.runRows) { first, rows in
                    for query in 0..<count {
                        scan(query, codes.codes(start + first), start + first, rows, quantizer.parts, filter)
                    }
                }
                start = end
            }
            for query in 0..<count { rank(query, queries.baseAddress! + query * dimensions, column) }
        }
    }

    /// How many queries the last search had.
    public var queryCount: Int { results.queryCount }

    /// What the last search found for a query, best first, ties in order of the row; scores are in double precision.
    ///
    /// - Precondition: `query` is below ``queryCount``.
    @_lifetime(borrow self)
    public func matches(ofQuery query: Int) -> Span<SimilarityMatch> { results.matches(ofQuery: query) }

    private mutating func prepare(
        _ queries: UnsafePointer<Float>, _ count: Int, _ quantizer: ProductQuantizer, _ wanted: Int
    ) {
        while candidates.count < count { candidates.append(TopK(capacity: 0)) }
        let pitch = quantizer.parts * ProductQuantizer.centreCount
        let room = quantizer.parts * quantizer.width
        tables.reserve(count * pitch)
        vector.reserve(room)
        for query in 0..<count {
            candidates[query].removeAll(capacity: wanted)
            vector.base.update(from: queries + query * dimensions, count: dimensions)
            for index in dimensions..<room { vector.base[index] = 0 }
            quantizer.tables(vector.base, into: tables.base + query * pitch)
        }
    }

    private mutating func scan(
        _ query: Int, _ codes: UnsafePointer<UInt8>, _ start: Int, _ count: Int, _ parts: Int, _ filter: some RowFilter
    ) {
        kernels.pointee.lookup(
            tables.base + query * parts * ProductQuantizer.centreCount, codes, parts, count, scores.base)
        let isFull = candidates[query].heap.count == candidates[query].capacity
        let floor = isFull ? Float(candidates[query].threshold).nextUp : -.infinity
        let found = kernels.pointee.collect(scores.base, count, metric.sign, floor, places.base)
        for index in 0..<found {
            let place = Int(places.base[index])
            let row = UInt32(start + place)
            guard filter.contains(row) else { continue }
            candidates[query].offer(ScoredRow(row: row, score: Double(scores.base[place] * metric.sign)))
        }
    }

    private mutating func rank(_ query: Int, _ vector: UnsafePointer<Float>, _ column: borrowing VectorColumn) {
        ranking.removeAll(capacity: results.limit)
        for index in candidates[query].heap.indices {
            let number = candidates[query].heap[index].row
            column.read(Int(number), into: row.base)
            ranking.offer(ScoredRow(row: number, score: metric.exactScore(vector, row.base, dimensions)))
        }
        results.take(&ranking, query: query)
    }
}
