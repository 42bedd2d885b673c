import Synchronization

/// What a similarity query asked: every bit of the vector, or the cell of a grid that it is in, how many results, whom to
/// leave out, and which state of the index.
///
/// A change of the index changes `indexVersion`, and so leaves every older answer out of reach. Two keys of vectors are
/// equal only when the answer must be; two keys of cells when the queries are near each other.
public struct QueryCacheKey: Hashable, Sendable {
    public let indexVersion: UInt64
    public let limit: Int
    /// An entity that takes no part, such as the one whose neighbours are sought.
    public let excluded: UInt32?
    /// How the vector was quantized; nil when it was not.
    public let quantizer: QueryQuantizer?
    /// The bit patterns of the vector's components (so that NaN equals itself, and -0 is not 0), or its cell.
    let bits: [UInt32]

    /// - Parameter quantizer: what finds the vector's cell; nil for a key of every bit.
    public init(
        vector: Span<Float>, limit: Int, excluded: UInt32? = nil, indexVersion: UInt64,
        quantizer: QueryQuantizer? = nil
    ) {
        self.indexVersion = indexVersion
        self.limit = limit
        self.excluded = excluded
        self.quantizer = quantizer
        bits = quantizer?.cell(of: vector) ?? Self.bits(of: vector)
    }

    fileprivate static func bits(of vector: Span<Float>) -> [UInt32] {
        var bits: [UInt32] = []
        bits.reserveCapacity(vector.count)
        for index in vector.indices { bits.append(vector[index].bitPattern) }
        return bits
    }

    /// Bytes of the block that the vector's components are kept in.
    fileprivate var blockBytes: Int { SimilarityCache.blockBytes(bits.count * MemoryLayout<UInt32>.stride) }
}

/// Keeps the answers of similarity queries, within a bound of bytes. Safe to use from several threads.
///
/// Without a quantizer an answer is given to exactly the query that it was found for. With one, queries of a cell share
/// what was kept for the first of them: more of the best entities than it asked for, which are ranked anew for each
/// other one, and the answer says so.
///
/// With a ``MemoryBudget`` it takes what it holds from there, and keeps nothing new while the store is under pressure.
public final class SimilarityCache: Sendable {
    /// What was found for a query, and the bits of that query where the key has its cell alone.
    private struct Kept: Sendable {
        var matches: [SimilarityMatch]
        var query: [UInt32] = []

        var blockBytes: Int {
            SimilarityCache.blockBytes(matches.count * MemoryLayout<SimilarityMatch>.stride)
                + SimilarityCache.blockBytes(query.count * MemoryLayout<UInt32>.stride)
        }
    }

    private typealias Answers = LRUCache<QueryCacheKey, Kept>

    /// Entities kept for each that was asked for, so that a query nearby finds its own best among them.
    private static let keptPerAsked = 4
    /// Entities kept at least for a cell.
    private static let leastKept = 32

    private struct State: ~Copyable {
        var answers: Answers
        var charge: MemoryCharge

        /// What keys and answers hold, and the tables that find them.
        var reservedBytes: Int {
            answers.weight - answers.count * Answers.tableBytesPerEntry + answers.tableBytes
        }

        mutating func settle() { charge.settle(at: reservedBytes) }
    }

    private let state: Mutex<State>
    private let budget: MemoryBudget?
    private let quantizer: QueryQuantizer?
    private let reranked = Atomic<Int>(0)

    /// An empty cache.
    ///
    /// - Parameters:
    ///   - byteLimit: the most that keys and answers may hold, tables counted, in bytes; 0 keeps nothing.
    ///   - budget: what the cache is taken from; nil for no bound but `byteLimit`.
    ///   - quantizer: what decides which queries share an answer; nil when only equal ones do.
    public init(byteLimit: Int, budget: MemoryBudget? = nil, quantizer: QueryQuantizer? = nil) {
        self.budget = budget
        self.quantizer = quantizer
        state = Mutex(State(answers: LRUCache(capacity: byteLimit), charge: MemoryCharge(budget)))
    }

