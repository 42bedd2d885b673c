import Testing

@testable import Strata

@Suite struct GraphArenaTests {
    private static let recordBytes = 20 + 32
    private static let headerBytes = 8

    private func row(_ count: Int, from first: UInt32 = 0) -> [InternedProperty] {
        (0..<UInt32(count)).map { InternedProperty(key: InternedString(id: $0), value: InternedString(id: first + $0)) }
    }

    private func makeArena(
        _ strategy: AllocationStrategy, byteLimit: Int? = nil, gcThreshold: Double = 0.5, _ epochs: EpochManager,
        budget: MemoryBudget? = nil
    ) throws -> GraphArena {
        try GraphArena(
            strategy: strategy, byteLimit: byteLimit, gcThreshold: gcThreshold, epochs: epochs, budget: budget)
    }

    private func insert(_ id: UInt32, into arena: inout GraphArena) throws -> EntityKey {
        try arena.insert(EntityData(id: id, type: InternedString(id: 0)))
    }

    private func properties(_ key: EntityKey, _ arena: borrowing GraphArena) -> [InternedProperty] {
        Array(arena.record(at: key.index).propertyBuffer)
    }

    private func relationships(
        _ key: EntityKey, _ direction: Direction, _ arena: borrowing GraphArena
    ) -> [Relationship] {
        var list: [Relationship] = []
        arena.record(at: key.index).forEachRelationship(direction) { list.append($0) }
        return list
    }

    @Test func theFieldsStandWhereTheReferenceLooksForThem() {
        #expect(MemoryLayout<EntityData>.size == 20)
        #expect(MemoryLayout<EntityData>.offset(of: \.id) == 0)
        #expect(MemoryLayout<EntityData>.offset(of: \.type) == 4)
        #expect(MemoryLayout<EntityData>.offset(of: \.embeddingRow) == 8)
        #expect(MemoryLayout<EntityData>.offset(of: \.outgoingCount) == 12)
        #expect(MemoryLayout<EntityData>.offset(of: \.attributes) == 16)
        #expect(MemoryLayout<EntityPayloads>.size == 32)
        #expect(MemoryLayout<EntityPayloads>.offset(of: \.properties) == PayloadPart.properties.rawValue)
        #expect(MemoryLayout<EntityPayloads>.offset(of: \.outgoing) == PayloadPart.outgoing.rawValue)
        #expect(MemoryLayout<EntityPayloads>.offset(of: \.incoming) == PayloadPart.incoming.rawValue)
        #expect(MemoryLayout<EntityPayloads>.offset(of: \.name) == 24)
        #expect(MemoryLayout<EntityPayloads>.offset(of: \.incomingCount) == 28)
    }

    // MARK: Where payloads come from

    @Test func payloadsStandOneBehindTheOtherInTheArena() throws {
        var arena = try makeArena(.bump, EpochManager())
        var addresses: [UInt] = []
        for id in 0..<100 as Range<UInt32> {
            let key = try insert(id, into: &arena)
            let record = arena.record(at: key.index)
            try arena.setProperties(row(3).span, of: record)
            try arena.reserve(2, in: .outgoing, of: record)
            for part in [PayloadPart.properties, .outgoing] {
                addresses.append(UInt(bitPattern: record.payload(part).payload!.base))
            }
        }
        let steps = zip(addresses, addresses.dropFirst()).map { $1 - $0 }
        #expect(steps.enumerated().allSatisfy { $0.element == ($0.offset % 2 == 0 ? 32 : 24) })
        let metrics = arena.metrics
        #expect(metrics.liveBytes == 100 * (Self.recordBytes + 2 * Self.headerBytes + 3 * 8 + 2 * 8))
        #expect(metrics.allocations == 300)
        #expect(metrics.reservedBytes >= 64 << 10)
    }

