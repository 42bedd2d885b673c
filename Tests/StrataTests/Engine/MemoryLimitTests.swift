import Glibc
import Testing

@testable import Strata

/// What a store does when it nears its limits, and when it reaches them.
@Suite struct MemoryLimitTests {
    /// Not `pool`, which takes 2 MiB at a time: too much for limits as small as here.
    private static let fineGrained: [AllocationStrategy] = [.direct, .bump]

    private static func configuration(_ strategy: AllocationStrategy, hard: Int, soft: Int? = nil)
        -> MemoryConfiguration
    {
        var configuration = EnginePair.configuration(strategy)
        configuration.memoryHardLimit = hard
        configuration.memorySoftLimit = soft
        return configuration
    }

    /// Random changes while the limit shrinks step by step to two thirds: what is refused has changed nothing, what
    /// was acknowledged is there, and the store never holds over 2 % more than it may.
    @Test(arguments: fineGrained, [1, 2] as [UInt64])
    func aShrinkingLimitIsKeptAndNothingIsLost(strategy: AllocationStrategy, seed: UInt64) throws {
        var hard = 5 << 19
        let pair = try EnginePair(
            Self.configuration(strategy, hard: hard), dimensions: 64, pool: Array(0..<3_000), seed: seed)
        let engine = pair.engine
        var refusals: [String: Int] = [:]
        for step in 0..<(getenv("STRATA_LONG") == nil ? 400 : 20_000) {
            let (call, error) = try Self.change(pair)
            if let error {
                refusals[call, default: 0] += 1
                guard error.code == .limitExceeded else {
                    Issue.record("seed \(seed), step \(step), \(call): \(error)")
                    return
                }
            }
            if step % 20 == 19, hard > 7 << 18 {
                let next = hard - hard / 50
                while failure({ try engine.setMemoryLimits(MemoryLimits(soft: next - next / 8, hard: next)) }) != nil {
                    guard let id = pair.presentID() else {
                        Issue.record("seed \(seed), step \(step): an empty store is over \(next) bytes")
                        return
                    }
                    try engine.delete(id)
                    pair.model.delete(id)
                    refusals["limit", default: 0] += 1
                }
                hard = next
            }
            guard engine.memoryUsage <= hard + hard / 50, engine.budget.usedBytes <= hard else {
                Issue.record("seed \(seed), step \(step), \(call): \(engine.memoryBreakdown) under \(hard)")
                return
            }
        }
        #expect(!refusals.isEmpty, "\(strategy), seed \(seed): the limit was never reached")
        #expect(try pair.differences(deep: false) == [], "\(strategy), seed \(seed)")
    }

    /// A random change that is right but for its need of memory.
    private static func change(_ pair: EnginePair) throws -> (call: String, error: StrataError?) {
        let engine = pair.engine
        switch pair.random.below(100) {
        case 0..<60:
            let id = pair.anyID()
            guard pair.model.entities[id] == nil else { return ("nothing", nil) }
            let pairs = (0..<pair.random.below(1_200)).map { (key: "k\($0 % 13)", value: "v\($0 % 29)") }
            let edges = (0..<pair.random.below(8)).map { _ in EngineModel.Edge(type: "near", other: pair.anyID()) }
            return ("insert", try pair.insert(id, pairs: pairs, embedding: pair.vector(), relationships: edges))
        case 60..<70:
            guard let id = pair.presentID() else { return ("nothing", nil) }
            try engine.delete(id)
            pair.model.delete(id)
            return ("delete", nil)
        case 70..<80:
            guard let id = pair.presentID() else { return ("nothing", nil) }
            let key = "k\(pair.random.below(13))"
            let error = failure { try engine.update(id, try engine.intern(key), to: try engine.intern("v1")) }
            if error == nil { pair.model.entities[id]!.properties[key] = ["v1"] }
            return ("update", error)
        case 80..<90:
            guard let source = pair.presentID(), let target = pair.presentID() else { return ("nothing", nil) }
            let error = failure { try engine.relate(source, "near", target) }
            if error == nil { pair.model.relate(source, "near", target) }
            return ("relate", error)
        default:
            let query = pair.vector()
            _ = try engine.similar(to: query.span, limit: 10)
            return ("similar", nil)
        }
    }

