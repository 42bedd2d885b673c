import Foundation
import Glibc
import Testing

@testable import Strata

@Suite("A graph that does not fit in memory is written as one that does")
struct SnapshotStreamTests {
    let folder: TemporaryFolder
    let files = MemoryFileSystem()

    init() throws { folder = try TemporaryFolder() }

    /// So little that a small graph makes many epochs, runs and pieces.
    static let little = StreamMemory(
        epochByteCount: 600, runCount: 40, mergeByteCount: 64 << 10, pieceByteCount: 64, bufferByteCount: 100,
        listCount: 5, reorderByteCount: 8 << 10)
    static let much = StreamMemory(
        epochByteCount: 1 << 20, runCount: 10_000, mergeByteCount: 1 << 20, pieceByteCount: 4 << 10,
        bufferByteCount: 1 << 12,
        listCount: 1_000, reorderByteCount: 1 << 20)

    static let shapes: [NaiveGraph.Shape] = [
        .init(),
        .init(idStep: 1),
        .init(dimensions: 0),
        .init(embedded: 100, named: 0, idStep: 1),
        .init(entities: 7, relationshipsMaximum: 120, propertiesMaximum: 100, distinctValues: 40),
        .init(entities: 7, relationshipsMaximum: 120, propertiesMaximum: 100, distinctValues: 40, idStep: 1),
        .init(entities: 300, relationshipsMaximum: 9, propertiesMaximum: 9, distinctValues: 500, dimensions: 17),
        .init(entities: 300, relationshipsMaximum: 9, propertiesMaximum: 9, distinctValues: 500, idStep: 1),
        .init(entities: 40, relationshipsMaximum: 0, propertiesMaximum: 0, embedded: 0, named: 100, idStep: 90_000_000),
        .init(entities: 0),
        .init(entities: 1, types: 1),
    ]

    /// Writes a graph with the stream, through the naive source.
    private func stream(
        _ graph: NaiveGraph, _ memory: StreamMemory, limits: SnapshotLimits = .standard, coding: StringCoding? = nil,
        _ fileSystem: any FileSystem = RealFileSystem()
    ) throws -> (bytes: [UInt8], summary: SnapshotSummary) {
        let path = folder.file("streamed")
        var stream = try SnapshotStream(
            to: path, embeddingDimensions: graph.dimensions, order: .ascending, memory, fileSystem: fileSystem,
            limits: limits, coding: coding)
        try SnapshotWriter.tell(NaiveSource(graph), to: &stream, path)
        let summary = try stream.finish()
        #expect(folder.names == ["streamed"])
        return (Array(try Data(contentsOf: URL(fileURLWithPath: path))), summary)
    }

    @Test(arguments: shapes.indices, [1, 2, 3] as [UInt64])
    func theBytesAreThoseOfTheWriter(shape: Int, seed: UInt64) throws {
        let graph = NaiveGraph(Self.shapes[shape], seed: seed)
        let summary = try SnapshotWriter.write(NaiveSource(graph), to: "x", fileSystem: files)
        for memory in [Self.little, Self.much] {
            let streamed = try stream(graph, memory)
            #expect(streamed.bytes == files["x"], "shape \(shape), seed \(seed)")
            #expect(streamed.summary == summary)
        }
        try SnapshotVerifier.verify(folder.file("streamed"))
    }

    @Test(arguments: shapes.indices, StringCoding.allCases)
    func withWideFieldsAndEachCoding(shape: Int, coding: StringCoding) throws {
        let graph = NaiveGraph(Self.shapes[shape], seed: 4)
        for limit in [0, 3] as [UInt64] {
            let limits = SnapshotLimits(degree: limit, typeID: limit, propertySize: limit, propertyOffset: limit)
            _ = try SnapshotWriter.write(
                NaiveSource(graph), to: "x", fileSystem: files, limits: limits, coding: coding)
            #expect(try stream(graph, Self.little, limits: limits, coding: coding).bytes == files["x"])
        }
    }

