import Testing

@testable import Strata

@Suite struct GraphArenaTests {
    private static let recordBytes = 64

    private func row(_ count: Int, from first: UInt32 = 0) -> [InternedProperty] {
        (0..<UInt32(count)).map { InternedProperty(key: InternedString(id: $0), value: InternedString(id: first + $0)) }
    }

    private func makeArena(
        _ strategy: AllocationStrategy, byteLimit: Int? = nil, gcThreshold: Double = 0.5, _ epochs: EpochManager
    ) -> GraphArena {
        GraphArena(strategy: strategy, byteLimit: byteLimit, gcThreshold: gcThreshold, epochs: epochs)
    }

    private func insert(_ id: UInt32, into arena: inout GraphArena) throws -> EntityKey {
        try arena.insert(EntityData(id: id, type: InternedString(id: 0)))
    }

    // MARK: Where payloads come from

    @Test func payloadsStandOneBehindTheOtherInTheArena() throws {
        var arena = makeArena(.bump, EpochManager())
        var addresses: [UInt] = []
        for id in 0..<100 as Range<UInt32> {
            let key = try insert(id, into: &arena)
            let record = arena.record(at: key.index)
            try arena.setProperties(row(3).span, of: record)
            try arena.reserve(2, in: &record.value.outgoing)
            addresses += [record.value.properties, record.value.outgoing.address]
        }
        let steps = zip(addresses, addresses.dropFirst()).map { $1 - $0 }
        #expect(steps.enumerated().allSatisfy { $0.element == ($0.offset % 2 == 0 ? 24 : 16) })
        let metrics = arena.metrics
        #expect(metrics.liveBytes == 100 * (Self.recordBytes + 3 * 8 + 2 * 8))
        #expect(metrics.allocations == 300)
        #expect(metrics.reservedBytes >= 64 << 10)
    }

    @Test func thePayloadsBudgetIsTheArenas() throws {
        var arena = makeArena(.bump, byteLimit: 65_536, EpochManager())
        let key = try insert(1, into: &arena)
        let record = arena.record(at: key.index)
        try arena.setProperties(row(8_000).span, of: record)
        let before = arena.metrics
        let longer = row(200)
        #expect(failure { try arena.setProperties(longer.span, of: record) }?.code == .limitExceeded)
        #expect(failure { try arena.reserve(200, in: &record.value.incoming) }?.code == .limitExceeded)
        let after = arena.metrics
        #expect(after == before)
        #expect(record.value.propertyCount == 8_000)
        #expect(Array(record.value.propertyBuffer) == row(8_000))
        #expect(record.value.incoming.address == 0)
    }

    // MARK: Counting

    @Test(arguments: AllocationStrategy.allCases)
    func everyByteIsCounted(strategy: AllocationStrategy) throws {
        let epochs = EpochManager()
        var arena = makeArena(strategy, epochs)
        let first = try insert(1, into: &arena)
        let record = arena.record(at: first.index)
        try arena.setProperties(row(10).span, of: record)
        var metrics = arena.metrics
        #expect(metrics.totalAllocatedBytes == 64 + 80)
        #expect(metrics.totalFreedBytes == 0)
        #expect(metrics.peakLiveBytes == 144)

        // The new row is there before the old one goes.
        try arena.setProperties(row(5).span, of: record)
        metrics = arena.metrics
        #expect(metrics.totalAllocatedBytes == 64 + 80 + 40)
        #expect(metrics.totalFreedBytes == 80)
        #expect(metrics.peakLiveBytes == 184)
        #expect(metrics.liveBytes == 104)
        #expect([metrics.allocations, metrics.deallocations] == [3, 1])

        // One, then two, then four entries: a list grows by doubling, and what it had is copied.
        for other in 0..<3 as Range<UInt32> {
            try arena.reserve(1, in: &record.value.outgoing)
            record.value.outgoing.append(Relationship(type: InternedString(id: 0), other: other))
        }
        metrics = arena.metrics
        #expect(metrics.liveBytes == 104 + 32)
        #expect(metrics.totalAllocatedBytes == 184 + 8 + 16 + 32)
        #expect(record.value.outgoing.buffer.map(\.other) == [0, 1, 2])

        arena.remove(first)
        arena.remove(first)
        metrics = arena.metrics
        #expect(metrics.liveBytes == 0)
        #expect(metrics.totalAllocatedBytes == 240, "what was handed out once stays handed out")
        #expect(metrics.peakLiveBytes == 184)
        #expect(metrics.allocations == metrics.deallocations)
        #expect(metrics.fragmentationRatio == nil)
    }