    /// At the limit: writes are refused in the words of the key, reads and deletions go on, and after enough of these
    /// writes are taken again.
    @Test(arguments: fineGrained)
    func aFullStoreAnswersAndIsBroughtBackByDeletions(strategy: AllocationStrategy) throws {
        let pair = try EnginePair(
            Self.configuration(strategy, hard: 3 << 20), dimensions: 16, pool: Array(0..<64), seed: 5)
        let pairs = (0..<400).map { (key: "k\($0 % 7)", value: "v\($0 % 5)") }
        func insert(_ id: UInt32) throws -> StrataError? {
            try pair.insert(id, pairs: pairs, embedding: pair.vector(), relationships: [])
        }
        var id: UInt32 = 0
        var error: StrataError?
        while error == nil {
            error = try insert(id)
            id += 1
        }
        #expect(error?.code == .limitExceeded)
        #expect(error?.message.hasPrefix("the store holds ") == true, "\(String(describing: error))")
        #expect(error?.message.contains(" of the 3145728 bytes that memory_hard_limit allows") == true)
        #expect(error?.remedy == "delete entities, or raise memory_hard_limit")
        #expect(pair.engine.memoryPressure >= .soft)
        #expect(try pair.differences(deep: false) == [])
        // Again and again, without ever more being held.
        let usage = pair.engine.memoryUsage
        for _ in 0..<20 { #expect(try insert(id)?.code == .limitExceeded) }
        #expect(pair.engine.memoryUsage <= usage + (64 << 10))
        #expect(pair.engine.memoryUsage <= (3 << 20) + (3 << 20) / 50)

        var deleted = 0
        while try insert(id) != nil {
            let victim = try #require(pair.model.ids.first, "\(strategy): deletions do not help")
            try pair.engine.delete(victim)
            pair.model.delete(victim)
            deleted += 1
        }
        #expect(deleted > 0)
        #expect(deleted < Int(id))
        #expect(try pair.differences(deep: false) == [])
        // Or the limit is raised.
        try pair.engine.setMemoryLimits(MemoryLimits(hard: 8 << 20))
        for next in (id + 1)..<(id + 100) { #expect(try insert(next) == nil) }
        #expect(try pair.differences(deep: false) == [])
    }

    @Test func aLimitThatIsTooLowIsRefusedAndTheOldOneStays() throws {
        let engine = try KnowledgeEngine(configuration: Self.configuration(.direct, hard: 8 << 20))
        let type = try engine.intern("t")
        let row = [InternedProperty](repeating: InternedProperty(key: type, value: type), count: 20_000)
        for id in 0..<20 as Range<UInt32> {
            try engine.insert(id: id, type: type, properties: row.span, embedding: Span(), relationships: Span())
        }
        let before = engine.memoryLimits
        #expect(failure { try engine.setMemoryLimits(MemoryLimits(soft: 0, hard: 2 << 20)) }?.code == .limitExceeded)
        #expect(failure { try engine.setMemoryLimits(MemoryLimits(soft: 0, hard: 5)) }?.code == .invalidArgument)
        #expect(engine.memoryLimits == before)
        for id in 0..<15 as Range<UInt32> { try engine.delete(id) }
        try engine.setMemoryLimits(MemoryLimits(soft: 2 << 20, hard: 2 << 20))
        #expect(engine.memoryLimits.hard == 2 << 20)
    }

    // MARK: The soft limit

    @Test func overTheSoftLimitTheCacheShrinksAndTakesNothingNew() throws {
        let engine = try KnowledgeEngine(
            configuration: Self.configuration(.direct, hard: 32 << 20, soft: 4 << 20), embeddingDimensions: 64)
        var random = SplitMix64(seed: 3)
        let type = try engine.intern("t")
        for id in 0..<200 as Range<UInt32> {
            let vector = random.vector(64)
            try engine.insert(id: id, type: type, properties: Span(), embedding: vector.span, relationships: Span())
        }
        func ask() throws -> Bool {
            let query = random.vector(64)
            let before = engine.cacheMetrics.insertions
            _ = try engine.similar(to: query.span, limit: 20)
            return engine.cacheMetrics.insertions > before
        }
        for _ in 0..<100 { #expect(try ask()) }
        let full = engine.memoryBreakdown.caches
        #expect(full > 100 * (64 * 4 + 20 * 16))
        #expect(engine.memoryPressure == .none)

        // One large row takes the store over the limit: the answers go, and no new ones come.
        let row = [InternedProperty](repeating: InternedProperty(key: type, value: type), count: 400_000)
        try engine.insert(id: 900, type: type, properties: row.span, embedding: Span(), relationships: Span())
        #expect(engine.memoryPressure == .soft)
        #expect(engine.memoryBreakdown.caches < full / 10)
        #expect(try !ask())
        #expect(engine.memoryUsage < 5 << 20)

        // Without it, all is as before.
        try engine.delete(900)
        try engine.collectGarbage()
        #expect(engine.memoryPressure == .none)
        #expect(try ask())
    }

    @Test(arguments: AllocationStrategy.allCases)
    func overTheSoftLimitGarbageAndDeadBytesGoFirst(strategy: AllocationStrategy) throws {
        var configuration = Self.configuration(strategy, hard: 16 << 20, soft: 4 << 20)
        configuration.gcThreshold = 1
        let engine = try KnowledgeEngine(configuration: configuration)
        let (type, other) = (try engine.intern("t"), try engine.intern("u"))
        let row = (0..<10_000).map { InternedProperty(key: $0 < 9_999 ? type : other, value: type) }
        for id in 0..<20 as Range<UInt32> {
            try engine.insert(id: id, type: type, properties: row.span, embedding: Span(), relationships: Span())
        }
        // Rows of one pair in place of rows of ten thousand, and then large ones again: 1.6 MB live at most, ten times
        // as much written.
        for round in 0..<10 {
            for id in 0..<20 as Range<UInt32> {
                try engine.delete(id)
                try engine.insert(id: id, type: type, properties: row.span, embedding: Span(), relationships: Span())
                #expect(engine.memoryUsage < 5 << 20, "round \(round)")
            }
        }
        #expect(engine.memoryMetrics.totalAllocatedBytes > 16 << 20)
    }

    @Test func underNoLimitNothingOfThisHappens() throws {
        let engine = try KnowledgeEngine(
            configuration: Self.configuration(.bump, hard: 0), embeddingDimensions: 0)
        #expect(engine.memoryLimits == MemoryLimits())
        #expect(engine.memoryPressure == .none)
        #expect(engine.budget.reservedForCompaction == 0)
    }

    @Test func theControlGroupSetsTheLimitWhereTheKeysLeaveItOpen() throws {
        let open = try KnowledgeEngine(
            configuration: MemoryConfiguration(), embeddingDimensions: 0, controlGroupLimit: 1 << 30)
        #expect(open.memoryLimits == MemoryLimits(soft: 822_083_584, hard: 939_524_096))
        let set = try KnowledgeEngine(
            configuration: Self.configuration(.bump, hard: 2 << 20), embeddingDimensions: 0, controlGroupLimit: 1 << 30)
        #expect(set.memoryLimits == MemoryLimits(soft: 7 << 18, hard: 2 << 20))
        let process = try KnowledgeEngine()
        #expect(
            process.memoryLimits
                == MemoryConfiguration().memoryLimits(controlGroupLimit: ControlGroup.memoryLimitOfProcess))
    }

    // MARK: Garbage

    /// A reader who holds up more than may wait: changes are refused by name until it ends, deletions are not.
    @Test func garbageThatAReaderHoldsUpIsBounded() throws {
        var configuration = Self.configuration(.direct, hard: 0)
        configuration.garbageLimit = 256 << 10
        let engine = try KnowledgeEngine(configuration: configuration)
        let (type, other) = (try engine.intern("t"), try engine.intern("u"))
        let row = (0..<1_000).map { InternedProperty(key: $0 < 500 ? type : other, value: type) }
        for id in 0..<200 as Range<UInt32> {
            try engine.insert(id: id, type: type, properties: row.span, embedding: Span(), relationships: Span())
        }
        var refused: StrataError?
        var updated = 0
        try engine.withProperties(of: 199) { view in
            for id in 0..<100 as Range<UInt32> where refused == nil {
                refused = failure { try engine.update(id, type, to: other) }
                if refused == nil { updated += 1 }
            }
            #expect(view.count == 1_000)
            #expect(engine.memoryBreakdown.garbage <= (256 << 10) + 16_384)
            #expect(failure { try engine.update(120, type, to: other) }?.code == .limitExceeded)
            #expect(failure { try engine.delete(150) } == nil)
            #expect(view.indices.allSatisfy { view[$0].value == type })
        }
        #expect(refused?.code == .limitExceeded)
        #expect(refused?.message.contains("garbage_limit") == true, "\(String(describing: refused))")
        #expect(updated >= 30)
        #expect(failure { try engine.update(190, type, to: other) } == nil)
        #expect(engine.entity(150) == nil)
        try engine.collectGarbage()
        #expect(engine.memoryBreakdown.garbage == 0)
    }
}
