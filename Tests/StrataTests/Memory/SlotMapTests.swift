import Glibc
import Testing

@testable import Strata

@Suite struct SlotMapTests {
    /// A map beside the dictionary that it should agree with.
    private struct Pair: ~Copyable {
        var map = SlotMap<UInt64>()
        var model: [EntityKey: UInt64] = [:]
        var live: [EntityKey] = []
        var dead: [EntityKey] = []
        /// All keys ever given: none may be given twice.
        var given: Set<EntityKey> = []

        mutating func insert(_ value: UInt64) throws -> Bool {
            let key = try map.insert(value)
            return note(key, value)
        }

        mutating func note(_ key: EntityKey, _ value: UInt64) -> Bool {
            live.append(key)
            model[key] = value
            return given.insert(key).inserted
        }

        mutating func takeLive(_ place: Int) -> EntityKey {
            let key = live[place]
            live[place] = live[live.count - 1]
            live.removeLast()
            dead.append(key)
            return key
        }
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func agreesWithADictionary(seed: UInt64) throws {
        // More steps are more lives of a map, each with numbers of its own: what a life of millions costs is comparing.
        for life in 0..<UInt64(longRun(16_000) / 16_000) { try live(seed: seed &+ life << 32) }
    }

    private func live(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let epochs = EpochManager()
        var pair = Pair()
        // Grows past several chunks, shrinks to nothing, grows again.
        let phases = [(6_000, 95), (3_000, 30), (1_000, 60), (3_000, 5), (3_000, 80)]
        for (phase, (steps, insertions)) in phases.enumerated() {
            for step in 0..<steps {
                let fine: Bool
                if pair.live.isEmpty || random.chance(insertions) {
                    if random.chance(5) {
                        // A batch, now and then one that takes a chunk.
                        let count = random.chance(5) ? 3_000 : random.below(200)
                        let values = (0..<count).map { _ in random.next() }
                        let keys = try [EntityKey](capacity: count) { keys throws(StrataError) in
                            try pair.map.insert(contentsOf: values.span, keys: &keys)
                        }
                        fine = keys.count == count && zip(keys, values).allSatisfy { pair.note($0, $1) }
                    } else {
                        fine = try pair.insert(random.next())
                    }
                } else {
                    let key = pair.takeLive(random.below(pair.live.count))
                    let expected = pair.model.removeValue(forKey: key)
                    let removed = random.chance(30) ? pair.map.remove(key, in: epochs) : pair.map.remove(key)
                    fine = removed == expected && pair.map.remove(key) == nil
                }
                guard fine else {
                    Issue.record(
                        "seed \(seed), phase \(phase), step \(step): a key was given twice, or another removed")
                    return
                }
                if random.chance(1) {
                    epochs.collect()
                    if random.chance(50) { pair.map.reclaim(in: epochs) }
                    if random.chance(10) { pair.map.releaseEmptyChunks(in: epochs) }
                }
            }
            check(pair, "seed \(seed), phase \(phase)")
        }
        #expect(pair.dead.count > 1_000)
        #expect(pair.map.slotBound > SlotBlock.capacity)
    }

    private func check(_ pair: borrowing Pair, _ place: String) {
        #expect(pair.map.count == pair.model.count, "\(place)")
        var resolved = 0
        for key in pair.live where pair.map.value(for: key) == pair.model[key] { resolved += 1 }
        #expect(resolved == pair.live.count, "\(place)")
        var risen = 0
        for key in pair.dead where pair.map.value(for: key) != nil { risen += 1 }
        #expect(risen == 0, "\(place): dead keys resolve")
        var seen: [EntityKey] = []
        var wrong = 0
        pair.map.forEach { index, value in
            guard let key = pair.map.key(at: index), index < pair.map.slotBound else {
                wrong += 1
                return
            }
            seen.append(key)
            if value.pointee != pair.model[key] { wrong += 1 }
        }
        #expect(wrong == 0, "\(place)")
        var places = [EntityKey?](repeating: nil, count: Int(pair.map.slotBound))
        for key in pair.model.keys { places[Int(key.index)] = key }
        #expect(seen == places.compactMap(\.self), "\(place)")
        #expect((0..<pair.map.slotBound).count { pair.map.isFilled($0) } == pair.model.count, "\(place)")
    }

