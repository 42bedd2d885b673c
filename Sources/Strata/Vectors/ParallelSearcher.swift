/// ``ExactSearcher`` on several threads: each scans its part of the rows, and the candidates of all are ranked together.
/// The answer is the same, whatever the number of threads.
///
/// A searcher is used by one thread at a time. The others wait in between, and it keeps its memory: once it has seen its
/// largest search it allocates nothing.
public struct ParallelSearcher: ~Copyable {
    /// Components of rows, times queries, that are worth another thread's waking.
    private let smallestPart: Int
    private var searcher: ExactSearcher
    private let team: SearchTeam?
    private var ownBlocks: [RowBlock] = []

    /// Threads that scan, the one that asks included.
    public let threadCount: Int

    /// - Parameter threads: 1 to 256.
    /// - Throws: `invalidArgument` when `dimensions` is not 1 to 65,536 or the number of threads is out of bounds,
    ///   `ioFailure` when the system has no more threads.
    public init(
        dimensions: Int, metric: SimilarityMetric = .innerProduct, threads: Int
    ) throws(StrataError) {
        try self.init(dimensions: dimensions, metric: metric, threads: threads, smallestPart: 1 << 20)
    }

    init(dimensions: Int, metric: SimilarityMetric, threads: Int, smallestPart: Int) throws(StrataError) {
        guard (1...256).contains(threads) else {
            throw StrataError(.invalidArgument, "a search on \(threads) threads; 1 to 256 are possible")
        }
        let own = try ExactSearcher(dimensions: dimensions, metric: metric)
        team = try threads > 1 ? SearchTeam.start(threads - 1, dimensions: dimensions, metric: metric) : nil
        searcher = own
        self.smallestPart = smallestPart
        threadCount = threads
    }

    deinit { team?.stop() }

    /// Components of a row.
    public var dimensions: Int { searcher.dimensions }
    /// What ranks the rows.
    public var metric: SimilarityMetric { searcher.metric }

    /// Finds the rows of a column that are most similar to each of several queries.
    ///
    /// - Parameters:
    ///   - queries: one after another, `dimensions` components each.
    ///   - limit: how many rows are wanted for each, 0 or more.
    ///   - filter: the rows that take part; nil for all.
    /// - Throws: as ``ExactSearcher/search(_:in:limit:filter:)``.
    /// - Complexity: O(rows * components * queries / threads).
    public mutating func search(
        _ queries: Span<Float>, in column: borrowing VectorColumn, limit: Int, filter: RowBitmap? = nil
    ) throws(StrataError) {
        let count = queries.count / dimensions
        let work = column.count * max(count, 1)
        guard let team, limit > 0, count > 0, work >= smallestPart / dimensions * threadCount else {
            if let filter {
                try searcher.search(queries, in: column, limit: limit, filter: filter)
            } else {
                try searcher.search(queries, in: column, limit: limit)
            }
            return
        }
        _ = try SearchResults.queryCount(queries, dimensions: dimensions, column: column.dimensions, limit: limit)
        let blocks = column.blocks
        let rows = column.count
        let bound = column.rowNormBound
        for number in 0..<threadCount {
            let (start, end) = (rows * number / threadCount, rows * (number + 1) / threadCount)
            if number == 0 {
                Self.cut(blocks, from: start, to: end, into: &ownBlocks)
            } else {
                Self.cut(blocks, from: start, to: end, into: &team.workers[number - 1].blocks)
            }
        }
        queries.withUnsafeBufferPointer { queries in
            let base = queries.baseAddress!
            let limit = min(limit, rows)
            team.begin(SearchTeam.Job(queries: base, count: count, limit: limit, filter: filter))
            searcher.prepare(count, limit)
            if let filter {
                searcher.scanAll(base, count, ownBlocks, filter) { $0 }
            } else {
                searcher.scanAll(base, count, ownBlocks, EveryRow()) { $0 }
            }
            team.wait()
            for worker in team.workers {
                for query in 0..<count {
                    for index in worker.searcher.candidates[query].heap.indices {
                        searcher.candidates[query].offer(worker.searcher.candidates[query].heap[index])
                    }
                }
            }
            for query in 0..<count {
                if let filter {
                    searcher.finish(base, query, blocks, bound, filter) { $0 }
                } else {
                    searcher.finish(base, query, blocks, bound, EveryRow()) { $0 }
                }
            }
        }
    }

    /// How many queries the last search had.
    public var queryCount: Int { searcher.queryCount }

    /// What the last search found for a query, best first, ties in order of the row; scores are in double precision.
    ///
    /// - Precondition: `query` is below ``queryCount``.
    @_lifetime(borrow self)
    public func matches(ofQuery query: Int) -> Span<SimilarityMatch> { searcher.matches(ofQuery: query) }

    /// The part of the blocks that holds the rows from `start` to `end`.
    private static func cut(_ blocks: [RowBlock], from start: Int, to end: Int, into part: inout [RowBlock]) {
        part.removeAll(keepingCapacity: true)
        for block in blocks {
            let first = max(start - Int(block.firstRow), 0)
            let last = min(end - Int(block.firstRow), block.count)
            guard first < last else { continue }
            part.append(
                RowBlock(
                    firstRow: block.firstRow + UInt32(first), base: block.address(first), count: last - first,
                    stride: block.stride, format: block.format))
        }
    }
}