    /// Long texts, which are longer than every buffer, and a dictionary that is worth coding.
    @Test func longTextsAndCodedStrings() throws {
        var graph = NaiveGraph()
        graph.entities = (0..<400).map { index in
            let text = "the synonyms of a word and its gloss, which is text as people write it: number \(index * 7919)"
            var entity = NaiveGraph.Entity(id: UInt32(index), type: "t", name: NaiveGraph.Bytes(text))
            if index % 50 == 0 { entity.properties = [("long", NaiveGraph.Bytes(String(repeating: text, count: 90)))] }
            return entity
        }
        _ = try SnapshotWriter.write(NaiveSource(graph), to: "x", fileSystem: files)
        #expect(try stream(graph, Self.little).bytes == files["x"])
        // An offset for each of some 25 blocks, not for each of some 400 strings.
        let sections = try SnapshotInspection(path: "x", fileSystem: files).sections
        #expect(try #require(sections.first { $0.name == "string_offsets" }).elements < 100)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func entitiesInAnyOrder(seed: UInt64) throws {
        let graph = NaiveGraph(.init(entities: 300, propertiesMaximum: 9, distinctValues: 90), seed: seed)
        _ = try SnapshotWriter.write(NaiveSource(graph), to: "x", fileSystem: files)
        let path = folder.file("streamed")
        var stream = try SnapshotStream(
            to: path, embeddingDimensions: graph.dimensions, order: .any, Self.little, fileSystem: RealFileSystem(),
            limits: .standard, coding: nil)
        var random = SplitMix64(seed: seed)
        for entity in graph.entities.shuffled(using: &random) {
            try stream.entity(entity.id, type: entity.type.text, name: entity.name?.text)
            for pair in entity.properties { try stream.property(pair.key.text, pair.value.text) }
            for relationship in entity.relationships {
                try stream.relationship(relationship.type.text, to: graph.entities[relationship.target].id)
            }
            if let embedding = entity.embedding { try stream.embedding(embedding.span) }
        }
        _ = try stream.finish()
        #expect(Array(try Data(contentsOf: URL(fileURLWithPath: path))) == files["x"], "seed \(seed)")
    }

    // MARK: - Refusals

