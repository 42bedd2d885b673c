/// A relationship of a database as one of its ends sees it.
struct Edge: Hashable, Comparable, BitwiseCopyable {
    /// The number of the type in the database's interner.
    var type: UInt32
    /// The identifier of the entity at the other end.
    var other: UInt32

    static func < (left: Edge, right: Edge) -> Bool { (left.type, left.other) < (right.type, right.other) }
}

extension GraphLayers {
    /// What the deltas say about the relationships of an entity in one direction.
    private struct Operations {
        /// The newest one in each delta.
        var active: UnsafePointer<EdgeOperation>?
        var frozen: UnsafePointer<EdgeOperation>?
        var hasRemovals = false
        /// Whether older layers count: no operation took everything away.
        var reachesBase = true

        var isEmpty: Bool { active == nil && frozen == nil }

        /// Calls `body` with each operation behind the last one that took everything away, the newest first.
        @inline(__always)
        func forEach(_ body: (EdgeOperation) -> Void) {
            if Self.forEach(active, body) { Self.forEach(frozen, body) }
        }

        /// - Returns: whether older layers count.
        @inline(__always)
        @discardableResult
        static func forEach(_ first: UnsafePointer<EdgeOperation>?, _ body: (EdgeOperation) -> Void) -> Bool {
            var next = first
            while let operation = next?.pointee {
                if operation.kind == .clear { return false }
                body(operation)
                next = UnsafePointer(bitPattern: operation.previous)
            }
            return true
        }
    }

    private func operations(on id: UInt32, _ direction: Direction, at sequence: UInt64) -> Operations {
        var operations = Operations()
        var hasRemovals = false
        let note = { (operation: EdgeOperation) in if operation.kind == .remove { hasRemovals = true } }
        operations.active = active.operations(on: id, direction, at: sequence)
        operations.reachesBase = Operations.forEach(operations.active, note)
        if operations.reachesBase, let frozen {
            operations.frozen = frozen.operations(on: id, direction, at: sequence)
            operations.reachesBase = Operations.forEach(operations.frozen, note)
        }
        operations.hasRemovals = hasRemovals
        return operations
    }

    /// How many relationships an entity has in a direction, which is there.
    ///
    /// - Complexity: O(1) behind the look-ups.
    func degree(of id: UInt32, _ direction: Direction, at sequence: UInt64) throws(StrataError) -> Int {
        if let newest = active.operations(on: id, direction, at: sequence) { return Int(newest.pointee.degree) }
        if let frozen, let newest = frozen.operations(on: id, direction, at: sequence) {
            return Int(newest.pointee.degree)
        }
        guard let base, let position = try base.pointee.snapshot.position(ofID: id) else { return 0 }
        return switch direction {
        case .outgoing: try base.pointee.snapshot.degree(at: position)
        case .incoming: try base.pointee.snapshot.incoming(at: position).count
        }
    }

