import Testing

@testable import Strata

@Suite struct PrefetcherTests {
    private struct Outcome {
        var hitRatio: Double
        var metrics: Prefetcher.Metrics
        var isOn: Bool
    }

    /// Reads a trace through a cache, and fetches ahead what is announced.
    private func run(_ trace: [UInt32], entries: Int, prefetches: Bool = true) -> Outcome {
        var cache = WeighedCache<UInt32, UInt32, LRUPolicy>(entries: entries)
        var prefetcher = Prefetcher(rows: 2_000)
        for row in trace {
            if cache.get(row) == nil { cache.put(row, row) }
            guard prefetches else { continue }
            if let next = prefetcher.request(row, isCached: { cache.contains($0) }) { cache.put(next, next) }
        }
        return Outcome(
            hitRatio: cache.metrics.hitRatio!, metrics: prefetcher.metrics, isOn: prefetcher.isOn)
    }

    /// The rows of a loop in any order: only who followed whom tells what comes.
    private func round(_ count: Int, rows: Int, seed: UInt64) -> [UInt32] {
        var random = SplitMix64(seed: seed)
        let order = (0..<UInt32(rows)).shuffled(using: &random)
        return (0..<count).map { order[$0 % rows] }
    }

    @Test(arguments: [1, 2] as [UInt64])
    func aLoopThatIsTooLargeIsHit(seed: UInt64) {
        let trace = round(10_000, rows: 600, seed: seed)
        #expect(run(trace, entries: 400, prefetches: false).hitRatio == 0)
        let outcome = run(trace, entries: 400)
        #expect(outcome.isOn)
        // Two rounds to learn, and what shares a place with others.
        #expect(outcome.hitRatio > 0.6, "seed \(seed): \(outcome)")
        // What was fetched and asked for is what would have been missed.
        let hits = Int((outcome.hitRatio * 10_000).rounded())
        #expect(outcome.metrics.usefulFetches == hits, "seed \(seed): \(outcome)")
    }

    @Test func aScanIsHitByItsSteps() {
        let outcome = run((0..<5_000).map { UInt32($0 * 3) }, entries: 100)
        #expect(outcome.hitRatio > 0.97)
        #expect(outcome.metrics.usefulFetches > 4_850)
        // The last one is not asked for any more.
        #expect(outcome.metrics.fetches - outcome.metrics.usefulFetches <= 1)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func whatCannotBeGuessedCostsNoFetch(seed: UInt64) {
        let trace = CacheTraces.zipf(20_000, keys: 4_000, seed: seed)
        let outcome = run(trace, entries: 200)
        #expect(!outcome.isOn)
        #expect(outcome.metrics.fetches < 20, "seed \(seed): \(outcome)")
        let without = run(trace, entries: 200, prefetches: false)
        #expect(abs(outcome.hitRatio - without.hitRatio) < 0.002, "seed \(seed)")
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func stopsWhenTheRequestsChange(seed: UInt64) {
        let scan = (0..<2_000).map { UInt32($0) }
        let random = CacheTraces.zipf(20_000, keys: 4_000, seed: seed).map { $0 + 10_000 }
        let alone = run(scan, entries: 200)
        #expect(alone.isOn)
        #expect(alone.metrics.usefulFetches > 1_900)
        let both = run(scan + random, entries: 200)
        #expect(both.metrics.fetches - alone.metrics.fetches < 200, "seed \(seed): \(both)")
    }

    @Test func whatIsCachedIsNoGuess() {
        var prefetcher = Prefetcher()
        for row in 0..<1_000 as Range<UInt32> {
            #expect(prefetcher.request(row, isCached: { _ in true }) == nil)
        }
        #expect(prefetcher.metrics == Prefetcher.Metrics())
    }
}
