import Synchronization
import Testing

@testable import Strata

@Suite struct ConcurrentCacheTests {
    private func agrees<Policy: MarkingPolicy & ~Copyable>(_ policy: Policy.Type, seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let cache = ConcurrentCache<Int, Int, Policy>(entries: 60)
        var model = WeighedCache<Int, Int, Policy>(entries: 60)
        #expect(cache.shardCount == 1)
        for step in 0..<longRun(3_000) {
            let key = random.chance(50) ? random.below(40) : random.below(200)
            if random.chance(3) {
                guard cache.remove(key) == model.remove(key) else {
                    Issue.record("seed \(seed), step \(step): remove \(key)")
                    return
                }
                continue
            }
            let value = cache.get(key)
            guard value == model.get(key) else {
                Issue.record("seed \(seed), step \(step): get \(key) gave \(value as Any)")
                return
            }
            if value == nil {
                cache.put(key, step)
                model.put(key, step)
            }
        }
        let (metrics, truth) = (cache.metrics, model.metrics)
        #expect(metrics.hits == truth.hits)
        #expect(metrics.misses == truth.misses)
        #expect(metrics.evictions == truth.evictions)
        #expect(metrics.insertions == truth.insertions)
        #expect(cache.count == model.count)
        cache.removeAll()
        #expect(cache.count == 0)
        #expect(cache.get(1) == nil)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func agreesWithTheCacheOfOneThread(seed: UInt64) {
        agrees(FIFOPolicy.self, seed: seed)
        agrees(SievePolicy.self, seed: seed)
        agrees(S3FIFOPolicy.self, seed: seed)
    }

    @Test(arguments: [1, 16])
    func noThreadGetsAnotherKeysValue(shards: Int) {
        let cache = ConcurrentCache<Int, [Int], S3FIFOPolicy>(entries: 500, shards: shards)
        let wrong = Atomic<Int>(0)
        let steps = longRun(4_000)
        onThreads(4) { thread in
            var random = SplitMix64(seed: UInt64(thread))
            for step in 0..<steps {
                let key = random.chance(60) ? random.below(200) : random.below(2_000)
                if let value = cache.get(key) {
                    if value != [key, key + 1] { wrong.add(1, ordering: .relaxed) }
                } else {
                    cache.put(key, [key, key + 1])
                }
                if step % 64 == 0 { cache.remove(random.below(200)) }
            }
        }
        #expect(wrong.load(ordering: .relaxed) == 0)
        let metrics = cache.metrics
        #expect(metrics.accesses == 4 * steps)
        #expect(metrics.hits > steps)
        #expect(cache.count <= 500)
        #expect(metrics.timedAccesses > 0)
    }

    /// Tables grow while readers ask for what is there: nothing is missed.
    @Test func readersMissNothingWhileTablesGrow() {
        let cache = ConcurrentCache<Int, Int, SievePolicy>(entries: 20_000, shards: 1)
        for key in 0..<8 { cache.put(key, -key) }
        let missed = Atomic<Int>(0)
        let isDone = Atomic<Bool>(false)
        let readers = startThreads(2) { _ in
            while !isDone.load(ordering: .relaxed) {
                for key in 0..<8 where cache.get(key) != -key { missed.add(1, ordering: .relaxed) }
            }
        }
        for key in 8..<10_000 { cache.put(key, -key) }
        isDone.store(true, ordering: .relaxed)
        readers.join()
        #expect(missed.load(ordering: .relaxed) == 0)
        for key in 0..<10_000 where cache.get(key) != -key { Issue.record("key \(key) is not there") }
    }

