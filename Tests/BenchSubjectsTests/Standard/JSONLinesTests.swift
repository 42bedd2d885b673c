import BenchWorkload
import Foundation
import GraphData
import Testing

@testable import BenchSubjects

@Suite struct JSONLinesTests {
    private let folder: TestFolder
    private var url: URL { URL(fileURLWithPath: folder.file("store.jsonl")) }

    init() throws { folder = try TestFolder() }

    private func expectEqual(_ left: StandardStore.Entity, _ right: StandardStore.Entity?) throws {
        let right = try #require(right)
        #expect(left.id == right.id)
        #expect(Array(left.type.utf8) == Array(right.type.utf8))
        #expect(left.properties.mapValues { Array($0.utf8) } == right.properties.mapValues { Array($0.utf8) })
        #expect(left.embedding.map(\.bitPattern) == right.embedding.map(\.bitPattern))
        #expect(left.relationships.map(\.type) == right.relationships.map(\.type))
        #expect(left.relationships.map(\.target) == right.relationships.map(\.target))
    }

    @Test func roundTrip() throws {
        let store = StandardStore()
        var generator = SplitMix64(seed: 3)
        let texts = [
            "", "plain", "two\nlines", "\r\n", "\"quoted\" \\ / ", "naïve", "cafe\u{301}", "🙂",
            "\u{0}\u{1F}\u{7F}\u{2028}",
            "\u{FFFD}", "</script>",
        ]
        for id in 0..<UInt32(40) {
            let embedding = (0..<8).map { _ -> Float in
                let value = Float(bitPattern: UInt32(truncatingIfNeeded: generator.next()))
                return value.isFinite ? value : -0.0
            }
            store.insert(
                StandardStore.Entity(
                    id: id == 39 ? .max : id * 1_000, type: texts[generator.below(texts.count)],
                    properties: [
                        texts[generator.below(texts.count)]: texts[generator.below(texts.count)],
                        "key": texts[generator.below(texts.count)],
                    ], embedding: id % 3 == 0 ? [] : embedding,
                    relationships: (0..<generator.below(4)).map { _ in
                        (texts[generator.below(texts.count)], UInt32(truncatingIfNeeded: generator.next()))
                    }))
        }
        #expect(try store.write(to: url, limit: 1_000) == 40)
        let read = try StandardStore.read(from: url)
        #expect(read.entities.count == 40)
        for (id, entity) in store.entities { try expectEqual(entity, read.entity(id)) }
        for (target, sources) in read.incoming {
            #expect(sources.map(\.source).sorted() == store.incoming[target]?.map(\.source).sorted())
        }
    }

    @Test func oneLineAnEntity() throws {
        let store = StandardStore()
        for id in [5, 1, 3] as [UInt32] {
            store.insert(
                StandardStore.Entity(
                    id: id, type: "t", properties: ["k": "a\nb"], embedding: [0.5], relationships: [("r", 1)]))
        }
        #expect(try store.write(to: url, limit: 2) == 2)
        let lines = try String(contentsOf: url, encoding: .utf8).split(
            separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 3)
        #expect(lines.last == "")
        // The first by identifier, with the fields that a reader of JSON expects.
        #expect(try StandardStore.read(from: url).entities.keys.sorted() == [1, 3])
        let object = try #require(try JSONSerialization.jsonObject(with: Data(lines[0].utf8)) as? [String: Any])
        #expect(object.keys.sorted() == ["embedding", "id", "properties", "relationships", "type"])
    }

    @Test func anEmptyStore() throws {
        #expect(try StandardStore().write(to: url, limit: 10) == 0)
        #expect(try StandardStore.read(from: url).entities.isEmpty)
    }

    @Test func theLimitFollowsTheProfile() {
        #expect(PhaseAudit.serializedEntities(profile: "quick") == 5_000)
        #expect(PhaseAudit.serializedEntities(profile: "default") == 100_000)
        #expect(PhaseAudit.serializedEntities(profile: "full") == 100_000)
    }

    @Test func noMoreThanTheLimitIsWritten() throws {
        let graph = TestGraph(
            entities: (0..<10_040).map { TestGraph.Entity(relationships: [("r", UInt32(10_039 - $0))]) })
        let dataset = try graph.dataset(in: folder)
        let phase = PhaseSpecification(.serialize)
        var answers: [String: Arm.Answer] = [:]
        for name in ["standard/direct", "strata/bump"] {
            let arm = try Arm(name, dataset, in: folder)
            try arm.load()
            answers[name] = try arm.run(phase, [Operation(kind: .serialize, key: 0)], loaded: 10_040)
        }
        let (standard, strata) = (try #require(answers["standard/direct"]), try #require(answers["strata/bump"]))
        #expect(standard.digest == strata.digest)
        #expect(standard.items == 5_000)
        #expect(standard.measurement("serialized_entities") == 5_000)
        #expect(strata.items == 10_040)
        #expect(strata.measurement("serialized_entities") == 10_040)
        let lines = try Data(contentsOf: URL(fileURLWithPath: folder.file("scratch-standard-direct/standard.jsonl")))
        #expect(lines.count { $0 == 10 } == 5_000)
        #expect(standard.measurement("json_bytes") == Double(lines.count))
    }

    @Test func theAuditsSample() {
        #expect(Array(PhaseAudit.sample(of: 0)).isEmpty)
        #expect(Array(PhaseAudit.sample(of: 3)) == [0, 1, 2])
        for loaded in [1_000, 1_001, 1_999, 2_000, 117_659, 1_000_000] {
            let sample = Array(PhaseAudit.sample(of: loaded))
            #expect(sample.count >= 1_000 && sample.count < 2_000)
            #expect(sample.first == 0)
            #expect(sample.allSatisfy { $0 < loaded })
            #expect(sample.last.map { $0 >= loaded - loaded / 1_000 } == true)
        }
    }
}
