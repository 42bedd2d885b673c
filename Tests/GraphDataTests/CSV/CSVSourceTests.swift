import Foundation
import Testing

@testable import GraphData

@Suite struct CSVSourceTests {
    /// Reads two files of a directory of its own.
    static func read(
        _ entities: [UInt8], _ relationships: [UInt8], limits: CSVReader.Limits = CSVReader.Limits(),
        memoryBytes: Int = 1 << 20
    ) throws -> (TextGraph, TextImportSummary) {
        let directory = try TemporaryDirectory()
        try directory.write(entities, to: "entities.csv")
        try directory.write(relationships, to: "relationships.csv")
        let source = CSVSource(
            directory: directory.path, scratchDirectory: directory.path, limits: limits, memoryBytes: memoryBytes)
        let result = try TextGraphSink.read(source)
        // Both ways of sending say the same, and neither leaves anything.
        if !entities.contains(0xCC) { #expect(try TextGraph(source) == result.0) }
        #expect(try directory.names() == ["entities.csv", "relationships.csv"])
        return result
    }

    static func randomGraph(_ generator: inout TextGraphGenerator) -> TextGraph {
        let texts = (0..<6).map { index in Text("\(index)") }
        func some(_ generator: inout TextGraphGenerator, _ count: Int) -> [Text] {
            texts.prefix(count).map { Text(generator.text(upTo: 3).bytes + $0.bytes) }
        }
        let (keys, types, linkTypes) = (some(&generator, 5), some(&generator, 3), some(&generator, 4))
        return generator.graph(
            entities: 1 + generator.below(40), keys: keys, types: types, linkTypes: linkTypes
        ) { generator, index in Text(generator.text(upTo: 3).bytes + Array("\(index)".utf8)) }
    }

    @Test(arguments: randomCases)
    func whatIsWrittenIsReadBack(seed: UInt64) throws {
        var writing = CSVWriting(seed: seed)
        if writing.generator.chance(30) { writing.weights = nil }
        let graph = Self.randomGraph(&writing.generator)
        let entities = writing.entities(graph)
        let (relationships, weighted) = writing.relationships(graph, mixed: writing.generator.chance(70))
        // Small pieces and little memory, so that fields and runs are cut everywhere.
        var limits = CSVReader.Limits()
        limits.chunkBytes = [16, 37, 1 << 18][writing.generator.below(3)]
        let memory = [256, 1_000, 1 << 20][writing.generator.below(3)]
        let (read, summary) = try Self.read(entities, relationships, limits: limits, memoryBytes: memory)
        #expect(read.sortedByKey == graph.sortedByKey, "seed \(seed)")
        #expect(summary.entities == graph.entities.count, "seed \(seed)")
        #expect(summary.relationships == graph.entities.reduce(0) { $0 + $1.links.count }, "seed \(seed)")
        #expect(summary.weightsLeftOut == weighted, "seed \(seed)")
        #expect(summary.textBytes >= relationships.count + entities.count, "seed \(seed)")
    }

    @Test func emptyFieldsAreNoPropertiesAndEmptyTextsAre() throws {
        let (graph, _) = try Self.read(
            Array("id,type,a,b,a\n1,t,,\"\",x\n2,t,p,q,r".utf8), Array("source,type,target\n".utf8))
        #expect(
            graph.entities == [
                TextGraph.Entity(
                    name: "1", type: "t", properties: [.init(key: "b", value: ""), .init(key: "a", value: "x")]),
                TextGraph.Entity(
                    name: "2", type: "t",
                    properties: [
                        .init(key: "a", value: "p"), .init(key: "b", value: "q"), .init(key: "a", value: "r"),
                    ]),
            ])
    }

    @Test func aGraphWithoutEntitiesIsOne() throws {
        let (graph, summary) = try Self.read(Array("id,type".utf8), Array("source,type,target,weight\n".utf8))
        #expect(graph.entities.isEmpty && summary.entities == 0)
    }

    @Test func wordNetAsCSVIsTheSameGraph() throws {
        let directory = try TemporaryDirectory()
        for (name, text) in LittleWordNet().files { try directory.write(Array(text.utf8), to: name) }
        let wordNet = try TextGraph(WordNetSource(directory: directory.path))
        try #require(wordNet.entities.count == 6)
        try compare(wordNet)
    }

    /// The whole of it, where it is installed.
    @Test(
        .enabled(
            if: ProcessInfo.processInfo.environment["STRATA_LONG"] != nil
                && FileManager.default.fileExists(atPath: "/usr/share/wordnet/data.noun")))
    func allOfWordNetAsCSVIsTheSameGraph() throws {
        try compare(try TextGraph(WordNetSource()))
    }

    private func compare(_ graph: TextGraph) throws {
        var writing = CSVWriting(seed: 1)
        let (read, _) = try Self.read(
            writing.entities(graph), writing.relationships(graph, mixed: false).bytes, memoryBytes: 1 << 16)
        #expect(read == graph)
    }
}