    @Test(arguments: [1, 2] as [UInt64])
    func neverPassesItsBytes(seed: UInt64) {
        let limit = 200_000
        let cache = ConcurrentCache<Int, Int, S3FIFOPolicy>(byteLimit: limit, shards: 4)
        let most = Atomic<Int>(0)
        onThreads(3) { thread in
            var random = SplitMix64(seed: seed &* 10 &+ UInt64(thread))
            for step in 0..<3_000 {
                let key = random.below(3_000)
                let heavy = (step / 500) % 2 == 1
                if cache.get(key) == nil {
                    cache.put(key, key, weight: heavy ? random.below(10_000) : random.below(50))
                }
                let bytes = cache.byteCount
                if bytes > most.load(ordering: .relaxed) { most.store(bytes, ordering: .relaxed) }
            }
        }
        #expect(most.load(ordering: .relaxed) <= limit)
        #expect(most.load(ordering: .relaxed) > limit / 2)
        #expect(cache.byteCount <= limit)
        #expect(cache.metrics.evictions > 0)
    }

    /// A reader that stays pinned holds the garbage back: then nothing more is kept, rather than more bytes.
    @Test func keepsNothingNewWhileGarbageIsHeldBack() throws {
        let limit = 100_000
        let cache = ConcurrentCache<Int, Int, SievePolicy>(byteLimit: limit, shards: 1)
        var reader = try cache.epochs.register()
        reader.pin()
        var refused = 0
        for key in 0..<2_000 {
            if !cache.put(key, key, weight: 200) { refused += 1 }
            #expect(cache.byteCount <= limit)
        }
        #expect(refused > 1_000)
        reader.unpin()
        #expect(cache.put(5_000, 1, weight: 200))
        #expect(cache.get(5_000) == 1)
    }

    @Test func otherVersionsAndLateAnswersAreNotFound() {
        let cache = ConcurrentCache<Int, UInt64, SievePolicy>(entries: 100)
        cache.put(1, 0)
        cache.put(2, 0, deadline: 10)
        #expect(cache.get(2, now: 9) == 0)
        #expect(cache.get(2, now: 10) == nil)
        cache.invalidate(to: 7)
        #expect(cache.indexVersion == 7)
        #expect(cache.get(1) == nil)
        #expect(!cache.put(1, 0, version: 0))
        #expect(cache.put(1, 7, version: 7))
        #expect(cache.get(1) == 7)
        #expect(cache.metrics.expirations == 2)
        #expect(cache.metrics.rejections == 1)
        #expect(cache.count == 2)
        #expect(cache.removeOutdated() == 1)
        #expect(cache.count == 1)
    }

    @Test func invalidationHoldsForGetsThatBeginAfterIt() {
        let cache = ConcurrentCache<Int, UInt64, S3FIFOPolicy>(entries: 100)
        let stale = Atomic<Int>(0)
        onThreads(3) { thread in
            var random = SplitMix64(seed: UInt64(thread))
            for step in 0..<3_000 {
                if thread == 0, step % 50 == 0 { cache.invalidate(to: UInt64(step / 50)) }
                let before = cache.indexVersion
                let key = random.below(50)
                if let value = cache.get(key) {
                    if value < before { stale.add(1, ordering: .relaxed) }
                } else {
                    cache.put(key, before, version: before)
                }
            }
        }
        #expect(stale.load(ordering: .relaxed) == 0)
    }

    @Test func valuesAreReleasedWithTheCache() {
        final class Witness: Sendable {
            let alive: WitnessCount
            init(_ alive: WitnessCount) {
                self.alive = alive
                alive.count.add(1, ordering: .relaxed)
            }
            deinit { alive.count.subtract(1, ordering: .relaxed) }
        }
        let alive = WitnessCount()
        do {
            let cache = ConcurrentCache<Int, Witness, SievePolicy>(entries: 50, shards: 2)
            for key in 0..<500 { cache.put(key, Witness(alive)) }
            #expect(cache.count <= 50)
            #expect(alive.count.load(ordering: .relaxed) >= cache.count)
            cache.epochs.collect()
            #expect(alive.count.load(ordering: .relaxed) == cache.count)
        }
        #expect(alive.count.load(ordering: .relaxed) == 0)
    }
}

private final class WitnessCount: Sendable {
    let count = Atomic<Int>(0)
}