    @Test(arguments: [SnapshotStream.EntityOrder.ascending, .any])
    func contradictionsAreRefused(order: SnapshotStream.EntityOrder) throws {
        let path = folder.file("x")
        func refusal(_ tell: (inout SnapshotStream) throws(StrataError) -> Void) throws -> StrataError? {
            failure {
                var stream = try SnapshotStream(to: path, embeddingDimensions: 2, order: order)
                try tell(&stream)
                _ = try stream.finish()
            }
        }
        let sentence = "; nothing was written; check the source of the snapshot"
        #expect(
            try refusal { (stream) throws(StrataError) in
                try stream.entity(7, type: "t")
                try stream.entity(7, type: "t")
            }?.description == "\(path): the graph to write is not consistent: entity 7 comes behind entity 7\(sentence)"
        )
        for ids in [[5], [5, 9]] as [[UInt32]] {
            #expect(
                try refusal { (stream) throws(StrataError) in
                    for id in ids { try stream.entity(id, type: "t") }
                    try stream.relationship("to", to: 6)
                }?.description
                    == "\(path): the graph to write is not consistent: a relationship leads to entity 6, "
                    + "which is not there\(sentence)")
        }
        #expect(
            try refusal { (stream) throws(StrataError) in
                try stream.entity(0, type: "t")
                try stream.relationship("to", to: 1)
            }?.description
                == "\(path): the graph to write is not consistent: entity 0 leads to entity 1, which is not there\(sentence)"
        )
        #expect(try refusal { (stream) throws(StrataError) in try stream.property("a", "b") }?.code == .invalidArgument)
        let wrong = try refusal { (stream) throws(StrataError) in
            try stream.entity(0, type: "t")
            let numbers: [Float] = [1, 2, 3]
            try stream.embedding(numbers.span)
        }
        #expect(wrong?.message.contains("an embedding of 3 numbers, where 2 were announced") == true)
        let damaged: [UInt8] = [0x61, 0xFF]
        let text = try refusal { (stream) throws(StrataError) in
            try stream.entity(0, type: damaged.span, name: nil)
        }
        #expect(text?.message.contains("UTF-8") == true)
        #expect(folder.names.isEmpty)
    }

    /// After a refusal nothing is written, even when the caller goes on.
    @Test func whatFailedOnceStaysRefused() throws {
        let path = folder.file("x")
        var stream = try SnapshotStream(to: path)
        try stream.entity(3, type: "t")
        let first = failure { try stream.entity(2, type: "t") }
        #expect(first != nil)
        let second = failure { try stream.entity(4, type: "t") }
        #expect(second == first)
        do throws(StrataError) {
            _ = try stream.finish()
            Issue.record("it was written")
        } catch {
            #expect(error == first)
        }
        #expect(folder.names.isEmpty)
    }

    @Test func tooLittleMemoryIsRefused() throws {
        let path = folder.file("x")
        #expect(
            failure { _ = try SnapshotStream(to: path, memoryLimit: 1 << 20) }?.description
                == "\(path): a snapshot cannot be written with 1048576 bytes of memory; allow 8388608 bytes or more")
        let graph = NaiveGraph(Self.shapes[6], seed: 1)
        var memory = Self.little
        memory.mergeByteCount = 600
        let error = failure { try stream(graph, memory) }
        #expect(error?.code == .limitExceeded)
        #expect(error?.description.hasSuffix("; nothing was written; allow the writer more memory") == true)
        #expect(folder.names.isEmpty)
        // An entity that has to be kept whole does not fit.
        memory = Self.little
        var any = try SnapshotStream(
            to: path, embeddingDimensions: 0, order: .any, memory, fileSystem: RealFileSystem(), limits: .standard,
            coding: nil)
        try any.entity(1, type: "t")
        let long = String(repeating: "long", count: 1_000)
        try any.property("k", long)
        try any.property("k", long)
        let full = failure { try any.property("k", long) }
        #expect(full?.code == .limitExceeded)
    }

    /// Each call to the file system fails once: the old file stays, and nothing is left beside it.
    @Test(arguments: [ENOSPC, EIO])
    func everyFailedCallLeavesTheOldFile(number: Int32) throws {
        let graph = NaiveGraph(.init(entities: 30), seed: 1)
        let old = NaiveGraph(.init(entities: 5), seed: 2)
        let path = folder.file("streamed")
        let sound = try stream(graph, Self.little).bytes
        var call = 0
        // The first calls one by one, and then ever fewer of them: they are hundreds, and most are alike.
        while true {
            call += max(1, call / 40)
            try SnapshotWriter.write(NaiveSource(old), to: path)
            let failing = FailingFileSystem(RealFileSystem(), failing: call, with: number)
            do throws(StrataError) {
                var stream = try SnapshotStream(
                    to: path, embeddingDimensions: graph.dimensions, order: .ascending, Self.little,
                    fileSystem: failing, limits: .standard, coding: nil)
                try SnapshotWriter.tell(NaiveSource(graph), to: &stream, path)
                _ = try stream.finish()
                if !failing.hasFailed { break }
            } catch {
                #expect(error.errno == number, "call \(call)")
                let now = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
                let isLast = error.path == folder.path
                #expect((now == sound) == isLast, "call \(call)")
            }
            #expect(folder.names == ["streamed"], "call \(call)")
        }
        #expect(call > 200)
    }

    /// The engine's own writer and the stream agree.
    @Test func aLimitChangesNoByte() throws {
        let graph = NaiveGraph(.init(entities: 200), seed: 9)
        let (first, second) = (folder.file("first"), folder.file("second"))
        let one = try SnapshotWriter.write(NaiveSource(graph), to: first)
        let two = try SnapshotWriter.write(NaiveSource(graph), to: second, memoryLimit: 8 << 20)
        #expect(one == two)
        #expect(
            try Data(contentsOf: URL(fileURLWithPath: first)) == Data(contentsOf: URL(fileURLWithPath: second)))
    }
}
