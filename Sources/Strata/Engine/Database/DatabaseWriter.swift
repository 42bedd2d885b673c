/// Applies operations to the active delta: the one way in, for transactions and for the log when it is replayed, so that
/// both come to the same state.
///
/// It sees everything that was applied, also what is not acknowledged yet. Whoever uses it holds the database's lock.
struct DatabaseWriter: ~Copyable {
    /// The most bytes of one entity.
    static let bodyByteCountMaximum = 1 << 30

    private(set) var view: DatabaseView
    let types: ConcurrentStringInterner
    /// The number of the last transaction that was applied.
    private(set) var sequence: UInt64
    /// The identifier that the next entity without one gets.
    private(set) var nextID: UInt64 = 0
    /// Components of each embedding; 0 as long as there was none.
    private(set) var dimensions: Int
    private var body: [UInt8] = []

    /// - Parameter sequence: that of the base.
    init(
        view: DatabaseView, types: ConcurrentStringInterner, sequence: UInt64, dimensions: Int
    ) throws(StrataError) {
        self.view = view
        self.types = types
        self.sequence = sequence
        self.dimensions = dimensions
        if let base = view.base, case let count = base.content.pointee.snapshot.entityCount, count > 0 {
            nextID = UInt64(try base.content.pointee.snapshot.id(at: count - 1)) + 1
        }
    }

    private var delta: DatabaseDelta { view.active }
    /// What the next transaction changes has this number.
    private var nextSequence: UInt64 { sequence + 1 }
    private static var latest: UInt64 { .max }

    /// Goes on with other layers, which have the same graph.
    mutating func `continue`(on view: DatabaseView) { self.view = view }

    // MARK: - Transactions

    /// What to come back to.
    struct Mark {
        fileprivate let undo: Int
        fileprivate let nextID: UInt64
        fileprivate let dimensions: Int
    }

    var mark: Mark { Mark(undo: delta.undoMark, nextID: nextID, dimensions: dimensions) }

    mutating func undo(to mark: Mark) {
        delta.undo(to: mark.undo)
        nextID = mark.nextID
        dimensions = mark.dimensions
    }

    /// Ends the transaction: what was applied belongs to it.
    mutating func endTransaction() {
        delta.keep()
        sequence += 1
    }

    // MARK: - Questions

    func entity(_ id: UInt32) throws(StrataError) -> GraphLayers.Found {
        try view.layers.entity(id, at: Self.latest)
    }

    func id(named name: Span<UInt8>) throws(StrataError) -> UInt32? {
        try view.layers.id(named: name, at: Self.latest)
    }

    /// An identifier that no entity has.
    func freeID() throws(StrataError) -> UInt32 {
        guard nextID < UInt64(UInt32.max) else {
            throw StrataError(
                .limitExceeded, "there is no identifier above \(nextID - 1) for another entity",
                remedy: "insert it with a number of your own")
        }
        return UInt32(nextID)
    }

    private func requireEntity(_ id: UInt32) throws(StrataError) -> GraphLayers.Found {
        let found = try entity(id)
        if found.isAbsent {
            throw StrataError(.notFound, "entity \(id) is not in the graph", remedy: "insert it first")
        }
        return found
    }

    // MARK: - Operations

    /// Applies an operation; whether it changed anything. When it throws, some of it may have been done: ``undo(to:)``.
    @discardableResult
    mutating func apply(_ operation: DatabaseOperation) throws(StrataError) -> Bool {
        switch operation {
        case .insert(let id, let body, let bytes): try insert(id, body, bytes)
        case .update(let id, let change): try update(id, change)
        case .delete(let id): try delete(id)
        case .relate(let source, let target, let type): try relate(source, type, target)
        case .unrelate(let source, let target, let type): return try unrelate(source, type, target)
        }
        return true
    }

    private mutating func insert(
        _ id: UInt32, _ body: EntityBody, _ bytes: UnsafeRawBufferPointer
    ) throws(StrataError) {
        guard id != .max else {
            throw StrataError(.invalidArgument, "4294967295 stands for no entity and cannot be an identifier")
        }
        guard try entity(id).isAbsent else {
            throw StrataError(.alreadyExists, "entity \(id) is in the graph already", remedy: "update or delete it")
        }
        try Self.requireRoom(bytes.count)
        try requireEmbedding(body.embeddingBytes)
        if let name = body.name {
            if let other = try name.withSpan({ (name) throws(StrataError) in try self.id(named: name) }) {
                throw StrataError(
                    .alreadyExists, "entity \(other) has the name '\(name.text)' already",
                    remedy: "update or delete it, or give another name")
            }
            try delta.add(nameHash: name.withSpan { DeltaView.hash($0) }, of: id)
        }
        try delta.add(bytes, to: try delta.record(for: id), sequence: nextSequence)
        nextID = max(nextID, UInt64(id) + 1)
    }

    private mutating func update(_ id: UInt32, _ change: EntityChangeBytes) throws(StrataError) {
        let found = try requireEntity(id)
        if let embedding = change.embedding { try requireEmbedding(embedding) }
        var room: [UInt8] = []
        swap(&room, &body)
        defer { swap(&room, &body) }
        room.removeAll(keepingCapacity: true)
        if case .version(let version) = found {
            Self.merge(version.body, change, into: &room)
        } else {
            let old = try view.layers.bytes(of: found)
            old.withUnsafeBytes { Self.merge(EntityBody($0.baseAddress!), change, into: &room) }
        }
        try Self.requireRoom(room.count)
        let record = try delta.record(for: id)
        let (delta, sequence) = (delta, nextSequence)
        try room.span.withUnsafeBytes { (bytes) throws(StrataError) in
            try delta.add(bytes, to: record, sequence: sequence)
        }
    }

