/// Reads a database as it was at one moment, while others write to it.
///
/// ```swift
/// var reader = try database.reader()
/// let dog = try reader.requireID("n02084071")
/// let animals = try reader.neighbors(of: dog, type: "hypernym")
/// reader.refresh()
/// ```
///
/// It sees all transactions that were acknowledged when it was made or last refreshed, and nothing of any other. It never
/// waits, and no writer waits for it. While it lives it keeps what it may see from being given back: one that is kept should
/// be refreshed now and then. One thread at a time uses a reader.
public struct DatabaseReader: ~Copyable, @unchecked Sendable {
    // Unchecked: the layers lead to memory that writers change by atomic stores, and that the pin keeps.

    private let database: DatabaseCore
    private var participant: EpochParticipant
    /// The layers under the pin.
    private(set) var layers: GraphLayers
    /// The number of the last transaction that the reader sees.
    public private(set) var sequence: UInt64

    init(_ database: DatabaseCore) throws(StrataError) {
        self.database = database
        participant = try database.epochs.register()
        participant.pin()
        (layers, sequence) = database.current()
    }

    /// Goes on to what is acknowledged now.
    public mutating func refresh() {
        participant.unpin()
        participant.pin()
        (layers, sequence) = database.current()
    }

    // MARK: - Entities

    /// Whether an entity has this identifier.
    ///
    /// - Complexity: O(1), O(log entities) in a base whose identifiers are not dense. Allocates nothing.
    public func contains(_ id: UInt32) throws(StrataError) -> Bool {
        try !layers.entity(id, at: sequence).isAbsent
    }

    /// Calls `body` with the bytes of an entity's type; nil when it is not there. Allocates nothing.
    public func withType<Result>(
        of id: UInt32, _ body: (Span<UInt8>) throws(StrataError) -> Result
    ) throws(StrataError) -> Result? {
        try layers.withType(of: try layers.entity(id, at: sequence), body)
    }

    /// Calls `body` with the bytes of an entity's name; nil when it is not there, or has none. Allocates nothing.
    public func withName<Result>(
        of id: UInt32, _ body: (Span<UInt8>) throws(StrataError) -> Result
    ) throws(StrataError) -> Result? {
        try layers.withName(of: try layers.entity(id, at: sequence), body)
    }

    /// Calls `body` with each property of an entity, by rising key; values of one key in their order. Allocates nothing.
    ///
    /// - Returns: whether the entity is there.
    @discardableResult
    public func forEachProperty(
        of id: UInt32, _ body: (_ key: Span<UInt8>, _ value: Span<UInt8>) throws(StrataError) -> Void
    ) throws(StrataError) -> Bool {
        let found = try layers.entity(id, at: sequence)
        try layers.forEachProperty(of: found, body)
        return !found.isAbsent
    }

    /// Calls `body` with the numbers of an entity's embedding; nil when it is not there, or has none. Allocates nothing.
    public func withEmbedding<Result>(
        of id: UInt32, _ body: (Span<Float>) throws(StrataError) -> Result
    ) throws(StrataError) -> Result? {
        try layers.withEmbedding(of: try layers.entity(id, at: sequence), body)
    }

    /// Everything about an entity but its relationships and its embedding; nil when it is not there.
    public func entity(_ id: UInt32) throws(StrataError) -> ZeroCopyEntityInfo? {
        let found = try layers.entity(id, at: sequence)
        guard let type = try layers.withType(of: found, { $0.text }) else { return nil }
        var info = ZeroCopyEntityInfo(
            id: id, name: try layers.withName(of: found) { $0.text }, type: type,
            degree: try layers.degree(of: id, .outgoing, at: sequence), properties: [])
        var last: [UInt8] = []
        try layers.forEachProperty(of: found) { key, value in
            // Compared by their bytes: two keys may be canonically equivalent, and yet not the same.
            if !info.properties.isEmpty, last.withUnsafeBufferPointer({ $0.isEqual(to: key) }) {
                info.properties[info.properties.count - 1].values.append(value.text)
            } else {
                info.properties.append(ZeroCopyEntityInfo.Property(key: key.text, values: [value.text]))
                last = key.withUnsafeBufferPointer { Array($0) }
            }
        }
        return info
    }

    /// The identifier of the entity with an external name, or nil.
    ///
    /// - Complexity: O(log entities) in the base.
    public func id(named name: String) throws(StrataError) -> UInt32? {
        try layers.id(named: name.utf8Span.span, at: sequence)
    }

