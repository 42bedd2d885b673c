import BenchWorkload
import GraphData
import Testing

/// A data set that differs in one thing gives other digests, in exactly the phases that can see it: a subject that
/// answers wrongly is found out.
@Suite struct SensitivityTests {
    private static let kinds: [OperationKind] = [
        .insert, .serialize, .open, .get, .getBatch, .neighbors, .traverse, .find, .similar, .scan,
    ]

    /// Six entities; each test changes one thing of one of them.
    private static let base = TestGraph(
        entities: [
            .init(
                type: "a", properties: [("name", "shared"), ("words", "x"), ("words", "y")],
                relationships: [("knows", 1), ("knows", 1), ("likes", 2)], embedding: [1, 0, 0]),
            .init(
                type: "b", properties: [("name", "shared")], relationships: [("knows", 2)], embedding: [0.9, 0.1, 0]),
            .init(type: "a", properties: [("name", "other")], relationships: [("knows", 3)], embedding: [0.5, 0.5, 0]),
            .init(type: "a", properties: [("name", "shared")], relationships: [("knows", 0)], embedding: [0, 1, 0]),
            .init(type: "b", embedding: [0, 0, 1]),
            .init(type: "b", properties: [("words", "z")], relationships: [("knows", 0), ("knows", 4)]),
        ], embeddingDimensions: 3)

    private static let baseDigests = Result { try digests(base) }

    /// The digest of each kind of phase, which all arms agree on.
    private static func digests(_ graph: TestGraph) throws -> [OperationKind: UInt64] {
        let folder = try TestFolder()
        let contest = try Contest(try graph.dataset(in: folder), in: folder)
        var digests: [OperationKind: UInt64] = [:]
        for kind in kinds {
            let rows = kind.isWholeStore ? 0..<1 : 0..<6
            let loaded = kind == .insert ? 0 : 6
            let operations = rows.map { row in
                let limit: UInt16 = kind == .similar ? 4 : kind == .traverse ? 2 : kind == .getBatch ? 2 : 0
                return Operation(kind: kind, limit: limit, key: UInt32(row))
            }
            digests[kind] = try contest.run(PhaseSpecification(kind), operations, loaded: loaded).digest
        }
        return digests
    }

    private func expect(
        _ changed: [OperationKind], at location: SourceLocation = #_sourceLocation, _ change: (inout TestGraph) -> Void
    ) throws {
        var graph = Self.base
        change(&graph)
        let (before, after) = (try Self.baseDigests.get(), try Self.digests(graph))
        for kind in Self.kinds {
            #expect(
                (before[kind] != after[kind]) == changed.contains(kind),
                "\(kind.name) \(changed.contains(kind) ? "does not see" : "sees") the change", sourceLocation: location)
        }
    }

    @Test func nothing() throws { try expect([]) { _ in } }

    @Test func aType() throws {
        try expect([.insert, .serialize, .get, .getBatch, .scan]) { $0.entities[3].type = "b" }
        try expect([.insert, .serialize, .open, .get, .getBatch, .scan]) { $0.entities[0].type = "A" }
    }

    @Test func aDegree() throws {
        try expect([.insert, .serialize, .get, .getBatch, .neighbors, .scan]) {
            $0.entities[1].relationships.append(("knows", 2))
        }
        try expect([.insert, .serialize, .open, .get, .getBatch, .neighbors, .scan]) {
            $0.entities[0].relationships.remove(at: 1)
        }
    }

    @Test func aTarget() throws {
        try expect([.insert, .serialize, .neighbors, .traverse]) { $0.entities[2].relationships[0].target = 4 }
        // Levels are counts, and stay what they were.
        try expect([.insert, .serialize, .neighbors]) { $0.entities[0].relationships[1].target = 2 }
    }

    @Test func aRelationshipsType() throws {
        try expect([.insert, .serialize, .neighbors]) { $0.entities[5].relationships[1].type = "likes" }
        // Two types change places.
        try expect([.insert, .serialize, .neighbors]) {
            $0.entities[0].relationships = [("likes", 1), ("knows", 1), ("knows", 2)]
        }
    }

    @Test func theOrderOfRelationshipsIsNoAnswer() throws {
        try expect([]) { $0.entities[0].relationships.reverse() }
    }

    @Test func aByteOfAValue() throws {
        try expect([.insert, .serialize, .find]) { $0.entities[3].properties[0].value = "shareD" }
        // A value that no phase looks for.
        try expect([.insert, .serialize]) { $0.entities[0].properties[2].value = "Y" }
    }

    @Test func aByteOfAKey() throws {
        try expect([.insert, .serialize, .find]) { $0.entities[3].properties[0].key = "nameS" }
        try expect([.insert, .serialize]) { $0.entities[0].properties[2].key = "word" }
    }

    @Test func theOrderOfTheValuesOfAKey() throws {
        try expect([.insert, .serialize]) { $0.entities[0].properties.swapAt(1, 2) }
    }

    @Test func theOrderOfKeysIsNoAnswer() throws {
        // The first property is what `find` looks for: it stays where it is.
        var graph = Self.base
        graph.entities[0].properties.append(("zone", "1"))
        var other = Self.base
        other.entities[0].properties.insert(("zone", "1"), at: 1)
        #expect(try Self.digests(graph) == Self.digests(other))
    }

    @Test func valuesThatChangePlaces() throws {
        try expect([.insert, .serialize, .find]) {
            $0.entities[1].properties[0].value = "other"
            $0.entities[2].properties[0].value = "shared"
        }
    }

    @Test func thePresenceOfProperties() throws {
        try expect([.insert, .serialize, .find, .scan]) { $0.entities[2].properties = [] }
    }

    @Test func aBitOfAnEmbedding() throws {
        try expect([.insert, .serialize]) {
            $0.entities[1].embedding[1] = Float(bitPattern: $0.entities[1].embedding[1].bitPattern ^ 1)
        }
        // The smallest number there is breaks a tie.
        try expect([.insert, .serialize, .similar]) { $0.entities[1].embedding[2] = Float(bitPattern: 1) }
        // The sign of zero.
        try expect([.insert, .serialize]) { $0.entities[1].embedding[2] = -0.0 }
    }

    @Test func theOrderOfSimilarOnes() throws {
        try expect([.insert, .serialize, .similar]) {
            let first = $0.entities[1].embedding
            $0.entities[1].embedding = $0.entities[2].embedding
            $0.entities[2].embedding = first
        }
    }

    @Test func thePresenceOfAnEmbedding() throws {
        try expect([.insert, .serialize, .similar, .scan]) { $0.entities[4].embedding = [] }
        try expect([.insert, .serialize, .similar, .scan]) { $0.entities[5].embedding = [0, 0, 0] }
    }

    @Test func identifiers() throws {
        // The last two entities change their places, and nothing leads to them but the relationship that follows.
        try expect([.insert, .serialize, .get, .getBatch, .neighbors, .traverse, .find, .similar, .scan]) {
            $0.entities.swapAt(4, 5)
            $0.entities[4].relationships[1].target = 5
        }
    }
}
