import Testing

@testable import Strata

@Suite("A graph comes back from a snapshot as it was")
struct SnapshotRoundTripTests {
    let files = MemoryFileSystem()

    static let shapes: [NaiveGraph.Shape] = [
        .init(),
        .init(idStep: 1),
        .init(dimensions: 0),
        .init(embedded: 100, named: 0, idStep: 1),
        .init(entities: 7, relationshipsMaximum: 120, propertiesMaximum: 100, distinctValues: 40),
        .init(entities: 300, relationshipsMaximum: 1, propertiesMaximum: 1, distinctValues: 500, dimensions: 17),
        .init(entities: 40, relationshipsMaximum: 0, propertiesMaximum: 0, embedded: 0, named: 100, idStep: 90_000_000),
    ]

    @Test(arguments: shapes.indices, [1, 2, 3] as [UInt64])
    func generatedGraphs(shape: Int, seed: UInt64) throws {
        let graph = NaiveGraph(Self.shapes[shape], seed: seed)
        try expectRoundTrip(graph, "shape \(shape), seed \(seed)")
    }

    /// The same graphs, with limits so low that every field takes the way through the wide table.
    @Test(arguments: shapes.indices)
    func wideFields(shape: Int) throws {
        let graph = NaiveGraph(Self.shapes[shape], seed: 4)
        for limit in [0, 1, 3] as [UInt64] {
            let limits = SnapshotLimits(degree: limit, typeID: limit, propertySize: limit, propertyOffset: limit)
            try expectRoundTrip(graph, "shape \(shape), limit \(limit)", limits: limits)
        }
    }

    /// The same graphs with each coding of the strings.
    @Test(arguments: shapes.indices, StringCoding.allCases)
    func codedStrings(shape: Int, coding: StringCoding) throws {
        try expectRoundTrip(NaiveGraph(Self.shapes[shape], seed: 5), "shape \(shape), \(coding)", coding: coding)
        #expect(try SnapshotLayout(mapped: "graph", files).stringCoding == coding)
    }

    /// Blocks of one string and of sixteen, strings that are long or share more than a length byte says.
    @Test(arguments: [1, 15, 16, 17, 33], StringCoding.allCases)
    func blocksOfStrings(count: Int, coding: StringCoding) throws {
        var graph = NaiveGraph()
        graph.entities = (0..<count - 1).map { index in
            let stems: [String] = ["", "the long beginning of a string, ", String(repeating: "very ", count: 300)]
            return NaiveGraph.Entity(
                id: UInt32(index), type: "t", name: NaiveGraph.Bytes("\(stems[index % 3])\(index)"))
        }
        if graph.entities.isEmpty { graph.entities = [.init(id: 7, type: "t")] }
        try expectRoundTrip(graph, "\(count) strings, \(coding)", coding: coding)
    }

    /// What is written is what saves a tenth, and a graph without text is left as it is.
    @Test func theCodingIsChosenBySize() throws {
        var graph = NaiveGraph()
        graph.entities = (0..<2_000).map { index in
            let text = "the synonyms of a word and its gloss, which is text as people write it: number \(index * 7919)"
            let bytes = NaiveGraph.Bytes(text)
            return NaiveGraph.Entity(id: UInt32(index), type: "t", properties: [("gloss", bytes)])
        }
        try expectRoundTrip(graph, "text")
        #expect(try SnapshotLayout(mapped: "graph", files).stringCoding != .raw)
        let size = try #require(files["graph"]).count
        try expectRoundTrip(graph, "text", coding: .raw)
        #expect(try #require(files["graph"]).count - size > 100_000)
        var random = SplitMix64(seed: 3)
        graph.entities = (0..<200).map { index in
            let text = (0..<20).map { _ in Character(UnicodeScalar(UInt8.random(in: 33...126, using: &random))) }
            return NaiveGraph.Entity(id: UInt32(index), type: NaiveGraph.Bytes(String(text)))
        }
        try expectRoundTrip(graph, "noise")
        #expect(try SnapshotLayout(mapped: "graph", files).stringCoding == .raw)
    }

    @Test func theEmptyGraph() throws {
        try expectRoundTrip(NaiveGraph(), "empty")
        var graph = NaiveGraph()
        graph.dimensions = 96
        try expectRoundTrip(graph, "empty with dimensions")
        graph.entities = [.init(id: .max, type: "")]
        try expectRoundTrip(graph, "one entity of the largest id and an empty type")
        graph.entities = [.init(id: 0, type: "t", name: "")]
        try expectRoundTrip(graph, "one entity with an empty name")
    }

