extension KnowledgeEngine {
    /// Writes the graph as a snapshot, complete under its name or not there at all.
    ///
    /// - Throws: `invalidArgument` when an entity that a relationship names was never inserted, `ioFailure`,
    ///   `limitExceeded`; a file that was at `path` is what it was before then.
    /// - Complexity: O(entities + relationships + components), and the sorting of the distinct strings.
    @discardableResult
    public func writeSnapshot(
        to path: String, fileSystem: some FileSystem = RealFileSystem()
    ) throws(StrataError) -> SnapshotSummary {
        try epochs.withPin { () throws(StrataError) -> SnapshotSummary in
            try SnapshotWriter.write(
                EngineSnapshotSource(self), to: path, fileSystem: fileSystem,
                bufferByteCount: configuration.zeroCopyBufferSize)
        }
    }

    /// Writes the graph as a snapshot in bounded memory, beside the graph's own: the same bytes, in more time.
    ///
    /// - Parameter memoryLimit: bytes, 8 MiB or more; see ``SnapshotStream``.
    /// - Throws: as ``writeSnapshot(to:fileSystem:)``.
    @discardableResult
    public func writeSnapshot(
        to path: String, memoryLimit: Int, fileSystem: some FileSystem = RealFileSystem()
    ) throws(StrataError) -> SnapshotSummary {
        try epochs.withPin { () throws(StrataError) -> SnapshotSummary in
            try SnapshotWriter.write(
                EngineSnapshotSource(self), to: path, memoryLimit: memoryLimit, fileSystem: fileSystem)
        }
    }

    /// Writes what changed since the last state of the chain at `path` as a delta.
    ///
    /// - Parameter chainLimit: the most deltas that stay: see ``SnapshotChain/append(_:to:limit:fileSystem:)``.
    /// - Throws: as ``writeSnapshot(to:fileSystem:)`` and ``SnapshotChain/init(path:fileSystem:)``.
    @discardableResult
    public func appendSnapshot(
        to path: String, chainLimit: Int = SnapshotChain.standardLimit, fileSystem: some FileSystem = RealFileSystem()
    ) throws(StrataError) -> DeltaSummary {
        try epochs.withPin { () throws(StrataError) -> DeltaSummary in
            try SnapshotChain.append(EngineSnapshotSource(self), to: path, limit: chainLimit, fileSystem: fileSystem)
        }
    }
}

/// The engine's entities in order of their identifiers.
private struct EngineSnapshotSource: SnapshotSource {
    private let engine: KnowledgeEngine
    /// Position to slot, and slot to position.
    private var slots: [UInt32] = []
    private var positions: [UInt32]

    init(_ engine: KnowledgeEngine) throws(StrataError) {
        self.engine = engine
        var missing: UInt32?
        var ids: [(id: UInt32, slot: UInt32)] = []
        ids.reserveCapacity(engine.entityCount)
        engine.box.value.arena.forEach { record in
            if record.isPresent {
                ids.append((record.id, record.slot))
            } else {
                missing = record.id
            }
        }
        if let missing {
            throw StrataError(
                .invalidArgument, "a relationship names entity \(missing), which was never inserted",
                remedy: "insert it, or take the relationship away")
        }
        if !zip(ids, ids.dropFirst()).allSatisfy({ $0.id < $1.id }) { ids.sort { $0.id < $1.id } }
        slots = ids.map(\.slot)
        positions = [UInt32](repeating: 0, count: Int(engine.box.value.arena.slotBound))
        for (position, slot) in slots.enumerated() { positions[Int(slot)] = UInt32(position) }
    }

    var entityCount: Int { slots.count }
    var embeddingDimensions: Int { engine.embeddingDimensions }
    var stringCount: Int { engine.box.value.interner.count }

    func utf8(of string: UInt32) -> UnsafeBufferPointer<UInt8> {
        engine.box.value.interner.buffer(of: InternedString(id: string))
    }

    func id(at position: Int) -> UInt32 { record(position).id }

    func type(at position: Int) -> InternedString { record(position).type }

    func name(at position: Int) -> InternedString? {
        let name = record(position).name
        return name == EntityData.none ? nil : InternedString(id: name)
    }

    func properties(at position: Int) -> UnsafeBufferPointer<InternedProperty> { record(position).propertyBuffer }

    func embedding(at position: Int) -> UnsafePointer<Float>? {
        let row = record(position).embeddingRow
        return row == EntityData.none ? nil : engine.box.value.embeddings.vector(row).baseAddress
    }

    func relationshipCount(at position: Int) -> Int { record(position).degree }

    func forEachRelationship(at position: Int, _ body: (_ type: InternedString, _ target: Int) -> Void) {
        record(position).forEachRelationship(.outgoing) { relationship in
            let slot = engine.box.value.index.slot(of: relationship.other)!
            body(relationship.type, Int(positions[Int(slot)]))
        }
    }

    private func record(_ position: Int) -> EntityReference {
        engine.box.value.arena.record(at: slots[position])
    }
}
