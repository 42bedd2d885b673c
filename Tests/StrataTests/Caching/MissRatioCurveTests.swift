import Testing

@testable import Strata

@Suite struct MissRatioCurveTests {
    @Test(arguments: [1, 2, 3] as [UInt64])
    func isExactWhereAllKeysAreKept(seed: UInt64) {
        let trace = CacheTraces.zipf(longRun(4_000), keys: 300, seed: seed)
        // Few keys a renumbering apart, so that it happens often.
        var curve = MissRatioCurve(sampleLimit: 300)
        for key in trace { curve.record(key) }
        #expect(curve.samplingRatio == 1)
        #expect(curve.distinctKeys == Double(Set(trace).count))
        // Sizes up to 32 are told apart one by one.
        for size in [1, 2, 3, 5, 8, 13, 21, 31] {
            let truth = 1 - CacheTraces.hitRatio(LRUPolicy.self, trace, entries: size)
            #expect(abs(curve.missRatio(capacity: size)! - truth) < 1e-9, "seed \(seed), size \(size)")
        }
        for size in [50, 100, 200] {
            let truth = 1 - CacheTraces.hitRatio(LRUPolicy.self, trace, entries: size)
            #expect(abs(curve.missRatio(capacity: size)! - truth) < 0.005, "seed \(seed), size \(size)")
        }
    }

    @Test(arguments: [1, 2] as [UInt64])
    func isNearWithASample(seed: UInt64) {
        let trace = CacheTraces.zipf(60_000, keys: 20_000, exponent: 0.75, seed: seed)
        var curve = MissRatioCurve(sampleLimit: 2_000)
        for key in trace { curve.record(key) }
        #expect(curve.samplingRatio <= 1 / 4)
        for size in [500, 2_000, 8_000] {
            let truth = 1 - CacheTraces.hitRatio(LRUPolicy.self, trace, entries: size)
            let estimate = curve.missRatio(capacity: size)!
            #expect(abs(estimate - truth) < 0.03, "seed \(seed), size \(size): \(estimate), not \(truth)")
        }
    }

    @Test func weightsCount() {
        var curve = MissRatioCurve()
        for _ in 0..<50 { for key in 0..<10 { curve.record(key, weight: 100) } }
        #expect(curve.distinctWeight == 1_000)
        #expect(curve.missRatio(capacity: 900)! == 1)
        #expect(curve.missRatio(capacity: 1_100)! < 0.03)
    }

    @Test func advisesTheLoopsLength() throws {
        var curve = MissRatioCurve()
        #expect(curve.advice(capacity: 10) == nil)
        #expect(curve.missRatio(capacity: 10) == nil)
        for _ in 0..<40 { for key in 0..<1_000 { curve.record(key) } }
        let small = try #require(curve.advice(capacity: 100))
        #expect(small.hitRatio < 0.01)
        #expect(small.advisedCapacity >= 1_000)
        #expect(small.advisedCapacity <= 1_100)
        #expect(small.hitRatioOfAdvised > 0.9)
        let large = try #require(curve.advice(capacity: 50_000))
        #expect(large.advisedCapacity <= 1_100)
        #expect(large.hitRatio > 0.97)
        #expect(large.hitRatioAtMost >= large.hitRatio)
    }

    // MARK: Patterns

    private func pattern(_ trace: [UInt32]) -> AccessPattern {
        var pattern = AccessPattern(sampleLimit: 500)
        for key in trace { pattern.record(key) }
        return pattern
    }

    @Test func patternsHaveTheirNames() {
        #expect(AccessPattern().kind == nil)
        let loop = pattern(CacheTraces.loop(10_000, keys: 1_000))
        #expect(loop.kind == .sequential)
        #expect(loop.longestRun == 999)
        #expect(loop.sequentialRequests == 9_990)
        #expect(abs(loop.meanFrequency! - 10) < 0.01)
        #expect(abs(loop.shareOfTopTenth! - 0.1) < 0.01)
        #expect(abs(loop.medianReuseDistance! - 1_000) < 70)

        #expect(pattern(CacheTraces.zipf(20_000, keys: 5_000, seed: 1)).kind == .skewed)
        var random = SplitMix64(seed: 2)
        #expect(pattern((0..<20_000).map { _ in UInt32(truncatingIfNeeded: random.next()) }).kind == .unrepeated)
        #expect(pattern((0..<20_000).map { _ in UInt32(random.below(1_000)) }).kind == .mixed)
        // Each key five times among the last hundred, and never again.
        #expect(pattern((0..<20_000).map { UInt32(($0 / 500) * 100 + random.below(100)) }).kind == .recent)
    }
}
