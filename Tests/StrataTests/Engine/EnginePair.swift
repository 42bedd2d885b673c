import Testing

@testable import Strata

/// An engine and its model, which every change is made to alike.
final class EnginePair {
    let engine: KnowledgeEngine
    let model = EngineModel()
    var random: SplitMix64
    let dimensions: Int
    /// Identifiers that are in use; few, so that they meet.
    let pool: [UInt32]

    static let sparsePool: [UInt32] =
        Array(0..<24) + [100, 1_000, 65_535, 65_536, 1 << 24, 1 << 31, .max - 1, .max - 9]
    static let types = ["person", "place", ""]
    static let relations = ["knows", "near", "é"]
    static let keys = ["colour", "size", "e\u{301}"]
    static let values = ["red", "", "é", "e\u{301}x", "a long value that is longer than any word", "0"]

    init(
        _ configuration: MemoryConfiguration, dimensions: Int = 5, pool: [UInt32] = sparsePool, seed: UInt64
    ) throws {
        engine = try KnowledgeEngine(configuration: configuration, embeddingDimensions: dimensions)
        self.dimensions = dimensions
        self.pool = pool
        random = SplitMix64(seed: seed)
    }

    static func configuration(_ strategy: AllocationStrategy, arenaSize: Int = 0) -> MemoryConfiguration {
        var configuration = MemoryConfiguration()
        configuration.allocationStrategy = strategy
        configuration.arenaSize = arenaSize
        return configuration
    }

    func pick(_ list: [String]) -> String { list[random.below(list.count)] }
    func anyID() -> UInt32 { pool[random.below(pool.count)] }
    func presentID() -> UInt32? { model.entities.isEmpty ? nil : model.ids[random.below(model.entities.count)] }

    // MARK: Changes

    /// Vectors of few values, so that similarities tie.
    func vector() -> [Float] {
        random.chance(50)
            ? (0..<dimensions).map { _ in Float(random.below(3) - 1) } : random.vector(dimensions)
    }

    /// Inserts an entity in both, and says how the engine failed.
    func insert(
        _ id: UInt32, pairs: [(key: String, value: String)], embedding: [Float], relationships: [EngineModel.Edge]
    ) throws -> StrataError? {
        let type = pick(Self.types)
        // Unique, as a snapshot's look-up by name wants them.
        let name = random.chance(60) ? "n\(id)" : nil
        // Near the limit a new string may be refused, too.
        let error = failure {
            var interned: [InternedProperty] = []
            for pair in pairs {
                interned.append(
                    InternedProperty(key: try engine.intern(pair.key), value: try engine.intern(pair.value)))
            }
            var edges: [Relationship] = []
            for edge in relationships {
                edges.append(Relationship(type: try engine.intern(edge.type), other: edge.other))
            }
            try engine.insert(
                id: id, type: try engine.intern(type), name: try name.map { try engine.intern($0) },
                properties: interned.span, embedding: embedding.span, relationships: edges.span)
        }
        if error == nil {
            var properties: [String: [String]] = [:]
            for pair in pairs { properties[pair.key, default: []].append(pair.value) }
            model.entities[id] = EngineModel.Entity(
                type: type, name: name, properties: properties, embedding: embedding, relationships: relationships)
        }
        return error
    }

    func insertAny(_ id: UInt32, forward: Bool = true) throws -> StrataError? {
        let pairs = (0..<random.below(6)).map { _ in (key: pick(Self.keys), value: pick(Self.values)) }
        var edges: [EngineModel.Edge] = []
        for _ in 0..<random.below(5) {
            // Itself, somebody, and now and then the same again.
            let other = random.chance(15) ? id : forward ? anyID() : presentID() ?? id
            edges.append(EngineModel.Edge(type: pick(Self.relations), other: other))
            if random.chance(20) { edges.append(edges[edges.count - 1]) }
        }
        let embedding = dimensions > 0 && random.chance(70) ? vector() : []
        return try insert(id, pairs: pairs, embedding: embedding, relationships: edges)
    }

    /// Makes a random change; records an issue when engine and model do not agree on whether it can be made.
    func change(_ note: Comment) throws {
        func expect(_ error: StrataError?, _ code: StrataError.Code?, _ call: String) {
            if error?.code != code {
                Issue.record(
                    "\(note): \(call) gave \(String(describing: error)) instead of \(String(describing: code))")
            }
        }
        let (source, target, type) = (anyID(), anyID(), pick(Self.relations))
        let (here, there) = (model.entities[source] != nil, model.entities[target] != nil)
        switch random.below(100) {
        case 0..<30:
            expect(try insertAny(source), here ? .alreadyExists : nil, "insert")
        case 30..<55:
            let error = failure { try engine.relate(source, type, target) }
            expect(error, here && there ? nil : .notFound, "relate")
            if error == nil { model.relate(source, type, target) }
        case 55..<70:
            let pending = model.pending.contains(target)
            let typeID = try engine.intern(type)
            var removed: Bool?
            let error = failure { removed = try engine.unrelate(source, typeID, target) }
            expect(error, here && (there || pending) ? nil : .notFound, "unrelate")
            if error == nil, removed != model.unrelate(source, type, target) {
                Issue.record("\(note): unrelate said \(String(describing: removed))")
            }
        case 70..<85:
            let (key, value) = (pick(Self.keys), pick(Self.values))
            let (keyID, valueID) = (try engine.intern(key), try engine.intern(value))
            expect(failure { try engine.update(source, keyID, to: valueID) }, here ? nil : .notFound, "update")
            if here { model.entities[source]!.properties[key] = [value] }
        default:
            expect(failure { try engine.delete(source) }, here ? nil : .notFound, "delete")
            if here { model.delete(source) }
        }
    }

