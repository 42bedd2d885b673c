import BenchDriver
import BenchWorkload
import GraphData
import Strata
import Synchronization

/// A cache in front of the data set: what `cache_get` is done to. A miss reads the row's properties and keeps what they
/// come to. Each entry weighs 1, or takes bytes where the cache is bounded by them.
///
/// One thread locks the cache once a batch. Several threads share a concurrent cache where the policy allows that, and
/// lock it once an access where it does not.
struct ReadThroughCache: Sendable {
    /// How much a cache may keep.
    enum Size: Sendable, Hashable {
        case entries(Int)
        case bytes(Int)
    }

    private let run: @Sendable (OperationBatch, inout BatchOutcome) -> Void
    private let read: @Sendable () -> CacheMetrics
    private let readAhead: @Sendable () -> Prefetcher.Metrics?

    /// - Parameter threads: how many will call ``execute(_:into:)`` at once.
    init(_ dataset: MappedDataset, _ policy: CachePolicyName, _ size: Size, threads: Int = 1) {
        // Each policy by its type: what is generic is specialised for it.
        switch (policy, size, threads > 1) {
        case (.lru, .entries(let entries), _): self.init(LRUCache(capacity: entries), dataset, threads)
        case (.lru, _, _): self.init(Self.cache(LRUPolicy.self, size), dataset, threads)
        case (.fifo, _, false): self.init(Self.cache(FIFOPolicy.self, size), dataset, threads)
        case (.fifo, _, true): self.init(shared: FIFOPolicy.self, size, dataset)
        case (.sieve, _, false): self.init(Self.cache(SievePolicy.self, size), dataset, threads)
        case (.sieve, _, true): self.init(shared: SievePolicy.self, size, dataset)
        case (.s3FIFO, _, false): self.init(Self.cache(S3FIFOPolicy.self, size), dataset, threads)
        case (.s3FIFO, _, true): self.init(shared: S3FIFOPolicy.self, size, dataset)
        case (.wTinyLFU, _, _): self.init(Self.cache(WTinyLFUPolicy.self, size), dataset, threads)
        case (.adaptive, _, _): self.init(Self.cache(AdaptivePolicy.self, size), dataset, threads)
        }
    }

    /// A cache that fetches rows ahead where the accesses so far tell which come; behind one lock.
    init(prefetching dataset: MappedDataset, _ policy: CachePolicyName, _ size: Size, threads: Int = 1) {
        switch policy {
        case .lru: self.init(prefetching: Self.cache(LRUPolicy.self, size), dataset, threads)
        case .fifo: self.init(prefetching: Self.cache(FIFOPolicy.self, size), dataset, threads)
        case .sieve: self.init(prefetching: Self.cache(SievePolicy.self, size), dataset, threads)
        case .s3FIFO: self.init(prefetching: Self.cache(S3FIFOPolicy.self, size), dataset, threads)
        case .wTinyLFU: self.init(prefetching: Self.cache(WTinyLFUPolicy.self, size), dataset, threads)
        case .adaptive: self.init(prefetching: Self.cache(AdaptivePolicy.self, size), dataset, threads)
        }
    }

    /// Does the operations of a batch.
    @inline(__always)
    func execute(_ batch: OperationBatch, into outcome: inout BatchOutcome) { run(batch, &outcome) }

    /// What the cache did so far.
    var metrics: CacheMetrics { read() }

    /// What came of guesses; nil for a cache that fetches nothing ahead.
    var prefetchMetrics: Prefetcher.Metrics? { readAhead() }

    /// The answer for a row.
    private static func value(of row: UInt32, _ dataset: MappedDataset) -> UInt64 {
        var hash = UInt64(row)
        for pair in dataset.properties(of: Int(row)) {
            hash = AnswerHash.fold(hash, UInt64(pair.key) << 32 | UInt64(pair.value))
        }
        return hash
    }

    // MARK: Forms

    private init(_ cache: consuming LRUCache<UInt32, UInt64>, _ dataset: MappedDataset, _ threads: Int) {
        let box = Box(cache)
        run = { batch, outcome in
            Self.each(batch, &outcome, box.cache, together: threads == 1) { cache, row in
                if let known = cache.get(row) { return known }
                let value = Self.value(of: row, dataset)
                cache.put(row, value)
                return value
            }
        }
        read = { box.cache.withLock { $0.metrics } }
        readAhead = { nil }
    }

