import BenchSubjects
import GraphData
import Strata
import Testing

@Suite struct DatasetLoaderTests {
    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    private func engine(_ dataset: MappedDataset, _ strategy: AllocationStrategy = .bump) throws -> KnowledgeEngine {
        var configuration = MemoryConfiguration()
        configuration.allocationStrategy = strategy
        return try KnowledgeEngine(configuration: configuration, embeddingDimensions: dataset.embeddingDimensions)
    }

    /// Every record of the engine against the data set.
    private func expectEqual(
        _ engine: KnowledgeEngine, _ dataset: MappedDataset, at location: SourceLocation = #_sourceLocation
    ) throws {
        #expect(engine.entityCount == dataset.entityCount, sourceLocation: location)
        #expect(engine.relationshipCount == dataset.relationshipCount, sourceLocation: location)
        #expect(engine.pendingCount == 0, sourceLocation: location)
        for row in 0..<dataset.entityCount {
            let id = UInt32(row)
            let record = try #require(engine.entity(id), sourceLocation: location)
            #expect(record.id == id, sourceLocation: location)
            #expect(engine.text(of: record.type) == dataset.text(dataset.type(of: row)), sourceLocation: location)
            let name = engine.name(of: id).map { engine.text(of: $0) }
            #expect(name == dataset.name(of: row).map(dataset.text), sourceLocation: location)

            var properties: [String: [String]] = [:]
            for pair in dataset.properties(of: row) {
                properties[dataset.text(pair.key), default: []].append(dataset.text(pair.value))
            }
            #expect(try engine.properties(of: id) == properties, "row \(row)", sourceLocation: location)
            #expect(record.propertyCount == dataset.properties(of: row).count, sourceLocation: location)

            var relationships: [String] = []
            try engine.forEachRelationship(of: id) {
                relationships.append("\(engine.text(of: $0.type)) \($0.other)")
            }
            #expect(
                relationships.sorted()
                    == dataset.relationships(of: row).map { "\(dataset.text($0.type)) \($0.target)" }.sorted(),
                "row \(row)", sourceLocation: location)

            let embedding = engine.withEmbedding(of: id) { span in span.indices.map { span[$0].bitPattern } }
            #expect((embedding ?? []) == dataset.embedding(of: row).map(\.bitPattern), sourceLocation: location)
            #expect((embedding == nil) == dataset.embedding(of: row).isEmpty, sourceLocation: location)
        }
    }

    @Test(arguments: AllocationStrategy.allCases) func everyRecord(_ strategy: AllocationStrategy) throws {
        for dataset in [
            try SharedDataset.varied.get(), try SharedDataset.synthetic.get(), try TestGraph().dataset(in: folder),
        ] {
            let engine = try engine(dataset, strategy)
            var loader = DatasetLoader(dataset, into: engine)
            var told: [Int] = []
            try loader.insertAll { told.append($0) }
            #expect(told.last == dataset.entityCount)
            #expect(told == told.sorted())
            try expectEqual(engine, dataset)
        }
    }

    @Test func rowsInAnyOrder() throws {
        let dataset = try SharedDataset.varied.get()
        var generator = SplitMix64(seed: 4)
        for _ in 0..<10 {
            let rows = (0..<dataset.entityCount).shuffled(using: &generator)
            let engine = try engine(dataset)
            var loader = DatasetLoader(dataset, into: engine)
            for row in rows { try loader.insert(row: row) }
            try expectEqual(engine, dataset)
        }
    }

    /// Types and keys whose ids agree in their low bits, one after the other and in turn.
    @Test func moreTextsThanAreRemembered() throws {
        let count = 700
        var graph = TestGraph(firstStrings: (0..<count).map { "text \($0)" })
        for row in 0..<count {
            // 256 apart: the same place among the remembered ones.
            let others = [row, (row + 256) % count, (row + 512) % count, row]
            graph.entities.append(
                TestGraph.Entity(
                    type: "text \(row)", properties: others.map { ("text \($0)", "value") },
                    relationships: others.map { ("text \($0)", UInt32($0)) }))
        }
        let dataset = try graph.dataset(in: folder)
        #expect(dataset.type(of: 300) == 300)
        let engine = try engine(dataset)
        var loader = DatasetLoader(dataset, into: engine)
        try loader.insertAll()
        try expectEqual(engine, dataset)
        #expect(engine.internerStats.uniqueStrings == count + 1)
    }

    @Test func aRowTwice() throws {
        let dataset = try SharedDataset.varied.get()
        let engine = try engine(dataset)
        var loader = DatasetLoader(dataset, into: engine)
        try loader.insertAll()
        let error = #expect(throws: StrataError.self) { try loader.insert(row: 3) }
        #expect(error?.code == .alreadyExists)
        // Nothing has changed, and the loader still works.
        try expectEqual(engine, dataset)
        try engine.delete(3)
        try loader.insert(row: 3)
        #expect(engine.entity(3)?.degree == 1)
    }

    @Test func anEmbeddingThatCannotBe() throws {
        var graph = TestGraph.varied
        graph.entities[3].embedding = [0, .nan, 0]
        let dataset = try graph.dataset(in: folder)
        let engine = try engine(dataset)
        var loader = DatasetLoader(dataset, into: engine)
        let error = #expect(throws: StrataError.self) { try loader.insertAll() }
        #expect(error?.code == .invalidArgument)
        #expect(engine.entityCount == 3)
        #expect(engine.entity(3) == nil)
    }

    @Test func otherDimensions() throws {
        let dataset = try SharedDataset.varied.get()
        let engine = try KnowledgeEngine(embeddingDimensions: 2)
        var loader = DatasetLoader(dataset, into: engine)
        let error = #expect(throws: StrataError.self) { try loader.insertAll() }
        #expect(error?.code == .invalidArgument)
        #expect(engine.entityCount == 0)
    }

    @Test func aFullStore() throws {
        let dataset = try SharedDataset.varied.get()
        var configuration = MemoryConfiguration()
        configuration.maxEntities = 4
        let engine = try KnowledgeEngine(configuration: configuration, embeddingDimensions: 3)
        var loader = DatasetLoader(dataset, into: engine)
        let error = #expect(throws: StrataError.self) { try loader.insertAll() }
        #expect(error?.code == .limitExceeded)
        #expect(engine.entityCount == 4)
    }
}
