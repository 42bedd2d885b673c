import GraphData

/// A graph written down in a test, entity by entity: row n is the n-th.
struct TestGraph: GraphSource {
    struct Entity {
        var name: String?
        var type = "thing"
        /// A key may come several times.
        var properties: [(key: String, value: String)] = []
        var relationships: [(type: String, target: UInt32)] = []
        var embedding: [Float] = []
    }

    var entities: [Entity] = []
    var embeddingDimensions = 0
    /// Interned before all others, in this order: a test that cares for the ids of strings says them here.
    var firstStrings: [String] = []

    var title: String { "a graph of \(entities.count) entities" }
    var expectedEntityCount: Int? { entities.count }

    func stream(into sink: inout some GraphSink & ~Copyable, progress: (Int) -> Void) throws(GraphDataError) {
        for string in firstStrings { _ = sink.intern(string) }
        for entity in entities {
            var record = GraphRecord(name: entity.name.map { sink.intern($0) }, type: sink.intern(entity.type))
            for (key, value) in entity.properties {
                record.properties.append(PropertyPair(key: sink.intern(key), value: sink.intern(value)))
            }
            for (type, target) in entity.relationships {
                record.relationships.append(RelationshipPair(type: sink.intern(type), target: target))
            }
            record.embedding = entity.embedding
            try sink.add(record)
        }
        progress(entities.count)
    }

    func dataset(in folder: TestFolder, _ name: String = "dataset") throws -> MappedDataset {
        try DatasetBuilder.build(self, at: folder.file(name))
        return try MappedDataset(path: folder.file(name))
    }
}

/// Data sets that many tests read, built once: the mapping outlives the file.
enum SharedDataset {
    static let varied = Result { try TestGraph.varied.dataset(in: TestFolder()) }

    static let synthetic = Result {
        let folder = try TestFolder()
        try DatasetBuilder.build(TestGraph.synthetic, at: folder.file("synthetic"))
        return try MappedDataset(path: folder.file("synthetic"))
    }
}

extension TestGraph {
    /// Every form that an entity can take: keys with several values, with an empty one and with the same one twice,
    /// none at all; relationships twice, to itself, to all; equal, opposite, zero and no embeddings; values that begin
    /// and end in odd characters.
    static let varied = TestGraph(
        entities: [
            Entity(
                name: "root", type: "person",
                properties: [("words", "one"), ("gloss", "the first"), ("words", "two"), ("words", "three")],
                relationships: (0..<12).map { ("knows", $0) }, embedding: [1, 0, 0]),
            Entity(
                name: "twin", type: "person", properties: [("words", "two"), ("words", "one")],
                relationships: [("knows", 0), ("knows", 0), ("likes", 0)], embedding: [1, 0, 0]),
            Entity(type: "place"),
            Entity(type: "place", properties: [("note", "")], relationships: [("near", 3)], embedding: [-1, 0, 0]),
            Entity(
                type: "place", properties: [("note", ""), ("note", "x"), ("gloss", "naïve café")],
                relationships: [("near", 2), ("near", 3)], embedding: [0, 1, 0]),
            Entity(
                type: "", properties: [("note", "x"), ("note", ""), ("note", "x")], relationships: [("near", 11)],
                embedding: [0, 0, 0]),
            Entity(
                properties: [("line", "ends in a return\r"), ("line", "second"), ("gloss", "the first")],
                relationships: [("knows", 7), ("likes", 7)], embedding: [0.6, 0.8, 0]),
            Entity(
                properties: [("gloss", "a\tb \"c\" \\ 🙂 / \u{1}")], relationships: [("knows", 8)],
                embedding: [0.8, 0.6, 0]),
            Entity(
                properties: [("words", "one"), ("words", "one")], relationships: [("knows", 9)],
                embedding: [0.6, 0.8, 0]),
            Entity(type: "person", relationships: [("knows", 10), ("knows", 6)], embedding: [-0.0, 0, 1]),
            Entity(type: "person", properties: [("", "no key"), ("words", "three")], embedding: [1, 0, 0]),
            Entity(
                name: "last", type: "person", properties: [("note", "\u{301}begins with an accent"), ("note", "y")],
                relationships: [("likes", 1)], embedding: [0.577, 0.577, 0.577]),
        ], embeddingDimensions: 3)

    /// A small graph from a seed.
    static let synthetic = SyntheticSource(
        SyntheticSpecification(
            entities: 100, edgesPerEntity: 3, degreeDistribution: .powerLaw, propertiesPerEntity: 3, distinctValues: 20,
            embeddingDimensions: 8, seed: 7))
}