    @Test func duplicatesLoopsAndManyValues() throws {
        var graph = NaiveGraph()
        graph.entities = [
            .init(
                id: 3, type: "t", properties: [("k", "b"), ("a", "x"), ("k", "a"), ("k", "b"), ("a", "x")],
                relationships: [("r", 0), ("r", 1), ("r", 0), ("q", 1), ("r", 1), ("r", 1)]),
            .init(id: 9, type: "t", properties: [("k", "b")], relationships: [("r", 0)]),
        ]
        let snapshot = try expectRoundTrip(graph, "duplicates")
        let (key, value) = (try #require(try snapshot.stringID(of: "k")), try #require(try snapshot.stringID(of: "b")))
        let positions = try snapshot.positions(withKey: key, value: value)
        #expect(positions.indices.map { positions[$0] } == [0, 1], "each entity once")
        #expect(try snapshot.positions(withKey: value, value: key).isEmpty)
        #expect(try snapshot.outgoing(at: 0, type: 77).isEmpty)
        #expect(try snapshot.position(ofID: 4) == nil)
    }

    @Test func stringsAreBytes() throws {
        var graph = NaiveGraph()
        // One character in two spellings, a zero byte, and characters whose order as text is not that of their bytes.
        let texts = [
            "é", "e\u{301}", "a\0", "a\0b", "a", "Z", "ａ", "😀", "\u{FFFD}", "日本語の長い文字列です",
            String(repeating: "x", count: 10_000),
        ]
        graph.entities = texts.enumerated().map { index, text in
            let bytes = NaiveGraph.Bytes(text)
            return NaiveGraph.Entity(id: UInt32(index), type: "t", name: bytes, properties: [("k", bytes)])
        }
        let snapshot = try expectRoundTrip(graph, "unicode")
        for (index, text) in texts.enumerated() {
            #expect(try snapshot.position(ofName: text) == index)
            #expect(Array(try snapshot.text(try #require(try snapshot.stringID(of: text))).utf8) == Array(text.utf8))
        }
    }

    /// More of everything than 16 bits can count: relationships and properties of one entity, and entity types.
    @Test func hubs() throws {
        let count = 65_600
        var graph = NaiveGraph()
        graph.entities = (0..<count).map { .init(id: UInt32($0), type: NaiveGraph.Bytes("t\($0)")) }
        let (odd, even, left, right): (NaiveGraph.Bytes, NaiveGraph.Bytes, NaiveGraph.Bytes, NaiveGraph.Bytes) =
            ("odd", "even", "left", "right")
        graph.entities[5].relationships = (0..<count).map { ($0 % 3 == 0 ? odd : even, count - 1 - $0) }
        graph.entities[5].properties = (0..<70_000).map { ($0 % 2 == 0 ? left : right, NaiveGraph.Bytes("v\($0)")) }
        graph.entities[6].properties = [("left", "v0")]
        for position in 100..<100 + 65_540 where position < count {
            graph.entities[position].relationships = [("in", 7)]
        }

        let source = NaiveSource(graph)
        let summary = try SnapshotWriter.write(source, to: "hub", fileSystem: files)
        #expect(summary.propertyCount == 70_001)
        try SnapshotVerifier.verify("hub", fileSystem: files)
        let snapshot = try Snapshot(path: "hub", fileSystem: files)
        #expect(try snapshot.entity(at: 5).flags == [.wideDegree, .widePropertySize])
        #expect(try snapshot.degree(at: 5) == count)
        #expect(try snapshot.properties(at: 5).count == 70_000)
        #expect(try snapshot.properties(at: 6).count == 1)
        let evenString = try #require(try snapshot.stringID(of: "even"))
        let evenType = try #require(try snapshot.relationshipTypeIndex(ofString: evenString))
        #expect(try snapshot.outgoing(at: 5, type: evenType).count == count - (count + 2) / 3)
        #expect(try snapshot.incoming(at: 7).count == count - 100 + 1)
        #expect(snapshot.entityTypeCount == count)
        var wideTypes = 0
        for position in 0..<count {
            if try snapshot.entity(at: position).flags.contains(.wideTypeID) { wideTypes += 1 }
        }
        #expect(wideTypes == count - 65_535, "type indices above 65,534 are wide")
        for position in [0, 5, 65_534, count - 1] {
            #expect(try snapshot.bytes(try snapshot.type(at: position)) == graph.entities[position].type.utf8)
        }
        let list = try snapshot.outgoing(at: 5)
        let evenTargets = (0..<count).filter { ($0 % 3) != 0 }.map { UInt32(count - 1 - $0) }
        let oddTargets = (0..<count).filter { ($0 % 3) == 0 }.map { UInt32(count - 1 - $0) }
        let expected = Array(evenTargets.reversed()) + oddTargets.reversed()
        let targets = list.indices.map { list[$0].target }
        #expect(targets == expected)
    }

    @Test func unusedStringsAreNotWritten() throws {
        var graph = NaiveGraph()
        graph.entities = [.init(id: 1, type: "used")]
        let source = NaiveSource(graph, unused: ["unused", "also unused"])
        #expect(try SnapshotWriter.write(source, to: "x", fileSystem: files).stringCount == 1)
        #expect(try Snapshot(path: "x", fileSystem: files).stringID(of: "unused") == nil)
    }

    /// The ids that a source gives its strings leave no trace in the file.
    @Test(arguments: shapes.indices)
    func theSameGraphGivesTheSameBytes(shape: Int) throws {
        let graph = NaiveGraph(Self.shapes[shape], seed: 9)
        let codings = [StringCoding.raw, .frontWithSymbols]
        var files: [[UInt8]?] = []
        for seed in 0..<3 as Range<UInt64> {
            let source = NaiveSource(graph, interningSeed: seed, unused: seed == 2 ? ["a", "value-78 and th"] : [])
            for coding in codings {
                _ = try SnapshotWriter.write(
                    source, to: "x", fileSystem: self.files, limits: .standard, coding: coding)
                files.append(self.files["x"])
            }
        }
        #expect(Set(files).count == codings.count, "shape \(shape)")
    }

    @Test func theSummaryAndTheInspectionSayWhatIsThere() throws {
        let graph = NaiveGraph(.init(), seed: 1)
        let summary = try SnapshotWriter.write(NaiveSource(graph), to: "x", fileSystem: files)
        let bytes = try #require(files["x"])
        #expect(summary.byteCount == UInt64(bytes.count))
        #expect(summary.entityCount == 60)
        #expect(summary.sections.map(\.kind) == SectionKind.allCases)
        let inspection = try SnapshotInspection(path: "x", fileSystem: files)
        #expect(inspection.header.magic == SnapshotFormat.magic)
        #expect(Array("STRATA01".utf8) == Array(bytes[..<8]))
        #expect(inspection.header.totalSize == summary.byteCount)
        #expect(inspection.header.relationshipCount == UInt32(summary.relationshipCount))
        #expect(inspection.sections.map(\.name) == SectionKind.allCases.map(\.name))
        #expect(inspection.sections.map(\.offset) == summary.sections.map(\.offset))
        #expect(inspection.sections.map(\.length) == summary.sections.map(\.byteCount))
        #expect(inspection.sections.allSatisfy { $0.blocks == ($0.length == 0 ? 0 : 1) })
        #expect(inspection.sections.allSatisfy { $0.offset % 64 == 0 })
    }

    @Test func embeddingsAreReadInRuns() throws {
        let graph = NaiveGraph(.init(entities: 2_000, dimensions: 33, idStep: 1), seed: 3)
        let snapshot = try expectRoundTrip(graph, "embeddings")
        let expected = graph.entities.compactMap(\.embedding).flatMap { $0 }
        let rows = snapshot.embeddingCount
        let all = try snapshot.embeddings(rows: 0..<rows)
        #expect(Array(UnsafeBufferPointer(start: all, count: rows * 33)) == expected)
        let some = try snapshot.embeddings(rows: 100..<900)
        #expect(some == all + 3_300)
        #expect(throws: StrataError.self) { try snapshot.embeddings(rows: 0..<rows + 1) }
        #expect(throws: StrataError.self) { try snapshot.embeddings(rows: -1..<1) }
    }

    @Test func numbersOutOfRangeAreRefused() throws {
        let snapshot = try expectRoundTrip(NaiveGraph(.init(), seed: 1), "ranges")
        for position in [-1, 60, Int.max, Int.min] {
            #expect(code { _ = try snapshot.entity(at: position) } == .invalidArgument)
            #expect(code { _ = try snapshot.entities(at: min(position, 59)..<max(position, 61)) } == .invalidArgument)
            #expect(code { _ = try snapshot.nameID(at: position) } == .invalidArgument)
            #expect(code { _ = try snapshot.properties(at: position) } == .invalidArgument)
            #expect(code { _ = try snapshot.outgoing(at: position) } == .invalidArgument)
            #expect(code { _ = try snapshot.incoming(at: position, type: 0) } == .invalidArgument)
            #expect(code { _ = try snapshot.embedding(at: position) } == .invalidArgument)
            #expect(code { _ = try snapshot.position(ofEmbeddingRow: position) } == .invalidArgument)
        }
        #expect(code { try snapshot.withUTF8(of: UInt32(snapshot.stringCount)) { _ in } } == .invalidArgument)
        #expect(code { try snapshot.withUTF8(of: .max) { _ in } } == .invalidArgument)
        #expect(code { _ = try snapshot.relationshipType(3) } == .invalidArgument)
        #expect(code { _ = try snapshot.entityType(4) } == .invalidArgument)
    }

    @discardableResult
    private func expectRoundTrip(
        _ graph: NaiveGraph, _ comment: Comment, limits: SnapshotLimits = .standard, coding: StringCoding? = nil
    ) throws -> Snapshot {
        _ = try SnapshotWriter.write(
            NaiveSource(graph), to: "graph", fileSystem: files, limits: limits, coding: coding)
        #expect(files.names == ["graph"], comment)
        _ = try SnapshotVerifier.verify("graph", fileSystem: files, limits: limits)
        let snapshot = try Snapshot(path: "graph", fileSystem: files)
        try expectSame(snapshot, graph, comment)
        #expect(files.openCount == 0, "a mapping needs no open file")
        return snapshot
    }

    private func code(_ call: () throws -> Void) -> StrataError.Code? {
        do { try call() } catch { return (error as? StrataError)?.code }
        return nil
    }
}

extension SnapshotLayout {
    /// The layout of a file that is kept in memory.
    fileprivate init(mapped path: String, _ files: MemoryFileSystem) throws {
        let bytes = try #require(files[path])
        self = try bytes.withUnsafeBytes { try SnapshotLayout($0, path: path) }
    }
}
