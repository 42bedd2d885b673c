/// A graph index in the bytes of a snapshot or file, searched where they lie.
///
/// Opening checks the header and takes the same time at every size. What is behind it is checked by whoever maps it (a
/// snapshot's checksums) or by ``verify()``; without either, damage can make an answer poor, but every number is compared
/// before it is followed, so that a search always ends and reads nothing outside.
///
/// The bytes must be aligned to 16, as mapped sections are. Any number of threads may search at once, each with its own
/// searcher.
public struct HNSWSection: ~Escapable {
    let layout: HNSWSectionLayout
    let graph: HNSWGraph
    private let base: UnsafeRawPointer
    private let byteCount: Int

    /// Opens a section that has its vectors in it.
    ///
    /// - Throws: `unsupportedFormat` when the bytes are no graph index or of another version, `corrupted` when the header
    ///   is damaged or the bytes are cut short, `invalidArgument` when they are not aligned or have no vectors.
    @_lifetime(copy bytes)
    public init(_ bytes: RawSpan) throws(StrataError) {
        let buffer = bytes.withUnsafeBytes { $0 }
        let layout = try HNSWSectionLayout(buffer)
        guard layout.hasVectors, let places = layout.places, let base = buffer.baseAddress else {
            throw StrataError(
                .invalidArgument, "the vectors of a graph index are elsewhere", remedy: "give them when it is opened")
        }
        self.init(layout, places, base, buffer.count, vectors: base + places.vectors, stride: layout.stride)
    }

    /// Opens a section whose vectors are elsewhere: row r at byte `r * stride` of `vectors`, in ascending order of the
    /// identifiers, for the cosine scaled to length 1.
    ///
    /// - Throws: also `invalidArgument` when the vectors are too few, overlap or are not aligned to 4.
    @_lifetime(copy bytes, copy vectors)
    public init(_ bytes: RawSpan, vectors: RawSpan, stride: Int) throws(StrataError) {
        let buffer = bytes.withUnsafeBytes { $0 }
        let layout = try HNSWSectionLayout(buffer)
        let rows = vectors.withUnsafeBytes { $0 }
        let length = layout.dimensions * 4
        guard stride >= length, stride % 4 == 0, stride <= 1 << 20, Int(bitPattern: rows.baseAddress) % 4 == 0,
            layout.rowCount == 0 || rows.count >= (layout.rowCount - 1) * stride + length
        else {
            throw StrataError(
                .invalidArgument,
                "\(rows.count) bytes in steps of \(stride) are not the \(layout.rowCount) vectors of a graph index")
        }
        guard let places = layout.places, let base = buffer.baseAddress else {
            throw HNSWSectionLayout.damage("it has no length", 72)
        }
        self.init(layout, places, base, buffer.count, vectors: rows.baseAddress ?? base, stride: stride)
    }

    @_lifetime(immortal)
    private init(
        _ layout: HNSWSectionLayout, _ places: HNSWSectionLayout.Places, _ base: UnsafeRawPointer, _ byteCount: Int,
        vectors: UnsafeRawPointer, stride: Int
    ) {
        func part(_ offset: Int) -> UnsafePointer<UInt32> { (base + offset).assumingMemoryBound(to: UInt32.self) }
        self.layout = layout
        self.base = base
        self.byteCount = byteCount
        graph = HNSWGraph(
            rows: IndexRows(base: vectors, stride: stride, dimensions: layout.dimensions, metric: layout.metric),
            rowCount: layout.rowCount, ids: part(places.ids), states: nil, liveCount: layout.rowCount,
            links: part(places.links), slotCount: layout.slotCount, slotRows: part(places.slotRows),
            slotBlocks: part(places.slotBlocks), upperLinks: part(places.upperLinks), blockCount: layout.blockCount,
            width: layout.width, entry: layout.entry)
    }

    public var parameters: HNSWParameters { layout.parameters }
    /// The count of vectors.
    public var count: Int { layout.rowCount }

    /// As ``HNSWIndex/search(_:_:using:)``.
    @discardableResult
    public func search(
        _ query: Span<Float>, _ asked: IndexQuery = IndexQuery(), using searcher: inout IndexSearcher
    ) throws(StrataError) -> SearchPlan {
        let graph = graph
        return try graph.answer(query, asked, filter: nil, using: &searcher) { Self.row(of: $0, graph) }
    }

    /// As ``HNSWIndex/search(_:_:where:using:)``.
    @discardableResult
    public func search(
        _ query: Span<Float>, _ asked: IndexQuery = IndexQuery(), where filter: borrowing IdentifierBitmap,
        using searcher: inout IndexSearcher
    ) throws(StrataError) -> SearchPlan {
        let graph = graph
        return try graph.answer(query, asked, filter: filter.view, using: &searcher) { Self.row(of: $0, graph) }
    }

    /// As ``HNSWIndex/searchExactly(_:limit:using:)``.
    public func searchExactly(
        _ query: Span<Float>, limit: Int = 10, using searcher: inout IndexSearcher
    ) throws(StrataError) {
        try IndexQuery(limit: limit, breadth: limit).check()
        let limit = min(limit, max(graph.rowCount, 1))
        try searcher.start(query, rows: graph.rows, limit: limit, batch: ExactRows.batch)
        try graph.exact(limit: limit, filter: nil, using: &searcher) { _ in nil }
    }

    /// The row of an identifier: these ascend.
    private static func row(of id: UInt32, _ graph: HNSWGraph) -> UInt32? {
        var (low, high) = (0, graph.rowCount)
        while low < high {
            let middle = (low + high) / 2
            if graph.ids[middle] < id { low = middle + 1 } else { high = middle }
        }
        return low < graph.rowCount && graph.ids[low] == id ? UInt32(low) : nil
    }

    /// Checks every byte against the section's checksum, and every number against what it may be.
    ///
    /// - Throws: `corrupted` with the offset in the section, where one is known.
    /// - Complexity: O(bytes).
    public func verify() throws(StrataError) {
        try SectionBytes.verify(base, byteCount: byteCount, name: HNSWSectionLayout.name)
        try graph.checkStructure()
    }
}
