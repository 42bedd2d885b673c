import Testing

@testable import GraphData

/// Everything in a data set, read back through its accessors.
func model(of dataset: MappedDataset) -> (strings: [String], records: [GraphRecord]) {
    let strings = (0..<dataset.stringCount).map { dataset.text(UInt32($0)) }
    let records = (0..<dataset.entityCount).map { row in
        GraphRecord(
            name: dataset.name(of: row), type: dataset.type(of: row), properties: Array(dataset.properties(of: row)),
            relationships: Array(dataset.relationships(of: row)), embedding: Array(dataset.embedding(of: row)))
    }
    return (strings, records)
}

@Suite struct DatasetTests {
    /// Records of all shapes: with and without name, lists and embedding.
    static func prepared(entities: Int, dimensions: Int, seed: UInt64) -> PreparedSource {
        var generator = SplitMix64(seed: seed)
        let strings = ["", "type", "größe", "鳥", "a\nb"] + (0..<200).map { "string \($0)" }
        func string() -> UInt32 { UInt32(generator.below(strings.count)) }
        let records = (0..<entities).map { _ in
            GraphRecord(
                name: generator.below(2) == 0 ? nil : string(), type: string(),
                properties: (0..<generator.below(4)).map { _ in PropertyPair(key: string(), value: string()) },
                relationships: (0..<generator.below(6)).map { _ in
                    RelationshipPair(type: string(), target: UInt32(generator.below(entities)))
                },
                embedding: dimensions == 0 || generator.below(3) == 0
                    ? [] : (0..<dimensions).map { _ in Float(generator.unit()) })
        }
        return PreparedSource(strings: strings, records: records, embeddingDimensions: dimensions)
    }

    @Test(arguments: [(0, 8), (1, 0), (1, 3), (50, 7), (700, 16)])
    func roundTripEqualsTheModel(entities: Int, dimensions: Int) throws {
        let seed: UInt64 = 77
        let directory = try TemporaryDirectory()
        let source = Self.prepared(entities: entities, dimensions: dimensions, seed: seed)
        var reported = -1
        let digest = try DatasetBuilder.build(source, at: directory.file("d"), progress: { reported = $0 })
        let dataset = try MappedDataset(path: directory.file("d"))
        let read = model(of: dataset)
        #expect(read.strings == source.strings)
        #expect(read.records == source.records, "seed \(seed)")
        #expect(dataset.digest == digest)
        #expect(dataset.entityCount == entities)
        #expect(dataset.relationshipCount == source.records.map(\.relationships.count).reduce(0, +))
        #expect(dataset.propertyCount == source.records.map(\.properties.count).reduce(0, +))
        #expect(dataset.embeddingDimensions == dimensions)
        #expect(dataset.byteCount == (try directory.read("d").count))
        #expect(reported == entities)
        try dataset.verifyContent()
        #expect(try directory.names() == ["d"])
    }

    @Test func listsLongerThanTheBuffersArrive() throws {
        let directory = try TemporaryDirectory()
        let hub = GraphRecord(
            relationships: (0..<200_000).map { RelationshipPair(type: 0, target: $0 % 2) },
            embedding: (0..<65_536).map { Float($0) })
        let source = PreparedSource(
            strings: ["t", String(repeating: "x", count: 3_000_000)],
            records: Array(repeating: hub, count: 6), embeddingDimensions: 65_536)
        try DatasetBuilder.build(source, at: directory.file("d"))
        let dataset = try MappedDataset(path: directory.file("d"))
        for row in 0..<6 {
            #expect(dataset.relationships(of: row).elementsEqual(hub.relationships))
            #expect(dataset.embedding(of: row).elementsEqual(hub.embedding))
        }
        #expect(dataset.string(1).count == 3_000_000)
        try dataset.verifyContent()
    }