    /// Values of a size and alignment each, which are written whole into neighbouring slots.
    @Test func holdsValuesOfAnyForm() throws {
        try holds { UInt8(truncatingIfNeeded: $0) }
        try holds { (UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8), UInt8(1)) }
        try holds { UInt32($0) }
        try holds { (UInt32($0), UInt8(truncatingIfNeeded: $0)) }
        try holds { UInt64($0) }
        try holds { (UInt64($0), ~UInt64($0), UInt64(1), UInt64(2), UInt64(3), UInt64($0)) }
        try holds { SIMD4<Float>(repeating: Float($0)) }
        try holds { InlineArray<8, UInt64>(repeating: UInt64($0)) }
        try holds { InlineArray<16, UInt64>(repeating: UInt64($0)) }
        try holds { InlineArray<9, UInt64>(repeating: UInt64($0)) }
        try holds { EntityData(id: UInt32($0), type: InternedString(id: 7)) }
    }

    private func holds<Value: BitwiseCopyable>(_ make: (Int) -> Value) throws {
        func bytes(_ value: Value) -> [UInt8] { withUnsafeBytes(of: value) { Array($0) } }
        var map = SlotMap<Value>()
        var keys: [EntityKey] = []
        let count = SlotBlock.capacity + 300
        for number in 0..<count { keys.append(try map.insert(make(number))) }
        var wrong = 0
        for (number, key) in keys.enumerated() {
            guard let pointer = map.pointer(for: key), bytes(pointer.pointee) == bytes(make(number)),
                UInt(bitPattern: pointer) % UInt(MemoryLayout<Value>.alignment) == 0,
                map.pointer(at: key.index) == pointer
            else {
                wrong += 1
                continue
            }
        }
        #expect(wrong == 0, "\(Value.self)")
    }

    @Test func aValueOfWholeLinesStandsOnThem() throws {
        var map = SlotMap<WholeLine>()
        var torn = 0
        for id in 0..<UInt64(5_000) {
            let key = try map.insert(WholeLine(id))
            if UInt(bitPattern: map.pointer(for: key)) % 64 != 0 { torn += 1 }
        }
        #expect(torn == 0)
    }

    @Test func aTagSharesALineWithTheStartOfItsValue() throws {
        let layout = SlotLayout(of: InlineArray<6, UInt64>.self)
        #expect(layout.valueStride == 56)
        #expect(layout.valueOffset - layout.tagOffset == 8)
        #expect(SlotLayout(of: UInt64.self).valueStride == 16)
        #expect(SlotLayout(of: UInt32.self).valueStride == 16)
        #expect(SlotLayout(of: UInt8.self).valueStride == 16)
    }

    @Test func addressesNeverMove() throws {
        var map = SlotMap<UInt64>()
        let first = try map.insert(42)
        let address = map.pointer(for: first)
        for value in 0..<UInt64(SlotBlock.capacity * 20) { _ = try map.insert(value) }
        #expect(map.pointer(for: first) == address)
        #expect(address?.pointee == 42)
    }

    @Test func theSlotEmptiedLastIsFilledFirst() throws {
        var map = SlotMap<UInt64>()
        let keys = try (0..<1_000).map { try map.insert($0) }
        for index in [500, 20, 900] {
            _ = map.remove(keys[index])
            #expect(try map.insert(1).index == index)
        }
        #expect(try map.insert(4).index == 1_000)
    }

    @Test func mapsThatExistAtOnceHaveNamesOfTheirOwn() throws {
        final class Box {
            var map = SlotMap<UInt64>()
        }
        // Other tests make maps too, but not as many at once.
        let boxes = (0..<100).map { _ in Box() }
        let stores = Set(try boxes.map { try $0.map.insert(1).store })
        #expect(stores.count == boxes.count)
    }