    @inline(__always)
    private init<Policy: EvictionPolicy & ~Copyable>(
        _ cache: consuming WeighedCache<UInt32, UInt64, Policy>, _ dataset: MappedDataset, _ threads: Int
    ) {
        // With a bound of bytes, an entry of numbers has nothing outside the tables.
        let weight = cache.weighsBytes ? 0 : 1
        let box = Box(cache)
        run = { batch, outcome in
            Self.each(batch, &outcome, box.cache, together: threads == 1) { cache, row in
                if let known = cache.get(row) { return known }
                let value = Self.value(of: row, dataset)
                cache.put(row, value, weight: weight)
                return value
            }
        }
        read = { box.cache.withLock { $0.metrics } }
        readAhead = { nil }
    }

    @inline(__always)
    private init<Policy: EvictionPolicy & ~Copyable>(
        prefetching cache: consuming WeighedCache<UInt32, UInt64, Policy>, _ dataset: MappedDataset, _ threads: Int
    ) {
        let weight = cache.weighsBytes ? 0 : 1
        let box = Box(AheadCache(cache, Prefetcher(rows: dataset.entityCount)))
        run = { batch, outcome in
            Self.each(batch, &outcome, box.cache, together: threads == 1) { ahead, row in
                let value: UInt64
                if let known = ahead.cache.get(row) {
                    value = known
                } else {
                    value = Self.value(of: row, dataset)
                    ahead.cache.put(row, value, weight: weight)
                }
                if let next = ahead.guess(row, below: dataset.entityCount) {
                    ahead.cache.put(next, Self.value(of: next, dataset), weight: weight)
                }
                return value
            }
        }
        read = { box.cache.withLock { $0.cache.metrics } }
        readAhead = { box.cache.withLock { $0.prefetcher.metrics } }
    }

    @inline(__always)
    private init<Policy: MarkingPolicy & ~Copyable>(
        shared: Policy.Type, _ size: Size, _ dataset: MappedDataset
    ) {
        let cache: ConcurrentCache<UInt32, UInt64, Policy>
        let weight: Int
        switch size {
        case .entries(let entries): (cache, weight) = (ConcurrentCache(entries: entries), 1)
        case .bytes(let bytes): (cache, weight) = (ConcurrentCache(byteLimit: bytes), 0)
        }
        run = { batch, outcome in
            var index = batch.firstIndex
            for operation in batch.operations {
                let row = operation.key
                let value: UInt64
                if let known = cache.get(row) {
                    value = known
                } else {
                    value = Self.value(of: row, dataset)
                    cache.put(row, value, weight: weight)
                }
                outcome.digest &+= AnswerHash.operation(index, value)
                index &+= 1
            }
            outcome.items &+= UInt64(batch.operations.count)
        }
        read = { cache.metrics }
        readAhead = { nil }
    }

    @inline(__always)
    private static func cache<Policy: EvictionPolicy & ~Copyable>(
        _ policy: Policy.Type, _ size: Size
    ) -> WeighedCache<UInt32, UInt64, Policy> {
        switch size {
        case .entries(let entries): WeighedCache(entries: entries)
        case .bytes(let bytes): WeighedCache(byteLimit: bytes)
        }
    }

    /// Reads each row of a batch through a cache behind a lock, which is taken once, or once a row.
    @inline(__always)
    private static func each<Cache: ~Copyable & Sendable>(
        _ batch: OperationBatch, _ outcome: inout BatchOutcome, _ cache: borrowing Mutex<Cache>, together: Bool,
        _ get: (inout Cache, UInt32) -> UInt64
    ) {
        var digest: UInt64 = 0
        var index = batch.firstIndex
        if together {
            cache.withLock { cache in
                for operation in batch.operations {
                    digest &+= AnswerHash.operation(index, get(&cache, operation.key))
                    index &+= 1
                }
            }
        } else {
            for operation in batch.operations {
                digest &+= AnswerHash.operation(index, cache.withLock { get(&$0, operation.key) })
                index &+= 1
            }
        }
        outcome.digest &+= digest
        outcome.items &+= UInt64(batch.operations.count)
    }

    /// A cache with what guesses the next rows.
    private struct AheadCache<Policy: EvictionPolicy & ~Copyable>: ~Copyable, Sendable {
        var cache: WeighedCache<UInt32, UInt64, Policy>
        var prefetcher: Prefetcher

        init(_ cache: consuming WeighedCache<UInt32, UInt64, Policy>, _ prefetcher: consuming Prefetcher) {
            self.cache = cache
            self.prefetcher = prefetcher
        }

        /// A row that is worth fetching after this one.
        mutating func guess(_ row: UInt32, below count: Int) -> UInt32? {
            prefetcher.request(row) { Int($0) >= count || cache.contains($0) }
        }
    }

    /// A cache behind its lock, for closures to hold.
    private final class Box<Cache: ~Copyable & Sendable>: Sendable {
        let cache: Mutex<Cache>
        init(_ cache: consuming Cache) { self.cache = Mutex(cache) }
    }
}
