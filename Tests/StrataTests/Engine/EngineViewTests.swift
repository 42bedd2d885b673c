import Strata
import Testing

/// What a call shows to its closure holds while the closure changes the graph.
@Suite(.serialized) struct EngineViewTests {
    private let engine: KnowledgeEngine
    private let key: InternedString

    private init(_ strategy: AllocationStrategy) throws {
        engine = try KnowledgeEngine(configuration: EnginePair.configuration(strategy), embeddingDimensions: 0)
        key = try engine.intern("key")
    }

    init() throws { try self.init(.bump) }

    private func insert(_ id: UInt32, _ count: Int) throws {
        let row = (0..<count).map { InternedProperty(key: key, value: InternedString(id: id + UInt32($0))) }
        try engine.insert(id: id, type: key, properties: row.span, embedding: Span(), relationships: Span())
    }

    /// Makes so much garbage that all that may go goes, and its memory is used again.
    private func churn() throws {
        let row = [InternedProperty](repeating: InternedProperty(key: key, value: key), count: 12_000)
        for _ in 0..<60 {
            try engine.insert(id: 50_000, type: key, properties: row.span, embedding: Span(), relationships: Span())
            try engine.delete(50_000)
        }
        try engine.collectGarbage()
    }

    @Test(arguments: AllocationStrategy.allCases)
    func propertiesHold(strategy: AllocationStrategy) throws {
        let test = try EngineViewTests(strategy)
        let expected = (0..<100).map { InternedString(id: 1 + UInt32($0)) }
        for change in 0..<3 {
            try test.insert(1, 100)
            let before = test.engine.memoryMetrics.deallocations
            let held = try test.engine.withProperties(of: 1) { row in
                let error = failure {
                    if change == 0 { try test.engine.update(1, test.key, to: test.key) }
                    if change == 1 { try test.engine.delete(1) }
                    try test.churn()
                }
                return error == nil && row.indices.map { row[$0].value } == expected
            }
            #expect(held, "change \(change)")
            #expect(test.engine.memoryMetrics.deallocations > before)
            try test.engine.collectGarbage()
            #expect(test.engine.memoryMetrics.retiredBytes == 0)
            if change != 1 { try test.engine.delete(1) }
        }
    }

    @Test(arguments: AllocationStrategy.allCases)
    func aViewMayBeInsertedAgain(strategy: AllocationStrategy) throws {
        let test = try EngineViewTests(strategy)
        try test.insert(1, 500)
        let error = try test.engine.withProperties(of: 1) { row in
            failure {
                for id in 2..<40 as Range<UInt32> {
                    try test.engine.insert(
                        id: id, type: test.key, properties: row, embedding: Span(), relationships: Span())
                }
            }
        }
        #expect(error == nil)
        for id in 1..<40 as Range<UInt32> {
            let values = try test.engine.withProperties(of: id) { row in row.indices.map { row[$0].value.id } }
            #expect(values == Array(1...500))
        }
    }

    @Test(arguments: AllocationStrategy.allCases)
    func relationshipsFromBeforeTheCallAreShown(strategy: AllocationStrategy) throws {
        let test = try EngineViewTests(strategy)
        for id in 0..<40 as Range<UInt32> { try test.insert(id, 2) }
        for id in 1..<40 as Range<UInt32> { try test.engine.relate(0, "r", id) }
        let type = try #require(test.engine.lookup("r"))
        var seen: [UInt32] = []
        // Adding: the list moves, and the new ones are not shown.
        try test.engine.forEachRelationship(of: 0) { relationship in
            seen.append(relationship.other)
            let error = failure {
                for _ in 0..<3 { try test.engine.relate(0, "again", relationship.other) }
                if seen.count == 5 { try test.churn() }
            }
            #expect(error == nil)
        }
        #expect(seen == Array(1..<40))
        #expect(test.engine.entity(0)?.degree == 39 * 4)
        // Taking each away as it is shown.
        var shown: [UInt32] = []
        try test.engine.forEachRelationship(of: 0, type: type) { relationship in
            shown.append(relationship.other)
            #expect(failure { try test.engine.unrelate(0, type, relationship.other) } == nil)
        }
        #expect(Set(shown).isSubset(of: Set(1..<40)))
        #expect(test.engine.relationshipCount == 39 * 4 - Set(shown).count)
        // Deleting the entity itself.
        var after: [UInt32] = []
        let degree = test.engine.entity(0)?.degree
        try test.engine.forEachRelationship(of: 0) { relationship in
            if after.isEmpty {
                let error = failure {
                    try test.engine.delete(0)
                    try test.churn()
                }
                #expect(error == nil)
            }
            after.append(relationship.other)
        }
        #expect(after.count == degree)
        #expect(Set(after).isSubset(of: Set(1..<40)))
        #expect(test.engine.relationshipCount == 0)
    }

    @Test func viewsNest() throws {
        let test = try EngineViewTests(.direct)
        for id in 0..<5 as Range<UInt32> { try test.insert(id, 10) }
        try test.engine.relate(0, "r", 1)
        let held = try test.engine.withProperties(of: 0) { outer in
            (try? test.engine.withProperties(of: 1) { inner in
                let error = failure {
                    for id in 0..<2 as Range<UInt32> { try test.engine.delete(id) }
                    try test.churn()
                }
                return error == nil && outer[9].value.id == 9 && inner[9].value.id == 10
            }) ?? false
        }
        #expect(held)
    }

    @Test func theViewOfAnEntityThatIsNotThereIsEmpty() throws {
        #expect(try engine.withProperties(of: 77) { $0.count } == 0)
        var shown = 0
        try engine.forEachRelationship(of: 77) { _ in shown += 1 }
        #expect(shown == 0)
        #expect(engine.withEmbedding(of: 77) { $0.count } == nil)
    }
}