    @Test func anotherMapsKeyIsRefused() throws {
        var left = SlotMap<UInt64>()
        var right = SlotMap<UInt64>()
        let mine = try left.insert(1)
        let other = try right.insert(2)
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
        for index: UInt32 in [1, 63, 64, 4_095, 4_096, 1 << 20, .max] {
            for generation: UInt32 in [0, 1, 2] {
                #expect(map.value(for: EntityKey(index: index, generation: generation, store: key.store)) == nil)
            }
        }
        // A free slot has an even generation; a key that names it is no key.
        _ = map.remove(key)
        for generation: UInt32 in [0, 1, 2, 3] {
            #expect(map.value(for: EntityKey(index: 0, generation: generation, store: key.store)) == nil)
        }
        for index: UInt32 in [0, 1, 64, 4_096, .max] { #expect(map.key(at: index) == nil) }
    }

    @Test(arguments: [false, true])
    func aSlotWhoseGenerationsAreUsedUpIsRetired(besideReaders: Bool) throws {
        let epochs = EpochManager()
        var map = SlotMap<UInt64>()
        func remove(_ key: EntityKey) -> UInt64? {
            guard besideReaders else { return map.remove(key) }
            let value = map.remove(key, in: epochs)
            map.reclaim(in: epochs)
            epochs.collect()
            map.reclaim(in: epochs)
            return value
        }
        let young = try map.insert(1)
        let neighbour = try map.insert(9)
        let aged = map.age(young, to: EntityKey.maximumGeneration - 2)
        let old = try #require(aged)
        #expect(map.value(for: young) == nil)
        #expect(remove(old) == 1)
        // Beside readers no slot is filled at once: all of them are, until the old one's turn comes.
        var last = try map.insert(2)
        var others: [EntityKey] = []
        while last.index != old.index, others.count < 100 {
            others.append(last)
            last = try map.insert(2)
        }
        #expect(last.index == old.index)
        #expect(last.generation == EntityKey.maximumGeneration)
        #expect(map.retiredSlots == 0)
        #expect(remove(last) == 2)
        #expect(map.retiredSlots == 1)
        #expect(map.count == 1 + others.count)

        var keys: [EntityKey] = []
        for value in 0..<200 as Range<UInt64> { keys.append(try map.insert(value)) }
        #expect(!keys.contains { $0.index == old.index }, "a retired slot was filled again")
        for dead in [young, old, last] { #expect(map.value(for: dead) == nil) }
        // The generation that would come round again.
        for generation: UInt32 in [0, 1] {
            #expect(map.value(for: EntityKey(index: old.index, generation: generation, store: old.store)) == nil)
        }
        #expect(map.value(for: neighbour) == 9)
        #expect(map.key(at: old.index) == nil)
        var seen = 0
        map.forEach { index, _ in seen += index == old.index ? 1_000 : 1 }
        #expect(seen == 201 + others.count)
    }

    @Test func theEndOfTheSlotsIsAnError() throws {
        let slots = 3 * SlotBlock.capacity
        var map = SlotMap<UInt64>(usesHugePages: false, maximumSlots: slots)
        var keys: [EntityKey] = []
        for value in 0..<UInt64(slots) { keys.append(try map.insert(value)) }
        #expect(failure { try map.insert(0) }?.code == .limitExceeded)
        #expect(map.count == slots)
        _ = map.remove(keys[5_000])
        // A batch that does not fit whole is not put in at all.
        let error = failure {
            _ = try [EntityKey](capacity: 2) { keys throws(StrataError) in
                try map.insert(contentsOf: [1, 2].span, keys: &keys)
            }
        }
        #expect(error?.code == .limitExceeded)
        #expect(map.count == slots - 1)
        #expect(try map.insert(1).index == 5_000)
        #expect(failure { try map.insert(0) }?.code == .limitExceeded)
        #expect(map.value(for: keys[0]) == 0)
        #expect(SlotMap<UInt64>.maximumSlots < UInt32.max)
    }

    @Test func removingAllLeavesNothingAndNoKeyAlive() throws {
        for keepingCapacity in [true, false] {
            var map = SlotMap<UInt64>()
            var keys: [EntityKey] = []
            for value in 0..<10_000 as Range<UInt64> { keys.append(try map.insert(value)) }
            for place in stride(from: 0, to: 10_000, by: 3) { _ = map.remove(keys[place]) }
            let held = map.reservedBytes
            map.removeAll(keepingCapacity: keepingCapacity)
            #expect(map.count == 0)
            #expect(keepingCapacity ? map.reservedBytes == held : map.reservedBytes < 4_096)
            #expect(!keys.contains { map.value(for: $0) != nil })
            map.forEach { _, _ in Issue.record("a value is left") }
            var again: Set<EntityKey> = []
            for value in 0..<10_000 as Range<UInt64> { again.insert(try map.insert(value)) }
            #expect(again.count == 10_000)
            #expect(again.isDisjoint(with: keys))
            #expect(map.count == 10_000)
            #expect(map.slotBound <= 10_048)
        }
    }
}