    /// Inserts every entity that a relationship names, without naming new ones.
    func settle() throws {
        for id in model.pending.sorted() { #expect(try insertAny(id, forward: false) == nil) }
        #expect(model.pending.isEmpty)
    }

    // MARK: Comparison

    /// Everything that the engine answers otherwise than the model, in words.
    func differences(deep: Bool = true) throws -> [String] {
        var differences: [String] = []
        func compare<Value: Equatable>(_ found: Value, _ expected: Value, _ what: @autoclosure () -> String) {
            if found != expected { differences.append("\(what()): \(found) instead of \(expected)") }
        }
        compare(engine.entityCount, model.entities.count, "entities")
        compare(engine.relationshipCount, model.relationshipCount, "relationships")
        compare(engine.pendingCount, model.pending.count, "pending")
        var seen: [UInt32] = []
        engine.forEachEntity { seen.append($0.id) }
        compare(seen.sorted(), model.ids, "the scan")
        // In batches: present, pending, unknown and repeated identifiers, over several groups of 64.
        let asked = (0..<3).flatMap { round in pool + model.ids + [UInt32(1_000_000 + round)] }
        var batch: [UInt32?] = []
        engine.forEachEntity(asked.span) { place, record in
            compare(place, batch.count, "the place in a batch")
            batch.append(record?.id)
        }
        compare(batch, asked.map { model.entities[$0] == nil ? nil : $0 }, "a get in batches")
        let incoming = model.incomingLists()
        for id in Set(pool).union(model.ids) {
            guard let expected = model.entities[id] else {
                compare(engine.entity(id) == nil, true, "entity \(id) is absent")
                continue
            }
            guard let found = engine.entity(id) else {
                differences.append("entity \(id) is missing")
                continue
            }
            compare(found.id, id, "the identifier")
            compare(engine.text(of: found.type), expected.type, "type of \(id)")
            let name = engine.name(of: id).map { engine.text(of: $0) }
            compare(name, expected.name, "name of \(id)")
            compare(found.degree, expected.relationships.count, "degree of \(id)")
            compare(engine.incomingDegree(of: id), incoming[id, default: []].count, "incoming degree of \(id)")
            compare(try engine.properties(of: id), expected.properties, "properties of \(id)")
            compare(
                engine.withEmbedding(of: id) { vector in vector.indices.map { vector[$0] } } ?? [],
                expected.embedding, "embedding of \(id)")
            for direction in [Direction.outgoing, .incoming] {
                let all = (direction == .outgoing ? expected.relationships : incoming[id, default: []]).sorted()
                for type in [nil] + Self.relations.map(Optional.some) {
                    var edges: [EngineModel.Edge] = []
                    // A type that was never interned is of no relationship.
                    let typeID = type.flatMap { engine.lookup($0) }
                    if type == nil || typeID != nil {
                        try engine.forEachRelationship(of: id, type: typeID, direction) {
                            edges.append(EngineModel.Edge(type: engine.text(of: $0.type), other: $0.other))
                        }
                    }
                    compare(
                        edges.sorted(), type == nil ? all : all.filter { $0.type == type },
                        "\(direction) relationships of \(id), type \(type ?? "any")")
                }
            }
        }
        for key in Self.keys {
            for value in Self.values {
                guard let keyID = engine.lookup(key), let valueID = engine.lookup(value) else { continue }
                compare(engine.find(keyID, valueID), model.find(key, value), "find \(key) \(value)")
            }
        }
        if deep { try compareSearches(&differences) }
        return differences
    }

    private func compareSearches(_ differences: inout [String]) throws {
        let vectors = model.vectors()
        for (id, vector) in vectors.rows {
            for limit in [0, 1, 5, 100] {
                let found = try engine.similar(to: id, limit: limit)
                if found != vectors.top(vector, limit: limit, excluding: [id]) {
                    differences.append("similar to \(id), limit \(limit): \(found)")
                }
            }
        }
        if dimensions > 0 {
            let query = vector()
            if try engine.similar(to: query.span, limit: 7) != vectors.top(query, limit: 7) {
                differences.append("similar to \(query)")
            }
        }
        for _ in 0..<6 {
            guard let start = presentID(), let goal = presentID() else { return }
            let direction = random.chance(50) ? Direction.outgoing : .incoming
            let type = random.chance(50) ? nil : pick(Self.relations)
            let typeID = try type.map { try engine.intern($0) }
            for depth in [nil, -1, 0, 1, 2, 3] {
                let found = try engine.hops(from: start, depth: depth, type: typeID, direction)
                let expected = model.hops(from: start, depth: depth, type: type, direction)
                if found != expected {
                    differences.append("hops from \(start), \(String(describing: depth)): \(found) and not \(expected)")
                }
            }
            let path = try engine.path(from: start, to: goal, type: typeID, direction)
            let distance = model.distances(from: start, type: type, direction)[goal]
            if path.map({ $0.count - 1 }) != distance
                || path.map({ $0.first == start && $0.last == goal && model.isPath($0, type: type, direction) })
                    == false
            {
                differences.append(
                    "path from \(start) to \(goal): \(path ?? []), distance \(distance ?? -1)"
                )
            }
        }
    }
}
