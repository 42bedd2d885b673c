import Testing

@testable import Strata

/// Taking entries out of long lists: whatever is remembered about them, they are what plain arrays would be.
@Suite struct ListIndexTests {
    /// A list in memory of its own.
    private struct OwnList: ~Copyable {
        let payload: Payload

        init(capacity: Int, _ words: [UInt64]) {
            let base = UnsafeMutableRawPointer.allocate(
                byteCount: Payload.byteCount(capacity: capacity), alignment: 8)
            payload = Payload(initializing: base, capacity: capacity, count: 0)
            for word in words { append(word) }
        }

        deinit { payload.base.deallocate() }

        var words: [UInt64] { (0..<payload.count).map { payload[word: $0] } }

        func append(_ word: UInt64) {
            payload[word: payload.count] = word
            payload.count += 1
        }

        func makeHole(at place: Int) { payload[word: place] = Relationship.hole }
    }

    private func table(of list: borrowing OwnList, budget: MemoryBudget? = nil) throws -> ListIndex {
        var index = try ListIndex(
            of: list.payload, live: list.words.count { $0 != Relationship.hole }, budget: budget)
        let isComplete = try index.extend()
        #expect(isComplete)
        return index
    }

    private func relationship(_ type: UInt32, _ other: UInt32) -> Relationship {
        Relationship(type: InternedString(id: type), other: other)
    }

    private func list(_ record: EntityReference, _ direction: Direction) -> [UInt64] {
        var list: [UInt64] = []
        record.forEachRelationship(direction) { list.append($0.word) }
        return list
    }

    // MARK: One table

    @Test(arguments: [1, 2, 3] as [UInt64], [5, 300, 100_000])
    func takesTheFirstOfEqualEntries(seed: UInt64, values: Int) throws {
        var random = SplitMix64(seed: seed)
        let list = OwnList(capacity: 2_000, (0..<1_200).map { _ in UInt64(random.below(values)) })
        for _ in 0..<200 { list.makeHole(at: random.below(1_200)) }
        var index = try table(of: list)
        for step in 0..<2_500 {
            if random.chance(30), list.payload.count < 2_000 {
                list.append(UInt64(random.below(values)))
                continue
            }
            if try !index.extend() { index = try table(of: list) }
            let word = random.chance(90) ? list.payload[word: random.below(list.payload.count)] : UInt64(values)
            let wanted = word == Relationship.hole ? UInt64(values) : word
            let (found, expected) = (index.take(wanted), list.words.firstIndex(of: wanted))
            guard found == expected else {
                Issue.record("seed \(seed), step \(step): \(found ?? -1) for \(expected ?? -1)")
                return
            }
            guard let found else { continue }
            list.makeHole(at: found)
            while list.payload.count > 1, list.payload[word: list.payload.count - 1] == Relationship.hole {
                list.payload.count -= 1
            }
            index.shorten(to: list.payload.count)
        }
    }

    @Test func aMillionEqualEntriesAreTakenOneByOne() throws {
        let count = longRun(20_000)
        let list = OwnList(capacity: count, [UInt64](repeating: 7, count: count))
        var index = try table(of: list)
        for place in 0..<count {
            guard index.take(7) == place else {
                Issue.record("the entry after \(place) others is not the first")
                return
            }
            list.makeHole(at: place)
        }
        let more = index.take(7)
        #expect(more == nil)
    }

    @Test func aTableTakesFromTheBudgetAndGivesBack() throws {
        let budget = MemoryBudget(limits: MemoryLimits(soft: 1 << 20, hard: 1 << 20))
        let list = OwnList(capacity: 3_000, (0..<2_999).map { UInt64($0) })
        do {
            var index = try table(of: list, budget: budget)
            var byteCount = index.byteCount
            #expect(byteCount == 32 << 10)
            #expect(budget.usedBytes == byteCount)
            // The first entry that has an equal wants links.
            list.append(5)
            let isComplete = try index.extend()
            #expect(isComplete)
            byteCount = index.byteCount
            #expect(byteCount == 44 << 10)
            #expect(budget.usedBytes == byteCount)
            let found = [index.take(5), index.take(5), index.take(5)]
            #expect(found == [5, 2_999, nil])
        }
        #expect(budget.usedBytes == 0)
    }

