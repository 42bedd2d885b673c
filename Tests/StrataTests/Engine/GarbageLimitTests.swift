import Testing

@testable import Strata

/// How much may wait for a reader that does not end, when rows are replaced as fast as they can be.
struct GarbageLimitTests {
    private static let entityCount: UInt32 = 500

    private static func engine(_ strategy: AllocationStrategy, limit: Int) throws -> KnowledgeEngine {
        var configuration = MemoryConfiguration()
        configuration.allocationStrategy = strategy
        configuration.garbageLimit = limit
        let engine = try KnowledgeEngine(configuration: configuration)
        let type = try engine.intern("t")
        let pairs = try row(engine, revision: 0)
        for id in 0..<entityCount {
            try engine.insert(
                id: id, type: type, properties: pairs.span, embedding: Span(), relationships: Span())
        }
        return engine
    }

    /// Twenty pairs, in no order.
    private static func row(_ engine: KnowledgeEngine, revision: Int) throws -> [InternedProperty] {
        try (0..<20).map {
            InternedProperty(
                key: try engine.intern("key \(($0 * 7 + revision) % 20)"),
                value: try engine.intern("value \(revision % 5)"))
        }
    }

    /// Replaces rows until one is refused: how many were replaced before, and why not more.
    private static func fill(_ engine: KnowledgeEngine, atMost count: Int, limit: Int) throws -> (Int, StrataError?) {
        let rows = try (1...5).map { try row(engine, revision: $0) }
        for place in 0..<count {
            let pairs = rows[place % 5]
            do throws(StrataError) {
                try engine.replaceProperties(of: UInt32(place) % entityCount, by: pairs.span)
            } catch { return (place, error) }
            #expect(engine.garbageBytes <= limit, "after \(place + 1) rows")
        }
        return (count, nil)
    }

    @Test(arguments: AllocationStrategy.allCases, [300_000, 1_000_000])
    func `it is kept to, and changes are taken again when the reader has gone`(
        strategy: AllocationStrategy, limit: Int
    ) throws {
        let engine = try Self.engine(strategy, limit: limit)
        // Nobody reads: nothing is refused.
        #expect(try Self.fill(engine, atMost: 4_000, limit: limit).1 == nil)
        let before = engine.memoryUsage
        var reader = try engine.reader()
        try reader.pinned { reader in
            let seen = reader.withProperties(of: 0) { row in row.indices.map { row[$0] } }
            let (count, refusal) = try Self.fill(engine, atMost: 20_000, limit: limit)
            #expect(refusal?.code == .limitExceeded)
            #expect(refusal?.message.contains("garbage_limit") == true)
            // Most of what may wait does, and no more is held in any other way.
            #expect(count * 168 >= limit / 4, "\(count) rows")
            #expect(engine.memoryUsage - before <= 2 * limit + (4 << 20), "\(engine.memoryUsage), before \(before)")
            #expect(seen.count == 20)
        }
        #expect(try Self.fill(engine, atMost: 4_000, limit: limit).1 == nil)
        #expect(try engine.properties(of: 3).count == 20)
    }

    @Test func `a replaced row has the new properties and no others, grouped by key`() throws {
        let engine = try Self.engine(.bump, limit: 0)
        let (a, b, c) = (try engine.intern("a"), try engine.intern("b"), try engine.intern("c"))
        let pairs = [InternedProperty(key: c, value: a), .init(key: a, value: b), .init(key: c, value: b)]
        try engine.replaceProperties(of: 7, by: pairs.span)
        #expect(try engine.properties(of: 7) == ["a": ["b"], "c": ["a", "b"]])
        #expect(engine.entity(7)?.propertyCount == 3)
        try engine.replaceProperties(of: 7, by: Span())
        #expect(try engine.properties(of: 7).isEmpty && engine.entity(7)?.propertyCount == 0)
        let error = #expect(throws: StrataError.self) { try engine.replaceProperties(of: 9_999, by: pairs.span) }
        #expect(error?.code == .notFound)
    }

    /// What compaction leaves of a store that shrank.
    @Test(arguments: [AllocationStrategy.bump, .pool])
    func `payloads are told from what is held for them`(strategy: AllocationStrategy) throws {
        let engine = try Self.engine(strategy, limit: 0)
        let full = engine.payloadMemory
        #expect(full.liveBytes == Int(Self.entityCount) * 168)
        for id in 0..<Self.entityCount where id % 10 != 0 { try engine.delete(id) }
        try engine.collectGarbage()
        let left = engine.payloadMemory
        #expect(left.liveBytes == Int(Self.entityCount) * 168 / 10)
        #expect(left.usedBytes >= left.liveBytes && left.usedBytes <= left.heldBytes)
        #expect(try #require(left.fragmentationRatio) == Double(left.usedBytes) / Double(left.liveBytes))
    }
}
