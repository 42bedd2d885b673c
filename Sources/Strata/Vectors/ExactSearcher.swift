import CStrata

/// Exact search for the rows that are most similar to queries; one at a time, or several in one pass over the rows.
///
/// A first pass scores every row in single precision and keeps a few more than were asked for; these are scored again in
/// double precision, in order of the index, and ranked by that. When a row that was left out could still be better, by
/// the rounding error of single precision, a second pass takes in every such row. The ranking is therefore the one that
/// double precision gives over all rows.
///
/// Several queries are scored by the blocks of a matrix product (Goto and van de Geijn, "Anatomy of High-Performance
/// Matrix Multiplication", 2008): a tile of the results stays in registers, the rows of a block in the cache while every
/// query meets them.
///
/// A searcher is for one thread, and keeps its memory: once it has seen its largest search it allocates nothing.
public struct ExactSearcher: ~Copyable {
    /// Rows that one call of the kernel scores for one query: their scores stay in the first-level cache.
    static let blockRows = 1_024
    /// Rows kept beyond those asked for.
    static let margin = 16
    /// Scores of a panel that are kept between the kernel and the choice: they stay in the first-level cache.
    static let panelScores = 6_144
    /// Bytes of rows that are scored for one panel after the other: they stay in the second-level cache.
    static let panelRowBytes = 1 << 16
    /// Queries of one pass; more are cut into several passes.
    static let passQueries = 64

    public let dimensions: Int
    public let metric: SimilarityMetric
    let kernels: UnsafePointer<strata_vector_kernels>
    var scores = Scratch<Float>(max(blockRows, panelScores + 12 * passQueries))
    var squares = Scratch<Float>(blockRows)
    var unused = Scratch<Float>()
    var places = Scratch<UInt32>(max(blockRows, panelScores + 12 * passQueries))
    var floors = Scratch<Float>(2 * passQueries)
    var packed = Scratch<Float>()
    var widened = Scratch<Float>()
    private var row: Scratch<Float>
    /// The rows with the best scores in single precision, one heap a query.
    var candidates: [TopK] = []
    private var ranking = TopK(capacity: 0)
    private var results = SearchResults()

    /// - Throws: `invalidArgument` when `dimensions` is not 1 to 65,536.
    public init(dimensions: Int, metric: SimilarityMetric = .innerProduct) throws(StrataError) {
        guard (1...65_536).contains(dimensions) else {
            throw StrataError(.invalidArgument, "a search of \(dimensions) components; 1 to 65,536 are possible")
        }
        self.init(checked: dimensions, metric)
    }

    init(checked dimensions: Int, _ metric: SimilarityMetric) {
        self.dimensions = dimensions
        self.metric = metric
        kernels = strata_vector_kernels()
        row = Scratch(dimensions)
    }

    // MARK: Searching

    /// Finds the rows of a column that are most similar to each of several queries.
    ///
    /// - Parameters:
    ///   - queries: one after another, `dimensions` components each.
    ///   - limit: how many rows are wanted for each, 0 or more.
    ///   - filter: the rows that take part.
    /// - Throws: `invalidArgument` when the lengths do not fit, a component is not finite or a query is longer than 1e18.
    /// - Complexity: O(rows * components * queries), with the rows read once for 64 queries.
    public mutating func search(
        _ queries: Span<Float>, in column: borrowing VectorColumn, limit: Int, filter: some RowFilter = EveryRow()
    ) throws(StrataError) {
        let count = try SearchResults.queryCount(
            queries, dimensions: dimensions, column: column.dimensions, limit: limit)
        let bound = column.rowNormBound
        let blocks = column.blocks
        queries.withUnsafeBufferPointer { queries in
            if let base = queries.baseAddress {
                run(base, count, limit, blocks, bound, filter) { $0 }
            } else {
                prepare(0, 0)
            }
        }
    }

    /// How many queries the last search had.
    public var queryCount: Int { results.queryCount }

    /// What the last search found for a query, best first, ties in order of the row; scores are in double precision.
    ///
    /// - Precondition: `query` is below ``queryCount``.
    @_lifetime(borrow self)
    public func matches(ofQuery query: Int) -> Span<SimilarityMatch> { results.matches(ofQuery: query) }

    // MARK: Two passes

    /// The search over blocks of rows, in their order.
    ///
    /// - Parameters:
    ///   - queries: `count` times `dimensions` floats.
    ///   - rowNormBound: no row is longer.
    ///   - owner: what a row is known by in the results, and what ranks ties; nil when the row takes no part.
    mutating func run(
        _ queries: UnsafePointer<Float>, _ count: Int, _ limit: Int, _ blocks: [RowBlock], _ rowNormBound: Double,
        _ filter: some RowFilter, owner: (UInt32) -> UInt32?
    ) {
        var rows = 0
        for block in blocks { rows += block.count }
        prepare(count, min(limit, rows))
        guard results.limit > 0 else { return }
        scanAll(queries, count, blocks, filter, owner: owner)
        for query in 0..<count { finish(queries, query, blocks, rowNormBound, filter, owner: owner) }
    }

    /// Offers every row of the blocks to the candidates of every query.
    mutating func scanAll(
        _ queries: UnsafePointer<Float>, _ count: Int, _ blocks: [RowBlock], _ filter: some RowFilter,
        owner: (UInt32) -> UInt32?
    ) {
        var first = 0
        while first < count {
            let some = min(Self.passQueries, count - first)
            scan(queries + first * dimensions, first, some, blocks, filter, owner: owner)
            first += some
        }
    }

    /// Forgets the last search; room for `limit` results of `count` queries.
    mutating func prepare(_ count: Int, _ limit: Int) {
        while candidates.count < count { candidates.append(TopK(capacity: 0)) }
        for query in 0..<count { candidates[query].removeAll(capacity: limit + Self.margin) }
        results.prepare(queries: count, limit: limit)
    }

    /// Ranks the candidates of a query in double precision, and looks for others that might be better.
    mutating func finish(
        _ queries: UnsafePointer<Float>, _ query: Int, _ blocks: [RowBlock], _ rowNormBound: Double,
        _ filter: some RowFilter, owner: (UInt32) -> UInt32?
    ) {
        let vector = queries + query * dimensions
        ranking.removeAll(capacity: results.limit)
        for index in candidates[query].heap.indices {
            let row = candidates[query].heap[index].row
            rank(row, owner(row)!, vector, blocks)
        }
        if candidates[query].heap.count == candidates[query].capacity {
            let floor = metric.floor(
                score: ranking.threshold, dimensions: dimensions,
                queryNorm: strata_dot_exact(vector, vector, dimensions).squareRoot(), rowNorm: rowNormBound)
            if candidates[query].threshold >= floor {
                ranking.removeAll(capacity: results.limit)
                let bound = Self.roundedDown(floor)
                Self.forEachRun(blocks, filter, limit: Self.blockRows) { block, start, count in
                    let found = score(vector, block, start, count, floor: bound)
                    for index in 0..<found {
                        let row = block.firstRow + UInt32(start) + places.base[index]
                        if filter.contains(row), let id = owner(row) { rank(row, id, vector, blocks) }
                    }
                }
            }
        }
        results.take(&ranking, query: query)
    }

    private mutating func rank(_ row: UInt32, _ id: UInt32, _ query: UnsafePointer<Float>, _ blocks: [RowBlock]) {
        let values = RowBlock.components(of: row, in: blocks, dimensions: dimensions, room: self.row.base)
        ranking.offer(ScoredRow(row: id, score: metric.exactScore(query, values, dimensions)))
    }
}