    @Test func directPayloadsAreFreedOneByOneAndCounted() throws {
        let epochs = EpochManager()
        var reader = try epochs.register()
        var arena = makeArena(.direct, epochs)
        let key = try insert(1, into: &arena)
        let record = arena.record(at: key.index)
        reader.pin()
        var views: [UnsafeBufferPointer<InternedProperty>] = []
        for count in 1...50 {
            try arena.setProperties(row(count, from: 1_000).span, of: record)
            views.append(record.value.propertyBuffer)
            epochs.collect()
        }
        // 49 rows are retired, and a reader may still see each.
        var metrics = arena.metrics
        #expect(metrics.retiredBytes == (1...49).reduce(0, +) * 8)
        #expect(metrics.deallocations == 49)
        #expect(epochs.destroyedObjects == 0)
        for (place, view) in views.enumerated() { #expect(Array(view) == row(place + 1, from: 1_000)) }
        reader.unpin()
        epochs.collect()
        metrics = arena.metrics
        #expect(epochs.destroyedObjects == 49)
        #expect(metrics.retiredBytes == 0)
        #expect(metrics.liveBytes == 64 + 400)
        arena.remove(key)
        epochs.collect()
        #expect(epochs.destroyedObjects == 50)
        let compacted = try arena.compactIfNeeded()
        #expect(!compacted, "there is no arena to compact")
    }

    // MARK: Compaction

    @Test func compactsAtTheThresholdAndNotBefore() throws {
        let epochs = EpochManager()
        var arena = makeArena(.bump, gcThreshold: 0.5, epochs)
        var keys: [EntityKey] = []
        for id in 0..<400 as Range<UInt32> {
            let key = try insert(id, into: &arena)
            try arena.setProperties(row(1_000, from: id).span, of: arena.record(at: key.index))
            keys.append(key)
        }
        for key in keys.prefix(199) { arena.remove(key) }
        var needs = arena.needsCompaction
        #expect(!needs)
        var compacted = try arena.compactIfNeeded()
        #expect(!compacted)
        arena.remove(keys[199])
        needs = arena.needsCompaction
        #expect(needs)
        let before = arena.metrics
        compacted = try arena.compactIfNeeded()
        #expect(compacted)
        let after = arena.metrics
        #expect(after.liveBytes == before.liveBytes)
        #expect(after.totalAllocatedBytes == before.totalAllocatedBytes, "moving is no new use of memory")
        #expect(after.peakLiveBytes == before.peakLiveBytes)
        #expect(after.reservedBytes < before.reservedBytes)
        #expect(after.retiredBytes > 400 * 8_000, "the old arena waits for its readers")
        epochs.collect()
        #expect(epochs.retiredBytes == 0)
        for (id, key) in keys.enumerated().dropFirst(200) {
            let intact = arena.record(for: key).map { Array($0.propertyBuffer) == row(1_000, from: UInt32(id)) }
            #expect(intact == true)
        }
        needs = arena.needsCompaction
        #expect(!needs)
        let compactions = arena.compactions
        #expect(compactions == 1)
    }

    @Test func aPinnedReaderKeepsTheOldArena() throws {
        let epochs = EpochManager()
        var arena = makeArena(.bump, byteLimit: 65_536, epochs)
        var reader = try epochs.register()
        let key = try insert(1, into: &arena)
        let record = arena.record(at: key.index)
        try arena.setProperties(row(100, from: 7).span, of: record)
        reader.pin()
        let view = record.value.propertyBuffer
        let other = try insert(2, into: &arena)
        var compacted = false
        while !compacted {
            try arena.setProperties(row(300).span, of: arena.record(at: other.index))
            compacted = try arena.compactIfNeeded()
        }
        epochs.collect()
        #expect(record.value.propertyRow != view.baseAddress.map { UnsafeMutablePointer(mutating: $0) })
        #expect(Array(view) == row(100, from: 7))
        #expect(Array(record.value.propertyBuffer) == row(100, from: 7))
        #expect(epochs.retiredBytes > 0)
        reader.unpin()
        epochs.collect()
        #expect(epochs.retiredBytes == 0)
    }

    @Test func aCompactionWithoutMemoryLeavesEverythingAsItWas() throws {
        // The rows fill the chunks of 64, 128, 256, 512 and the last 64 KiB well in the order in which they are made.
        // Packed in order of the slots, each finds the rest of a chunk too small, and the budget does not suffice.
        var arena = makeArena(.bump, byteLimit: 1 << 20, gcThreshold: 0.1, EpochManager())
        let kibibytes = [1, 100, 200, 400, 115, 60, 50, 60]
        var keys: [EntityKey] = []
        for id in 0..<8 as Range<UInt32> { keys.append(try insert(id, into: &arena)) }
        for place in [5, 4, 2, 6, 3, 1, 0, 7] {
            try arena.setProperties(row(kibibytes[place] * 128).span, of: arena.record(at: keys[place].index))
        }
        for place in 5...7 { arena.remove(keys[place]) }
        let before = arena.metrics
        var needs = arena.needsCompaction
        #expect(needs)
        #expect(failure { try arena.compactIfNeeded() }?.code == .limitExceeded)
        let after = arena.metrics
        #expect(after == before)
        for place in 0..<5 {
            let intact = arena.record(for: keys[place]).map { Array($0.propertyBuffer) == row(kibibytes[place] * 128) }
            #expect(intact == true)
        }
        needs = arena.needsCompaction
        #expect(!needs, "it would be tried in vain at each write")
        // When more is dead, it is tried again.
        arena.remove(keys[3])
        let compacted = try arena.compactIfNeeded()
        #expect(compacted)
        for place in [0, 1, 2, 4] {
            let intact = arena.record(for: keys[place]).map { Array($0.propertyBuffer) == row(kibibytes[place] * 128) }
            #expect(intact == true)
        }
    }

    /// Random rows, lists and removals in a small budget, so that compactions are frequent.
    @Test(arguments: AllocationStrategy.allCases, [1, 2, 3] as [UInt64])
    func agreesWithArrays(strategy: AllocationStrategy, seed: UInt64) throws {
        struct Model {
            var properties: [InternedProperty] = []
            var outgoing: [Relationship] = []
            var incoming: [Relationship] = []
        }
        var random = SplitMix64(seed: seed)
        let epochs = EpochManager()
        var arena = makeArena(strategy, byteLimit: 400_000, gcThreshold: 0.3, epochs)
        var model: [EntityKey: Model] = [:]
        var keys: [EntityKey] = []
        func matches(_ arena: borrowing GraphArena, _ key: EntityKey) -> Bool {
            guard let record = arena.record(for: key), let expected = model[key] else { return false }
            return Array(record.propertyBuffer) == expected.properties
                && Array(record.outgoing.buffer) == expected.outgoing
                && Array(record.incoming.buffer) == expected.incoming
        }
        for step in 0..<3_000 {
            if keys.count < 20 || (keys.count < 100 && random.chance(10)) {
                let key = try insert(UInt32(step), into: &arena)
                keys.append(key)
                model[key] = Model()
            }
            let place = random.below(keys.count)
            let key = keys[place]
            let record = arena.record(at: key.index)
            switch random.below(10) {
            case 0:
                arena.remove(key)
                model[key] = nil
                keys.remove(at: place)
                let gone = arena.record(for: key) == nil
                guard gone else {
                    Issue.record("seed \(seed), step \(step): a removed record is there")
                    return
                }
                continue
            case 1...5:
                let properties = row(random.below(120), from: UInt32(step))
                try arena.setProperties(properties.span, of: record)
                model[key]!.properties = properties
            default:
                let relationship = Relationship(type: InternedString(id: UInt32(step)), other: UInt32(random.below(50)))
                if random.chance(50) {
                    try arena.reserve(1, in: &record.value.outgoing)
                    record.value.outgoing.append(relationship)
                    model[key]!.outgoing.append(relationship)
                } else {
                    try arena.reserve(1 + random.below(5), in: &record.value.incoming)
                    record.value.incoming.append(relationship)
                    model[key]!.incoming.append(relationship)
                }
            }
            try arena.compactIfNeeded()
            if random.chance(20) { epochs.collect() }
            guard matches(arena, key), matches(arena, keys[random.below(keys.count)]) else {
                Issue.record("seed \(seed), step \(step): a payload differs")
                return
            }
        }
        var wrong = 0
        for key in keys where !matches(arena, key) { wrong += 1 }
        #expect(wrong == 0, "seed \(seed)")
        let (count, compactions, metrics) = (arena.count, arena.compactions, arena.metrics)
        #expect(count == keys.count)
        #expect(strategy == .bump ? compactions > 3 : compactions == 0)
        let least = model.values.reduce(0) {
            $0 + 64 + ($1.properties.count + $1.outgoing.count + $1.incoming.count) * 8
        }
        #expect(metrics.liveBytes >= least, "seed \(seed)")
        for key in keys { arena.remove(key) }
        let live = arena.metrics.liveBytes
        #expect(live == 0, "seed \(seed)")
    }
}
