import Testing

@testable import Strata

/// Memory comes in chunks of 1, 1, 2, 4, ... blocks and goes back when a chunk holds nothing.
@Suite struct SlotMapChunkTests {
    private static let block = SlotLayout(of: UInt64.self).byteCount
    private static let slots = SlotBlock.capacity

    /// Bytes held for slots alone, in blocks.
    private func blocks(_ map: borrowing SlotMap<UInt64>) -> Int { map.space.chunkBytes / Self.block }

    /// Fills an empty map.
    private func fill(_ map: inout SlotMap<UInt64>, blocks: Int) throws -> [EntityKey] {
        var keys: [EntityKey] = []
        for value in 0..<UInt64(blocks * Self.slots) { keys.append(try map.insert(value)) }
        return keys
    }

    @Test func holdsWhatItSays() throws {
        var map = SlotMap<WholeLine>()
        #expect(map.reservedBytes < 512)
        let layout = SlotLayout(of: WholeLine.self)
        #expect(layout.byteCount == Self.slots * (64 + 4) + Self.slots / 8 + 64)
        var held: [Int] = []
        for id in 0..<UInt64(9 * Self.slots) {
            _ = try map.insert(WholeLine(id))
            if held.last != map.space.chunkBytes / layout.byteCount {
                held.append(map.space.chunkBytes / layout.byteCount)
            }
        }
        #expect(held == [1, 2, 4, 8, 16])
        #expect(map.reservedBytes - map.space.chunkBytes < 4_096)
    }

    @Test func emptyChunksGoBackButForTheLargest() throws {
        var map = SlotMap<UInt64>()
        var keys = try fill(&map, blocks: 8)
        #expect(blocks(map) == 8)
        for key in keys { _ = map.remove(key) }
        #expect(map.count == 0)
        // Chunks of 1, 1, 2 and 4 blocks: the spare is the largest.
        #expect(blocks(map) == 4)
        #expect(map.releaseEmptyChunks() == 4 * Self.block)
        #expect(map.reservedBytes < 4_096)
        #expect(!keys.contains { map.value(for: $0) != nil })
        #expect(map.slotBound == 0)
        // No key comes a second time, though the generations of the slots are gone.
        let dead = Set(keys)
        keys.removeAll()
        for value in 0..<UInt64(8 * Self.slots) { keys.append(try map.insert(value)) }
        #expect(dead.isDisjoint(with: keys))
        #expect(Set(keys).count == keys.count)
        #expect(blocks(map) == 8)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func aChunkInTheMiddleGoesAndComesBack(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var map = SlotMap<UInt64>()
        var keys = try fill(&map, blocks: 8)
        // The third chunk: blocks 2 and 3. One of its slots is older than the others.
        let middle = 2 * Self.slots..<4 * Self.slots
        let hot = middle.lowerBound + random.below(middle.count)
        let aged = map.age(keys[hot], to: 1_001)
        keys[hot] = try #require(aged)
        for index in middle { _ = map.remove(keys[index]) }
        // One empty chunk is kept.
        #expect(blocks(map) == 8)
        #expect(map.releaseEmptyChunks() == 2 * Self.block)
        #expect(blocks(map) == 6)
        #expect(!middle.contains { map.value(for: keys[$0]) != nil })
        #expect(!middle.contains { map.isFilled(UInt32($0)) || map.key(at: UInt32($0)) != nil })
        var seen = 0
        map.forEach { _, _ in seen += 1 }
        #expect(seen == 6 * Self.slots)
        let bound = Int(map.slotBound)
        #expect(bound == 8 * Self.slots)

        // Its slots are the first to come again, each with a generation past all that were there.
        for _ in middle {
            let key = try map.insert(7)
            guard middle.contains(Int(key.index)), key.generation == 1_003 else {
                Issue.record("seed \(seed): slot \(key.index) came with generation \(key.generation)")
                return
            }
        }
        #expect(blocks(map) == 8)
        #expect(try map.insert(8).index == 8 * Self.slots)
        #expect(!middle.contains { map.value(for: keys[$0]) != nil })
    }

