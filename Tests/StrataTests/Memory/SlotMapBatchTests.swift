import Testing

@testable import Strata

@Suite struct SlotMapBatchTests {
    private typealias Entity = InlineArray<6, UInt64>

    @Test(arguments: [1, 2, 3] as [UInt64])
    func batchesDoWhatSingleCallsDo(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var map = SlotMap<Entity>()
        var live: [(key: EntityKey, value: UInt64)] = []
        var dead: [EntityKey] = []
        for round in 0..<40 {
            let count = [0, 1, 63, 64, 65, random.below(2_000)][random.below(6)]
            let numbers = (0..<count).map { _ in random.next() }
            let values = numbers.map { Entity(repeating: $0) }
            let keys = try [EntityKey](capacity: count) { keys throws(StrataError) in
                try map.insert(contentsOf: values.span, keys: &keys)
            }
            live += zip(keys, numbers).map { ($0, $1) }
            for _ in 0..<random.below(live.count + 1) {
                let place = random.below(live.count)
                dead.append(live[place].key)
                #expect(map.remove(live[place].key) != nil)
                live[place] = live[live.count - 1]
                live.removeLast()
            }
            #expect(map.count == live.count, "seed \(seed), round \(round)")

            // Live and dead keys, mixed.
            var asked: [(key: EntityKey, value: UInt64?)] = live.map { ($0.key, $0.value) }
            asked += dead.suffix(500).map { ($0, nil) }
            asked.shuffle(using: &random)
            let askedKeys = asked.map(\.key)
            var wrong = 0
            var next = 0
            map.forEach(of: askedKeys.span) { place, value in
                if place != next || value?.pointee[5] != asked[place].value { wrong += 1 }
                next += 1
            }
            let got = [Entity?](capacity: asked.count) { map.values(for: askedKeys.span, into: &$0) }
            for place in asked.indices where got[place]?[0] != asked[place].value { wrong += 1 }
            let reader = map.makeReader()
            reader.forEach(of: askedKeys.span) { place, value in
                if value?.pointee[5] != asked[place].value { wrong += 1 }
            }
            #expect(wrong == 0 && next == asked.count && got.count == asked.count, "seed \(seed), round \(round)")
        }
        #expect(dead.count > 1_000)
    }

    @Test func foreignKeysAreRefusedInBatches() throws {
        var map = SlotMap<UInt64>()
        var other = SlotMap<UInt64>()
        let key = try map.insert(1)
        let keys = [
            key, try other.insert(2), EntityKey(index: .max, generation: 1, store: key.store),
            EntityKey(index: 1, generation: 1, store: key.store),
            EntityKey(index: 4_096, generation: 1, store: key.store),
        ]
        #expect([UInt64?](capacity: 5) { map.values(for: keys.span, into: &$0) } == [1, nil, nil, nil, nil])
    }

    @Test func aBatchFillsTheHolesFirst() throws {
        var map = SlotMap<UInt64>()
        let values = [UInt64](0..<1_000)
        let keys = try [EntityKey](capacity: 1_000) { keys throws(StrataError) in
            try map.insert(contentsOf: values.span, keys: &keys)
        }
        #expect(keys.map(\.index) == [UInt32](0..<1_000))
        for place in stride(from: 0, to: 1_000, by: 7) { _ = map.remove(keys[place]) }
        let fewer = Array(values.prefix(143))
        let again = try [EntityKey](capacity: 143) { keys throws(StrataError) in
            try map.insert(contentsOf: fewer.span, keys: &keys)
        }
        // What is left of the last word comes before the holes.
        #expect(again.count { $0.index >= 1_000 } == 24)
        #expect(Set(again.map(\.index)).count == 143)
        #expect(again.allSatisfy { $0.index >= 1_000 ? $0.generation == 1 : $0.generation == 3 })
    }
}
