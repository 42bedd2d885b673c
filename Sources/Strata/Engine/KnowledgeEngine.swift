/// A knowledge graph in memory: entities with a type, properties and an embedding, and typed relationships between them.
///
/// ```swift
/// let engine = try KnowledgeEngine(embeddingDimensions: 3)
/// try engine.insert(id: 1, type: "person", properties: ["name": "Ada"], embedding: [1, 0, 0])
/// try engine.insert(id: 2, type: "machine", properties: ["name": "Analytical Engine"], embedding: [0.8, 0.6, 0])
/// try engine.relate(1, "described", 2)
/// try engine.writeSnapshot(to: "graph.strata")
/// ```
///
/// Identifiers are any 32-bit numbers but 4,294,967,295. The engine belongs to one isolation, which the compiler does not
/// let it leave: its calls are made there, one after another, but for those that change nothing and are made while
/// nothing is changed. Other threads read beside a writer through an ``EngineReader`` each, from ``reader()``.
public final class KnowledgeEngine {
    /// All that an engine holds. Outside the class's own storage, so that reaching it costs no exclusivity check.
    struct Core: ~Copyable {
        var arena: GraphArena
        var index: EntityIndex
        var interner: StringInterner
        var embeddings: EmbeddingColumn
        /// What the epochs hold for themselves.
        var footprint: MemoryCharge
        /// Records of entities that a relationship names and that were not inserted yet.
        var pendingCount = 0
        var relationshipCount = 0
        /// Retired bytes at which a write collects.
        var garbageStep: Int
        /// Retired bytes that the last collection had to leave to their readers.
        var heldUpBytes = 0
        /// Payloads that were retired up to the last collection.
        var collectedAt = 0
        /// Whether embeddings are being moved together, a few with each write.
        var isMovingEmbeddings = false
        /// How often embeddings were moved together.
        var embeddingCompactions = 0
        /// Compactions up to the last time that the allocator was asked to give back what it keeps.
        var trimmedAt = 0
    }

    let box: OwnedBox<Core>
    /// The way in for look-ups, the readers' and its own.
    @usableFromInline let view: GraphView
    let epochs = EpochManager()
    let similarityCache: SimilarityCache
    /// What all parts take their memory from.
    let budget: MemoryBudget
    /// What the engine was made with.
    public let configuration: MemoryConfiguration

    /// An empty graph.
    ///
    /// - Parameters:
    ///   - configuration: sizes, limits and the allocation strategy.
    ///   - embeddingDimensions: components of each embedding, 0 to 65,536; 0 for a graph without embeddings.
    /// - Throws: `invalidArgument` when a value is out of bounds, `limitExceeded` when there is no memory.
    public convenience init(
        configuration: MemoryConfiguration = MemoryConfiguration(), embeddingDimensions: Int = 0
    ) throws(StrataError) {
        try self.init(
            configuration: configuration, embeddingDimensions: embeddingDimensions,
            controlGroupLimit: ControlGroup.memoryLimitOfProcess)
    }

    /// An empty graph in a process over which the control group's limit is as given.
    init(
        configuration: MemoryConfiguration, embeddingDimensions: Int, controlGroupLimit: Int?
    ) throws(StrataError) {
        try configuration.validate()
        guard (0...65_536).contains(embeddingDimensions) else {
            throw StrataError(.invalidArgument, "an embedding cannot have \(embeddingDimensions) components")
        }
        self.configuration = configuration
        // Compaction copies what lives before it gives back what does not: it needs room that writes cannot use up.
        budget = MemoryBudget(
            limits: configuration.memoryLimits(controlGroupLimit: controlGroupLimit),
            keepsReserve: configuration.allocationStrategy == .bump)
        similarityCache = SimilarityCache(
            byteLimit: configuration.cacheSize, budget: budget,
            quantizer: try configuration.quantizationLevels.map { levels throws(StrataError) in
                try QueryQuantizer(levels: levels)
            })
        var footprint = MemoryCharge(budget)
        try footprint.grow(by: epochs.footprintBytes)
        box = OwnedBox(
            Core(
                arena: try GraphArena(
                    strategy: configuration.allocationStrategy,
                    byteLimit: configuration.arenaSize == 0 ? nil : configuration.arenaSize,
                    gcThreshold: configuration.gcThreshold, epochs: epochs, budget: budget),
                index: try EntityIndex(budget: budget),
                interner: try StringInterner(capacity: configuration.stringInternerCapacity, budget: budget),
                embeddings: EmbeddingColumn(dimensions: embeddingDimensions, budget: budget),
                footprint: footprint,
                garbageStep: Self.garbageStep(configuration, budget.limits)))
        view = GraphView(index: box.value.index.view, records: box.value.arena.records)
    }

    /// Number of entities.
    public var entityCount: Int { box.value.arena.count - box.value.pendingCount }
    /// Number of relationships, each counted once.
    public var relationshipCount: Int { box.value.relationshipCount }
    /// Number of entities that a relationship names and that are still to be inserted.
    public var pendingCount: Int { box.value.pendingCount }
    /// Components of each embedding; 0 when the graph has none.
    public var embeddingDimensions: Int { box.value.embeddings.dimensions }

    // MARK: Strings

    /// The id of a string; a new one is copied in.
    ///
    /// - Throws: as ``StringInterner/intern(utf8:)``.
    public func intern(_ text: String) throws(StrataError) -> InternedString {
        try claimingMemory { () throws(StrataError) in try box.value.interner.intern(text) }
    }

    /// The id of a string given as UTF-8; a new one is copied in.
    ///
    /// - Throws: as ``StringInterner/intern(utf8:)``.
    public func intern(utf8: Span<UInt8>) throws(StrataError) -> InternedString {
        try claimingMemory { () throws(StrataError) in try box.value.interner.intern(utf8: utf8) }
    }

    /// The id of a string that is there already, or nil.
    public func lookup(_ text: String) -> InternedString? { box.value.interner.lookup(text) }

    /// A copy of a string of this engine.
    public func text(of string: InternedString) -> String { box.value.interner.text(of: string) }

    /// The bytes of a string of this engine, valid as long as the engine.
    @_lifetime(borrow self)
    public func utf8(of string: InternedString) -> Span<UInt8> {
        // The interner keeps the bytes in place, and lives as long as the engine.
        _overrideLifetime(Span(_unsafeElements: box.value.interner.buffer(of: string)), borrowing: self)
    }
}