    @Test func withoutMemoryForLinksTheTableIsAsBefore() throws {
        let budget = MemoryBudget(limits: MemoryLimits(soft: 1 << 20, hard: 1 << 20))
        let list = OwnList(capacity: 3_000, (0..<2_998).map { UInt64($0) })
        var index = try table(of: list, budget: budget)
        try budget.take(budget.availableBytes)
        list.append(5)
        var refusal: StrataError?
        do throws(StrataError) { _ = try index.extend() } catch { refusal = error }
        #expect(refusal?.code == .limitExceeded)
        let found = [index.take(5), index.take(6)]
        #expect(found == [5, 6])
    }

    // MARK: The lists of a graph

    /// Long lists with equal entries, beside compaction in small steps, against arrays.
    @Test(arguments: AllocationStrategy.allCases, [1, 2, 3, 4] as [UInt64])
    func listsAgreeWithArrays(strategy: AllocationStrategy, seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let epochs = EpochManager()
        var arena = try GraphArena(strategy: strategy, byteLimit: nil, gcThreshold: 0.2, epochs: epochs)
        arena.compaction.minimum = 10_000
        arena.payloads.indexes.leastLength = 40
        arena.payloads.indexes.patience = random.below(3)
        var keys: [EntityKey] = []
        var model: [[Direction: [UInt64]]] = []
        for id in 0..<6 as Range<UInt32> {
            keys.append(try arena.insert(EntityData(id: id, type: InternedString(id: 0))))
            model.append([.outgoing: [], .incoming: []])
        }
        var tables = 0
        for step in 0..<longRun(3_000) {
            let place = random.below(keys.count)
            let record = arena.record(at: keys[place].index)
            let direction = random.chance(50) ? Direction.outgoing : .incoming
            var expected = model[place][direction]!
            // Now they grow, now they shrink.
            if random.chance(step / 500 % 2 == 0 ? 60 : 25) {
                for _ in 0..<random.below(20) {
                    let new = relationship(UInt32(random.below(3)), UInt32(random.below(60)))
                    try arena.reserve(1, in: direction, of: record)
                    arena.append(new, to: direction, of: record)
                    expected.append(new.word)
                }
            } else {
                for _ in 0..<random.below(20) {
                    let word =
                        expected.isEmpty || random.chance(5)
                        ? relationship(9, 9).word : expected[random.below(expected.count)]
                    let isThere = expected.firstIndex(of: word)
                    guard arena.remove(Relationship(word: word), from: direction, of: record) == (isThere != nil) else {
                        Issue.record("seed \(seed), step \(step): \(word) was found, or was not")
                        return
                    }
                    if let isThere { expected.remove(at: isThere) }
                }
            }
            model[place][direction] = expected
            if random.chance(2) {
                arena.remove(keys[place])
                keys[place] = try arena.insert(EntityData(id: UInt32(step), type: InternedString(id: 0)))
                model[place] = [.outgoing: [], .incoming: []]
            } else {
                let found = list(record, direction)
                guard found == expected, record.degree(direction) == expected.count else {
                    Issue.record("seed \(seed), step \(step): a list differs")
                    return
                }
            }
            if arena.isCompacting || arena.needsCompaction { _ = try arena.compactStep(work: 2_000) }
            if random.chance(1) { _ = try arena.compactIfNeeded() }
            if random.chance(20) {
                arena.handOver()
                epochs.collect()
                arena.settle()
            }
            tables = max(tables, arena.payloads.indexes.count)
        }
        #expect(tables > 2, "seed \(seed)")
        for key in keys { arena.remove(key) }
        let left = arena.payloads.indexes.byteCount
        #expect(left == 0)
    }

    /// The work of taking a hub apart, counted: each entry is gone through some times, not as often as there are entries.
    @Test(arguments: [false, true])
    func aHubIsTakenApartInLinearWork(hasEquals: Bool) throws {
        var random = SplitMix64(seed: 8)
        let epochs = EpochManager()
        var arena = try GraphArena(strategy: .bump, byteLimit: nil, gcThreshold: 0.5, epochs: epochs)
        let record = arena.record(at: try arena.insert(EntityData(id: 1, type: InternedString(id: 0))).index)
        let count = 30_000
        var words = (0..<count).map { relationship(1, UInt32(hasEquals ? $0 % 100 : $0)).word }
        for word in words {
            try arena.reserve(1, in: .incoming, of: record)
            arena.append(Relationship(word: word), to: .incoming, of: record)
        }
        words.shuffle(using: &random)
        for word in words {
            guard arena.remove(Relationship(word: word), from: .incoming, of: record) else {
                Issue.record("\(word) is not there")
                return
            }
        }
        #expect(record.degree(.incoming) == 0)
        let (searched, left) = (arena.payloads.indexes.searchedEntries, arena.payloads.indexes.byteCount)
        // Each list that it becomes, a quarter as long as the one before, is gone through eight times.
        #expect(searched <= 12 * count, "\(searched) entries were looked at for \(count)")
        #expect(left == 0)
    }

