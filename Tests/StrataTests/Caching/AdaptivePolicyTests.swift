import Testing

@testable import Strata

@Suite struct AdaptivePolicyTests {
    enum Shape: String, CaseIterable { case zipf, scans, loop, drift, loopThenDrift }

    private func trace(_ shape: Shape, seed: UInt64) -> [UInt32] {
        switch shape {
        case .zipf: return CacheTraces.zipf(40_000, keys: 4_000, seed: seed)
        case .scans: return CacheTraces.scans(40_000, keys: 4_000, seed: seed)
        case .loop: return CacheTraces.loop(40_000, keys: 600)
        case .drift: return CacheTraces.drift(40_000, keys: 4_000, seed: seed)
        case .loopThenDrift:
            return CacheTraces.loop(20_000, keys: 600) + CacheTraces.drift(20_000, keys: 4_000, seed: seed)
        }
    }

    @Test(arguments: Shape.allCases, [1] as [UInt64])
    func staysByTheBest(shape: Shape, seed: UInt64) {
        let trace = trace(shape, seed: seed)
        let entries = 400
        let best = [
            CacheTraces.hitRatio(LRUPolicy.self, trace, entries: entries),
            CacheTraces.hitRatio(FIFOPolicy.self, trace, entries: entries),
            CacheTraces.hitRatio(SievePolicy.self, trace, entries: entries),
            CacheTraces.hitRatio(S3FIFOPolicy.self, trace, entries: entries),
            CacheTraces.hitRatio(WTinyLFUPolicy.self, trace, entries: entries),
        ]
        .max()!
        let adaptive = CacheTraces.hitRatio(AdaptivePolicy.self, trace, entries: entries)
        // A change costs the same number of misses in a short trace as in a long one.
        #expect(adaptive > best - 0.02, "\(shape), seed \(seed): \(adaptive), the best has \(best)")
    }

    @Test func changesWhenTheRequestsDo() {
        var cache = WeighedCache<UInt32, UInt32, AdaptivePolicy>(entries: 400)
        for key in CacheTraces.loop(20_000, keys: 600) where cache.get(key) == nil { cache.put(key, key) }
        #expect(cache.policy.expert == .wTinyLFU)
        let changes = cache.policy.changes
        #expect(changes > 0)
        for key in CacheTraces.drift(20_000, keys: 4_000, seed: 1) where cache.get(key) == nil { cache.put(key, key) }
        #expect(cache.policy.changes > changes)
        #expect(cache.count == 400)
    }

    /// What is in the cache is in the active policy, through all changes, removals and weights.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func losesNoEntryInAChange(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var cache = WeighedCache<Int, Int, AdaptivePolicy>(byteLimit: 60_000)
        var trace = CacheTraces.loop(6_000, keys: 250).map(Int.init)
        trace += CacheTraces.drift(6_000, keys: 1_000, seed: seed).map(Int.init)
        trace += CacheTraces.zipf(6_000, keys: 1_000, seed: seed).map(Int.init)
        for (step, key) in trace.enumerated() {
            if random.chance(3) {
                cache.remove(key)
            } else if let value = cache.get(key) {
                guard value == key else {
                    Issue.record("seed \(seed), step \(step): \(key) has \(value)")
                    return
                }
            } else {
                cache.put(key, key, weight: random.below(60))
            }
            guard cache.byteCount <= 60_000, cache.policy.count == cache.count else {
                Issue.record("seed \(seed), step \(step): \(cache.byteCount) bytes, \(cache.count) entries")
                return
            }
        }
        #expect(cache.policy.changes > 0)
        cache.shrink(to: 0)
        #expect(cache.count == 0)
    }

    @Test(arguments: [1, 2] as [UInt64])
    func aShadowHitsLikeTheCache(seed: UInt64) {
        let trace = CacheTraces.zipf(6_000, keys: 900, seed: seed)
        let hasher = CacheHasher()
        var shadow = ShadowCache<S3FIFOPolicy>(capacity: 100)
        shadow.reserve(slots: 100)
        var hits = 0
        for key in trace where shadow.request(hasher.hash(key), weight: 1) { hits += 1 }
        #expect(Double(hits) / 6_000 == CacheTraces.hitRatio(S3FIFOPolicy.self, trace, entries: 100))
        shadow.thin(capacity: 50) { CacheHasher.remix($0) & 1 == 0 }
        #expect(shadow.table.count <= 50)
        #expect(shadow.held == shadow.table.count)
    }
}