    @Test func thePayloadsBudgetIsTheArenas() throws {
        var arena = try makeArena(.bump, byteLimit: 65_536, EpochManager())
        let key = try insert(1, into: &arena)
        let record = arena.record(at: key.index)
        try arena.setProperties(row(8_000).span, of: record)
        let before = arena.metrics
        let longer = row(200)
        #expect(failure { try arena.setProperties(longer.span, of: record) }?.code == .limitExceeded)
        #expect(failure { try arena.reserve(200, in: .incoming, of: record) }?.code == .limitExceeded)
        let after = arena.metrics
        #expect(after.liveBytes == before.liveBytes)
        #expect(after.reservedBytes == before.reservedBytes)
        #expect(record.propertyCount == 8_000)
        let held = properties(key, arena)
        #expect(held == row(8_000))
        #expect(record.payload(.incoming) == .none)
    }

    @Test func aRowHasNoMorePropertiesThanTheirNumberCanSay() throws {
        var arena = try makeArena(.direct, EpochManager())
        let key = try insert(1, into: &arena)
        let most = EntityData.maximumPropertyCount
        let pair = InternedProperty(key: InternedString(id: 1), value: InternedString(id: 2))
        let longest = [InternedProperty](repeating: pair, count: most + 1)
        #expect(
            failure { try arena.setProperties(longest.span, of: arena.record(at: key.index)) }?.code == .limitExceeded)
        try arena.setProperties(longest.span.extracting(0..<most), of: arena.record(at: key.index))
        #expect(arena.record(at: key.index).propertyCount == most)
    }

    // MARK: Counting

    @Test(arguments: AllocationStrategy.allCases)
    func everyByteIsCounted(strategy: AllocationStrategy) throws {
        let epochs = EpochManager()
        var arena = try makeArena(strategy, epochs)
        let first = try insert(1, into: &arena)
        let record = arena.record(at: first.index)
        try arena.setProperties(row(10).span, of: record)
        var metrics = arena.metrics
        #expect(metrics.totalAllocatedBytes == 52 + 88)
        #expect(metrics.totalFreedBytes == 0)
        #expect(metrics.peakLiveBytes == 140)

        // The new row is there before the old one goes.
        try arena.setProperties(row(5).span, of: record)
        metrics = arena.metrics
        #expect(metrics.totalAllocatedBytes == 52 + 88 + 48)
        #expect(metrics.totalFreedBytes == 88)
        #expect(metrics.peakLiveBytes == 188)
        #expect(metrics.liveBytes == 100)
        #expect([metrics.allocations, metrics.deallocations] == [3, 1])

        // One, then two, then four entries: a list grows by doubling, and what it had is copied.
        for other in 0..<3 as Range<UInt32> {
            try arena.reserve(1, in: .outgoing, of: record)
            arena.append(Relationship(type: InternedString(id: 0), other: other), to: .outgoing, of: record)
        }
        metrics = arena.metrics
        #expect(metrics.liveBytes == 100 + 40)
        #expect(metrics.totalAllocatedBytes == 188 + 16 + 24 + 40)
        let found = relationships(first, .outgoing, arena).map(\.other)
        #expect(found == [0, 1, 2])

        arena.remove(first)
        arena.remove(first)
        metrics = arena.metrics
        #expect(metrics.liveBytes == 0)
        #expect(metrics.totalAllocatedBytes == 268, "what was handed out once stays handed out")
        #expect(metrics.peakLiveBytes == 188)
        #expect(metrics.allocations == metrics.deallocations)
        #expect(metrics.fragmentationRatio == nil)
    }

    @Test(arguments: [AllocationStrategy.direct, .pool])
    func payloadsAreFreedOneByOneAndCounted(strategy: AllocationStrategy) throws {
        let epochs = EpochManager()
        var reader = try epochs.register()
        var arena = try makeArena(strategy, epochs)
        let key = try insert(1, into: &arena)
        let record = arena.record(at: key.index)
        reader.pin()
        var views: [UnsafeBufferPointer<InternedProperty>] = []
        for count in 1...50 {
            try arena.setProperties(row(count, from: 1_000).span, of: record)
            views.append(record.propertyBuffer)
            arena.handOver()
            epochs.collect()
            arena.settle()
        }
        // 49 rows are retired, and a reader may still see each.
        var metrics = arena.metrics
        let retired = (1...49).reduce(0) { $0 + $1 * 8 + Self.headerBytes }
        #expect(metrics.retiredBytes >= retired)
        #expect(metrics.deallocations == 49)
        #expect(epochs.destroyedObjects == 0)
        for (place, view) in views.enumerated() { #expect(Array(view) == row(place + 1, from: 1_000)) }
        reader.unpin()
        epochs.collect()
        arena.settle()
        metrics = arena.metrics
        #expect(epochs.destroyedObjects == 49)
        #expect(metrics.retiredBytes == 0)
        #expect(metrics.liveBytes == Self.recordBytes + 408)
        let found = properties(key, arena)
        #expect(found == row(50, from: 1_000))
    }

    @Test(arguments: AllocationStrategy.allCases)
    func whatNobodyHasSeenDoesNotWait(strategy: AllocationStrategy) throws {
        let epochs = EpochManager()
        var reader = try epochs.register()
        reader.pin()
        var arena = try makeArena(strategy, epochs)
        let before = arena.metrics.liveBytes
        for _ in 0..<100 {
            let word = try arena.makeRow(row(10).span, owner: 0)
            arena.discard(word)
        }
        arena.handOver()
        let metrics = arena.metrics
        #expect(metrics.liveBytes == before)
        #expect(metrics.retiredBytes == 0)
        #expect([metrics.allocations, metrics.deallocations] == [100, 100])
        reader.unpin()
    }

    // MARK: Compaction

    @Test func compactsAtTheThresholdAndNotBefore() throws {
        let epochs = EpochManager()
        var arena = try makeArena(.bump, gcThreshold: 0.5, epochs)
        var keys: [EntityKey] = []
        for id in 0..<400 as Range<UInt32> {
            let key = try insert(id, into: &arena)
            try arena.setProperties(row(1_000, from: id).span, of: arena.record(at: key.index))
            keys.append(key)
        }
        // Every second one, so that no area is dead as a whole.
        for place in 0..<199 { arena.remove(keys[place * 2]) }
        var needs = arena.needsCompaction
        #expect(!needs)
        var compacted = try arena.compactIfNeeded()
        #expect(!compacted)
        arena.remove(keys[398])
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
        #expect(after.retiredBytes > 400 * 8_000, "the old areas wait for their readers")
        epochs.collect()
        #expect(epochs.retiredBytes == 0)
        for (id, key) in keys.enumerated() where id % 2 == 1 {
            let intact = properties(key, arena) == row(1_000, from: UInt32(id))
            #expect(intact)
        }
        needs = arena.needsCompaction
        #expect(!needs)
        let compactions = arena.compactions
        #expect(compactions == 1)
    }

    @Test func areasThatAreDeadAsAWholeGoWithoutACopy() throws {
        let epochs = EpochManager()
        var arena = try makeArena(.bump, gcThreshold: 1, epochs)
        var keys: [EntityKey] = []
        for id in 0..<1_000 as Range<UInt32> {
            let key = try insert(id, into: &arena)
            try arena.setProperties(row(1_000, from: id).span, of: arena.record(at: key.index))
            keys.append(key)
        }
        let full = arena.metrics.reservedBytes
        for key in keys.dropLast() { arena.remove(key) }
        epochs.collect()
        let left = arena.metrics.reservedBytes
        #expect(left < full / 4)
        let moved = arena.movedBytes
        #expect(moved == 0)
        let found = properties(keys[999], arena)
        #expect(found == row(1_000, from: 999))
    }

    @Test func aPinnedReaderKeepsTheOldArena() throws {
        let epochs = EpochManager()
        var arena = try makeArena(.bump, byteLimit: 65_536, epochs)
        var reader = try epochs.register()
        let key = try insert(1, into: &arena)
        let record = arena.record(at: key.index)
        try arena.setProperties(row(100, from: 7).span, of: record)
        reader.pin()
        let view = record.propertyBuffer
        let other = try insert(2, into: &arena)
        var compacted = false
        while !compacted {
            try arena.setProperties(row(300).span, of: arena.record(at: other.index))
            compacted = try arena.compactIfNeeded()
        }
        epochs.collect()
        #expect(record.propertyBuffer.baseAddress != view.baseAddress)
        #expect(Array(view) == row(100, from: 7))
        let found = properties(key, arena)
        #expect(found == row(100, from: 7))
        #expect(epochs.retiredBytes > 0)
        reader.unpin()
        epochs.collect()
        #expect(epochs.retiredBytes == 0)
    }

    /// A pass that finds no memory while a reader holds what it has emptied: everything is there, and when the reader
    /// has gone the next pass gets along with what it empties itself.
    @Test func aCompactionWithoutMemoryLosesNothing() throws {
        let epochs = EpochManager()
        var reader = try epochs.register()
        let budget = MemoryBudget(limits: MemoryLimits(soft: 8 << 20, hard: 8 << 20), keepsReserve: true)
        var arena = try makeArena(.bump, gcThreshold: 0.2, epochs, budget: budget)
        var keys: [EntityKey] = []
        var refusal: StrataError?
        while refusal == nil {
            let id = UInt32(keys.count)
            let key = try insert(id, into: &arena)
            refusal = failure { try arena.setProperties(row(1_000, from: id).span, of: arena.record(at: key.index)) }
            if refusal == nil { keys.append(key) }
        }
        #expect(keys.count > 800)
        reader.pin()
        for place in stride(from: 0, to: keys.count, by: 4) { arena.remove(keys[place]) }
        let live = arena.metrics.liveBytes
        #expect(failure { try arena.compactIfNeeded() }?.code == .limitExceeded)
        var needs = arena.needsCompaction
        #expect(!needs, "it would be tried in vain at each write")
        func expectIntact(_ arena: borrowing GraphArena) {
            var wrong = 0
            for (place, key) in keys.enumerated() where place % 4 != 0 {
                if properties(key, arena) != row(1_000, from: UInt32(place)) { wrong += 1 }
            }
            #expect(wrong == 0)
            let bytes = arena.metrics.liveBytes
            #expect(bytes == live)
        }
        expectIntact(arena)
        reader.unpin()
        epochs.collect()
        let compacted = try arena.compactIfNeeded()
        #expect(compacted)
        epochs.collect()
        expectIntact(arena)
        needs = arena.needsCompaction
        #expect(!needs)
        let dead = arena.deadBytes
        #expect(dead * 9 < live)
        #expect(budget.usedBytes <= 8 << 20)
    }

    /// Payloads of a pool of which nine of ten were freed at random are moved together.
    @Test func aSparsePoolIsMovedTogether() throws {
        var random = SplitMix64(seed: 3)
        let epochs = EpochManager()
        var arena = try makeArena(.pool, epochs)
        var keys: [(key: EntityKey, count: Int)] = []
        for id in 0..<60_000 as Range<UInt32> {
            let key = try insert(id, into: &arena)
            let count = 4 + random.below(40)
            try arena.setProperties(row(count, from: id).span, of: arena.record(at: key.index))
            keys.append((key, count))
        }
        keys.shuffle(using: &random)
        while keys.count > 6_000 { arena.remove(keys.removeLast().key) }
        arena.handOver()
        epochs.collect()
        arena.settle()
        let before = arena.payloadBytes
        var steps = 0
        while try !arena.compactStep(work: 100_000) { steps += 1 }
        #expect(steps > 5)
        arena.handOver()
        epochs.collect()
        arena.settle()
        let (payloadBytes, live) = (arena.payloadBytes, keys.reduce(0) { $0 + $1.count * 8 + Self.headerBytes })
        #expect(payloadBytes < before / 3, "\(before) bytes before")
        // The pool takes spans of 2 MiB.
        #expect(payloadBytes <= live * 2 + (4 << 20), "\(payloadBytes) bytes are held for \(live)")
        #expect(epochs.retiredBytes == 0)
        for (key, count) in keys {
            let record = arena.record(at: key.index)
            guard properties(key, arena) == row(count, from: record.id) else {
                Issue.record("the row of \(record.id) is another")
                return
            }
        }
    }

    // MARK: Against a model

    /// Random rows, lists and removals in a small budget, so that compactions are frequent; each goes on in small steps
    /// between the changes.
    @Test(arguments: AllocationStrategy.allCases, [1, 2, 3] as [UInt64])
    func agreesWithArrays(strategy: AllocationStrategy, seed: UInt64) throws {
        struct Model {
            var properties: [InternedProperty] = []
            var lists: [Direction: [Relationship]] = [.outgoing: [], .incoming: []]
        }
        var random = SplitMix64(seed: seed)
        let epochs = EpochManager()
        var arena = try makeArena(strategy, byteLimit: 400_000, gcThreshold: 0.3, epochs)
        arena.compaction.minimum = 20_000
        var model: [EntityKey: Model] = [:]
        var keys: [EntityKey] = []
        func matches(_ arena: borrowing GraphArena, _ key: EntityKey) -> Bool {
            guard let expected = model[key], arena.key(at: key.index) == key else { return false }
            let record = arena.record(at: key.index)
            return properties(key, arena) == expected.properties && record.propertyCount == expected.properties.count
                && [Direction.outgoing, .incoming].allSatisfy {
                    relationships(key, $0, arena) == expected.lists[$0]
                        && record.degree($0) == expected.lists[$0]?.count
                }
        }
        for step in 0..<4_000 {
            if keys.count < 20 || (keys.count < 100 && random.chance(10)) {
                let key = try insert(UInt32(step), into: &arena)
                keys.append(key)
                model[key] = Model()
            }
            let place = random.below(keys.count)
            let key = keys[place]
            let record = arena.record(at: key.index)
            let direction = random.chance(50) ? Direction.outgoing : .incoming
            switch random.below(12) {
            case 0:
                arena.remove(key)
                model[key] = nil
                keys.remove(at: place)
                let gone = arena.key(at: key.index) != key
                guard gone else {
                    Issue.record("seed \(seed), step \(step): a removed record is there")
                    return
                }
                continue
            case 1...5:
                let properties = row(random.below(120), from: UInt32(step))
                try arena.setProperties(properties.span, of: record)
                model[key]!.properties = properties
            case 6...7:
                // A few, so that holes are left; also one that is not there.
                for _ in 0..<random.below(12) {
                    let list = model[key]!.lists[direction]!
                    let wanted =
                        list.isEmpty
                        ? Relationship(type: InternedString(id: .max - 1), other: 7) : list[random.below(list.count)]
                    let removed = arena.remove(wanted, from: direction, of: record)
                    guard removed != list.isEmpty else {
                        Issue.record("seed \(seed), step \(step): removed \(removed)")
                        return
                    }
                    if removed { model[key]!.lists[direction]!.remove(at: list.firstIndex(of: wanted)!) }
                }
            default:
                for _ in 0..<1 + random.below(8) {
                    let relationship = Relationship(
                        type: InternedString(id: UInt32(step)), other: UInt32(random.below(50)))
                    try arena.reserve(1 + random.below(3), in: direction, of: record)
                    arena.append(relationship, to: direction, of: record)
                    model[key]!.lists[direction]!.append(relationship)
                }
            }
            if arena.isCompacting || arena.needsCompaction { _ = try arena.compactStep(work: 3_000) }
            if random.chance(20) {
                arena.handOver()
                epochs.collect()
                arena.settle()
            }
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
        if strategy == .bump { #expect(compactions > 3) }
        if strategy == .direct { #expect(compactions == 0) }
        let least = model.values.reduce(0) { sum, model in
            sum + Self.recordBytes + model.properties.count * 8 + model.lists.values.reduce(0) { $0 + $1.count * 8 }
        }
        #expect(metrics.liveBytes >= least, "seed \(seed)")
        for key in keys { arena.remove(key) }
        let live = arena.metrics.liveBytes
        #expect(live == 0, "seed \(seed)")
        arena.handOver()
        epochs.collect()
        arena.settle()
        let retired = arena.metrics.retiredBytes
        #expect(retired == 0)
    }
}