    @Test func aTableThatNobodyUsesGoesAtTheSecondSweep() throws {
        let epochs = EpochManager()
        var arena = try GraphArena(strategy: .bump, byteLimit: nil, gcThreshold: 0.5, epochs: epochs)
        arena.payloads.indexes.patience = 0
        let record = arena.record(at: try arena.insert(EntityData(id: 1, type: InternedString(id: 0))).index)
        for other in 0..<5_000 as Range<UInt32> {
            try arena.reserve(1, in: .outgoing, of: record)
            arena.append(relationship(1, other), to: .outgoing, of: record)
        }
        func remove(_ other: UInt32, _ arena: inout GraphArena) {
            let isRemoved = arena.remove(relationship(1, other), from: .outgoing, of: record)
            #expect(isRemoved)
        }
        remove(3, &arena)
        var count = arena.payloads.indexes.count
        #expect(count == 1)
        let held = arena.payloadBytes
        for other in 10..<20 as Range<UInt32> {
            let isDone = try arena.compact(until: Deadline(after: .seconds(1)))
            #expect(isDone)
            remove(other, &arena)
        }
        count = arena.payloads.indexes.count
        #expect(count == 1, "it is in use")
        for _ in 0..<2 { _ = try arena.compactIfNeeded() }
        count = arena.payloads.indexes.count
        #expect(count == 0)
        let bytes = arena.payloadBytes
        #expect(bytes <= held - (16 << 10))
        remove(4_999, &arena)
        let found = list(record, .outgoing)
        #expect(found.count == 5_000 - 12)
    }

    /// A store at its hard limit makes no table, and takes entries out all the same.
    @Test func withoutMemoryAListIsSearched() throws {
        let epochs = EpochManager()
        let budget = MemoryBudget(limits: MemoryLimits(soft: 4 << 20, hard: 4 << 20))
        var arena = try GraphArena(
            strategy: .bump, byteLimit: nil, gcThreshold: 0.5, epochs: epochs, budget: budget)
        arena.payloads.indexes.patience = 0
        let record = arena.record(at: try arena.insert(EntityData(id: 1, type: InternedString(id: 0))).index)
        for other in 0..<20_000 as Range<UInt32> {
            try arena.reserve(1, in: .outgoing, of: record)
            arena.append(relationship(1, other), to: .outgoing, of: record)
        }
        let taken = budget.availableBytes - 1_000
        try budget.take(taken)
        for other in stride(from: 19_000 as UInt32, to: 18_000, by: -10) {
            let isRemoved = arena.remove(relationship(1, other), from: .outgoing, of: record)
            #expect(isRemoved)
        }
        var count = arena.payloads.indexes.count
        #expect(count == 0)
        budget.give(taken)
        let isRemoved = arena.remove(relationship(1, 17), from: .outgoing, of: record)
        #expect(isRemoved)
        count = arena.payloads.indexes.count
        #expect(count == 1)
        // What only saves time goes when there is little left.
        try budget.take(budget.availableBytes - 1_000)
        arena.settle()
        count = arena.payloads.indexes.count
        #expect(count == 0)
        let found = list(record, .outgoing)
        #expect(found.count == 20_000 - 101)
    }

    // MARK: The engine

    @Test(arguments: AllocationStrategy.allCases)
    func aStoreWhoseHubLosesItsNeighboursIsAsItShouldBe(strategy: AllocationStrategy) throws {
        let engine = try KnowledgeEngine(configuration: EnginePair.configuration(strategy))
        let type = try engine.intern("t")
        try engine.insert(id: 0, type: "hub")
        let count: UInt32 = 4_000
        for id in 1...count {
            try engine.insert(
                id: id, type: type, properties: Span(), embedding: Span(),
                relationships: [relationship(type.id, 0)].span)
            try engine.relate(0, type, id)
        }
        var random = SplitMix64(seed: 4)
        var left = Array(1...count)
        left.shuffle(using: &random)
        while left.count > 500 { try engine.delete(left.removeLast()) }
        for direction in [Direction.incoming, .outgoing] {
            var found: [UInt32] = []
            try engine.forEachRelationship(of: 0, direction) { found.append($0.other) }
            #expect(found == left.sorted())
        }
        #expect(engine.relationshipCount == 1_000)
        try engine.delete(0)
        #expect(engine.relationshipCount == 0)
        #expect(engine.entityCount == 500)
    }
}
