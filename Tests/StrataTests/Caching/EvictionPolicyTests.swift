import Testing

@testable import Strata

@Suite struct EvictionPolicyTests {
    /// Requests, puts and removals, after each of which cache and model hold the same keys.
    private func agrees<Policy: EvictionPolicy & ~Copyable, Model: NaivePolicy>(
        _ policy: Policy.Type, _ model: Model.Type, capacity: Int, weighted: Bool, seed: UInt64
    ) {
        var random = SplitMix64(seed: seed)
        var cache = WeighedCache<Int, Int, Policy>(entries: capacity)
        var model = Model(capacity: capacity)
        var hits = 0
        var gets = 0
        let keys = capacity * 3 + 2
        for step in 0..<longRun(1_500) {
            // Half of the requests go to a few keys, so that queues of all kinds fill.
            let key = random.chance(50) ? random.below(capacity / 2 + 1) : random.below(keys)
            if random.chance(4) {
                let expected = model.contains(key)
                if expected { model.remove(key) }
                guard cache.remove(key) == expected else {
                    Issue.record("capacity \(capacity), seed \(seed), step \(step): remove \(key)")
                    return
                }
            } else if random.chance(6) {
                let weight = weighted ? random.below(max(2, capacity / 4)) : 1
                cache.put(key, step, weight: weight)
                model.reserve(cache.slotCount)
                model.put(key, weight: weight, capacity: capacity)
            } else {
                gets += 1
                let expected = model.contains(key)
                let value = cache.get(key)
                guard (value != nil) == expected else {
                    Issue.record("capacity \(capacity), seed \(seed), step \(step): get \(key) gave \(value as Any)")
                    return
                }
                if expected {
                    hits += 1
                    model.hit(key)
                } else {
                    let weight = weighted ? 1 + random.below(max(1, capacity / 5)) : 1
                    cache.put(key, step, weight: weight)
                    model.reserve(cache.slotCount)
                    model.put(key, weight: weight, capacity: capacity)
                }
            }
            guard cache.count == model.entries.count, cache.weight == model.weight, cache.weight <= capacity else {
                Issue.record(
                    "capacity \(capacity), seed \(seed), step \(step): \(cache.count) entries of \(cache.weight)")
                return
            }
            if step % 16 == 0 {
                for key in 0..<keys where cache.contains(key) != model.contains(key) {
                    Issue.record("capacity \(capacity), seed \(seed), step \(step): key \(key)")
                    return
                }
            }
        }
        #expect(cache.metrics.hits == hits)
        #expect(cache.metrics.misses == gets - hits)
        #expect(capacity < 3 || hits > 0)
        #expect(cache.metrics.evictions > 0)
    }

    @Test(arguments: [1, 2, 13, 40], [1, 2, 3] as [UInt64])
    func fifoAgreesWithAList(capacity: Int, seed: UInt64) {
        agrees(FIFOPolicy.self, NaiveFIFO.self, capacity: capacity, weighted: seed == 3, seed: seed)
    }

    @Test(arguments: [1, 2, 13, 40], [1, 2, 3] as [UInt64])
    func lruAgreesWithAList(capacity: Int, seed: UInt64) {
        agrees(LRUPolicy.self, NaiveLRU.self, capacity: capacity, weighted: seed == 3, seed: seed)
    }

    @Test(arguments: [1, 2, 13, 40], [1, 2, 3] as [UInt64])
    func sieveAgreesWithAList(capacity: Int, seed: UInt64) {
        agrees(SievePolicy.self, NaiveSieve.self, capacity: capacity, weighted: seed == 3, seed: seed)
    }

    @Test(arguments: [1, 2, 13, 40], [1, 2, 3] as [UInt64])
    func s3FIFOAgreesWithLists(capacity: Int, seed: UInt64) {
        agrees(S3FIFOPolicy.self, NaiveS3FIFO.self, capacity: capacity, weighted: seed == 3, seed: seed)
    }

    @Test(arguments: [1, 2, 13, 40], [1, 2, 3] as [UInt64])
    func wTinyLFUAgreesWithLists(capacity: Int, seed: UInt64) {
        agrees(WTinyLFUPolicy.self, NaiveWTinyLFU.self, capacity: capacity, weighted: seed == 3, seed: seed)
    }

    // MARK: Parts

    @Test(arguments: [1, 2, 3] as [UInt64])
    func theSketchNeverCountsTooLittle(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var sketch = FrequencySketch(slots: 512)
        let hasher = CacheHasher()
        var truth: [Int: Int] = [:]
        for step in 0..<2_000 {
            let key = random.chance(50) ? random.below(20) : random.below(400)
            sketch.add(hasher.hash(key), sample: .max)
            truth[key, default: 0] += 1
            // The counts of all keys go on when the sketch grows.
            if step == 1_000 { sketch.reserve(slots: 2_048) }
        }
        var excess = 0
        for (key, count) in truth {
            let estimate = sketch.frequency(of: hasher.hash(key))
            #expect(estimate >= min(15, count), "seed \(seed), key \(key)")
            excess += estimate - min(15, count)
        }
        #expect(excess < 2 * truth.count, "seed \(seed)")
        let before = truth.keys.map { sketch.frequency(of: hasher.hash($0)) }
        sketch.halve()
        #expect(truth.keys.map { sketch.frequency(of: hasher.hash($0)) } == before.map { $0 / 2 })
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func theTableAgreesWithADictionary(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var table = SlotTable(slots: 40)
        var truth: [UInt32: UInt32] = [:]
        for step in 0..<longRun(20_000) {
            // Few hashes, most of them near each other or near the end, so that runs grow, meet and wrap.
            let hash = UInt32(random.below(24)) &* 0x0100_0000 &- (random.chance(50) ? 1 : 0x0A00_0000)
            let slot = UInt32(1 + random.below(40))
            if truth[slot] != nil {
                table.remove(truth[slot]!, slot)
                truth[slot] = nil
            } else {
                table.insert(hash, slot)
                truth[slot] = hash
            }
            let probe = UInt32(1 + random.below(40))
            let found = truth[probe].map { table.find($0) { $0 == probe } } ?? probe
            guard found == probe, table.count == truth.count, table.find(hash, where: { truth[$0] != hash }) == 0 else {
                Issue.record("seed \(seed), step \(step): slot \(probe)")
                return
            }
        }
    }

    @Test func marksStayWhereTheyAre() {
        var marks = SlotMarks()
        var seen: [UInt32: SlotMarks.Mark] = [:]
        var distinct: Set<SlotMarks.Mark> = []
        for slots in [1, 63, 64, 127, 128, 200, 5_000] {
            marks.reserve(slots: slots)
            for slot in 0...UInt32(slots) {
                if let known = seen[slot] { #expect(known == marks[slot]) }
                seen[slot] = marks[slot]
                distinct.insert(marks[slot])
            }
            #expect(distinct.count == slots + 1)
        }
        #expect(SlotMarks.byteCount(slots: 5_000) >= 5_001)
    }
}
