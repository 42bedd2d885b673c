import Strata
import Testing

/// The cache as a list, most recently used first: every call is O(n).
private struct ListCache {
    var capacity: Int
    var entries: [(key: Int, value: Int, weight: Int)] = []
    var metrics = CacheMetrics()

    var weight: Int { entries.reduce(0) { $0 + $1.weight } }

    mutating func get(_ key: Int) -> Int? {
        guard let place = entries.firstIndex(where: { $0.key == key }) else {
            metrics.misses += 1
            return nil
        }
        metrics.hits += 1
        entries.insert(entries.remove(at: place), at: 0)
        return entries[0].value
    }

    mutating func put(_ key: Int, _ value: Int, _ weight: Int) {
        _ = remove(key)
        guard capacity > 0, weight <= capacity else {
            metrics.rejections += 1
            return
        }
        while self.weight + weight > capacity {
            entries.removeLast()
            metrics.evictions += 1
        }
        entries.insert((key, value, weight), at: 0)
        metrics.insertions += 1
    }

    mutating func remove(_ key: Int) -> Bool {
        guard let place = entries.firstIndex(where: { $0.key == key }) else { return false }
        entries.remove(at: place)
        return true
    }
}

@Suite struct LRUCacheTests {
    @Test(arguments: [0, 1, 2, 7, 40], [1, 2, 3] as [UInt64])
    func agreesWithAList(capacity: Int, seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var cache = LRUCache<Int, Int>(capacity: capacity)
        var model = ListCache(capacity: capacity)
        let weighted = seed != 1
        for step in 0..<2_500 {
            let key = random.below(capacity * 2 + 3)
            switch random.below(20) {
            case 0:
                guard cache.remove(key) == model.remove(key) else {
                    Issue.record("capacity \(capacity), seed \(seed), step \(step): remove \(key)")
                    return
                }
            case 1 where random.chance(5):
                cache.removeAll()
                model.entries.removeAll()
            case 2...9:
                let weight = weighted ? random.below(max(capacity / 3, 1) + 2) : 1
                cache.put(key, step, weight: weight)
                model.put(key, step, weight)
            default:
                guard cache.get(key) == model.get(key) else {
                    Issue.record("capacity \(capacity), seed \(seed), step \(step): get \(key)")
                    return
                }
            }
            guard cache.keysByRecency == model.entries.map(\.key), cache.weight == model.weight,
                cache.weight <= capacity, cache.count == model.entries.count, cache.metrics == model.metrics
            else {
                Issue.record(
                    "capacity \(capacity), seed \(seed), step \(step): \(cache.keysByRecency) is not \(model.entries)")
                return
            }
        }
        #expect(cache.metrics.hits + cache.metrics.misses > 1_000)
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func shrinksToWhatWasUsedLast(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var cache = LRUCache<Int, Int>(capacity: 400)
        var model = ListCache(capacity: 400)
        for step in 0..<40 {
            for _ in 0..<random.below(120) {
                let (key, weight) = (random.below(300), random.below(5))
                cache.put(key, step, weight: weight)
                model.put(key, step, weight)
                _ = cache.get(random.below(300))
            }
            // The order of both is the same again.
            model.entries = cache.keysByRecency.map { key in model.entries.first { $0.key == key }! }
            let limit = random.below(cache.weight + 20) - 10
            cache.shrink(to: limit)
            while model.weight > max(0, limit) { model.entries.removeLast() }
            guard cache.keysByRecency == model.entries.map(\.key), cache.weight == model.weight else {
                Issue.record("seed \(seed), step \(step): \(cache.keysByRecency) is not \(model.entries)")
                return
            }
            for entry in model.entries.reversed() where cache.get(entry.key) != entry.value {
                Issue.record("seed \(seed), step \(step): the value of \(entry.key)")
            }
            #expect(cache.tableBytes <= (cache.count * 2 + 4) * LRUCache<Int, Int>.tableBytesPerEntry)
        }
        #expect(cache.metrics.evictions > 0)
        #expect(cache.capacity == 400)
    }

    /// A cache whose calls took longer with its size would not come through a million of them: the list above does
    /// 10^11 steps for as many.
    @Test func staysRightWithAHundredThousandEntries() {
        let size = 100_000
        var cache = LRUCache<Int, Int>(capacity: size)
        for key in 0..<size { cache.put(key, key) }
        #expect(cache.count == size)
        #expect(cache.metrics.evictions == 0)
        // Touch each in an order that jumps about: 7,919 is prime, and no divisor of the size.
        var wrong = 0
        for step in 0..<size where cache.get(step * 7_919 % size) != step * 7_919 % size { wrong += 1 }
        #expect(wrong == 0)
        // Each new entry takes the place of the one that was touched first among those left.
        for step in 0..<size {
            cache.put(size + step, step)
            let gone = step * 7_919 % size
            let next = (step + 1) * 7_919 % size
            if step % 10_000 == 0 {
                #expect(!cache.keysByRecency.contains(gone))
                #expect(cache.keysByRecency.last == next)
            }
        }
        #expect(cache.metrics.evictions == size)
        #expect(cache.metrics.insertions == 2 * size)
        #expect(cache.metrics.hits == size)
        #expect(cache.metrics.misses == 0)
        #expect(cache.keysByRecency == (size..<2 * size).reversed())
    }

    @Test func weightsAddUpWithoutOverflowing() {
        var cache = LRUCache<Int, Int>(capacity: .max)
        cache.put(1, 1, weight: .max - 1)
        cache.put(2, 2, weight: 1)
        #expect(cache.count == 2)
        cache.put(3, 3, weight: .max)
        #expect(cache.keysByRecency == [3])
        #expect(cache.metrics.evictions == 2)
    }

    @Test func withoutCapacityNothingIsKept() {
        for capacity in [0, -5] {
            var cache = LRUCache<Int, Int>(capacity: capacity)
            cache.put(1, 1)
            cache.put(2, 2, weight: 0)
            #expect(cache.count == 0)
            #expect(cache.metrics.insertions == 0)
            #expect(cache.metrics.hitRatio == nil)
            #expect(cache.get(1) == nil)
            #expect(cache.metrics.hitRatio == 0)
        }
    }

    @Test func valuesAreReleasedWhenTheyGo() {
        final class Witness {}
        var cache = LRUCache<Int, Witness>(capacity: 2)
        weak var first: Witness?
        weak var second: Witness?
        do {
            let (one, two) = (Witness(), Witness())
            (first, second) = (one, two)
            cache.put(1, one)
            cache.put(2, two)
        }
        #expect(first != nil)
        cache.put(3, Witness())
        #expect(first == nil, "an evicted value is still held")
        cache.remove(2)
        #expect(second == nil, "a removed value is still held")
    }
}
