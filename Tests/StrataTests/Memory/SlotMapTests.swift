import Testing

@testable import Strata

@Suite struct SlotMapTests {
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func agreesWithADictionary(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var map = SlotMap<UInt64>()
        var model: [EntityKey: UInt64] = [:]
        var live: [EntityKey] = []
        var dead: [EntityKey] = []
        // Grows past a chunk, shrinks, grows again.
        for (phase, (steps, insertions)) in [(6_000, 90), (4_000, 20), (1_000, 60), (1_500, 10), (3_000, 70)]
            .enumerated()
        {
            for step in 0..<steps {
                if live.isEmpty || random.chance(insertions) {
                    let value = random.next()
                    let key = try map.insert(value)
                    guard model.updateValue(value, forKey: key) == nil else {
                        Issue.record("seed \(seed), phase \(phase), step \(step): the key was given before")
                        return
                    }
                    live.append(key)
                } else {
                    let place = random.below(live.count)
                    let key = live[place]
                    live[place] = live[live.count - 1]
                    live.removeLast()
                    dead.append(key)
                    let expected = model.removeValue(forKey: key)
                    let removed = map.remove(key)
                    guard removed == expected, map.remove(key) == nil else {
                        Issue.record(
                            "seed \(seed), phase \(phase), step \(step): removed \(String(describing: removed))")
                        return
                    }
                }
            }
            let count = map.count
            #expect(count == model.count, "seed \(seed), phase \(phase)")
            var resolved = 0
            for key in live where map.value(for: key) == model[key] { resolved += 1 }
            #expect(resolved == live.count, "seed \(seed), phase \(phase)")
            var risen = 0
            for key in dead where map.value(for: key) != nil { risen += 1 }
            #expect(risen == 0, "seed \(seed), phase \(phase): dead keys resolve")
            var seen: [UInt32] = []
            var wrong = 0
            map.forEach { index, value in
                seen.append(index)
                if value.pointee != model[map.key(at: index)!] { wrong += 1 }
            }
            #expect(wrong == 0, "seed \(seed), phase \(phase)")
            #expect(seen == model.keys.map(\.index).sorted(), "seed \(seed), phase \(phase)")
        }
        let bound = Int(map.slotBound)
        #expect(bound <= 12_000)
        #expect(bound > SlotMap<UInt64>.chunkCapacity)
        #expect(dead.count > 1_000)
    }

    @Test func addressesNeverMove() throws {
        var map = SlotMap<UInt64>()
        let first = try map.insert(42)
        let address = map.pointer(for: first)
        for value in 0..<UInt64(SlotMap<UInt64>.chunkCapacity * 20) { _ = try map.insert(value) }
        #expect(map.pointer(for: first) == address)
        #expect(address?.pointee == 42)
        #expect(address.map { UInt(bitPattern: $0) % 64 } == 0)
    }

    @Test func anotherMapsKeyIsRefused() throws {
        var left = SlotMap<UInt64>()
        var right = SlotMap<UInt64>()
        let mine = try left.insert(1)
        var other = try right.insert(2)
        // Stores are numbered modulo 256: other tests may have made 255 maps in between.
        while other.store == mine.store {
            right = SlotMap<UInt64>()
            other = try right.insert(2)
        }
        #expect(mine.index == other.index)
        #expect(mine.generation == other.generation)
        #expect(left.value(for: other) == nil)
        #expect(right.value(for: mine) == nil)
        #expect(left.remove(other) == nil)
        #expect(left.value(for: mine) == 1)
        #expect(right.value(for: other) == 2)
    }

    @Test func keysThatWereNeverGivenAreRefused() throws {
        var map = SlotMap<UInt64>()
        let key = try map.insert(1)
        for index: UInt32 in [1, 4_095, 4_096, 1 << 20, .max] {
            for generation: UInt32 in [0, 1, 2] {
                #expect(map.value(for: EntityKey(index: index, generation: generation, store: key.store)) == nil)
            }
        }
        // A free slot has an even generation; a key that names it is no key.
        _ = map.remove(key)
        for generation: UInt32 in [0, 1, 2, 3] {
            #expect(map.value(for: EntityKey(index: 0, generation: generation, store: key.store)) == nil)
        }
        #expect(map.key(at: 0) == nil)
        #expect(map.key(at: 1) == nil)
    }

    @Test func aSlotWhoseGenerationsAreUsedUpIsRetired() throws {
        var map = SlotMap<UInt64>()
        let young = try map.insert(1)
        let neighbour = try map.insert(9)
        let aged = map.age(young, to: EntityKey.maximumGeneration - 2)
        let old = try #require(aged)
        #expect(map.value(for: young) == nil)
        #expect(map.remove(old) == 1)
        let last = try map.insert(2)
        #expect(last.index == old.index)
        #expect(last.generation == EntityKey.maximumGeneration)
        let before = map.retiredSlots
        #expect(before == 0)
        #expect(map.remove(last) == 2)
        let (retired, count) = (map.retiredSlots, map.count)
        #expect(retired == 1)
        #expect(count == 1)

        var keys: [EntityKey] = []
        for value in 0..<100 as Range<UInt64> { keys.append(try map.insert(value)) }
        #expect(!keys.contains { $0.index == old.index }, "a retired slot was filled again")
        for dead in [young, old, last] { #expect(map.value(for: dead) == nil) }
        // The generation that would come round again.
        #expect(map.value(for: EntityKey(index: old.index, generation: 1, store: old.store)) == nil)
        #expect(map.value(for: neighbour) == 9)
        #expect(map.key(at: old.index) == nil)
    }

    @Test func holdsWhatItSays() throws {
        var map = SlotMap<EntityData>()
        let empty = map.reservedBytes
        for id in 0..<UInt32(SlotMap<EntityData>.chunkCapacity) {
            _ = try map.insert(EntityData(id: id, type: InternedString(id: 0)))
        }
        let one = map.reservedBytes
        _ = try map.insert(EntityData(id: 0, type: InternedString(id: 0)))
        let two = map.reservedBytes
        #expect(one - empty == SlotMap<EntityData>.chunkCapacity * (64 + 4))
        #expect(two - one == one - empty)
    }
}
