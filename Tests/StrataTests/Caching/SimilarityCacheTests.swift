import Synchronization
import Testing

@testable import Strata

@Suite struct SimilarityCacheTests {
    private struct Query: Hashable {
        var bits: [UInt32]
        var limit: Int
        var excluded: UInt32?
        var version: UInt64

        var key: QueryCacheKey {
            let vector = bits.map { Float(bitPattern: $0) }
            return QueryCacheKey(vector: vector.span, limit: limit, excluded: excluded, indexVersion: version)
        }
    }

    @Test func everyBitOfAQueryCounts() {
        let cache = SimilarityCache(byteLimit: 1 << 20)
        let base = Query(bits: [0x3F80_0000, 0], limit: 3, excluded: 1, version: 7)
        var others: [Query] = []
        for place in 0..<2 {
            for bit in 0..<32 as Range<UInt32> {
                var query = base
                query.bits[place] ^= 1 << bit
                others.append(query)
            }
        }
        others.append(Query(bits: [0x3F80_0000], limit: 3, excluded: 1, version: 7))
        others.append(Query(bits: [0x3F80_0000, 0, 0], limit: 3, excluded: 1, version: 7))
        others.append(Query(bits: [0, 0x3F80_0000], limit: 3, excluded: 1, version: 7))
        others.append(Query(bits: base.bits, limit: 4, excluded: 1, version: 7))
        others.append(Query(bits: base.bits, limit: 3, excluded: 2, version: 7))
        others.append(Query(bits: base.bits, limit: 3, excluded: nil, version: 7))
        others.append(Query(bits: base.bits, limit: 3, excluded: 0, version: 7))
        others.append(Query(bits: base.bits, limit: 3, excluded: 1, version: 8))
        cache.keep([SimilarityMatch(id: 99, score: 0.5)], to: base.key)
        for query in others { #expect(cache.answer(to: query.key) == nil, "\(query)") }
        #expect(cache.answer(to: base.key) == [SimilarityMatch(id: 99, score: 0.5)])
        #expect(cache.metrics.hits == 1)
        #expect(cache.metrics.misses == others.count)
    }

    @Test func negativeZeroIsAnotherVectorAndNaNEqualsItself() {
        let cache = SimilarityCache(byteLimit: 1 << 20)
        let zero = Query(bits: [0], limit: 1, excluded: nil, version: 0)
        let negative = Query(bits: [0x8000_0000], limit: 1, excluded: nil, version: 0)
        let nan = Query(bits: [0x7FC0_0000], limit: 1, excluded: nil, version: 0)
        cache.keep([SimilarityMatch(id: 1, score: 0)], to: zero.key)
        #expect(cache.answer(to: negative.key) == nil)
        cache.keep([], to: nan.key)
        #expect(cache.answer(to: nan.key) == [])
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func neverGivesAnotherQuerysAnswer(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let cache = SimilarityCache(byteLimit: 30_000)
        var numbers: [Query: UInt32] = [:]
        for step in 0..<4_000 {
            let query = Query(
                bits: (0..<1 + random.below(2)).map { _ in UInt32(random.below(4)) << 30 }, limit: random.below(4),
                excluded: random.chance(50) ? nil : UInt32(random.below(3)), version: UInt64(random.below(4)))
            let number = numbers[query] ?? UInt32(numbers.count)
            numbers[query] = number
            if let answer = cache.answer(to: query.key) {
                guard answer.map(\.id) == [number] else {
                    Issue.record("seed \(seed), step \(step): \(query) got \(answer)")
                    return
                }
            } else {
                cache.keep([SimilarityMatch(id: number, score: 1)], to: query.key)
            }
            if random.chance(1), random.chance(20) { cache.removeAll() }
            guard cache.byteCount <= 30_000 else {
                Issue.record("seed \(seed), step \(step): \(cache.byteCount) bytes")
                return
            }
        }
        #expect(cache.metrics.hits > 0)
        #expect(cache.metrics.evictions > 0)
    }

    @Test func countsWhatItHolds() {
        let cache = SimilarityCache(byteLimit: 1 << 20)
        #expect(cache.byteCount == 0)
        let answer = Array(repeating: SimilarityMatch(id: 1, score: 1), count: 1_000)
        let long = Query(bits: Array(repeating: 1, count: 768), limit: 1, excluded: nil, version: 0)
        cache.keep(answer, to: long.key)
        #expect(cache.byteCount >= 768 * 4 + 1_000 * 16)
        #expect(cache.byteCount < 768 * 4 + 1_000 * 16 + 400)
        cache.keep([], to: long.key)
        #expect(cache.byteCount < 768 * 4 + 400)
        cache.removeAll()
        #expect(cache.byteCount == 0)
    }

    @Test func withoutBytesNothingIsKept() {
        let cache = SimilarityCache(byteLimit: 0)
        let key = Query(bits: [1], limit: 1, excluded: nil, version: 0).key
        cache.keep([], to: key)
        #expect(cache.answer(to: key) == nil)
        #expect(cache.byteCount == 0)
    }

    @Test func severalThreadsAsk() {
        let cache = SimilarityCache(byteLimit: 20_000)
        let wrong = Atomic<Int>(0)
        onThreads(4) { thread in
            var random = SplitMix64(seed: UInt64(thread))
            for _ in 0..<1_500 {
                let number = UInt32(random.below(200))
                let key = Query(bits: [number], limit: 1, excluded: nil, version: 0).key
                if let answer = cache.answer(to: key) {
                    if answer.first?.id != number { wrong.add(1, ordering: .relaxed) }
                } else {
                    cache.keep([SimilarityMatch(id: number, score: 0)], to: key)
                }
            }
        }
        #expect(wrong.load(ordering: .relaxed) == 0)
        let metrics = cache.metrics
        #expect(metrics.hits + metrics.misses == 6_000)
    }

    // MARK: In a budget

    private func fill(_ cache: SimilarityCache, _ numbers: Range<UInt32>) {
        for number in numbers {
            let key = Query(bits: [number, 1, 2, 3], limit: 9, excluded: nil, version: 0).key
            cache.keep([SimilarityMatch](repeating: SimilarityMatch(id: number, score: 0), count: 9), to: key)
        }
    }

    @Test func takesWhatItHoldsFromTheBudget() {
        let budget = MemoryBudget(limits: MemoryLimits(soft: 1 << 20, hard: 1 << 20))
        do {
            let cache = SimilarityCache(byteLimit: 100_000, budget: budget)
            fill(cache, 0..<2_000)
            #expect(cache.byteCount <= 100_000)
            #expect(cache.byteCount > 90_000)
            #expect(cache.reservedBytes <= 100_000)
            #expect(budget.usedBytes == cache.reservedBytes)
            let before = cache.reservedBytes
            let given = cache.shrink(by: 30_000)
            #expect(given >= 30_000)
            #expect(cache.reservedBytes == before - given)
            #expect(budget.usedBytes == cache.reservedBytes)
            // The last ones asked for are there still.
            #expect(cache.answer(to: Query(bits: [1_999, 1, 2, 3], limit: 9, excluded: nil, version: 0).key) != nil)
            cache.shrink(by: .max)
            #expect(cache.byteCount == 0)
            #expect(cache.reservedBytes < 1_000)
            #expect(budget.usedBytes == cache.reservedBytes)
        }
        #expect(budget.usedBytes == 0)
    }

    @Test func keepsNothingNewUnderPressure() throws {
        let budget = MemoryBudget(limits: MemoryLimits(soft: 1 << 19, hard: 1 << 20))
        let cache = SimilarityCache(byteLimit: 1 << 20, budget: budget)
        fill(cache, 0..<100)
        let count = cache.metrics.insertions
        #expect(count == 100)
        let others = (1 << 19) - budget.usedBytes
        try budget.take(others)
        fill(cache, 100..<200)
        #expect(cache.metrics.insertions == count)
        #expect(cache.answer(to: Query(bits: [99, 1, 2, 3], limit: 9, excluded: nil, version: 0).key) != nil)
        budget.give(others)
        fill(cache, 200..<300)
        #expect(cache.metrics.insertions == count + 100)
    }
}
