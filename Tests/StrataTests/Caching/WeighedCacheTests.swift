import Testing

@testable import Strata

@Suite struct WeighedCacheTests {
    private func staysWithin<Policy: EvictionPolicy & ~Copyable>(_ policy: Policy.Type, seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let limit = 4_000 + random.below(30_000)
        var cache = WeighedCache<Int, Int, Policy>(byteLimit: limit)
        var most = 0
        var kept = 0
        for step in 0..<longRun(3_000) {
            let key = random.below(600)
            // Small entries for a time, then large ones, and back: tables that are right for the first weigh on the
            // second.
            let heavy = (step / 500) % 2 == 1
            let weight = heavy ? 400 + random.below(limit / 4) : random.below(40)
            if cache.get(key) == nil, cache.put(key, step, weight: weight) { kept += 1 }
            most = max(most, cache.byteCount)
            guard cache.byteCount <= limit else {
                Issue.record("seed \(seed), step \(step): \(cache.byteCount) bytes of \(limit)")
                return
            }
        }
        #expect(kept > 100, "seed \(seed)")
        #expect(most > limit / 2, "seed \(seed)")
        cache.shrink(to: limit / 10)
        #expect(cache.byteCount <= limit / 10 || cache.count == 0)
        #expect(cache.metrics.bytes == cache.byteCount)
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func neverPassesItsBytes(seed: UInt64) {
        staysWithin(FIFOPolicy.self, seed: seed)
        staysWithin(LRUPolicy.self, seed: seed)
        staysWithin(SievePolicy.self, seed: seed)
        staysWithin(S3FIFOPolicy.self, seed: seed)
        staysWithin(WTinyLFUPolicy.self, seed: seed)
    }

    @Test func withoutRoomNothingIsKept() {
        for limit in [0, -1, 50] {
            var cache = WeighedCache<Int, Int, SievePolicy>(byteLimit: limit)
            #expect(cache.put(1, 1) == false)
            #expect(cache.get(1) == nil)
            #expect(cache.count == 0)
            #expect(cache.metrics.rejections == 1)
        }
        var cache = WeighedCache<Int, Int, SievePolicy>(byteLimit: 5_000)
        #expect(cache.put(1, 1, weight: 100) == true)
        #expect(cache.put(1, 2, weight: .max) == false)
        #expect(cache.get(1) == nil, "the old value of a key stayed")
    }

    @Test func deadlinesPass() {
        var cache = WeighedCache<Int, String, LRUPolicy>(entries: 10)
        cache.put(1, "for ever")
        cache.put(2, "till ten", deadline: 10)
        cache.put(3, "till twenty", deadline: 20)
        #expect(cache.get(2, now: 9) == "till ten")
        #expect(cache.get(2, now: 10) == nil)
        #expect(cache.metrics.expirations == 1)
        #expect(cache.metrics.misses == 1)
        #expect(cache.count == 2)
        #expect(cache.contains(3, now: 19) == true)
        #expect(cache.removeOutdated(now: 20) == 1)
        #expect(cache.contains(3, now: 20) == false)
        #expect(cache.get(1, now: .max - 1) == "for ever")
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func noOtherVersionIsEverFound(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var cache = WeighedCache<Int, UInt64, S3FIFOPolicy>(entries: 50)
        var version: UInt64 = 0
        var found = 0
        for step in 0..<3_000 {
            let key = random.below(80)
            if random.chance(1) {
                version = UInt64(random.below(5))
                cache.invalidate(to: version)
            }
            if let value = cache.get(key) {
                found += 1
                guard value == version else {
                    Issue.record("seed \(seed), step \(step): version \(value) at \(version)")
                    return
                }
            } else {
                // Now and then the answer was begun before the index changed.
                let late = random.chance(10)
                let kept = cache.put(key, late ? 9 : version, version: late ? 9 : random.chance(50) ? nil : version)
                guard kept == !late else {
                    Issue.record("seed \(seed), step \(step): kept \(kept)")
                    return
                }
            }
        }
        #expect(found > 100)
        #expect(cache.metrics.expirations > 0)
    }

    @Test func valuesAreReleasedWhenTheyGo() {
        final class Witness {
            let alive: UnsafeMutablePointer<Int>
            init(_ alive: UnsafeMutablePointer<Int>) {
                self.alive = alive
                alive.pointee += 1
            }
            deinit { alive.pointee -= 1 }
        }
        let alive = UnsafeMutablePointer<Int>.allocate(capacity: 1)
        alive.initialize(to: 0)
        defer { alive.deallocate() }
        do {
            var cache = WeighedCache<Int, Witness, WTinyLFUPolicy>(entries: 20)
            for key in 0..<200 { cache.put(key % 70, Witness(alive)) }
            #expect(alive.pointee == cache.count)
            cache.shrink(to: 2)
            #expect(alive.pointee == 2)
            #expect(cache.count == 2)
            cache.put(1_000, Witness(alive))
            cache.removeAll()
            #expect(alive.pointee == 0)
            for key in 0..<200 { cache.put(key, Witness(alive)) }
            #expect(alive.pointee == 20)
        }
        #expect(alive.pointee == 0)
    }

    @Test func getsAreTimed() {
        var cache = WeighedCache<Int, Int, FIFOPolicy>(entries: 4)
        #expect(cache.metrics.meanAccessNanoseconds == nil)
        for key in 0..<1_000 { _ = cache.get(key) }
        #expect(cache.metrics.timedAccesses == 4)
        #expect(cache.metrics.meanAccessNanoseconds! > 0)
        #expect(cache.metrics.accesses == 1_000)
    }
}
