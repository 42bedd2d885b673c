import Strata

/// A graph as lists of everything that is said in it, and a question answered by trying all of it.
struct PatternGraph {
    struct Triple: Hashable {
        var subject: UInt32
        var type: String
        var object: UInt32
    }

    struct Property: Hashable {
        var entity: UInt32
        var key: String
        var value: String
    }

    var ids: [UInt32] = []
    var triples: [Triple] = []
    var properties: Set<Property> = []

    static let types = ["knows", "near", "part of"]
    static let keys = ["colour", "size"]
    static let values = ["red", "", "a long value that is longer than any word"]

    /// A graph with loops, relationships that are there twice, and entities that nothing is said of.
    init(entities: Int, relationships: Int, random: inout SplitMix64) {
        // Identifiers that are positions in some, and not in others.
        let stride: UInt32 = random.chance(50) ? 1 : 7
        ids = (0..<UInt32(entities)).map { $0 * stride }
        for _ in 0..<relationships {
            let subject = ids[random.below(entities)]
            let object =
                random.chance(10) ? subject : ids[random.below(random.chance(50) ? min(2, entities) : entities)]
            triples.append(Triple(subject: subject, type: Self.types[random.below(3)], object: object))
            if random.chance(10) { triples.append(triples[triples.count - 1]) }
        }
        for id in ids where random.chance(60) {
            for _ in 0..<(1 + random.below(3)) {
                properties.insert(
                    Property(entity: id, key: Self.keys[random.below(2)], value: Self.values[random.below(3)]))
            }
        }
    }

    /// A few are something else than most.
    static func type(of id: UInt32) -> String { id % 5 == 0 ? "place" : "thing" }

    func write(to path: String) throws {
        var stream = try SnapshotStream(to: path)
        for id in ids {
            try stream.entity(id, type: Self.type(of: id), name: id % 2 == 0 ? "n\(id)" : nil)
            for property in properties where property.entity == id { try stream.property(property.key, property.value) }
            for triple in triples where triple.subject == id {
                try stream.relationship(triple.type, to: triple.object)
            }
        }
        _ = try stream.finish()
    }

    // MARK: Questions

    /// What a variable stands for.
    enum Value: Hashable {
        case entity(UInt32)
        case type(String)
    }

    /// A match: the values of variables by their names, and the statement of each pattern.
    struct Match: Hashable {
        var values: [String: Value] = [:]
        var statements: [Triple?] = []
    }

    /// All matches; nil when there are more than `limit`.
    func matches(_ patterns: [GraphPattern], limit: Int) -> [Match]? {
        var matches = [Match()]
        for pattern in patterns {
            var next: [Match] = []
            for match in matches {
                switch pattern {
                case .relationship(let subject, let relation, let object):
                    for triple in triples {
                        var match = match
                        guard Self.bind(subject, triple.subject, &match), Self.bind(relation, triple.type, &match),
                            Self.bind(object, triple.object, &match)
                        else { continue }
                        match.statements.append(triple)
                        next.append(match)
                    }
                case .property(let subject, let key, let value):
                    for property in properties where property.key == key && property.value == value {
                        var match = match
                        guard Self.bind(subject, property.entity, &match) else { continue }
                        match.statements.append(nil)
                        next.append(match)
                    }
                case .type(let subject, let type):
                    for id in ids where Self.type(of: id) == type {
                        var match = match
                        guard Self.bind(subject, id, &match) else { continue }
                        match.statements.append(nil)
                        next.append(match)
                    }
                }
                if next.count > limit { return nil }
            }
            matches = next
        }
        return matches
    }

    private static func bind(_ end: GraphPattern.End, _ id: UInt32, _ match: inout Match) -> Bool {
        switch end {
        case .entity(let wanted): return wanted == id
        case .any: return true
        case .variable(let name): return bind(name, .entity(id), &match)
        }
    }

    private static func bind(_ relation: GraphPattern.Relation, _ type: String, _ match: inout Match) -> Bool {
        switch relation {
        case .type(let wanted): return wanted == type
        case .any: return true
        case .variable(let name): return bind(name, .type(type), &match)
        }
    }

    private static func bind(_ name: String, _ value: Value, _ match: inout Match) -> Bool {
        if let known = match.values[name] { return known == value }
        match.values[name] = value
        return true
    }

    /// Patterns of few variables, so that they meet.
    func randomPatterns(_ random: inout SplitMix64) -> [GraphPattern] {
        func end() -> GraphPattern.End {
            switch random.below(10) {
            case 0..<2: .entity(ids[random.below(ids.count)])
            case 2: .any
            default: .variable(["x", "y", "z"][random.below(3)])
            }
        }
        func relation() -> GraphPattern.Relation {
            switch random.below(10) {
            case 0..<6: .type(Self.types[random.below(3)])
            case 6: .type("a type that nothing has")
            case 7: .any
            default: .variable(["r", "q"][random.below(2)])
            }
        }
        return (0..<(1 + random.below(4))).map { _ in
            if random.chance(15) { return .type(end(), ["thing", "place", "nothing"][random.below(3)]) }
            return random.chance(25)
                ? .property(end(), key: Self.keys[random.below(2)], value: Self.values[random.below(3)])
                : .relationship(end(), relation(), end())
        }
    }
}
