import Foundation
import Testing

@testable import GraphData

@Suite struct NTriplesSourceTests {
    static func read(
        _ bytes: [UInt8], limits: NTriplesReader.Limits = NTriplesReader.Limits(), memoryBytes: Int = 1 << 20
    ) throws -> (TextGraph, TextImportSummary) {
        let directory = try TemporaryDirectory()
        let file = try directory.write(bytes, to: "graph.nt")
        let source = NTriplesSource(
            file: file, scratchDirectory: directory.path, limits: limits, memoryBytes: memoryBytes)
        let result = try TextGraphSink.read(source)
        #expect(try directory.names() == ["graph.nt"])
        return result
    }

    /// A graph of which N-Triples can say everything: all entities have a type or are in a statement.
    static func randomGraph(_ generator: inout TextGraphGenerator) -> TextGraph {
        let ends = ["", "/x", "#é", "?q=漢", "/\u{1F600}", "%20", ":a@b"]
        func iris(_ generator: inout TextGraphGenerator, _ count: Int) -> [Text] {
            (0..<count).map { Text("http://example.org/\($0)\(ends[generator.below(ends.count)])") }
        }
        let tags = ["", "@en", "@de-AT-1996", "^^http://www.w3.org/2001/XMLSchema#integer", "^^urn:a@b"]
        let keys = iris(&generator, 6).map { key -> Text in
            let tag = tags[generator.below(tags.count)]
            let hasAt = key.bytes.contains(UInt8(ascii: "@"))
            return Text(key.string + (tag.isEmpty && hasAt ? "@" : tag))
        }
        let (types, linkTypes) = (iris(&generator, 3), iris(&generator, 4))
        return generator.graph(
            entities: 1 + generator.below(40), keys: Array(Set(keys)).sorted(), types: types, linkTypes: linkTypes
        ) { generator, index in
            Text(
                generator.chance(70)
                    ? "http://example.org/entity/\(index)\(ends[generator.below(ends.count)])"
                    : "_:\(["b", "7", "é", "a.b", "_-·"][generator.below(5)])\(index)")
        }
    }

    @Test(arguments: randomCases)
    func whatIsWrittenIsReadBack(seed: UInt64) throws {
        var writing = NTriplesWriting(seed: seed)
        let graph = Self.randomGraph(&writing.generator)
        let bytes = writing.bytes(graph, mixed: writing.generator.chance(70))
        var limits = NTriplesReader.Limits()
        limits.chunkBytes = [16, 37, 1 << 18][writing.generator.below(3)]
        let memory = [256, 1_000, 1 << 20][writing.generator.below(3)]
        let (read, summary) = try Self.read(bytes, limits: limits, memoryBytes: memory)
        #expect(read.sortedByName.sortedByKey == graph.sortedByName.sortedByKey, "seed \(seed)")
        #expect(summary.relationships == graph.entities.reduce(0) { $0 + $1.links.count }, "seed \(seed)")
        #expect(summary.entities == graph.entities.count, "seed \(seed)")
        #expect(summary.textBytes == bytes.count, "seed \(seed)")
    }

    @Test func whatBecomesOfEachKindOfStatement() throws {
        let (graph, summary) = try Self.read(
            Array(
                """
                # RDF
                <http://x/a> <http://x/knows> _:b.c .
                <http://x/a> <\(NTriplesSource.typePredicate)> <http://x/Person> . # its type
                <http://x/a><\(NTriplesSource.typePredicate)><http://x/Author>.
                <http://x/a> <\(NTriplesSource.typePredicate)> <http://x/Person> .
                <http://x/a> <http://x/name> "A\\u0064a \\"\\U0001F600\\"" .
                <http://x/a> <http://x/name> "Ada"@en-GB .
                <http://x/a> <http://x/born> "1815"^^<http://www.w3.org/2001/XMLSchema#int> .
                <http://x/a> <http://x/name> "plain"^^<\(NTriplesSource.stringDatatype)> .
                <http://x/a> <mailto:a@en> "one" .
                <http://x/a> <mailto:a> "two"@en .
                _:b.c <http://x/knows> <http://x/a> .
                """.utf8))
        #expect(
            graph.entities == [
                TextGraph.Entity(
                    name: "http://x/a", type: "http://x/Person",
                    properties: [
                        .init(key: "http://x/name", value: "Ada \"\u{1F600}\""),
                        .init(key: "http://x/name@en-GB", value: "Ada"),
                        .init(key: "http://x/born^^http://www.w3.org/2001/XMLSchema#int", value: "1815"),
                        .init(key: "http://x/name", value: "plain"),
                        .init(key: "mailto:a@en@", value: "one"),
                        .init(key: "mailto:a@en", value: "two"),
                    ],
                    links: [
                        .init(type: "http://x/knows", target: "_:b.c"),
                        .init(type: Text(NTriplesSource.typePredicate), target: "http://x/Author"),
                    ]),
                TextGraph.Entity(
                    name: "_:b.c", type: "resource", links: [.init(type: "http://x/knows", target: "http://x/a")]),
                TextGraph.Entity(name: "http://x/Author", type: "resource"),
            ])
        #expect(summary.relationships == 3)
    }

    @Test(arguments: ["", "\n", "# nothing", " \t\r\n#\r", "\u{FEFF}"])
    func aFileWithoutStatementsIsAGraphWithoutEntities(text: String) throws {
        #expect(try Self.read(Array(text.utf8)).0.entities.isEmpty)
    }
}