    @Test func aChunkWithAWornSlotKeepsItsMemory() throws {
        var map = SlotMap<UInt64>()
        var keys = try fill(&map, blocks: 2)
        let aged = map.age(keys[5_000], to: EntityKey.maximumGeneration - 10)
        keys[5_000] = try #require(aged)
        for key in keys { _ = map.remove(key) }
        // The first chunk is the one that went; the worn slot and its neighbours go on where they were.
        #expect(map.releaseEmptyChunks() == 0)
        #expect(blocks(map) == 1)
        for _ in 0..<Self.slots {
            let key = try map.insert(0)
            #expect(key.generation == (key.index == 5_000 ? EntityKey.maximumGeneration - 8 : 3))
        }
    }

    @Test func aSizeThatGoesUpAndDownAsksForNoMemory() throws {
        var map = SlotMap<UInt64>()
        let keys = try fill(&map, blocks: 8)
        for key in keys { _ = map.remove(key) }
        let held = blocks(map)
        var changes = 0
        for _ in 0..<4 {
            var keys: [EntityKey] = []
            for value in 0..<UInt64(held * Self.slots - 1) {
                keys.append(try map.insert(value))
                if blocks(map) != held { changes += 1 }
            }
            for key in keys {
                _ = map.remove(key)
                if blocks(map) != held { changes += 1 }
            }
        }
        #expect(changes == 0)
    }

    @Test func roomThatIsReservedIsThere() throws {
        var map = SlotMap<UInt64>()
        try map.reserve(20_000)
        let held = map.reservedBytes
        #expect(held >= 20_000 * 16)
        for value in 0..<20_000 as Range<UInt64> { _ = try map.insert(value) }
        #expect(map.reservedBytes <= held + 1_024)
        // More than there can be: nothing is taken for it.
        let before = map.reservedBytes
        #expect(failure { try map.reserve(SlotMap<UInt64>.maximumSlots) }?.code == .limitExceeded)
        #expect(map.reservedBytes == before)
    }

    @Test func besideReadersMemoryWaitsInTheEpochs() throws {
        let epochs = EpochManager()
        var reader = try epochs.register()
        var map = SlotMap<UInt64>()
        let keys = try fill(&map, blocks: 8)
        let way = map.makeReader()
        reader.pin()
        let address = way.pointer(for: keys[100])
        for key in keys { _ = map.remove(key, in: epochs) }
        map.reclaim(in: epochs)
        epochs.collect()
        #expect(map.reclaim(in: epochs) == 0)
        // Out of reach, and still whole.
        #expect(way.value(for: keys[100]) == nil)
        #expect(address?.pointee == 100)
        #expect(map.count == 0)
        #expect(blocks(map) == 8)
        #expect(epochs.retiredBytes >= 8 * Self.slots * 16)
        var fresh = try map.insert(5)
        #expect(fresh.index == 8 * Self.slots, "a slot was filled again under a pin")
        reader.unpin()
        epochs.collect()
        let held = map.reservedBytes
        #expect(map.reclaim(in: epochs) == 8 * Self.slots)
        #expect(blocks(map) < 16)
        // The chunks' memory goes the same way.
        #expect(held > map.reservedBytes)
        #expect(epochs.retiredBytes >= held - map.reservedBytes)
        epochs.collect()
        #expect(epochs.retiredBytes == 0)
        fresh = try map.insert(6)
        #expect(fresh.index < 8 * Self.slots)
        #expect(way.value(for: fresh) == 6)
    }

    @Test func aMapMayGoBeforeWhatWaits() throws {
        let epochs = EpochManager()
        do {
            var map = SlotMap<UInt64>()
            var keys: [EntityKey] = []
            for value in 0..<500 as Range<UInt64> { keys.append(try map.insert(value)) }
            for key in keys.prefix(250) { _ = map.remove(key, in: epochs) }
        }
        #expect(epochs.retiredBytes > 0)
        epochs.collect()
        #expect(epochs.retiredBytes == 0)
    }
}
