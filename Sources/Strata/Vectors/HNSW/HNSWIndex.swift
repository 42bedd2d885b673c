/// A graph index over vectors that come, change and go (HNSW).
///
/// The index keeps the vectors itself, one copy, in consecutive rows. Searches take nothing from the allocator once their
/// searcher is warm, and any number of threads may search at once, each with its own searcher. Changes are for one thread
/// at a time, with no search beside them.
///
/// A deleted vector is no answer any more from the call on. Its row stays as a way through for searches until links to it
/// are taken out and the nodes around it linked among themselves: a pass over the graph does that, in small steps that
/// insertions and removals pay for. Then the row's place serves the next insertion.
///
/// Invariants: `states`, `ids`, `links` (2 * width a row) and `vectors` have an entry for each row; a list ends at its
/// width or at `HNSWGraph.none`; no list names a row or slot that is free; links of level l name slots of level >= l;
/// `table` holds exactly the live rows.
public struct HNSWIndex: ~Copyable {
    public let parameters: HNSWParameters
    /// Bytes from one row's vector to the next: whole 16 bytes.
    let stride: Int

    var vectors = IndexArray<Float>()
    var ids = IndexArray<UInt32>()
    var states = IndexArray<RowState>()
    var links = IndexArray<UInt32>()
    var slotRows = IndexArray<UInt32>()
    var slotBlocks = IndexArray<UInt32>()
    var slotLevels = IndexArray<UInt8>()
    var upperLinks = IndexArray<UInt32>()
    var table = IdentifierTable()
    var freeRows = IndexArray<UInt32>()
    var freeSlots = IndexArray<UInt32>()
    var entry = HNSWEntry.nowhere
    var levels: LevelGenerator
    var repair = HNSWRepair()
    /// Deleted rows of which the pass under way knows nothing yet.
    var deadCount = 0
    /// What changes work in.
    var scratch = HNSWScratch()

    /// The count of vectors.
    public internal(set) var count = 0
    /// Goes up at each change: an answer found at one version holds for that version only.
    public internal(set) var version: UInt64 = 0

    /// Most rows of an index.
    public static var largest: Int { CandidatePool.nodeLimit }

    /// An empty index.
    ///
    /// - Throws: `invalidArgument` when a parameter is out of its range.
    public init(_ parameters: HNSWParameters) throws(StrataError) {
        try parameters.check()
        self.parameters = parameters
        stride = (parameters.dimensions * 4 + 15) & ~15
        levels = LevelGenerator(seed: parameters.seed, links: parameters.links)
    }

    /// Rows, the deleted ones among them.
    var rowCount: Int { ids.count }
    var floatsPerRow: Int { stride / 4 }

    /// Deleted vectors whose places cannot be taken yet.
    public var pendingRemovals: Int { deadCount + repair.dyingCount }

    /// Bytes held from the process's allocator: vectors, links, tables and the room to work in.
    public var reservedBytes: Int {
        vectors.reservedBytes + ids.reservedBytes + states.reservedBytes + links.reservedBytes
            + slotRows.reservedBytes + slotBlocks.reservedBytes + slotLevels.reservedBytes + upperLinks.reservedBytes
            + table.reservedBytes + freeRows.reservedBytes + freeSlots.reservedBytes + scratch.reservedBytes
    }

    /// Takes the memory for `count` vectors in all, so that inserting them moves nothing.
    ///
    /// - Throws: `limitExceeded` when there is no memory or `count` is above ``largest``; the index is as before then.
    public mutating func reserve(_ count: Int) throws(StrataError) {
        guard count <= Self.largest else {
            throw StrataError(.limitExceeded, "an index holds at most \(Self.largest) vectors")
        }
        guard count > rowCount else { return }
        try vectors.reserve(count * floatsPerRow)
        try ids.reserve(count)
        try states.reserve(count)
        try links.reserve(count * 2 * parameters.links)
        try table.reserve(count, ids: ids.base)
    }

    /// Whether there is a vector of this identifier.
    public func contains(_ id: UInt32) -> Bool { table.row(of: id, ids: ids.base) != nil }

    /// The vector of an identifier (for the cosine: scaled to length 1); nil when there is none. Valid until the next
    /// change.
    func storedVector(of id: UInt32) -> UnsafeBufferPointer<Float>? {
        row(of: id).map { UnsafeBufferPointer(start: pointer($0), count: parameters.dimensions) }
    }

    func pointer(_ row: UInt32) -> UnsafeMutablePointer<Float> { vectors.base + Int(row) * floatsPerRow }

    /// What searches read.
    var graph: HNSWGraph {
        HNSWGraph(
            rows: IndexRows(
                base: UnsafeRawPointer(vectors.base), stride: stride, dimensions: parameters.dimensions,
                metric: parameters.metric),
            rowCount: rowCount, ids: ids.base, states: count == rowCount ? nil : UnsafePointer(states.base),
            liveCount: count, links: links.base, slotCount: slotRows.count, slotRows: slotRows.base,
            slotBlocks: slotBlocks.base, upperLinks: upperLinks.base,
            blockCount: upperLinks.count / parameters.links, width: parameters.links, entry: entry)
    }

    /// The nearest vectors to `query`, in `searcher.matches`.
    ///
    /// - Returns: how the answer was found, and why so. An exact answer has recall 1.
    /// - Throws: `invalidArgument` when the query has another length, is not finite or (cosine) has no direction, or the
    ///   limits are out of range; `limitExceeded` when the searcher cannot grow.
    /// - Complexity: about `breadth * links` distances, each O(dimensions).
    @discardableResult
    public func search(
        _ query: Span<Float>, _ asked: IndexQuery = IndexQuery(), using searcher: inout IndexSearcher
    ) throws(StrataError) -> SearchPlan {
        try graph.answer(query, asked, filter: nil, using: &searcher) { row(of: $0) }
    }

    /// The nearest vectors to `query` among those whose identifiers are in `filter`.
    ///
    /// Where the filter leaves few vectors these are compared, which is exact and takes less.
    @discardableResult
    public func search(
        _ query: Span<Float>, _ asked: IndexQuery = IndexQuery(), where filter: borrowing IdentifierBitmap,
        using searcher: inout IndexSearcher
    ) throws(StrataError) -> SearchPlan {
        try graph.answer(query, asked, filter: filter.view, using: &searcher) { row(of: $0) }
    }

    /// The nearest vectors by comparison with all: what recall is measured against.
    ///
    /// - Complexity: O(count * dimensions).
    public func searchExactly(
        _ query: Span<Float>, limit: Int = 10, using searcher: inout IndexSearcher
    ) throws(StrataError) {
        try IndexQuery(limit: limit, breadth: limit).check()
        let limit = min(limit, max(rowCount, 1))
        try searcher.start(query, rows: graph.rows, limit: limit, batch: ExactRows.batch)
        try graph.exact(limit: limit, filter: nil, using: &searcher) { row(of: $0) }
    }

    func row(of id: UInt32) -> UInt32? { table.row(of: id, ids: ids.base) }
}
