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

    /// Bytes that the key holds.
    var byteCount: Int { MemoryLayout<QueryCacheKey>.size + bits.count * MemoryLayout<UInt32>.stride + 32 }
}

/// Keeps the answers of similarity queries, within a bound of bytes. Safe to use from several threads.
public final class SimilarityCache: Sendable {
    private let cache: Mutex<LRUCache<QueryCacheKey, [SimilarityMatch]>>

    /// An empty cache.
    ///
    /// - Parameter byteLimit: the most that keys and answers may hold, in bytes; 0 keeps nothing.
    public init(byteLimit: Int) { cache = Mutex(LRUCache(capacity: byteLimit)) }

    /// The answer to exactly this query on exactly this state of the index, or nil.
    public func answer(to key: QueryCacheKey) -> [SimilarityMatch]? { cache.withLock { $0.get(key) } }

    /// Keeps an answer.
    public func keep(_ answer: [SimilarityMatch], to key: QueryCacheKey) {
        let bytes = key.byteCount + answer.count * MemoryLayout<SimilarityMatch>.stride + 32
        cache.withLock { $0.put(key, answer, weight: bytes) }
    }

    /// Forgets every answer.
    public func removeAll() { cache.withLock { $0.removeAll() } }

    /// Bytes held by keys and answers.
    public var byteCount: Int { cache.withLock { $0.weight } }
    /// What happened so far.
    public var metrics: CacheMetrics { cache.withLock { $0.metrics } }
}
