/// A graph whose vertices are numbered below a bound, as the traversals see it.
protocol GraphTopology: ~Copyable {
    /// One past the largest vertex.
    var vertexBound: Int { get }

    /// Calls `body` with the vertex at the other end of each relationship of `vertex`.
    ///
    /// - Parameters:
    ///   - type: only relationships of this type; nil for all.
    ///   - direction: along the relationships or against them.
    borrowing func forEachNeighbor(
        of vertex: UInt32, type: UInt32?, direction: Direction, _ body: (UInt32) -> Void
    ) throws(StrataError)
}

/// A set of vertices, a bit each.
struct VertexSet {
    private var words: [UInt64]

    init(bound: Int) { words = [UInt64](repeating: 0, count: (bound + 63) / 64) }

    /// Adds a vertex; whether it was new.
    mutating func insert(_ vertex: UInt32) -> Bool {
        let bit: UInt64 = 1 << UInt64(vertex & 63)
        defer { words[Int(vertex >> 6)] |= bit }
        return words[Int(vertex >> 6)] & bit == 0
    }

    mutating func remove(_ vertex: UInt32) { words[Int(vertex >> 6)] &= ~(1 << UInt64(vertex & 63)) }

    func contains(_ vertex: UInt32) -> Bool { words[Int(vertex >> 6)] & (1 << UInt64(vertex & 63)) != 0 }
}

extension GraphTopology where Self: ~Copyable {
    /// The number of vertices at each distance from a start, which is at distance 0 itself.
    ///
    /// - Parameter depth: the largest distance; nil to go on until nothing new is found.
    /// - Complexity: O(vertices / 64 + relationships reached).
    borrowing func breadthFirstLevels(
        from start: UInt32, depth: Int?, type: UInt32?, direction: Direction
    ) throws(StrataError) -> [Int] {
        var visited = VertexSet(bound: vertexBound)
        _ = visited.insert(start)
        var frontier = [start]
        var levels = [1]
        while !frontier.isEmpty, depth.map({ levels.count <= $0 }) ?? true {
            var next: [UInt32] = []
            for vertex in frontier {
                try forEachNeighbor(of: vertex, type: type, direction: direction) { neighbor in
                    if visited.insert(neighbor) { next.append(neighbor) }
                }
            }
            if !next.isEmpty { levels.append(next.count) }
            frontier = next
        }
        return levels
    }

    /// A path with the fewest relationships, both ends in it; nil when there is none.
    ///
    /// - Complexity: O(vertices + relationships reached).
    borrowing func shortestPath(
        from start: UInt32, to goal: UInt32, type: UInt32?, direction: Direction
    ) throws(StrataError) -> [UInt32]? {
        guard start != goal else { return [start] }
        var visited = VertexSet(bound: vertexBound)
        _ = visited.insert(start)
        // The vertices in order of their discovery, and for each the place of the one that it was found from.
        var found = [(vertex: start, from: 0)]
        var next = 0
        while next < found.count, !visited.contains(goal) {
            let place = next
            try forEachNeighbor(of: found[place].vertex, type: type, direction: direction) { neighbor in
                if visited.insert(neighbor) { found.append((neighbor, place)) }
            }
            next += 1
        }
        guard var place = found.lastIndex(where: { $0.vertex == goal }) else { return nil }
        var path = [goal]
        while place != 0 {
            place = found[place].from
            path.append(found[place].vertex)
        }
        return path.reversed()
    }

    /// All paths that visit no vertex twice, both ends in each; shorter ones first.
    ///
    /// Only vertices from which the goal can be reached are entered, so that the work in an acyclic graph is in
    /// proportion to the paths found.
    ///
    /// - Throws: `limitExceeded` when there are more than `limit` paths or the search takes more than `stepLimit` steps.
    borrowing func allSimplePaths(
        from start: UInt32, to goal: UInt32, type: UInt32?, direction: Direction, limit: Int,
        stepLimit: Int = 10_000_000
    ) throws(StrataError) -> [[UInt32]] {
        var reaching = VertexSet(bound: vertexBound)
        _ = reaching.insert(goal)
        var frontier = [goal]
        while let vertex = frontier.popLast() {
            try forEachNeighbor(of: vertex, type: type, direction: direction.reversed) { neighbor in
                if reaching.insert(neighbor) { frontier.append(neighbor) }
            }
        }
        guard reaching.contains(start) else { return [] }

        var paths: [[UInt32]] = []
        var steps = 0
        var onPath = VertexSet(bound: vertexBound)
        _ = onPath.insert(start)
        var path = [start]
        // For each vertex of the path, the neighbours that are still to be tried.
        var untried: [[UInt32]] = []
        func candidates(_ vertex: UInt32) throws(StrataError) -> [UInt32] {
            var candidates: [UInt32] = []
            try forEachNeighbor(of: vertex, type: type, direction: direction) { neighbor in
                // Two relationships between the same two vertices make one path.
                if reaching.contains(neighbor), !candidates.contains(neighbor) { candidates.append(neighbor) }
            }
            return candidates.reversed()
        }
        if start == goal { return [[start]] }
        untried.append(try candidates(start))
        while !untried.isEmpty {
            steps += 1
            guard steps <= stepLimit else {
                throw StrataError(
                    .limitExceeded, "the search for all paths took more than \(stepLimit) steps",
                    remedy: "name a relationship type, or ask for the shortest path")
            }
            guard let vertex = untried[untried.count - 1].popLast() else {
                untried.removeLast()
                onPath.remove(path.removeLast())
                continue
            }
            if vertex == goal {
                guard paths.count < limit else {
                    throw StrataError(
                        .limitExceeded, "there are more than \(limit) paths", remedy: "name a relationship type")
                }
                paths.append(path + [goal])
            } else if onPath.insert(vertex) {
                path.append(vertex)
                untried.append(try candidates(vertex))
            }
        }
        // The sort is stable: paths of one length stay in the order in which they were found.
        return paths.sorted { $0.count < $1.count }
    }
}
