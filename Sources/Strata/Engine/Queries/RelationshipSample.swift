/// What relationships of each type are like, from a look at some entities: for estimates of costs only.
struct RelationshipSample {
    /// For each type in a direction.
    private struct Side {
        /// Relationships met, and entities that have some.
        var relationships: [Double]
        var entities: [Double]
        var allRelationships = 0.0
        var allEntities = 0.0

        init(types: Int) {
            relationships = Array(repeating: 0, count: types)
            entities = relationships
        }
    }

    private var outgoing: Side
    private var incoming: Side
    private let total: Double

    /// Looks at entities that are evenly spread over the positions, so that the same snapshot gives the same estimates.
    ///
    /// - Complexity: O(looks * types of an entity * log(its relationships)).
    init(_ snapshot: borrowing Snapshot, looks: Int = 256) throws(StrataError) {
        let (count, types) = (snapshot.entityCount, snapshot.relationshipTypeCount)
        outgoing = Side(types: types)
        incoming = Side(types: types)
        total = Double(snapshot.relationshipCount)
        let looks = min(looks, count)
        for look in 0..<looks {
            let position = look * count / looks
            Self.add(try snapshot.outgoing(at: position), to: &outgoing)
            Self.add(try snapshot.incoming(at: position), to: &incoming)
        }
    }

    private static func add(_ list: borrowing ZeroCopyRelationships, to side: inout Side) {
        var start = 0
        while start < list.count {
            // From one type to the next by bisection: an entity may have very many of one.
            let type = list[start].type
            var (low, high) = (start + 1, list.count)
            while low < high {
                let middle = low + (high - low) / 2
                if list[middle].type <= type { low = middle + 1 } else { high = middle }
            }
            if Int(type) < side.relationships.count {
                side.relationships[Int(type)] += Double(low - start)
                side.entities[Int(type)] += 1
            }
            start = low
        }
        side.allRelationships += Double(list.count)
        side.allEntities += list.isEmpty ? 0 : 1
    }

    /// How many relationships there are of a type, or of all. Never below 1: what was not seen may be there.
    func count(_ type: UInt32?) -> Double {
        guard let type else { return max(total, 1) }
        let seen = outgoing.allRelationships + incoming.allRelationships
        guard seen > 0 else { return 1 }
        let ofType = outgoing.relationships[Int(type)] + incoming.relationships[Int(type)]
        return max(total * ofType / seen, 1)
    }

    /// How many relationships of a type, or of all, an entity has that has some.
    func perEntity(_ type: UInt32?, _ direction: Direction) -> Double {
        let side = direction == .outgoing ? outgoing : incoming
        let relationships = type.map { side.relationships[Int($0)] } ?? side.allRelationships
        let entities = type.map { side.entities[Int($0)] } ?? side.allEntities
        return entities > 0 ? relationships / entities : 1
    }
}
