import BenchDriver
import BenchWorkload
import GraphData
import Strata

/// How far a cache is behind the best of the fixed policies of its size on the same accesses.
enum HitRatioGap {
    /// The policies that a choice among policies is held against.
    static let fixed: [CachePolicyName] = [.lru, .fifo, .sieve, .s3FIFO, .wTinyLFU]

    /// The best fixed policy's hit ratio less `hitRatio`; negative when none is as good. The phase's operations are done
    /// once more for each of the policies, by one thread: not in what is timed.
    ///
    /// - Returns: nil for a phase without operations.
    static func measure(
        _ hitRatio: Double, _ phase: PhaseContext, _ dataset: MappedDataset, _ size: ReadThroughCache.Size
    ) -> Double? {
        guard !phase.operations.isEmpty else { return nil }
        var best = 0.0
        for policy in fixed {
            let cache = ReadThroughCache(dataset, policy, size)
            var outcome = BatchOutcome()
            cache.execute(OperationBatch(operations: phase.operations, firstIndex: 0), into: &outcome)
            best = max(best, cache.metrics.hitRatio ?? 0)
        }
        return best - hitRatio
    }
}
