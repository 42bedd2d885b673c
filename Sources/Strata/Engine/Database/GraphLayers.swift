/// A database's graph, newest layer first: the delta that is written to, the one that a checkpoint is merging, the base.
///
/// A question names a *sequence*: the number of the last transaction that it sees. What a newer layer has to say about an
/// entity stands before what an older one says.
///
/// Invariant: the layers are those of a ``DatabaseView`` that lives longer, or is pinned.
struct GraphLayers: BitwiseCopyable {
    let active: DeltaView
    let frozen: DeltaView?
    let base: UnsafePointer<DatabaseBase.Content>?

    /// Where an entity was found.
    enum Found {
        case absent
        case version(UnsafePointer<EntityVersion>)
        /// At a position of the base.
        case base(Int)

        var isAbsent: Bool {
            if case .absent = self { return true }
            return false
        }
    }

    /// The entity with an identifier.
    ///
    /// - Complexity: O(transactions newer than `sequence` that changed it) after a look-up in each delta, and the base's.
    @inline(__always)
    func entity(_ id: UInt32, at sequence: UInt64) throws(StrataError) -> Found {
        if let version = active.version(of: id, at: sequence) { return Self.found(version) }
        if let frozen, let version = frozen.version(of: id, at: sequence) { return Self.found(version) }
        guard let base, let position = try base.pointee.snapshot.position(ofID: id) else { return .absent }
        return .base(position)
    }

    @inline(__always)
    private static func found(_ version: UnsafePointer<EntityVersion>) -> Found {
        version.pointee.isDeleted ? .absent : .version(version)
    }

    /// Whether some delta has something to say about an entity.
    @inline(__always)
    func isTouched(_ id: UInt32) -> Bool {
        active.record(id) != nil || frozen?.record(id) != nil
    }

    // MARK: - Parts of an entity

    /// Calls `body` with the bytes of an entity's type.
    @inline(__always)
    func withType<Result>(
        of found: Found, _ body: (Span<UInt8>) throws(StrataError) -> Result
    ) throws(StrataError) -> Result? {
        switch found {
        case .absent: return nil
        case .version(let version): return try version.body.type.withSpan(body)
        case .base(let position):
            let base = base.unsafelyUnwrapped
            return try base.pointee.snapshot.withUTF8(of: try base.pointee.snapshot.type(at: position), body)
        }
    }

    /// Calls `body` with the bytes of an entity's name; nil when it has none.
    @inline(__always)
    func withName<Result>(
        of found: Found, _ body: (Span<UInt8>) throws(StrataError) -> Result
    ) throws(StrataError) -> Result? {
        switch found {
        case .absent: return nil
        case .version(let version): return try version.body.name?.withSpan(body)
        case .base(let position):
            let base = base.unsafelyUnwrapped
            guard let name = try base.pointee.snapshot.nameID(at: position) else { return nil }
            return try base.pointee.snapshot.withUTF8(of: name, body)
        }
    }

    /// Calls `body` with each property of an entity, by rising key; values of one key in their order.
    @inline(__always)
    func forEachProperty(
        of found: Found, _ body: (_ key: Span<UInt8>, _ value: Span<UInt8>) throws(StrataError) -> Void
    ) throws(StrataError) {
        switch found {
        case .absent: return
        case .version(let version):
            for property in version.body.properties {
                try body(Span(_unsafeElements: property.key), Span(_unsafeElements: property.value))
            }
        case .base(let position): try Self.forEachProperty(base.unsafelyUnwrapped.pointee.snapshot, position, body)
        }
    }

    private static func forEachProperty(
        _ snapshot: borrowing Snapshot, _ position: Int,
        _ body: (_ key: Span<UInt8>, _ value: Span<UInt8>) throws(StrataError) -> Void
    ) throws(StrataError) {
        let row = try snapshot.properties(at: position)
        for index in row.indices {
            let property = row[index]
            try snapshot.withUTF8(of: property.key.id) { (key) throws(StrataError) in
                try snapshot.withUTF8(of: property.value.id) { (value) throws(StrataError) in try body(key, value) }
            }
        }
    }

    /// Calls `body` with the numbers of an entity's embedding; nil when it has none.
    func withEmbedding<Result>(
        of found: Found, _ body: (Span<Float>) throws(StrataError) -> Result
    ) throws(StrataError) -> Result? {
        switch found {
        case .absent: return nil
        case .version(let version):
            let bytes = version.body.embeddingBytes
            // A version's body begins at a multiple of 8, and its embedding 16 bytes behind it.
            guard let start = bytes.baseAddress, !bytes.isEmpty else { return nil }
            let numbers = UnsafeBufferPointer(
                start: start.assumingMemoryBound(to: Float.self), count: bytes.count / MemoryLayout<Float>.stride)
            return try body(Span(_unsafeElements: numbers))
        case .base(let position):
            return try Self.withEmbedding(base.unsafelyUnwrapped.pointee.snapshot, position, body)
        }
    }

    private static func withEmbedding<Result>(
        _ snapshot: borrowing Snapshot, _ position: Int, _ body: (Span<Float>) throws(StrataError) -> Result
    ) throws(StrataError) -> Result? {
        guard let numbers = try snapshot.embedding(at: position) else { return nil }
        return try body(numbers)
    }

    // MARK: - Names

    /// The entity with an external name.
    ///
    /// - Complexity: O(entities that ever had a name of the same hash) in the deltas, O(log entities) in the base.
    func id(named name: Span<UInt8>, at sequence: UInt64) throws(StrataError) -> UInt32? {
        let hash = DeltaView.hash(name)
        if let id = try id(named: name, hash, in: active, at: sequence) { return id }
        if let frozen, let id = try id(named: name, hash, in: frozen, at: sequence) { return id }
        guard let base, let position = try base.pointee.snapshot.position(ofName: name) else { return nil }
        let id = try base.pointee.snapshot.id(at: position)
        // It may be gone by now, or another entity have its number.
        return try isNamed(id, name, at: sequence) ? id : nil
    }

    private func id(
        named name: Span<UInt8>, _ hash: UInt32, in delta: DeltaView, at sequence: UInt64
    ) throws(StrataError) -> UInt32? {
        var result: UInt32?
        try delta.forEachNamed(hash) { (id) throws(StrataError) in
            guard try isNamed(id, name, at: sequence) else { return false }
            result = id
            return true
        }
        return result
    }

    private func isNamed(_ id: UInt32, _ name: Span<UInt8>, at sequence: UInt64) throws(StrataError) -> Bool {
        try withName(of: try entity(id, at: sequence)) { (found) in
            found.withUnsafeBufferPointer { $0.isEqual(to: name) }
        } ?? false
    }
}
