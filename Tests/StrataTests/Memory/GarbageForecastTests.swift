import Testing

@testable import Strata

/// What a change leaves behind is known before it is made, whatever it replaces.
@Suite struct GarbageForecastTests {
    private func engine(_ strategy: AllocationStrategy, limit: Int) throws -> KnowledgeEngine {
        var configuration = MemoryConfiguration()
        configuration.allocationStrategy = strategy
        configuration.garbageLimit = limit
        return try KnowledgeEngine(configuration: configuration)
    }

    /// Lists of all lengths grow, several of them and one of them several times in a change, while a reader stays: no
    /// change that is made goes past the limit, and those that are refused would have.
    @Test(arguments: AllocationStrategy.allCases, [100_000, 400_000, 2_000_000])
    func whileListsGrowTheLimitIsKeptTo(strategy: AllocationStrategy, limit: Int) throws {
        let engine = try engine(strategy, limit: limit)
        var random = SplitMix64(seed: UInt64(limit))
        let type = try engine.intern("t")
        for id in 0..<400 as Range<UInt32> {
            try engine.insert(id: id, type: type, properties: Span(), embedding: Span(), relationships: Span())
        }
        // A few hubs, whose lists are large.
        for step in 0..<8_000 { try engine.relate(UInt32(step % 3), type, UInt32(step % 5)) }
        var next: UInt32 = 1_000
        var (refusals, most) = (0, 0)
        var reader = try engine.reader()
        reader.pinned { _ in
            for step in 0..<3_000 {
                let before = engine.garbageBytes
                let relationshipCount = engine.relationshipCount
                do throws(StrataError) {
                    switch random.below(3) {
                    case 0: try engine.relate(UInt32(random.below(400)), type, UInt32(random.below(400)))
                    case 1: try engine.relate(UInt32(random.below(3)), type, UInt32(random.below(5)))
                    default:
                        // The same ones again and again; some are still to come.
                        let others = (0..<random.below(40)).map { _ in UInt32(random.below(20) * 100) }
                        let relationships = others.map { Relationship(type: type, other: $0) }
                        next += 1
                        try engine.insert(
                            id: next, type: type, properties: Span(), embedding: Span(),
                            relationships: relationships.span)
                    }
                } catch {
                    refusals += 1
                    #expect(error.code == .limitExceeded && error.message.contains("garbage_limit"))
                    #expect(engine.garbageBytes <= before)
                    #expect(engine.relationshipCount == relationshipCount)
                }
                most = max(most, engine.garbageBytes)
                guard engine.garbageBytes <= limit else {
                    Issue.record("step \(step): \(engine.garbageBytes) bytes wait, \(before) before")
                    return
                }
            }
        }
        // A bump area waits only when all in it is dead.
        #expect(refusals > 0 || limit > 100_000 || strategy == .bump)
        #expect(most > 0)
        engine.collect()
        // Nobody reads: nothing is refused, however long the list.
        for _ in 0..<4_000 { try engine.relate(0, type, 1) }
    }

    @Test(arguments: AllocationStrategy.allCases)
    func whatIsForecastIsWhatIsRetired(strategy: AllocationStrategy) throws {
        let epochs = EpochManager()
        var arena = try GraphArena(strategy: strategy, byteLimit: nil, gcThreshold: 0.9, epochs: epochs)
        var records: [EntityReference] = []
        for id in 0..<4 as Range<UInt32> {
            records.append(arena.record(at: try arena.insert(EntityData(id: id, type: InternedString(id: 0))).index))
        }
        var random = SplitMix64(seed: 6)
        var replacements = 0
        for step in 0..<3_000 {
            let record = records[random.below(4)]
            var forecast = GarbageForecast()
            forecast.append(to: .outgoing, of: record)
            let most = arena.garbageBytes(of: forecast)
            // What is dead among the living counts as well.
            let (dead, retired) = (strategy == .bump ? arena.deadBytes : 0, arena.garbageBytes)
            try arena.reserve(1, in: .outgoing, of: record)
            arena.append(Relationship(type: InternedString(id: 1), other: UInt32(step)), to: .outgoing, of: record)
            let left = arena.garbageBytes - retired + (strategy == .bump ? arena.deadBytes - dead : 0)
            #expect(left <= most, "step \(step)")
            if strategy != .bump { #expect(left == most, "step \(step)") }
            if left > 0 { replacements += 1 }
        }
        #expect(replacements > 20)
    }
}