    /// Calls `body` with each relationship of an entity in a direction, in no particular order; one that is there twice is
    /// told twice.
    ///
    /// - Parameter type: the number of the only type that is wanted; nil for all.
    /// - Complexity: O(relationships + operations). Allocates nothing unless relationships were taken away since the base.
    func forEachEdge(
        of id: UInt32, _ direction: Direction, type: UInt32? = nil, at sequence: UInt64,
        _ body: (Edge) throws(StrataError) -> Void
    ) throws(StrataError) {
        let operations = operations(on: id, direction, at: sequence)
        if operations.hasRemovals {
            return try forEachEdge(of: id, direction, type: type, among: operations, body)
        }
        var failure: StrataError?
        operations.forEach { operation in
            guard failure == nil, type == nil || operation.type == type else { return }
            do throws(StrataError) { try body(Edge(type: operation.type, other: operation.other)) } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        if operations.reachesBase { try forEachBaseEdge(of: id, direction, type: type, body) }
    }

    /// The same where some were taken away: what came and what went is added up for each, and set against the base.
    private func forEachEdge(
        of id: UInt32, _ direction: Direction, type: UInt32?, among operations: Operations,
        _ body: (Edge) throws(StrataError) -> Void
    ) throws(StrataError) {
        var changes: [(edge: Edge, count: Int)] = []
        operations.forEach { operation in
            guard type == nil || operation.type == type else { return }
            let edge = Edge(type: operation.type, other: operation.other)
            changes.append((edge, operation.kind == .add ? 1 : -1))
        }
        changes.sort { $0.edge < $1.edge }
        var net: [(edge: Edge, count: Int)] = []
        for change in changes {
            if net.last?.edge == change.edge { net[net.count - 1].count += change.count } else { net.append(change) }
        }
        if operations.reachesBase {
            try forEachBaseEdge(of: id, direction, type: type) { (edge) throws(StrataError) in
                let place = lowerBound(0..<net.count) { net[$0].edge < edge }
                if place < net.count, net[place].edge == edge, net[place].count < 0 {
                    net[place].count += 1
                } else {
                    try body(edge)
                }
            }
        }
        for (edge, count) in net where count > 0 {
            for _ in 0..<count { try body(edge) }
        }
    }

    private func forEachBaseEdge(
        of id: UInt32, _ direction: Direction, type: UInt32?, _ body: (Edge) throws(StrataError) -> Void
    ) throws(StrataError) {
        guard let base, let position = try base.pointee.snapshot.position(ofID: id) else { return }
        var index: UInt32?
        if let type {
            index = base.pointee.typeIndex(type)
            if index == nil { return }
        }
        try Self.forEachBaseEdge(base.pointee.snapshot, position, direction, index) { (found) throws(StrataError) in
            guard Int(found.type) < base.pointee.typeNumbers.count else {
                throw StrataError(
                    .corrupted, "a relationship has the type \(found.type) of \(base.pointee.typeNumbers.count)",
                    path: base.pointee.snapshot.path, remedy: "restore the file from a copy")
            }
            let other = try base.pointee.snapshot.id(at: Int(found.target))
            try body(Edge(type: base.pointee.typeNumbers[Int(found.type)], other: other))
        }
    }

    private static func forEachBaseEdge(
        _ snapshot: borrowing Snapshot, _ position: Int, _ direction: Direction, _ type: UInt32?,
        _ body: (ZeroCopyRelationship) throws(StrataError) -> Void
    ) throws(StrataError) {
        let list = try snapshot.relationships(at: position, type, direction)
        for index in list.indices { try body(list[index]) }
    }

    /// How often a relationship is there.
    ///
    /// It is counted at that end which was changed less often: one of the ends of most relationships is no hub.
    ///
    /// - Complexity: O(operations at that end), and O(log relationships) in the base.
    func count(
        of type: UInt32, from source: UInt32, to target: UInt32, at sequence: UInt64
    ) throws(StrataError) -> Int {
        let outLength = changeCount(of: source, .outgoing, at: sequence)
        let inLength = changeCount(of: target, .incoming, at: sequence)
        let (id, other, direction): (UInt32, UInt32, Direction) =
            outLength <= inLength ? (source, target, .outgoing) : (target, source, .incoming)
        let operations = operations(on: id, direction, at: sequence)
        var count = 0
        operations.forEach { operation in
            guard operation.type == type, operation.other == other else { return }
            count += operation.kind == .add ? 1 : -1
        }
        if operations.reachesBase { count += try baseCount(of: type, from: source, to: target) }
        return count
    }

    private func changeCount(of id: UInt32, _ direction: Direction, at sequence: UInt64) -> Int {
        let frozenCount = frozen?.operations(on: id, direction, at: sequence)?.pointee.length ?? 0
        return (active.operations(on: id, direction, at: sequence)?.pointee.length ?? 0) + frozenCount
    }

    private func baseCount(of type: UInt32, from source: UInt32, to target: UInt32) throws(StrataError) -> Int {
        guard let base, let index = base.pointee.typeIndex(type),
            let from = try base.pointee.snapshot.position(ofID: source),
            let to = try base.pointee.snapshot.position(ofID: target)
        else { return 0 }
        return try Self.baseCount(base.pointee.snapshot, index, from, to)
    }

    private static func baseCount(
        _ snapshot: borrowing Snapshot, _ type: UInt32, _ source: Int, _ target: Int
    ) throws(StrataError) -> Int {
        // Sorted by the target.
        let list = try snapshot.outgoing(at: source, type: type)
        var (low, high) = (0, list.count)
        while low < high {
            let middle = low + (high - low) / 2
            if Int(list[middle].target) < target { low = middle + 1 } else { high = middle }
        }
        var count = 0
        while low + count < list.count, Int(list[low + count].target) == target { count += 1 }
        return count
    }
}
