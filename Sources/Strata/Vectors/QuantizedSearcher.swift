import CStrata

/// Exact search that reads a quarter of the bytes: a first pass over bytes, and the rows in full where they matter.
///
/// The pass gives each row a score and a bound on what the bytes leave out, of the row and of the query: by the
/// inequality of Cauchy and Schwarz for products, by that of the triangle for distances. A row is looked at exactly
/// unless its best possible score is below the worst possible one of the rows that lead. The answer is therefore that of
/// ``ExactSearcher``, row for row; only the number of rows that are looked at depends on the data.
///
/// A searcher is for one thread, and keeps its memory: once it has seen its largest search it allocates nothing.
public struct QuantizedSearcher: ~Copyable {
    /// Rows of one query that wait to be looked at.
    private static let waitingLimit = 1_024

    public let dimensions: Int
    public let metric: SimilarityMetric
    private let kernels: UnsafePointer<strata_vector_kernels>
    private var dots = Scratch<Int32>(QuantizedColumn.groupRows)
    private var scores = Scratch<Float>(QuantizedColumn.groupRows)
    private var places = Scratch<UInt32>(QuantizedColumn.groupRows)
    private var codes = Scratch<Int8>()
    private var row: Scratch<Float>
    private var queries: [Query] = []
    private var results = SearchResults()
    /// Rows that the last search looked at exactly, over all its queries.
    public private(set) var exactRows = 0

    /// A query and what is known of its answer. All scores are keys: for distances the distance itself (not its
    /// square) below zero, for cosines the cosine times the length of the query.
    private struct Query {
        /// What a step of the query's bytes is worth.
        var scale = 0.0
        /// The length of the query that its bytes stand for, and of what they leave out.
        var reach = 0.0
        var spread = 0.0
        /// The length of the query.
        var norm = 0.0
        /// The product with the centre.
        var base = 0.0
        /// The worst keys that the best rows can have.
        var sure = TopK(capacity: 0)
        /// The exact scores of rows that were looked at.
        var exact = TopK(capacity: 0)
        /// Rows to look at, with the best keys that they can have.
        var waiting: [ScoredRow] = []

        /// A key that so many rows have as were asked for: no row below it is wanted.
        func floor(_ metric: SimilarityMetric) -> Double {
            let score = exact.threshold
            switch metric {
            case .innerProduct: return max(sure.threshold, score)
            // `norm` is a little too long.
            case .cosine: return max(sure.threshold, score * norm - score.magnitude * norm * 0x1p-18)
            case .squaredDistance: return max(sure.threshold, -(-score).squareRoot() * 1.000_000_1)
            }
        }
    }

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

