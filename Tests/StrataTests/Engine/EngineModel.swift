import Strata

/// A knowledge graph as one first writes it: objects in a dictionary, everything else found by looking at all of them.
final class EngineModel {
    /// One relationship as one of its ends sees it.
    struct Edge: Hashable, Comparable {
        var type: String
        var other: UInt32

        static func < (left: Edge, right: Edge) -> Bool { (left.type, left.other) < (right.type, right.other) }
    }

    final class Entity {
        var type: String
        var name: String?
        /// The values of each key, in order.
        var properties: [String: [String]]
        var embedding: [Float]
        var relationships: [Edge]

        init(type: String, name: String?, properties: [String: [String]], embedding: [Float], relationships: [Edge]) {
            self.type = type
            self.name = name
            self.properties = properties
            self.embedding = embedding
            self.relationships = relationships
        }
    }

    var entities: [UInt32: Entity] = [:]

    var ids: [UInt32] { entities.keys.sorted() }
    var relationshipCount: Int { entities.values.reduce(0) { $0 + $1.relationships.count } }
    /// Entities that a relationship names and that are not there.
    var pending: Set<UInt32> {
        Set(entities.values.flatMap { $0.relationships.map(\.other) }.filter { entities[$0] == nil })
    }

    func relate(_ source: UInt32, _ type: String, _ target: UInt32) {
        entities[source]!.relationships.append(Edge(type: type, other: target))
    }

    /// Whether there was one.
    func unrelate(_ source: UInt32, _ type: String, _ target: UInt32) -> Bool {
        guard let place = entities[source]!.relationships.firstIndex(of: Edge(type: type, other: target)) else {
            return false
        }
        entities[source]!.relationships.remove(at: place)
        return true
    }

    func delete(_ id: UInt32) {
        entities[id] = nil
        for entity in entities.values { entity.relationships.removeAll { $0.other == id } }
    }

    // MARK: Questions

    /// Sorted.
    func neighbors(of id: UInt32, type: String? = nil, _ direction: Direction = .outgoing) -> [Edge] {
        var edges: [Edge] = []
        switch direction {
        case .outgoing: edges = entities[id]?.relationships ?? []
        case .incoming:
            for (source, entity) in entities {
                for edge in entity.relationships where edge.other == id {
                    edges.append(Edge(type: edge.type, other: source))
                }
            }
        }
        return edges.filter { type == nil || $0.type == type }.sorted()
    }

    /// What ``neighbors(of:type:_:)`` gives for every entity in the incoming direction, found in one pass; unsorted.
    func incomingLists() -> [UInt32: [Edge]] {
        var lists: [UInt32: [Edge]] = [:]
        for (source, entity) in entities {
            for edge in entity.relationships {
                lists[edge.other, default: []].append(Edge(type: edge.type, other: source))
            }
        }
        return lists
    }

    func find(_ key: String, _ value: String) -> [UInt32] {
        ids.filter { entities[$0]!.properties[key]?.contains(value) == true }
    }

    func vectors() -> VectorModel {
        VectorModel(
            rows: entities.filter { !$0.value.embedding.isEmpty }.map { (id: $0.key, vector: $0.value.embedding) })
    }

    /// The distance of each entity that can be reached.
    func distances(from start: UInt32, type: String?, _ direction: Direction) -> [UInt32: Int] {
        var distances = [start: 0]
        var queue = [start]
        while !queue.isEmpty {
            let id = queue.removeFirst()
            for edge in neighbors(of: id, type: type, direction) where distances[edge.other] == nil {
                distances[edge.other] = distances[id]! + 1
                queue.append(edge.other)
            }
        }
        return distances
    }

    func hops(from start: UInt32, depth: Int?, type: String?, _ direction: Direction) -> [Int] {
        let distances = distances(from: start, type: type, direction).values
        return (0...(distances.max() ?? 0)).prefix { $0 <= max(depth ?? .max, 0) }.map { level in
            distances.filter { $0 == level }.count
        }
    }

    /// Whether a path leads from one end to the other along relationships.
    func isPath(_ path: [UInt32], type: String?, _ direction: Direction) -> Bool {
        zip(path, path.dropFirst()).allSatisfy { from, to in
            neighbors(of: from, type: type, direction).contains { $0.other == to }
        }
    }

    /// All paths that visit nothing twice; stops behind `bound` of them.
    func allPaths(from start: UInt32, to goal: UInt32, type: String?, _ direction: Direction, bound: Int) -> Set<
        [UInt32]
    > {
        var paths: Set<[UInt32]> = []
        func extend(_ path: [UInt32]) {
            guard paths.count <= bound else { return }
            if path.last == goal {
                paths.insert(path)
                return
            }
            for edge in neighbors(of: path.last!, type: type, direction) where !path.contains(edge.other) {
                extend(path + [edge.other])
            }
        }
        extend([start])
        return paths
    }

    func top(_ limit: Int, by direction: Direction) -> [(id: UInt32, degree: Int)] {
        let degrees = ids.map { (id: $0, degree: neighbors(of: $0, direction).count) }
        return Array(
            degrees.sorted { $0.degree != $1.degree ? $0.degree > $1.degree : $0.id < $1.id }.prefix(max(limit, 0)))
    }
}
