import Dispatch
import Foundation
import Synchronization
import Testing

@testable import Strata

@Suite("Others read a snapshot as its writer meant it")
struct SnapshotReaderTests {
    let folder: TemporaryFolder
    let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("graph.strata")
    }

    /// The independent reader, which knows only the description of the format.
    @Test(arguments: [1, 5] as [UInt32])
    func theReaderInPythonAgrees(idStep: UInt32) throws {
        let graph = NaiveGraph(.init(entities: 30, idStep: idStep), seed: 6)
        let limits = SnapshotLimits(degree: 3, typeID: 1, propertySize: 2, propertyOffset: 20)
        _ = try SnapshotWriter.write(NaiveSource(graph), to: path, fileSystem: RealFileSystem(), limits: limits)
        for position in [0, 13, 29] {
            let entity = graph.entities[position]
            let printed = try PythonReader.read([path, String(entity.id)])
            let json = try #require(try JSONSerialization.jsonObject(with: printed) as? [String: Any])
            #expect(
                json["counts"] as? [String: Int] == [
                    "entities": 30, "relationships": graph.entities.reduce(0) { $0 + $1.relationships.count },
                    "strings": Int(try SnapshotInspection(path: path).header.stringCount),
                    "properties": graph.entities.reduce(0) { $0 + $1.properties.count },
                    "embeddings": graph.entities.count { $0.embedding != nil }, "dimensions": 3,
                ])
            let found = try #require(json["entity"] as? [String: Any])
            #expect(found["id"] as? Int == Int(entity.id))
            #expect(found["name"] as? String == entity.name.map(\.text))
            #expect(found["type"] as? String == entity.type.text)
            #expect(found["degree"] as? Int == entity.relationships.count)
            let keys = Set(entity.properties.map(\.key)).sorted()
            let grouped = keys.flatMap { key in entity.properties.filter { $0.key == key } }
            #expect(found["properties"] as? [[String]] == grouped.map { [$0.key.text, $0.value.text] })
            #expect((found["embedding"] as? [Double])?.map { Float($0) } == entity.embedding)
            let outgoing = entity.relationships.sorted { ($0.type, $0.target) < ($1.type, $1.target) }
            let list = try #require(found["outgoing"] as? [[Any]])
            #expect(list.map { $0[0] as? String } == outgoing.map(\.type.text))
            #expect(list.map { $0[1] as? Int } == outgoing.map { Int(graph.entities[$0.target].id) })
            let sources = graph.entities.flatMap { source in
                source.relationships.filter { $0.target == position }.map { ($0.type, Int(source.id)) }
            }.sorted { $0 < $1 }
            let incoming = try #require(found["incoming"] as? [[Any]])
            #expect(incoming.map { $0[0] as? String } == sources.map(\.0.text))
            #expect(incoming.map { $0[1] as? Int } == sources.map(\.1))
        }
        let named = try #require(graph.entities.first { $0.name != nil })
        let printed = try PythonReader.read([path, named.name!.text])
        let json = try #require(try JSONSerialization.jsonObject(with: printed) as? [String: Any])
        #expect((json["entity"] as? [String: Any])?["id"] as? Int == Int(named.id))
    }

    @Test func anInspectionIsJSON() throws {
        let summary = try SnapshotWriter.write(NaiveSource(NaiveGraph(.init(), seed: 1)), to: path)
        let data = try JSONEncoder().encode(try SnapshotInspection(path: path))
        let json = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(
            Set(json.keys) == [
                "magic", "version", "entity_count", "relationship_count", "string_count", "total_size",
                "entity_section_offset", "relationship_section_offset", "string_section_offset", "checksum", "sections",
            ])
        #expect(json["magic"] as? String == "STRATA01")
        #expect(json["total_size"] as? UInt64 == summary.byteCount)
        #expect((json["checksum"] as? String)?.count == 16)
        let sections = try #require(json["sections"] as? [[String: Any]])
        #expect(sections.count == SectionKind.allCases.count)
        #expect(
            sections.allSatisfy { Set($0.keys) == ["name", "offset", "length", "blocks", "elements", "element_size"] })
    }

    /// All threads meet unchecked blocks at once.
    @Test func threadsReadTogether() throws {
        final class Shared: Sendable {
            let snapshot: Snapshot
            init(_ snapshot: consuming Snapshot) { self.snapshot = snapshot }
        }
        let graph = NaiveGraph(.init(entities: 3_000, dimensions: 64, idStep: 1), seed: 8)
        try SnapshotWriter.write(NaiveSource(graph), to: path)
        let shared = Shared(try Snapshot(path: path))
        let sums = Mutex([Double](repeating: 0, count: 4))
        DispatchQueue.concurrentPerform(iterations: 4) { thread in
            let total = (try? Self.sum(shared.snapshot)) ?? .nan
            sums.withLock { $0[thread] = total }
        }
        let expected = graph.entities.reduce(0.0) { sum, entity in
            (entity.embedding ?? []).reduce(sum) { $0 + Double($1) } + Double(entity.relationships.count)
        }
        #expect(sums.withLock { $0 }.allSatisfy { abs($0 - expected) < 1e-6 })
    }

    /// The sum of all numbers of the embeddings and of all degrees.
    private static func sum(_ snapshot: borrowing Snapshot) throws -> Double {
        var sum = 0.0
        for position in 0..<snapshot.entityCount {
            if let row = try snapshot.embedding(at: position) {
                for index in row.indices { sum += Double(row[index]) }
            }
            sum += Double(try snapshot.degree(at: position))
        }
        return sum
    }
}
