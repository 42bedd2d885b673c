/// A graph as it was told, one step behind the other, with strings by their epochs' local ids.
///
/// It is written once and read once, in order: what the second look needs to know (how many entities there are, whether
/// their ids are dense) is known by then.
struct GraphLog: ~Copyable {
    /// The steps: a byte each, and then what goes with it, as 4 bytes each.
    enum Step: UInt8 {
        /// The id, the type, and the name or ``SnapshotFormat/absent``.
        case entity = 0
        /// The key and the value.
        case property = 1
        /// The type and the target's id.
        case relationship = 2
        /// The next row of the embeddings is the entity's.
        case embedding = 3
        /// The local ids from here on are those of the next epoch.
        case epoch = 4
    }

    let path: String
    let dimensions: Int
    private(set) var strings: StringEpochs
    private var steps: ScratchWriter
    private var ids: ScratchWriter
    private var embeddings: ScratchWriter

    private(set) var counts = Counts()
    private var lastID: UInt32 = 0
    private var entityHasEmbedding = false

    /// What is in the log.
    struct Counts {
        var entities = 0
        var relationships = 0
        var properties = 0
        var embeddings = 0
        var names = 0
        /// Whether every id is the entity's position.
        var isDense = true
    }

    init(dimensions: Int, _ memory: StreamMemory, _ space: ScratchSpace) throws(StrataError) {
        let strings = try StringEpochs(memory, space)
        let steps = try ScratchWriter(space, bufferByteCount: memory.bufferByteCount)
        let ids = try ScratchWriter(space, bufferByteCount: memory.bufferByteCount)
        let embeddings = try ScratchWriter(space, bufferByteCount: memory.bufferByteCount)
        path = space.path
        self.dimensions = dimensions
        self.strings = strings
        self.steps = steps
        self.ids = ids
        self.embeddings = embeddings
    }

    /// Begins an entity. Its id is larger than that of the one before it.
    mutating func entity(_ id: UInt32, type: Span<UInt8>, name: Span<UInt8>?) throws(StrataError) {
        guard counts.entities == 0 || lastID < id else {
            throw wrong("entity \(id) comes behind entity \(lastID)")
        }
        guard counts.entities < SnapshotFormat.countMaximum - 1 else {
            throw StrataError(
                .limitExceeded, "a snapshot cannot hold \(SnapshotFormat.countMaximum) entities", path: path,
                remedy: "write the graph in several snapshots")
        }
        try makeRoom()
        let type = try strings.intern(type, [.any, .entityType])
        var nameID = SnapshotFormat.absent
        if let name {
            nameID = try strings.intern(name, .any)
            counts.names += 1
        }
        try steps.append(Step.entity.rawValue)
        try steps.append(id)
        try steps.append(type)
        try steps.append(nameID)
        try ids.append(id)
        counts.isDense = counts.isDense && Int(id) == counts.entities
        counts.entities += 1
        lastID = id
        entityHasEmbedding = false
    }

    mutating func property(_ key: Span<UInt8>, _ value: Span<UInt8>) throws(StrataError) {
        try requireEntity("a property")
        try makeRoom()
        let key = try strings.intern(key, [.any, .propertyKey])
        let value = try strings.intern(value, .any)
        try steps.append(Step.property.rawValue)
        try steps.append(key)
        try steps.append(value)
        counts.properties += 1
    }

    mutating func relationship(_ type: Span<UInt8>, to target: UInt32) throws(StrataError) {
        try requireEntity("a relationship")
        try makeRoom()
        let type = try strings.intern(type, [.any, .relationshipType])
        try steps.append(Step.relationship.rawValue)
        try steps.append(type)
        try steps.append(target)
        counts.relationships += 1
    }

    mutating func embedding(_ numbers: UnsafeBufferPointer<Float>) throws(StrataError) {
        try requireEntity("an embedding")
        guard numbers.count == dimensions, dimensions > 0 else {
            throw wrong(
                "entity \(lastID) has an embedding of \(numbers.count) numbers, where \(dimensions) were announced")
        }
        guard !entityHasEmbedding else { throw wrong("entity \(lastID) has two embeddings") }
        try steps.append(Step.embedding.rawValue)
        try embeddings.append(UnsafeRawBufferPointer(numbers))
        counts.embeddings += 1
        entityHasEmbedding = true
    }

    private func requireEntity(_ what: String) throws(StrataError) {
        guard counts.entities > 0 else { throw wrong("\(what) comes before the first entity") }
    }

    func wrong(_ what: String) -> StrataError { CollectedGraph.contradiction(what, path) }

    /// Ends the epoch when it is full, so that all strings of a step are in the same one.
    private mutating func makeRoom() throws(StrataError) {
        guard strings.isFull else { return }
        try strings.endEpoch()
        try steps.append(Step.epoch.rawValue)
    }

    /// The log's parts, when nothing is to come any more.
    struct Parts: ~Copyable {
        var strings: StringEpochs
        let steps: ScratchExtent
        /// 4 bytes each, ascending.
        let ids: ScratchExtent
        let embeddings: ScratchExtent
        let counts: Counts
    }

    consuming func finish() throws(StrataError) -> Parts {
        let counts = counts
        return Parts(
            strings: strings, steps: try steps.finish(), ids: try ids.finish(), embeddings: try embeddings.finish(),
            counts: counts)
    }
}