    /// Writes the entity that an update makes of another one.
    private static func merge(_ old: EntityBody, _ change: EntityChangeBytes, into room: inout [UInt8]) {
        var writer = EntityBodyWriter(
            to: &room, type: change.type ?? old.type, name: old.name, embedding: change.embedding ?? old.embeddingBytes)
        var changes = change.properties[...]
        func write(_ property: EntityChangeBytes.Property) {
            for value in property.values { writer.add(property.key, value, to: &room) }
        }
        for property in old.properties {
            while let first = changes.first, first.key.precedes(property.key) {
                write(first)
                changes.removeFirst()
            }
            // The values of a key that changes go, one after the other; the new ones come in front of the next key.
            if let first = changes.first, !property.key.precedes(first.key) { continue }
            writer.add(property.key, property.value, to: &room)
        }
        for property in changes { write(property) }
        writer.finish(in: &room)
    }

    private mutating func delete(_ id: UInt32) throws(StrataError) {
        _ = try requireEntity(id)
        for direction in [Direction.outgoing, .incoming] {
            let other: Direction = direction == .outgoing ? .incoming : .outgoing
            var edges: [Edge] = []
            try view.layers.forEachEdge(of: id, direction, at: Self.latest) { edges.append($0) }
            for edge in edges where edge.other != id {
                try add(.remove, other, of: edge.other, type: edge.type, other: id)
            }
            guard !edges.isEmpty else { continue }
            try delta.add(
                .clear, direction, to: try delta.record(for: id), type: 0, other: id, degree: 0, sequence: nextSequence)
        }
        try delta.add(nil, to: try delta.record(for: id), sequence: nextSequence)
    }

    private mutating func relate(
        _ source: UInt32, _ type: UnsafeBufferPointer<UInt8>, _ target: UInt32
    ) throws(StrataError) {
        _ = try requireEntity(source)
        if source != target { _ = try requireEntity(target) }
        let types = types
        let number = try type.withSpan { (type) throws(StrataError) in try types.intern(utf8: type).id }
        try add(.add, .outgoing, of: source, type: number, other: target)
        try add(.add, .incoming, of: target, type: number, other: source)
    }

    private mutating func unrelate(
        _ source: UInt32, _ type: UnsafeBufferPointer<UInt8>, _ target: UInt32
    ) throws(StrataError) -> Bool {
        _ = try requireEntity(source)
        if source != target { _ = try requireEntity(target) }
        let types = types
        let known = try type.withSpan { (type) throws(StrataError) in try types.lookup(utf8: type) }
        guard let number = known?.id,
            try view.layers.count(of: number, from: source, to: target, at: Self.latest) > 0
        else { return false }
        try add(.remove, .outgoing, of: source, type: number, other: target)
        try add(.remove, .incoming, of: target, type: number, other: source)
        return true
    }

    /// Adds an operation to the history of one end.
    private func add(
        _ kind: EdgeOperation.Kind, _ direction: Direction, of id: UInt32, type: UInt32, other: UInt32
    ) throws(StrataError) {
        let degree = try view.layers.degree(of: id, direction, at: Self.latest)
        guard kind != .add || degree < Int(UInt32.max) else {
            throw StrataError(.limitExceeded, "entity \(id) cannot have more than \(degree) relationships")
        }
        try delta.add(
            kind, direction, to: try delta.record(for: id), type: type, other: other,
            degree: kind == .add ? degree + 1 : degree - 1, sequence: nextSequence)
    }

    // MARK: - Rules

    private static func requireRoom(_ count: Int) throws(StrataError) {
        guard count <= bodyByteCountMaximum else {
            throw StrataError(
                .limitExceeded, "an entity cannot have \(count) bytes: \(bodyByteCountMaximum) are possible",
                remedy: "split it into several entities")
        }
    }

    /// Refuses an embedding of another length, or with numbers that are none. The first one says how long all are.
    private mutating func requireEmbedding(_ bytes: UnsafeRawBufferPointer) throws(StrataError) {
        let count = bytes.count / MemoryLayout<Float>.stride
        guard count > 0 else { return }
        guard dimensions == 0 || count == dimensions, count <= 65_536 else {
            throw StrataError(
                .invalidArgument,
                dimensions == 0
                    ? "an embedding cannot have \(count) components"
                    : "an embedding has \(count) components, where the database's have \(dimensions)")
        }
        for index in 0..<count {
            let bits = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self))
            guard Float(bitPattern: bits).isFinite else {
                throw StrataError(.invalidArgument, "component \(index) of an embedding is not a finite number")
            }
        }
        dimensions = count
    }
}

extension GraphLayers {
    /// An entity's content as bytes of an ``EntityBody``. The entity is there.
    func bytes(of found: Found) throws(StrataError) -> [UInt8] {
        func copy(_ span: Span<UInt8>) -> [UInt8] { span.withUnsafeBufferPointer { Array($0) } }
        var bytes: [UInt8] = []
        let type = try withType(of: found) { copy($0) } ?? []
        let name = try withName(of: found) { copy($0) }
        let embedding = try withEmbedding(of: found) { $0.withUnsafeBytes { Array($0) } } ?? []
        var writer = type.withUnsafeBufferPointer { type in
            embedding.withUnsafeBytes { embedding in
                guard let name else { return EntityBodyWriter(to: &bytes, type: type, name: nil, embedding: embedding) }
                return name.withUnsafeBufferPointer {
                    EntityBodyWriter(to: &bytes, type: type, name: $0, embedding: embedding)
                }
            }
        }
        try forEachProperty(of: found) { key, value in
            key.withUnsafeBufferPointer { key in
                value.withUnsafeBufferPointer { value in writer.add(key, value, to: &bytes) }
            }
        }
        writer.finish(in: &bytes)
        return bytes
    }
}
