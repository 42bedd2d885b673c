import Testing

@testable import Strata

/// A change of a database, as a test makes it.
enum DatabaseStep: CustomStringConvertible {
    case insert(UInt32?, EntityText)
    case update(UInt32, EntityChange)
    case delete(UInt32)
    case relate(UInt32, String, UInt32)
    case unrelate(UInt32, String, UInt32)

    var description: String {
        switch self {
        case .insert(let id, let entity): "insert \(id.map { "\($0)" } ?? "-") \(entity)"
        case .update(let id, let change): "update \(id) \(change)"
        case .delete(let id): "delete \(id)"
        case .relate(let source, let type, let target): "relate \(source) \(type) \(target)"
        case .unrelate(let source, let type, let target): "unrelate \(source) \(type) \(target)"
        }
    }

    /// What the database makes of it.
    func apply(to transaction: inout DatabaseTransaction) throws(StrataError) -> DatabaseModel.Outcome {
        switch self {
        case .insert(let id, let entity): return .inserted(try transaction.insert(entity, id: id))
        case .update(let id, let change): try transaction.update(id, change)
        case .delete(let id): try transaction.delete(id)
        case .relate(let source, let type, let target): try transaction.relate(source, type, target)
        case .unrelate(let source, let type, let target):
            return .answered(try transaction.unrelate(source, type, target))
        }
        return .done
    }

    /// A step that often means something in a graph of a few entities.
    static func random(ids: UInt32, dimensions: Int, using random: inout SplitMix64) -> DatabaseStep {
        let id = UInt32(random.below(Int(ids)))
        let types = ["knows", "", "is a", "ähnlich"]
        let texts = ["", "a", "b", "value-7", "value-78", "ä€😀", String(repeating: "long ", count: 30)]
        func embedding() -> [Float] {
            (0..<(random.chance(4) ? dimensions + 1 : dimensions)).map { _ in Float(random.below(100)) / 8 }
        }
        switch random.below(100) {
        case ..<30:
            var entity = EntityText(type: types[random.below(4)])
            if random.chance(50) { entity.name = "n\(random.below(Int(ids)))" }
            for _ in 0..<random.below(5) {
                entity.properties.append(
                    PropertyText("key\(random.below(3))", texts[random.below(texts.count)]))
            }
            if random.chance(40) { entity.embedding = embedding() }
            return .insert(random.chance(15) ? nil : id, entity)
        case ..<45:
            var change = EntityChange()
            if random.chance(30) { change.type = types[random.below(4)] }
            if random.chance(20) { change.embedding = random.chance(30) ? [] : embedding() }
            for _ in 0..<random.below(3) {
                change.properties["key\(random.below(4))"] = (0..<random.below(3)).map { _ in
                    texts[random.below(texts.count)]
                }
            }
            return .update(id, change)
        case ..<55: return .delete(id)
        // Few targets, so that some are hubs and some relationships are there several times.
        case ..<85: return .relate(id, types[random.below(4)], UInt32(random.below(Int(ids)) / (1 + random.below(4))))
        default: return .unrelate(id, types[random.below(4)], UInt32(random.below(Int(ids)) / (1 + random.below(4))))
        }
    }
}

/// What a database has to be after some steps, as a person would first write it down.
struct DatabaseModel: Equatable {
    enum Outcome: Equatable {
        case done
        case inserted(UInt32)
        case answered(Bool)
        case refused(StrataError.Code)
    }

    struct Entity: Equatable {
        var type: String
        var name: String?
        /// The values of each key.
        var properties: [String: [String]]
        var embedding: [Float]
    }

    struct Relationship: Hashable {
        var source: UInt32
        var type: String
        var target: UInt32
    }

    var entities: [UInt32: Entity] = [:]
    /// How often each is there.
    var relationships: [Relationship: Int] = [:]
    var nextID: UInt32 = 0
    var dimensions = 0

    /// Reopening may give an identifier again that is above all that are left.
    mutating func reopen(nextID: UInt32) { self.nextID = nextID }

