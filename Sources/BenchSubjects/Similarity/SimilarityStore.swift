import Strata

/// Vectors that the nearest can be found of, by inner product: what a subject of similarity measures.
protocol SimilarityStore: ~Copyable {
    /// Whether every search finds the true nearest.
    static var isExact: Bool { get }

    /// - Parameters:
    ///   - dimensions: components of each vector.
    ///   - count: how many will be inserted.
    ///   - sample: some of them one after another, for stores that learn from them.
    init(dimensions: Int, count: Int, sample: Span<Float>, seed: UInt64) throws(StrataError)

    mutating func insert(_ vector: Span<Float>, id: UInt32) throws(StrataError)

    /// Gets ready for searches, after the last insertion. Not timed.
    mutating func seal() throws(StrataError)

    /// Puts the identifiers of the `limit` nearest to `query` into `room`, best first.
    ///
    /// - Returns: how many there are.
    mutating func search(
        _ query: Span<Float>, limit: Int, breadth: Int, into room: UnsafeMutablePointer<UInt32>
    ) throws(StrataError) -> Int

    var reservedBytes: Int { get }
}

extension SimilarityStore where Self: ~Copyable {
    mutating func seal() throws(StrataError) {}
}

/// Exact search over a column of 32-bit floats.
struct ExactVectors: SimilarityStore, ~Copyable {
    static var isExact: Bool { true }
    private var column: VectorColumn
    private var searcher: ExactSearcher

    init(dimensions: Int, count: Int, sample: Span<Float>, seed: UInt64) throws(StrataError) {
        let column = try VectorColumn(dimensions: dimensions)
        let searcher = try ExactSearcher(dimensions: dimensions)
        self.column = column
        self.searcher = searcher
    }

    mutating func insert(_ vector: Span<Float>, id: UInt32) throws(StrataError) { try column.append(vector) }

    mutating func search(
        _ query: Span<Float>, limit: Int, breadth: Int, into room: UnsafeMutablePointer<UInt32>
    ) throws(StrataError) -> Int {
        try searcher.search(query, in: column, limit: limit)
        let matches = searcher.matches(ofQuery: 0)
        for index in matches.indices { room[index] = matches[index].id }
        return matches.count
    }

    var reservedBytes: Int { column.reservedBytes }
}

/// Exact search by a first pass over bytes: a bound proves which rows need not be looked at again.
struct QuantizedVectors: SimilarityStore, ~Copyable {
    static var isExact: Bool { true }
    private var column: VectorColumn
    private var codes: QuantizedColumn
    private var searcher: QuantizedSearcher

    init(dimensions: Int, count: Int, sample: Span<Float>, seed: UInt64) throws(StrataError) {
        let column = try VectorColumn(dimensions: dimensions)
        let searcher = try QuantizedSearcher(dimensions: dimensions, metric: .innerProduct)
        let quantizer = try ScalarQuantizer(
            metric: .innerProduct, centre: [Float](repeating: 0, count: dimensions))
        self.column = column
        self.searcher = searcher
        codes = QuantizedColumn(quantizer: quantizer)
    }

    mutating func insert(_ vector: Span<Float>, id: UInt32) throws(StrataError) { try column.append(vector) }

    mutating func seal() throws(StrataError) {
        codes = try QuantizedColumn.encoding(column, metric: .innerProduct)
    }

    mutating func search(
        _ query: Span<Float>, limit: Int, breadth: Int, into room: UnsafeMutablePointer<UInt32>
    ) throws(StrataError) -> Int {
        try searcher.search(query, in: codes, of: column, limit: limit)
        let matches = searcher.matches(ofQuery: 0)
        for index in matches.indices { room[index] = matches[index].id }
        return matches.count
    }

    var reservedBytes: Int { column.reservedBytes + codes.reservedBytes }
}

/// A graph of neighbours: ``HNSWIndex`` with 16 links a vector.
struct GraphVectors: SimilarityStore, ~Copyable {
    static var isExact: Bool { false }
    private var index: HNSWIndex
    private var searcher: IndexSearcher

    init(dimensions: Int, count: Int, sample: Span<Float>, seed: UInt64) throws(StrataError) {
        var index = try HNSWIndex(HNSWParameters(dimensions: dimensions, metric: .innerProduct, seed: seed))
        try index.reserve(count)
        self.index = index
        searcher = IndexSearcher()
    }

    mutating func insert(_ vector: Span<Float>, id: UInt32) throws(StrataError) { try index.insert(vector, id: id) }

    mutating func search(
        _ query: Span<Float>, limit: Int, breadth: Int, into room: UnsafeMutablePointer<UInt32>
    ) throws(StrataError) -> Int {
        try index.search(query, IndexQuery(limit: limit, breadth: breadth, prefersIndex: true), using: &searcher)
        let matches = searcher.matches
        for index in matches.indices { room[index] = matches[index].id }
        return matches.count
    }

    var reservedBytes: Int { index.reservedBytes }
}

/// Inverted lists: ``IVFIndex``, as many lists as its count of vectors asks for.
struct ListVectors: SimilarityStore, ~Copyable {
    static var isExact: Bool { false }
    private var index: IVFIndex
    private var searcher: IndexSearcher

    init(dimensions: Int, count: Int, sample: Span<Float>, seed: UInt64) throws(StrataError) {
        let parameters = IVFParameters(
            dimensions: dimensions, metric: .innerProduct, lists: IVFParameters.lists(forCount: count), seed: seed)
        let index = try IVFIndex(parameters, trainedOn: sample)
        self.index = index
        searcher = IndexSearcher()
    }

    mutating func insert(_ vector: Span<Float>, id: UInt32) throws(StrataError) { try index.insert(vector, id: id) }

    mutating func search(
        _ query: Span<Float>, limit: Int, breadth: Int, into room: UnsafeMutablePointer<UInt32>
    ) throws(StrataError) -> Int {
        try index.search(query, IndexQuery(limit: limit, breadth: breadth, prefersIndex: true), using: &searcher)
        let matches = searcher.matches
        for index in matches.indices { room[index] = matches[index].id }
        return matches.count
    }

    var reservedBytes: Int { index.reservedBytes }
}
