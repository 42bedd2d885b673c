extension ZeroCopyKnowledgeEngine {
    /// The number of entities at each distance from one, itself at distance 0.
    ///
    /// - Parameter depth: the largest distance; nil for all that can be reached.
    /// - Throws: `notFound` when the start is not there.
    /// - Complexity: O(entities / 64 + relationships reached).
    public func hops(
        from id: UInt32, depth: Int?, type: String? = nil, _ direction: Direction = .outgoing
    ) throws(StrataError) -> [Int] {
        try askRoot { root throws(StrataError) in
            let start = UInt32(try root.snapshot.requirePosition(ofID: id))
            guard let filter = try root.snapshot.typeFilter(type) else { return [1] }
            return try SnapshotTopology(root: root).breadthFirstLevels(
                from: start, depth: depth, type: filter, direction: direction)
        }
    }

    /// A path with the fewest relationships, both ends in it; nil when there is none.
    ///
    /// - Throws: `notFound` when an end is not there.
    public func path(
        from source: UInt32, to target: UInt32, type: String? = nil, _ direction: Direction = .outgoing
    ) throws(StrataError) -> [ZeroCopyEntityName]? {
        try askRoot { root throws(StrataError) in
            let start = UInt32(try root.snapshot.requirePosition(ofID: source))
            let goal = UInt32(try root.snapshot.requirePosition(ofID: target))
            guard let filter = try root.snapshot.typeFilter(type) else {
                return start == goal ? try root.snapshot.names(of: [start]) : nil
            }
            let path = try SnapshotTopology(root: root).shortestPath(
                from: start, to: goal, type: filter, direction: direction)
            guard let path else { return nil }
            return try root.snapshot.names(of: path)
        }
    }

    /// All paths that visit no entity twice, both ends in each; shorter ones first.
    ///
    /// - Throws: `notFound` when an end is not there, `limitExceeded` when there are more than `limit` paths or the
    ///   search takes too long.
    public func allPaths(
        from source: UInt32, to target: UInt32, type: String? = nil, _ direction: Direction = .outgoing,
        limit: Int = 1_000
    ) throws(StrataError) -> [[ZeroCopyEntityName]] {
        try askRoot { root throws(StrataError) in
            let start = UInt32(try root.snapshot.requirePosition(ofID: source))
            let goal = UInt32(try root.snapshot.requirePosition(ofID: target))
            guard let filter = try root.snapshot.typeFilter(type) else {
                return start == goal ? [try root.snapshot.names(of: [start])] : []
            }
            let paths = try SnapshotTopology(root: root).allSimplePaths(
                from: start, to: goal, type: filter, direction: direction, limit: limit)
            var named: [[ZeroCopyEntityName]] = []
            for path in paths { named.append(try root.snapshot.names(of: path)) }
            return named
        }
    }
}

/// A snapshot's graph with its positions as vertices.
private struct SnapshotTopology: GraphTopology {
    let root: ZeroCopyKnowledgeEngine.Root

    var vertexBound: Int { root.snapshot.entityCount }

    func forEachNeighbor(
        of vertex: UInt32, type: UInt32?, direction: Direction, _ body: (UInt32) -> Void
    ) throws(StrataError) {
        try root.snapshot.forEachNeighbor(of: vertex, type: type, direction: direction, body)
    }
}

extension Snapshot {
    /// The position of an entity that must be there.
    func requirePosition(ofID id: UInt32) throws(StrataError) -> Int {
        guard let position = try position(ofID: id) else {
            throw StrataError(.notFound, "entity \(id) is not in the snapshot", path: path)
        }
        return position
    }

    /// The index of a relationship type given as text: `.some(nil)` for all types, nil for one that no relationship has.
    func typeFilter(_ type: String?) throws(StrataError) -> UInt32?? {
        guard let type else { return .some(nil) }
        guard let string = try stringID(of: type), let index = try relationshipTypeIndex(ofString: string) else {
            return nil
        }
        return .some(index)
    }

    /// The relationships at an entity, of one type or all.
    @_lifetime(borrow self)
    func relationships(
        at position: Int, _ type: UInt32?, _ direction: Direction
    ) throws(StrataError) -> ZeroCopyRelationships {
        switch (direction, type) {
        case (.outgoing, nil): try outgoing(at: position)
        case (.outgoing, let type?): try outgoing(at: position, type: type)
        case (.incoming, nil): try incoming(at: position)
        case (.incoming, let type?): try incoming(at: position, type: type)
        }
    }

    /// A copy of an entity's external name.
    func nameText(at position: Int) throws(StrataError) -> String? {
        guard let name = try nameID(at: position) else { return nil }
        return try text(name)
    }

    func names(of path: [UInt32]) throws(StrataError) -> [ZeroCopyEntityName] {
        var names: [ZeroCopyEntityName] = []
        for position in path {
            names.append(ZeroCopyEntityName(id: try id(at: Int(position)), name: try nameText(at: Int(position))))
        }
        return names
    }

    /// Calls `body` with the position at the other end of each relationship of an entity.
    func forEachNeighbor(
        of vertex: UInt32, type: UInt32?, direction: Direction, _ body: (UInt32) -> Void
    ) throws(StrataError) {
        let list = try relationships(at: Int(vertex), type, direction)
        for index in list.indices {
            let target = list[index].target
            guard Int(target) < entityCount else {
                throw StrataError(
                    .corrupted, "a relationship leads to position \(target) of \(entityCount)", path: path,
                    remedy: "restore the file from a copy")
            }
            body(target)
        }
    }
}