    /// The answer to a query, from what is kept or by a search, which is kept then.
    ///
    /// - Parameters:
    ///   - search: finds the best entities, as many as it is told; called at most once.
    ///   - score: the inner product of the query with an entity's embedding, in double precision. The entity was found
    ///     at `indexVersion`, so that it is there.
    func answer(
        to vector: Span<Float>, limit: Int, excluded: UInt32?, indexVersion: UInt64,
        search: (_ limit: Int) throws(StrataError) -> [SimilarityMatch],
        score: (UInt32) throws(StrataError) -> Double
    ) throws(StrataError) -> SimilarityAnswer {
        let key = QueryCacheKey(
            vector: vector, limit: limit, excluded: excluded, indexVersion: indexVersion, quantizer: quantizer)
        guard quantizer != nil else {
            if let answer = answer(to: key) { return SimilarityAnswer(matches: answer, origin: .cached) }
            let answer = try search(limit)
            keep(answer, to: key)
            return SimilarityAnswer(matches: answer, origin: .searched)
        }
        let query = QueryCacheKey.bits(of: vector)
        guard let kept = state.withLock({ $0.answers.get(key) }) else {
            let wide = max(limit.multipliedReportingOverflow(by: Self.keptPerAsked).partialValue, limit, Self.leastKept)
            let found = try search(wide)
            keep(Kept(matches: found, query: query), to: key)
            return SimilarityAnswer(matches: Array(found.prefix(limit)), origin: .searched)
        }
        if kept.query == query { return SimilarityAnswer(matches: Array(kept.matches.prefix(limit)), origin: .cached) }
        var matches = kept.matches
        for index in matches.indices {
            let exact = try score(matches[index].id)
            matches[index].score = exact.isNaN ? -.infinity : exact
        }
        matches.sort(by: SimilarityMatch.precedes)
        reranked.add(1, ordering: .relaxed)
        return SimilarityAnswer(matches: Array(matches.prefix(limit)), origin: .reranked)
    }

    /// What is kept for a key, or nil.
    public func answer(to key: QueryCacheKey) -> [SimilarityMatch]? { state.withLock { $0.answers.get(key)?.matches } }

    /// Keeps an answer, unless the store is under memory pressure.
    public func keep(_ answer: [SimilarityMatch], to key: QueryCacheKey) { keep(Kept(matches: answer), to: key) }

    private func keep(_ answer: Kept, to key: QueryCacheKey) {
        if let budget, budget.pressure != .none { return }
        let bytes = key.blockBytes + answer.blockBytes + Answers.tableBytesPerEntry
        state.withLock { state in
            do throws(StrataError) { try state.charge.grow(by: bytes) } catch { return }
            state.answers.put(key, answer, weight: bytes)
            state.settle()
        }
    }

    /// Answers that were ranked anew for a query nearby; they count as hits, too.
    public var rerankedAnswers: Int { reranked.load(ordering: .relaxed) }

    /// Forgets every answer.
    public func removeAll() { state.withLock { $0.answers.removeAll() } }

    /// Forgets the answers that were not asked for the longest time, until `bytes` less are held, or none.
    ///
    /// - Returns: the bytes that were given back.
    @discardableResult
    func shrink(by bytes: Int) -> Int {
        state.withLock { state in
            let before = state.reservedBytes
            guard bytes > 0, before > 0 else { return 0 }
            // The tables give way in steps: half of the entries more may have to go before they do.
            state.answers.shrink(to: state.answers.weight - bytes)
            if before - state.reservedBytes < bytes { state.answers.shrink(to: state.answers.weight / 2) }
            if before - state.reservedBytes < bytes { state.answers.shrink(to: 0) }
            state.settle()
            return before - state.reservedBytes
        }
    }

    /// Bytes held by keys and answers, with the tables' room for them.
    public var byteCount: Int { state.withLock { $0.answers.weight } }
    /// Bytes held from the process's allocator, tables with their unused room counted.
    var reservedBytes: Int { state.withLock { $0.reservedBytes } }
    /// What happened so far.
    public var metrics: CacheMetrics { state.withLock { $0.answers.metrics } }

    /// What the block of an array takes whose elements take `byteCount` bytes: they stand behind a head of 32 bytes, and
    /// blocks are multiples of 16; an empty array has none.
    fileprivate static func blockBytes(_ byteCount: Int) -> Int {
        byteCount == 0 ? 0 : (32 + byteCount + HeapBlock.headerByteCount + 15) & ~15
    }
}