    /// The identifier that a text means: the external name, or else the number.
    ///
    /// - Throws: `notFound` when no entity has it.
    public func requireID(_ text: String) throws(StrataError) -> UInt32 {
        if let id = try id(named: text) { return id }
        if let id = UInt32(text), try contains(id) { return id }
        throw StrataError(
            .notFound, "no entity has the name or number '\(text)'", remedy: "look it up with find or top")
    }

    /// Calls `body` with the identifier of each entity, in ascending order.
    ///
    /// - Complexity: O(entities), and O(c log c) in the entities that were changed since the last checkpoint.
    public func forEachEntity(_ body: (UInt32) throws(StrataError) -> Void) throws(StrataError) {
        let walk = LayeredWalk(layers, at: sequence)
        try walk.forEachEntity { (id, _) throws(StrataError) in try body(id) }
    }

    /// The entities that have a value of a property, by rising identifier.
    ///
    /// - Complexity: O(log values + entities found) in the base, whose index of values is used in place, and linear in the
    ///   entities that were changed since the last checkpoint.
    public func find(_ key: String, _ value: String) throws(StrataError) -> [ZeroCopyEntityName] {
        var found: [ZeroCopyEntityName] = []
        for id in try layers.find(key.utf8Span.span, value.utf8Span.span, at: sequence) {
            found.append(ZeroCopyEntityName(id: id, name: try withName(of: id) { $0.text }))
        }
        return found
    }

    // MARK: - Relationships

    /// The number of an entity's relationships in a direction; 0 when it is not there. O(1).
    public func degree(of id: UInt32, _ direction: Direction = .outgoing) throws(StrataError) -> Int {
        try layers.degree(of: id, direction, at: sequence)
    }

    /// Calls `body` with the identifier at the other end of each relationship of an entity, in no particular order; with none
    /// when it is not there.
    ///
    /// - Complexity: O(relationships). Allocates nothing unless some were taken away since the last checkpoint.
    public func forEachNeighbor(
        of id: UInt32, type: String? = nil, _ direction: Direction = .outgoing,
        _ body: (UInt32) throws(StrataError) -> Void
    ) throws(StrataError) {
        var number: UInt32?
        if let type {
            number = try database.types.lookup(type)?.id
            if number == nil { return }
        }
        try layers.forEachEdge(of: id, direction, type: number, at: sequence) { (edge) throws(StrataError) in
            try body(edge.other)
        }
    }

    /// The entities at the other ends of an entity's relationships, one for each relationship; by rising type and identifier.
    ///
    /// - Throws: `notFound` when the entity is not there; no relationship has an unknown type.
    public func neighbors(
        of id: UInt32, type: String? = nil, _ direction: Direction = .outgoing
    ) throws(StrataError) -> [ZeroCopyNeighbor] {
        guard try contains(id) else { throw StrataError(.notFound, "entity \(id) is not in the graph") }
        var edges: [(type: String, other: UInt32)] = []
        let types = database.types
        var number: UInt32?
        if let type {
            number = try types.lookup(type)?.id
            if number == nil { return [] }
        }
        try layers.forEachEdge(of: id, direction, type: number, at: sequence) { edge in
            edges.append((types.text(of: InternedString(id: edge.type)), edge.other))
        }
        edges.sort {
            $0.type.utf8.elementsEqual($1.type.utf8)
                ? $0.other < $1.other : $0.type.utf8.lexicographicallyPrecedes($1.type.utf8)
        }
        var neighbors: [ZeroCopyNeighbor] = []
        neighbors.reserveCapacity(edges.count)
        for edge in edges {
            neighbors.append(
                ZeroCopyNeighbor(id: edge.other, name: try withName(of: edge.other) { $0.text }, type: edge.type))
        }
        return neighbors
    }

    // MARK: - Backup

    /// Writes what the reader sees as a snapshot, while others go on reading and writing.
    ///
    /// - Throws: as ``SnapshotStream``. The file at the path then is what it was before.
    @discardableResult
    public func writeSnapshot(to path: String) throws(StrataError) -> SnapshotSummary {
        try database.merge(layers, at: sequence, to: path)
    }
}

extension Span<UInt8> {
    /// The bytes as text of its own; invalid ones become replacement characters.
    var text: String { withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) } }
}
