import Foundation
import GraphData
import Testing

@testable import BenchSubjects

/// The standard store by itself, against answers worked out by hand.
@Suite struct StandardStoreTests {
    /// 0 -> 1 (twice), 0 -> 2, 1 -> 2, 2 -> 3, 3 -> 0, 3 -> 3; 7 stands alone.
    private func store() -> StandardStore {
        let store = StandardStore()
        func insert(
            _ id: UInt32, _ type: String, _ properties: [String: String], _ embedding: [Float],
            _ relationships: [(type: String, target: UInt32)]
        ) {
            store.insert(
                StandardStore.Entity(
                    id: id, type: type, properties: properties, embedding: embedding, relationships: relationships))
        }
        insert(0, "noun", ["words": "dog\nhound", "gloss": "barks"], [1, 0], [("is", 1), ("has", 1), ("is", 2)])
        insert(1, "noun", ["words": "cat"], [0.8, 0.6], [("is", 2)])
        insert(2, "noun", ["words": "dog"], [0, 1], [("is", 3)])
        insert(3, "verb", ["words": "hounddog", "gloss": "dog"], [-1, 0], [("is", 0), ("like", 3)])
        insert(7, "verb", [:], [], [])
        return store
    }

    /// What the contract freezes.
    @Test func itsFormIsFrozen() throws {
        let store = store()
        let entities: [UInt32: StandardStore.Entity] = store.entities
        let entity = try #require(entities[0])
        let _: UInt32 = entity.id
        let _: [(type: String, target: UInt32)] = entity.relationships
        #expect(Mirror(reflecting: entity).displayStyle == .class)
        #expect(
            Mirror(reflecting: entity).children.map { "\($0.label ?? ""): \(type(of: $0.value))" } == [
                "id: UInt32", "type: String", "properties: Dictionary<String, String>", "embedding: Array<Float>",
                "relationships: Array<(type: String, target: UInt32)>",
            ])
        #expect(
            Mirror(reflecting: store).children.map { "\($0.label ?? ""): \(type(of: $0.value))" } == [
                "entities: Dictionary<UInt32, Entity>",
                "incoming: Dictionary<UInt32, Array<(type: String, source: UInt32)>>",
            ])
    }

    @Test func theReverseDirection() {
        let store = store()
        #expect(store.incoming[1]?.map(\.type) == ["is", "has"])
        #expect(store.incoming[2]?.map(\.source) == [0, 1])
        #expect(store.incoming[3]?.map(\.source) == [2, 3])
        #expect(store.incoming[7] == nil)
    }

    @Test func find() {
        let store = store()
        #expect(store.find("words", "dog").sorted() == [0, 2])
        #expect(store.find("words", "hound") == [0])
        #expect(store.find("words", "dog\nhound") == [0])
        #expect(store.find("words", "do").isEmpty)
        #expect(store.find("gloss", "dog") == [3])
        #expect(store.find("none", "dog").isEmpty)
    }

    @Test func findAmongOddLines() {
        let store = StandardStore()
        func insert(_ id: UInt32, _ value: String) {
            store.insert(
                StandardStore.Entity(id: id, type: "", properties: ["k": value], embedding: [], relationships: []))
        }
        insert(0, "")
        insert(1, "\nx")
        insert(2, "x\n")
        insert(3, "x\r\ny")
        insert(4, "x\n\u{301}y")
        #expect(store.find("k", "").sorted() == [0, 1, 2])
        #expect(store.find("k", "x").sorted() == [1, 2, 4])
        #expect(store.find("k", "x\r") == [3])
        #expect(store.find("k", "y") == [3])
        #expect(store.find("k", "\u{301}y") == [4])
    }

    @Test func hops() {
        let store = store()
        #expect(store.hops(from: 0, depth: 0) == [1])
        #expect(store.hops(from: 0, depth: 1) == [1, 2])
        #expect(store.hops(from: 0, depth: 2) == [1, 2, 1])
        #expect(store.hops(from: 0, depth: 9) == [1, 2, 1])
        #expect(store.hops(from: 3, depth: 2) == [1, 1, 2])
        #expect(store.hops(from: 7, depth: 3) == [1])
    }

    @Test func similar() {
        let store = store()
        let best = store.similar(to: [1, 0], excluding: 0, k: 2)
        #expect(best.map(\.id) == [1, 2])
        #expect(best.map(\.score) == [0.8, 0])
        #expect(store.similar(to: [1, 0], excluding: 9, k: 9).map(\.id) == [0, 1, 2, 3])
        #expect(store.similar(to: [1, 0], excluding: 0, k: 0).isEmpty)
    }

    @Test func updateReplacesAllLines() {
        let store = store()
        store.update(0, "words", to: "cur")
        store.update(0, "new", to: "key")
        store.update(99, "words", to: "nobody")
        #expect(store.entity(0)?.properties == ["words": "cur", "gloss": "barks", "new": "key"])
        #expect(store.entity(99) == nil)
    }

    @Test func deleteTakesRelationshipsAlong() {
        let store = store()
        #expect(store.delete(2))
        #expect(!store.delete(2))
        #expect(store.entity(0)?.relationships.map(\.target) == [1, 1])
        #expect(store.entity(1)?.relationships.isEmpty == true)
        #expect(store.incoming[3]?.map(\.source) == [3])
        #expect(store.delete(3))
        #expect(store.incoming[0]?.isEmpty == true)
        #expect(store.delete(0))
        #expect(store.incoming[1]?.isEmpty == true)
        #expect(store.entities.keys.sorted() == [1, 7])
    }
}
