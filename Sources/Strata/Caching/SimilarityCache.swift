import Synchronization

/// What a similarity query asked: every bit of the vector, how many results, whom to leave out, and which state of the
/// index.
///
/// Two keys are equal only when the answer must be: a change of the index changes `indexVersion`, and so leaves every
/// older answer out of reach.
public struct QueryCacheKey: Hashable, Sendable {
    public let indexVersion: UInt64
    public let limit: Int
    /// An entity that takes no part, such as the one whose neighbours are sought.
    public let excluded: UInt32?
    /// The bit patterns of the vector's components (so that NaN equals itself, and -0 is not 0).
    let bits: [UInt32]

    public init(vector: Span<Float>, limit: Int, excluded: UInt32? = nil, indexVersion: UInt64) {
        self.indexVersion = indexVersion
        self.limit = limit
        self.excluded = excluded
        var bits: [UInt32] = []
        bits.reserveCapacity(vector.count)
        for index in vector.indices { bits.append(vector[index].bitPattern) }
        self.bits = bits
    }

    /// Bytes of the block that the vector's components are kept in.
    fileprivate var blockBytes: Int { SimilarityCache.blockBytes(bits.count * MemoryLayout<UInt32>.stride) }
}

/// Keeps the answers of similarity queries, within a bound of bytes. Safe to use from several threads.
///
/// With a ``MemoryBudget`` it takes what it holds from there, and keeps nothing new while the store is under pressure.
public final class SimilarityCache: Sendable {
    private typealias Answers = LRUCache<QueryCacheKey, [SimilarityMatch]>

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

    /// An empty cache.
    ///
    /// - Parameters:
    ///   - byteLimit: the most that keys and answers may hold, tables counted, in bytes; 0 keeps nothing.
    ///   - budget: what the cache is taken from; nil for no bound but `byteLimit`.
    public init(byteLimit: Int, budget: MemoryBudget? = nil) {
        self.budget = budget
        state = Mutex(State(answers: LRUCache(capacity: byteLimit), charge: MemoryCharge(budget)))
    }

    /// The answer to exactly this query on exactly this state of the index, or nil.
    public func answer(to key: QueryCacheKey) -> [SimilarityMatch]? { state.withLock { $0.answers.get(key) } }

    /// Keeps an answer, unless the store is under memory pressure.
    public func keep(_ answer: [SimilarityMatch], to key: QueryCacheKey) {
        if let budget, budget.pressure != .none { return }
        let bytes =
            key.blockBytes + Self.blockBytes(answer.count * MemoryLayout<SimilarityMatch>.stride)
            + Answers.tableBytesPerEntry
        state.withLock { state in
            do throws(StrataError) { try state.charge.grow(by: bytes) } catch { return }
            state.answers.put(key, answer, weight: bytes)
            state.settle()
        }
    }

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
