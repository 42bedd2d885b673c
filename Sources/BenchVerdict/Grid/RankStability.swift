import BenchResults
import BenchStatistics

/// How often an order comes out the same when the blocks are drawn again with replacement.
struct RankStability {
    /// The number of resamples.
    static let resamples = 1000
    private static let seed: UInt64 = 0x4752_4944

    /// The stability of an order of sides: of their ratios to the reference, over the blocks that all have. Nil without
    /// such a block. A tie in a resample counts for the order that was found. Takes O(resamples * blocks * sides).
    static func of(
        _ sides: [(name: String, blocks: [Int: Double])], reference: [Int: Double]
    ) -> GridDocument.Stability? {
        let common = sides.reduce(Set(reference.keys)) { $0.intersection($1.blocks.keys) }.sorted()
        guard !common.isEmpty, !sides.isEmpty else { return nil }
        let columns = sides.map { side in common.map { (side.blocks[$0] ?? 0) - (reference[$0] ?? 0) } }
        var generator = SeededGenerator(seed: seed)
        var (sameLeader, sameOrder) = (0, 0)
        for _ in 0..<resamples {
            let draws = common.map { _ in Int.random(in: 0..<common.count, using: &generator) }
            let centers = columns.map { column in center(draws.map { column[$0] }) ?? 0 }
            if centers.dropFirst().allSatisfy({ centers[0] >= $0 }) { sameLeader += 1 }
            if zip(centers, centers.dropFirst()).allSatisfy({ $0 >= $1 }) { sameOrder += 1 }
        }
        return GridDocument.Stability(
            leader: Double(sameLeader) / Double(resamples), order: Double(sameOrder) / Double(resamples))
    }
}
