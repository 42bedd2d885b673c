import Foundation

/// The store that a competent Swift programmer writes first: a dictionary of objects. The baseline of every "times
/// faster", and the model in tests. Its form is part of the contract: never slowed down, and never tuned.
final class StandardStore {
    final class Entity {
        let id: UInt32
        var type: String
        var properties: [String: String]
        var embedding: [Float]
        var relationships: [(type: String, target: UInt32)]

        init(
            id: UInt32, type: String, properties: [String: String], embedding: [Float],
            relationships: [(type: String, target: UInt32)]
        ) {
            self.id = id
            self.type = type
            self.properties = properties
            self.embedding = embedding
            self.relationships = relationships
        }
    }

    private(set) var entities: [UInt32: Entity] = [:]
    /// The reverse direction.
    private(set) var incoming: [UInt32: [(type: String, source: UInt32)]] = [:]

    func insert(_ entity: Entity) {
        entities[entity.id] = entity
        for relationship in entity.relationships {
            incoming[relationship.target, default: []].append((relationship.type, entity.id))
        }
    }

    func entity(_ id: UInt32) -> Entity? { entities[id] }

    func update(_ id: UInt32, _ key: String, to value: String) { entities[id]?.properties[key] = value }

    func delete(_ id: UInt32) -> Bool {
        guard let entity = entities.removeValue(forKey: id) else { return false }
        for relationship in entity.relationships {
            incoming[relationship.target]?.removeAll { $0.source == id }
        }
        for (_, source) in incoming.removeValue(forKey: id) ?? [] {
            entities[source]?.relationships.removeAll { $0.target == id }
        }
        return true
    }

    /// The entities whose property has a value, or has it as one of its lines.
    func find(_ key: String, _ value: String) -> [UInt32] {
        entities.values.filter { entity in
            guard let text = entity.properties[key] else { return false }
            return text == value || lines(text).contains { $0 == value }
        }.map(\.id)
    }

    /// The lines of a text that has several, by its bytes: a line may end in a carriage return, which makes one
    /// character with the end of the line.
    private func lines(_ text: String) -> [Substring] {
        guard text.utf8.contains(10) else { return [] }
        return text.utf8.split(separator: 10, omittingEmptySubsequences: false).map { Substring($0) }
    }

    /// The number of entities at each distance up to a depth.
    func hops(from id: UInt32, depth: Int) -> [Int] {
        var visited: Set<UInt32> = [id]
        var frontier = [id]
        var levels = [1]
        while !frontier.isEmpty, levels.count <= depth {
            var next: [UInt32] = []
            for vertex in frontier {
                for relationship in entities[vertex]?.relationships ?? [] {
                    if visited.insert(relationship.target).inserted { next.append(relationship.target) }
                }
            }
            if !next.isEmpty { levels.append(next.count) }
            frontier = next
        }
        return levels
    }

    /// The best `k` by inner product, best first.
    func similar(to query: [Float], excluding excluded: UInt32, k: Int) -> ArraySlice<(id: UInt32, score: Float)> {
        var scores: [(id: UInt32, score: Float)] = []
        query.withUnsafeBufferPointer { query in
            for (id, entity) in entities where id != excluded && !entity.embedding.isEmpty {
                entity.embedding.withUnsafeBufferPointer { vector in
                    var sum: Float = 0
                    for index in 0..<query.count { sum += query[index] * vector[index] }
                    scores.append((id, sum))
                }
            }
        }
        scores.sort { $0.score > $1.score }
        return scores.prefix(k)
    }
}

extension StandardStore {
    /// A line of a file: an entity as JSON.
    struct Line: Codable {
        struct Relationship: Codable {
            let type: String
            let target: UInt32
        }

        let id: UInt32
        let type: String
        let properties: [String: String]
        let embedding: [Float]
        let relationships: [Relationship]
    }

    /// Writes the first `limit` entities by identifier as JSON Lines, one call of the encoder an entity.
    ///
    /// - Returns: the number of entities written.
    func write(to file: URL, limit: Int) throws -> Int {
        let encoder = JSONEncoder()
        var data = Data()
        var count = 0
        for id in entities.keys.sorted().prefix(limit) {
            let entity = entities[id]!
            let line = Line(
                id: id, type: entity.type, properties: entity.properties, embedding: entity.embedding,
                relationships: entity.relationships.map { Line.Relationship(type: $0.type, target: $0.target) })
            data.append(try encoder.encode(line))
            data.append(10)
            count += 1
        }
        try data.write(to: file, options: .atomic)
        return count
    }

    /// Reads a file that ``write(to:limit:)`` wrote.
    static func read(from file: URL) throws -> StandardStore {
        let store = StandardStore()
        let decoder = JSONDecoder()
        for line in try Data(contentsOf: file).split(separator: 10) {
            let line = try decoder.decode(Line.self, from: line)
            store.insert(
                Entity(
                    id: line.id, type: line.type, properties: line.properties, embedding: line.embedding,
                    relationships: line.relationships.map { ($0.type, $0.target) }))
        }
        return store
    }
}
