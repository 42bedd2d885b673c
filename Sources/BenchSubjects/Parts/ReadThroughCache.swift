import BenchWorkload
import GraphData
import Strata
import Synchronization

/// A cache in front of the data set: what `cache_get` is done to. A miss reads the row's properties and keeps what they
/// come to; each entry weighs 1.
final class ReadThroughCache: Sendable {
    private let dataset: MappedDataset
    private let cache: Mutex<LRUCache<UInt32, UInt64>>

    /// - Parameter entries: the most that the cache keeps.
    init(_ dataset: MappedDataset, entries: Int) {
        self.dataset = dataset
        cache = Mutex(LRUCache(capacity: entries))
    }

    /// The answer for a row.
    func get(_ row: UInt32) -> UInt64 {
        cache.withLock { cache in
            if let known = cache.get(row) { return known }
            let value = Self.value(of: row, dataset)
            cache.put(row, value)
            return value
        }
    }

    /// Hits over all accesses; nil before the first.
    var hitRatio: Double? { cache.withLock { $0.metrics.hitRatio } }

    private static func value(of row: UInt32, _ dataset: MappedDataset) -> UInt64 {
        var hash = UInt64(row)
        for pair in dataset.properties(of: Int(row)) {
            hash = AnswerHash.fold(hash, UInt64(pair.key) << 32 | UInt64(pair.value))
        }
        return hash
    }
}
