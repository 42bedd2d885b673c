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
/// Identifiers are any 32-bit numbers but 4,294,967,295. Calls that change nothing may run on several threads at once;
/// a call that changes the graph needs the engine for itself, which the compiler enforces by not letting the engine
/// leave its isolation.
public final class KnowledgeEngine {
    /// All that an engine holds. Outside the class's own storage, so that reaching it costs no exclusivity check.
    struct Core: ~Copyable {
        var arena: GraphArena
        var index: EntityIndex
        var interner: StringInterner
        var embeddings: EmbeddingColumn
        /// Records of entities that a relationship names and that were not inserted yet.
        var pendingCount = 0
        var relationshipCount = 0
    }

    let box: OwnedBox<Core>
    let epochs = EpochManager()
    let similarityCache: SimilarityCache
    /// What the engine was made with.
    public let configuration: MemoryConfiguration

    /// An empty graph.
    ///
    /// - Parameters:
    ///   - configuration: sizes, limits and the allocation strategy.
    ///   - embeddingDimensions: components of each embedding, 0 to 65,536; 0 for a graph without embeddings.
    /// - Throws: `invalidArgument` when a value is out of bounds, `limitExceeded` when there is no memory.
    public init(
        configuration: MemoryConfiguration = MemoryConfiguration(), embeddingDimensions: Int = 0
    ) throws(StrataError) {
        try configuration.validate()
        guard (0...65_536).contains(embeddingDimensions) else {
            throw StrataError(.invalidArgument, "an embedding cannot have \(embeddingDimensions) components")
        }
        self.configuration = configuration
        similarityCache = SimilarityCache(byteLimit: configuration.cacheSize)
        box = OwnedBox(
            Core(
                arena: GraphArena(
                    strategy: configuration.allocationStrategy,
                    byteLimit: configuration.arenaSize == 0 ? nil : configuration.arenaSize,
                    gcThreshold: configuration.gcThreshold, epochs: epochs),
                index: try EntityIndex(),
                interner: try StringInterner(capacity: configuration.stringInternerCapacity),
                embeddings: EmbeddingColumn(dimensions: embeddingDimensions)))
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
    public func intern(_ text: String) throws(StrataError) -> InternedString { try box.value.interner.intern(text) }

    /// The id of a string given as UTF-8; a new one is copied in.
    ///
    /// - Throws: as ``StringInterner/intern(utf8:)``.
    public func intern(utf8: Span<UInt8>) throws(StrataError) -> InternedString {
        try box.value.interner.intern(utf8: utf8)
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

    // MARK: Metrics

    /// What records and payloads did, in bytes and calls.
    public var memoryMetrics: MemoryMetrics { box.value.arena.metrics }
    /// What the interner holds.
    public var internerStats: InternerStats { box.value.interner.stats }
    /// What the cache of similarity answers did.
    public var cacheMetrics: CacheMetrics { similarityCache.metrics }

    /// Bytes that the engine holds from the process's allocator: records, payloads, index, strings, embeddings, cache
    /// and garbage that waits for readers.
    public var memoryUsage: Int {
        box.value.arena.metrics.reservedBytes + box.value.index.reservedBytes + box.value.interner.stats.totalBytes
            + box.value.embeddings.reservedBytes + similarityCache.byteCount + epochs.retiredBytes
    }

    // MARK: Garbage

    /// Gives back what no reader can see any more, and compacts the payload arena when its share of dead bytes has
    /// reached `gc_threshold`. Writes call it from time to time.
    ///
    /// - Throws: `limitExceeded` when there is no memory to compact into; the graph is as before.
    public func collectGarbage() throws(StrataError) {
        try box.value.arena.compactIfNeeded()
        epochs.collect()
    }
}
