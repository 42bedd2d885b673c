import Testing

@testable import Strata

/// A store that is filled until it refuses: what it holds stays below the limit at every moment, whatever its entities
/// are made of, and all that it accepted is there.
@Suite struct HardLimitTests {
    /// So low that no chunk asks for huge pages: that advice stays with addresses, which other tests look at.
    private static let limits = [1 << 20, 3 << 20, 10 << 20]

    /// In a process of its own, with chunks that ask for huge pages.
    @Test func largeChunksStayBelowIt() async {
        await #expect(processExitsWith: .success) {
            for strategy in [.direct, .bump] as [AllocationStrategy] {
                try HardLimitTests().recordsAloneStayBelowIt(limit: 48 << 20, strategy: strategy)
                try HardLimitTests().payloadsStayBelowIt(limit: 48 << 20, strategy: strategy)
            }
        }
    }

    /// Nothing but records, index and their tables: chunks of slots are the largest blocks of all.
    @Test(arguments: limits, AllocationStrategy.allCases)
    func recordsAloneStayBelowIt(limit: Int, strategy: AllocationStrategy) throws {
        let engine = try Self.engine(limit, strategy)
        let type = try engine.intern("t")
        let count = try Self.fill(engine, limit) { id throws(StrataError) in
            try engine.insert(id: id, type: type, properties: Span(), embedding: Span(), relationships: Span())
        }
        // At the worst the index, 16 bytes an entity at most, has just no room to double.
        #expect(Int(count) >= limit / 240, "\(limit): \(count) entities, \(engine.memoryBreakdown)")
        try Self.check(engine, count)
    }

    /// With rows and relationships that are moved again and again, in memory of the limit's own size.
    @Test(arguments: limits, [.direct, .bump] as [AllocationStrategy])
    func payloadsStayBelowIt(limit: Int, strategy: AllocationStrategy) throws {
        let engine = try Self.engine(limit, strategy)
        let type = try engine.intern("t")
        let row = (0..<9).map { _ in InternedProperty(key: type, value: type) }
        let list = (0..<4 as Range<UInt32>).map { Relationship(type: type, other: $0) }
        var count: UInt32 = 4
        for id in 0..<4 as Range<UInt32> {
            try engine.insert(id: id, type: type, properties: Span(), embedding: Span(), relationships: Span())
        }
        count = try Self.fill(engine, limit, from: 4) { id throws(StrataError) in
            try engine.insert(id: id, type: type, properties: row.span, embedding: Span(), relationships: list.span)
        }
        #expect(engine.memoryUsage >= limit / 2, "\(limit): \(engine.memoryBreakdown)")
        try Self.check(engine, count)
        #expect(engine.incomingDegree(of: 0) == Int(count) - 4)
    }

    /// A reader that stays holds up tables and chunks that were replaced: they count until they are given back.
    @Test(arguments: [2 << 20, 10 << 20], [.direct, .bump] as [AllocationStrategy])
    func whatAReaderHoldsUpCountsToo(limit: Int, strategy: AllocationStrategy) throws {
        let engine = try Self.engine(limit, strategy)
        let type = try engine.intern("t")
        var reader = try engine.reader()
        var count: UInt32 = 0
        try reader.pinned { _ in
            count = try Self.fill(engine, limit) { id throws(StrataError) in
                try engine.insert(id: id, type: type, properties: Span(), embedding: Span(), relationships: Span())
            }
            // The smaller tables of the index wait for the reader.
            #expect(engine.memoryBreakdown.garbage > 0)
            try Self.check(engine, count)
        }
        try engine.collectGarbage()
        #expect(engine.memoryBreakdown.garbage == 0)
        // What the reader let go of is of use again.
        for id in 0..<count / 2 { try engine.delete(id) }
        try engine.collectGarbage()
        for id in 0..<count / 4 {
            try engine.insert(id: id, type: type, properties: Span(), embedding: Span(), relationships: Span())
            guard engine.budget.usedBytes <= limit else { break }
        }
        #expect(engine.budget.usedBytes <= limit)
    }

    private static func engine(_ limit: Int, _ strategy: AllocationStrategy) throws -> KnowledgeEngine {
        var configuration = EnginePair.configuration(strategy)
        configuration.memoryHardLimit = limit
        configuration.memorySoftLimit = limit
        configuration.cacheSize = 0
        configuration.stringInternerCapacity = 64
        return try KnowledgeEngine(configuration: configuration)
    }

    /// Inserts until it is refused.
    ///
    /// - Returns: the first identifier that is not there.
    private static func fill(
        _ engine: KnowledgeEngine, _ limit: Int, from first: UInt32 = 0, _ insert: (UInt32) throws(StrataError) -> Void
    ) throws -> UInt32 {
        var id = first
        while true {
            do throws(StrataError) { try insert(id) } catch {
                #expect(error.code == .limitExceeded)
                #expect(error.message.contains("memory_hard_limit"), "\(error)")
                #expect(engine.entity(id) == nil)
                break
            }
            id += 1
            guard engine.memoryUsage <= limit + limit / 50, engine.budget.usedBytes <= limit else {
                Issue.record("\(id) entities: \(engine.memoryBreakdown) under \(limit)")
                break
            }
        }
        // What is charged is what is held, within 2 %.
        let (used, held) = (engine.budget.usedBytes, engine.memoryUsage)
        #expect(abs(used - held) <= limit / 50, "\(used) bytes are charged for \(held): \(engine.memoryBreakdown)")
        #expect(engine.memoryMetrics.peakHeldBytes <= limit + limit / 50)
        return id
    }

    private static func check(_ engine: KnowledgeEngine, _ count: UInt32) throws {
        #expect(engine.entityCount == Int(count))
        var missing = 0
        for id in 0..<count where engine.entity(id)?.id != id { missing += 1 }
        #expect(missing == 0)
    }
}