    mutating func apply(_ step: DatabaseStep) -> Outcome {
        switch step {
        case .insert(let id, let entity):
            let id = id ?? nextID
            guard entities[id] == nil else { return .refused(.alreadyExists) }
            guard accepts(entity.embedding) else { return .refused(.invalidArgument) }
            if let name = entity.name, entities.values.contains(where: { $0.name == name }) {
                return .refused(.alreadyExists)
            }
            var properties: [String: [String]] = [:]
            for property in entity.properties { properties[property.key, default: []].append(property.value) }
            entities[id] = Entity(
                type: entity.type, name: entity.name, properties: properties, embedding: entity.embedding)
            note(entity.embedding)
            nextID = max(nextID, id + 1)
            return .inserted(id)
        case .update(let id, let change):
            guard entities[id] != nil else { return .refused(.notFound) }
            guard accepts(change.embedding ?? []) else { return .refused(.invalidArgument) }
            if let type = change.type { entities[id]!.type = type }
            if let embedding = change.embedding { entities[id]!.embedding = embedding }
            for (key, values) in change.properties {
                entities[id]!.properties[key] = values.isEmpty ? nil : values
            }
            note(change.embedding ?? [])
            return .done
        case .delete(let id):
            guard entities.removeValue(forKey: id) != nil else { return .refused(.notFound) }
            relationships = relationships.filter { $0.key.source != id && $0.key.target != id }
            return .done
        case .relate(let source, let type, let target):
            guard entities[source] != nil, entities[target] != nil else { return .refused(.notFound) }
            relationships[Relationship(source: source, type: type, target: target), default: 0] += 1
            return .done
        case .unrelate(let source, let type, let target):
            guard entities[source] != nil, entities[target] != nil else { return .refused(.notFound) }
            let relationship = Relationship(source: source, type: type, target: target)
            guard let count = relationships[relationship] else { return .answered(false) }
            relationships[relationship] = count == 1 ? nil : count - 1
            return .answered(true)
        }
    }

    private func accepts(_ embedding: [Float]) -> Bool {
        embedding.isEmpty || dimensions == 0 || embedding.count == dimensions
    }

    private mutating func note(_ embedding: [Float]) { if !embedding.isEmpty { dimensions = embedding.count } }

    // MARK: - Comparing

    /// What a reader sees that is not so; nil when it sees this.
    func difference(_ reader: borrowing DatabaseReader) throws(StrataError) -> String? {
        var ids: [UInt32] = []
        try reader.forEachEntity { ids.append($0) }
        guard ids == entities.keys.sorted() else { return "entities \(ids), and not \(entities.keys.sorted())" }
        for id in ids {
            let expected = entities[id]!
            guard let info = try reader.entity(id) else { return "entity \(id) is not there" }
            let properties = expected.properties.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            guard info.id == id, info.type == expected.type, info.name == expected.name,
                info.properties == properties.map({ .init(key: $0.key, values: $0.value) })
            else { return "entity \(info), and not \(expected)" }
            let embedding = try reader.withEmbedding(of: id) { $0.withUnsafeBufferPointer { Array($0) } } ?? []
            guard embedding == expected.embedding else {
                return "embedding \(embedding), and not \(expected.embedding)"
            }
            if let name = expected.name {
                guard try reader.id(named: name) == id else { return "\(name) is not \(id)" }
            }
            for direction in [Direction.outgoing, .incoming] {
                let found = try reader.neighbors(of: id, direction).map { "\($0.type) \($0.id)" }.sorted()
                let wanted = neighbors(of: id, direction)
                guard found == wanted else { return "neighbours \(direction) of \(id): \(found), and not \(wanted)" }
                guard try reader.degree(of: id, direction) == wanted.count else {
                    return "degree \(direction) of \(id): \(try reader.degree(of: id, direction)), not \(wanted.count)"
                }
            }
        }
        for type in ["knows", "", "never"] {
            for id in ids.prefix(3) {
                var found: [UInt32] = []
                try reader.forEachNeighbor(of: id, type: type) { found.append($0) }
                let wanted = relationships.filter { $0.key.source == id && $0.key.type == type }
                    .flatMap { [UInt32](repeating: $0.key.target, count: $0.value) }
                guard found.sorted() == wanted.sorted() else { return "neighbours of \(id) by \(type): \(found)" }
            }
        }
        for (key, value) in [("key0", "a"), ("key1", ""), ("key2", "value-78"), ("key3", "b"), ("none", "")] {
            let found = try reader.find(key, value).map(\.id)
            let wanted = entities.filter { $0.value.properties[key]?.contains(value) ?? false }.keys.sorted()
            guard found == wanted else { return "\(key)=\(value) is at \(found), and not at \(wanted)" }
        }
        return nil
    }

    private func neighbors(of id: UInt32, _ direction: Direction) -> [String] {
        var list: [String] = []
        for (relationship, count) in relationships {
            let (near, far) =
                direction == .outgoing
                ? (relationship.source, relationship.target) : (relationship.target, relationship.source)
            if near == id { for _ in 0..<count { list.append("\(relationship.type) \(far)") } }
        }
        return list.sorted()
    }
}
