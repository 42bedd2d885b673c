/// The memory that searches work in, and the answer of the last one.
///
/// It grows to what a query asks for and is kept: from the second like query on, a search takes nothing from the
/// allocator. One searcher serves any number of indexes, one query at a time; each thread has its own.
public struct IndexSearcher: ~Copyable {
    var pool = CandidatePool()
    var visited = VisitedSet()
    /// The query, scaled where the metric asks for it.
    var query = IndexArray<Float>()
    /// Nodes to be looked at, the rows of their vectors, and their distances.
    var nodes = IndexArray<UInt32>()
    var rows = IndexArray<UInt32>()
    var distances = IndexArray<Float>()
    /// The nearest of inverted lists.
    var best = NearestIdentifiers()
    private var found = IndexArray<IndexMatch>()
    /// Distances computed by the last search.
    public internal(set) var distanceCount = 0

    public init() {}

    /// The answer of the last search, nearest first; equal distances in an order of the index's own.
    public var matches: Span<IndexMatch> {
        @_lifetime(borrow self)
        get {
            let span = unsafe Span(_unsafeStart: UnsafePointer(found.base), count: found.count)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// A copy of ``matches``.
    public var matchArray: [IndexMatch] { Array(UnsafeBufferPointer(start: found.base, count: found.count)) }

    /// Bytes held from the process's allocator.
    public var reservedBytes: Int {
        pool.reservedBytes + visited.reservedBytes + query.reservedBytes + nodes.reservedBytes + rows.reservedBytes
            + distances.reservedBytes + best.reservedBytes + found.reservedBytes
    }

    /// Makes room for `limit` matches and batches of `batch` nodes, and takes the query in.
    mutating func start(
        _ query: Span<Float>, rows shape: IndexRows, limit: Int, batch: Int
    ) throws(StrataError) {
        distanceCount = 0
        found.truncate(to: 0)
        try found.reserve(limit)
        try reserve(batch: batch)
        try self.query.reserve(shape.dimensions)
        try IndexVector.copy(query, dimensions: shape.dimensions, metric: shape.metric, to: self.query.base)
    }

    /// Makes room for batches of so many nodes.
    mutating func reserve(batch: Int) throws(StrataError) {
        try nodes.reserve(batch)
        try rows.reserve(batch)
        try distances.reserve(batch)
    }

    /// Takes ``best`` as the answer.
    mutating func collectBest(shape: IndexRows) {
        found.truncate(to: 0)
        for index in 0..<best.count {
            found.append(IndexMatch(id: best.id(at: index), distance: shape.reported(best.distance(at: index))))
        }
    }

    /// Takes the nearest `limit` results of the pool as the answer.
    mutating func collect(limit: Int, ids: UnsafePointer<UInt32>, shape: IndexRows) {
        found.truncate(to: 0)
        for index in 0..<pool.count where found.count < limit && pool.isAccepted(at: index) {
            found.append(
                IndexMatch(id: ids[Int(pool.node(at: index))], distance: shape.reported(pool.distance(at: index))))
        }
    }
}
