/// What a snapshot says about an entity.
public struct ZeroCopyEntityInfo: Sendable, Equatable {
    /// A property; several values where the entity has several of one key, in their order.
    public struct Property: Sendable, Equatable {
        public var key: String
        public var values: [String]
    }

    public var id: UInt32
    /// The external name, where it has one.
    public var name: String?
    public var type: String
    /// Number of outgoing relationships.
    public var degree: Int
    /// By rising key, compared byte by byte.
    public var properties: [Property]
}

/// An entity by its number and its external name.
public struct ZeroCopyEntityName: Sendable, Equatable {
    public var id: UInt32
    public var name: String?
}

/// The entity at the other end of a relationship, and the relationship's type.
public struct ZeroCopyNeighbor: Sendable, Equatable {
    public var id: UInt32
    public var name: String?
    public var type: String
}

/// An entity and its number of relationships.
public struct ZeroCopyDegree: Sendable, Equatable {
    public var id: UInt32
    public var name: String?
    public var degree: Int
}

/// An entity and how similar it is to what was asked.
public struct ZeroCopySearchResult: Sendable, Equatable {
    public var id: UInt32
    public var name: String?
    /// The inner product in double precision; for unit vectors the cosine of the angle.
    public var score: Double
}

/// What a ``ZeroCopyKnowledgeEngine`` holds and did; counted, not estimated.
public struct ZeroCopyMetrics: Sendable, Equatable {
    public var entityCount: Int
    public var relationshipCount: Int
    public var stringCount: Int
    /// The mapped file's length in bytes. The kernel keeps of it in memory what is in use.
    public var mappedBytes: Int
    /// Questions asked since the engine was opened.
    public var queries: Int
    /// What the cache of similarity answers did.
    public var cache: CacheMetrics
    /// Bytes that the cache holds.
    public var cacheBytes: Int
}