    /// Finds the rows of a column that are most similar to each of several queries.
    ///
    /// - Parameters:
    ///   - queries: one after another, `dimensions` components each.
    ///   - codes: the rows of `column` as bytes.
    ///   - limit: how many rows are wanted for each, 0 or more.
    ///   - filter: the rows that take part.
    /// - Throws: `invalidArgument` when the lengths, the metrics or the numbers of rows do not fit, a component is not
    ///   finite or a query is longer than 1e18.
    /// - Complexity: O(rows * components * queries), with the bytes read once for all queries.
    public mutating func search(
        _ queries: Span<Float>, in codes: borrowing QuantizedColumn, of column: borrowing VectorColumn, limit: Int,
        filter: some RowFilter = EveryRow()
    ) throws(StrataError) {
        let count = try SearchResults.queryCount(
            queries, dimensions: dimensions, column: column.dimensions, limit: limit)
        guard codes.quantizer.dimensions == dimensions, codes.quantizer.metric == metric, codes.count == column.count
        else {
            throw StrataError(
                .invalidArgument,
                "bytes of \(codes.count) rows for \(codes.quantizer.metric) do not belong to \(column.count) rows and "
                    + "a search for \(metric)", remedy: "encode every row with a quantizer of the same metric")
        }
        results.prepare(queries: count, limit: min(limit, column.count))
        exactRows = 0
        guard results.limit > 0, count > 0 else { return }
        queries.withUnsafeBufferPointer { queries in
            let base = queries.baseAddress!
            prepare(base, count, codes)
            var start = 0
            while start < codes.count {
                let end = codes.endOfGroup(from: start)
                let bounds = codes.groups[codes.groupIndex(ofRow: start)]
                if type(of: filter) == EveryRow.self {
                    for query in 0..<count { scan(query, start, end - start, bounds, codes, column, filter, base) }
                } else {
                    filter.forEachRun(from: start, count: end - start, limit: QuantizedColumn.groupRows) {
                        first, rows in
                        for query in 0..<count {
                            scan(query, start + first, rows, bounds, codes, column, filter, base)
                        }
                    }
                }
                start = end
            }
            for query in 0..<count {
                look(query, column, base)
                finish(query)
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

    // MARK: Queries as bytes

    private mutating func prepare(
        _ vectors: UnsafePointer<Float>, _ count: Int, _ column: borrowing QuantizedColumn
    ) {
        while queries.count < count {
            queries.append(Query())
            queries[queries.count - 1].waiting.reserveCapacity(Self.waitingLimit)
        }
        codes.reserve(count * column.stride)
        for query in 0..<count {
            let vector = vectors + query * dimensions
            let bytes = codes.base + query * column.stride
            bytes.update(repeating: 0, count: column.stride)
            queries[query].sure.removeAll(capacity: results.limit)
            queries[query].exact.removeAll(capacity: results.limit)
            queries[query].waiting.removeAll(keepingCapacity: true)
            column.quantizer.centre.withUnsafeBufferPointer { centre in
                // A distance is that of the query without the centre to the row without it.
                let isDistance = metric == .squaredDistance
                var largest = 0.0
                for index in 0..<dimensions {
                    let value = Double(vector[index]) - (isDistance ? Double(centre[index]) : 0)
                    largest = max(largest, value.magnitude)
                }
                let scale = largest / 127
                let inverse = scale > 0 ? 1 / scale : 0
                var (lost, kept, base) = (0.0, 0, 0.0)
                for index in 0..<dimensions {
                    let value = Double(vector[index]) - (isDistance ? Double(centre[index]) : 0)
                    let code = max(-127, min(127, (value * inverse).rounded(.toNearestOrEven)))
                    bytes[index] = Int8(code)
                    lost += (value - code * scale) * (value - code * scale)
                    kept += Int(code) * Int(code)
                    base += Double(vector[index]) * Double(centre[index])
                }
                queries[query].scale = scale
                queries[query].spread = lost.squareRoot() * 1.000_001
                queries[query].reach = Double(kept).squareRoot() * scale
                queries[query].base = base
                queries[query].norm = strata_dot_exact(vector, vector, dimensions).squareRoot() * 1.000_001
            }
        }
    }

    // MARK: The pass over the bytes

    /// Scores rows of one group for one query, and notes those that may be among the best.
    @inline(__always)
    private mutating func scan(
        _ query: Int, _ start: Int, _ count: Int, _ bounds: QuantizedColumn.Bounds, _ column: borrowing QuantizedColumn,
        _ vectors: borrowing VectorColumn, _ filter: some RowFilter, _ base: UnsafePointer<Float>
    ) {
        let (scale, length) = (queries[query].scale, queries[query].reach)
        kernels.pointee.dot_i8(
            codes.base + query * column.stride, column.codes(start), column.stride, count, column.stride, dots.base)
        let isDistance = metric == .squaredDistance
        column.scales.withUnsafeBufferPointer { scales in
            column.squares.withUnsafeBufferPointer { squares in
                kernels.pointee.scale_i8(
                    dots.base, scales.baseAddress! + start, isDistance ? squares.baseAddress! + start : nil, count,
                    Float(isDistance ? 2 * scale : scale), -1, scores.base)
            }
        }
        let (reach, spread) = (Double(bounds.reach), Double(bounds.spread))
        // What the bytes leave out, and what single precision adds to that: a few roundings of a number that is at most
        // the product of the lengths, or a square of their sum.
        var slack: Double
        let noise: Double
        if isDistance {
            slack = queries[query].spread + spread
            noise = 0x1p-20 * (length + reach) * (length + reach) + 0x1p-117
        } else {
            slack =
                queries[query].spread * reach + queries[query].norm * spread
                + 0x1p-20 * (length * reach + queries[query].base.magnitude) + 0x1p-118
            noise = 0
        }
        // A step that single precision can hardly hold: such a query learns nothing from the bytes.
        if scale != 0, scale < 0x1p-100 { slack = .infinity }
        let square = length * length
        let base0 = queries[query].base
        var floor = queries[query].floor(metric)
        let bound = isDistance ? square - (slack - floor) * (slack - floor) - noise : floor - base0 - slack
        let found = kernels.pointee.collect(
            scores.base, count, 1, floor == -.infinity ? -.infinity : ExactSearcher.roundedDown(bound), places.base)
        for index in 0..<found {
            let place = Int(places.base[index])
            let row = UInt32(start + place)
            guard filter.contains(row) else { continue }
            let score = Double(scores.base[place])
            let best: Double
            let worst: Double
            if isDistance {
                best = -max(0, max(0, square - score - noise).squareRoot() - slack)
                worst = -(max(0, square - score + noise).squareRoot() + slack)
            } else {
                best = base0 + score + slack
                worst = base0 + score - slack
            }
            guard best >= floor else { continue }
            if queries[query].waiting.count == Self.waitingLimit { thin(query, vectors, base) }
            queries[query].waiting.append(ScoredRow(row: row, score: best))
            queries[query].sure.offer(ScoredRow(row: row, score: worst))
            floor = queries[query].floor(metric)
        }
    }

    /// Makes room among the rows that wait: without those that are out of question by now, or by looking at all.
    private mutating func thin(_ query: Int, _ column: borrowing VectorColumn, _ vectors: UnsafePointer<Float>) {
        let floor = queries[query].floor(metric)
        queries[query].waiting.removeAll { $0.score < floor }
        if queries[query].waiting.count > Self.waitingLimit / 2 { look(query, column, vectors) }
    }

    /// Scores the rows that wait in double precision.
    private mutating func look(_ query: Int, _ column: borrowing VectorColumn, _ vectors: UnsafePointer<Float>) {
        let vector = vectors + query * dimensions
        let floor = queries[query].floor(metric)
        let bytes = dimensions * column.format.width
        for candidate in queries[query].waiting where candidate.score >= floor {
            let place = column.address(Int(candidate.row))
            var offset = 0
            while offset < min(bytes, 1_024) {
                strata_prefetch(place + offset)
                offset += 64
            }
        }
        for index in queries[query].waiting.indices where queries[query].waiting[index].score >= floor {
            let number = queries[query].waiting[index].row
            let score: Double
            if column.format == .float32 {
                let values = column.address(Int(number)).assumingMemoryBound(to: Float.self)
                score = metric.exactScore(vector, values, dimensions)
            } else {
                column.read(Int(number), into: row.base)
                score = metric.exactScore(vector, row.base, dimensions)
            }
            queries[query].exact.offer(ScoredRow(row: number, score: score))
            exactRows += 1
        }
        queries[query].waiting.removeAll(keepingCapacity: true)
    }

    private mutating func finish(_ query: Int) { results.take(&queries[query].exact, query: query) }
}