    @Test func aSyntheticGraphEqualsItsModel() throws {
        let directory = try TemporaryDirectory()
        let source = SyntheticSource(SyntheticSourceTests.small)
        let expected = try ModelSink(source)
        try DatasetBuilder.build(source, at: directory.file("d"))
        let read = model(of: try MappedDataset(path: directory.file("d")))
        #expect(read.strings == expected.strings)
        #expect(read.records == expected.records)
    }

    @Test func manyThreadsReadTheSame() async throws {
        let directory = try TemporaryDirectory()
        try DatasetBuilder.build(Self.prepared(entities: 500, dimensions: 4, seed: 5), at: directory.file("d"))
        let dataset = try MappedDataset(path: directory.file("d"))
        let sums = await withTaskGroup(of: UInt64.self, returning: Set<UInt64>.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    (0..<dataset.entityCount).reduce(0) { sum, row in
                        dataset.relationships(of: row).reduce(sum &+ UInt64(dataset.type(of: row))) {
                            $0 &* 31 &+ UInt64($1.target)
                        }
                    }
                }
            }
            return await group.reduce(into: []) { $0.insert($1) }
        }
        #expect(sums.count == 1)
    }

    @Test func aNewFileReplacesTheOld() throws {
        let directory = try TemporaryDirectory()
        try DatasetBuilder.build(Self.prepared(entities: 5, dimensions: 2, seed: 1), at: directory.file("d"))
        let old = try MappedDataset(path: directory.file("d"))
        try DatasetBuilder.build(Self.prepared(entities: 9, dimensions: 2, seed: 2), at: directory.file("d"))
        #expect(try MappedDataset(path: directory.file("d")).entityCount == 9)
        #expect(old.entityCount == 5)
        #expect(model(of: old).records.count == 5)
    }

    // MARK: What the writer refuses

    private func refusal(_ records: [GraphRecord], strings: [String] = ["a"], dimensions: Int = 2) throws -> String {
        let directory = try TemporaryDirectory()
        let source = PreparedSource(strings: strings, records: records, embeddingDimensions: dimensions)
        do throws(GraphDataError) {
            try DatasetBuilder.build(source, at: directory.file("d"))
            return "accepted"
        } catch {
            #expect(try directory.names() == [], "a refused data set leaves files")
            return "\(error)"
        }
    }

    @Test func wrongRecordsAreRefusedAndLeaveNothing() throws {
        let good = GraphRecord(embedding: [1, 0])
        #expect(try refusal([good]) == "accepted")
        #expect(try refusal([good, GraphRecord(embedding: [1])]).contains("entity 1 has an embedding of 1 components"))
        #expect(try refusal([GraphRecord(type: 1)]).contains("never interned"))
        #expect(try refusal([GraphRecord(name: 1)]).contains("never interned"))
        #expect(try refusal([GraphRecord(properties: [PropertyPair(key: 0, value: 1)])]).contains("never interned"))
        #expect(
            try refusal([GraphRecord(relationships: [RelationshipPair(type: 1, target: 0)])]).contains("never interned")
        )
        #expect(
            try refusal([good, GraphRecord(relationships: [RelationshipPair(type: 0, target: 2)])]).contains(
                "a relationship of entity 1 leads to entity 2, but the graph ends with 2 entities"))
        #expect(try refusal([good], dimensions: -1).contains("0 to 65,536 dimensions"))
        #expect(try refusal([GraphRecord()], strings: []).contains("never interned"))
    }

    @Test func placesThatCannotBeWrittenAreNamed() throws {
        let directory = try TemporaryDirectory()
        let source = Self.prepared(entities: 1, dimensions: 0, seed: 1)
        let missing = directory.file("no/such/file")
        #expect {
            try DatasetBuilder.build(source, at: missing)
        } throws: {
            "\($0)".contains(missing) && "\($0)".contains("No such file or directory")
        }
        #expect { try DatasetBuilder.build(source, at: directory.path) } throws: { "\($0)".contains("renamed") }
        #expect(try directory.names() == [])
    }
}
