/// One property of an entity: a key and a value, both string ids of the sink that interned them.
///
/// A key may stand in several pairs of one entity; it then has several values, in the order of the pairs.
@frozen
public struct PropertyPair: Hashable, Sendable, BitwiseCopyable {
    /// The string id of the key.
    public var key: UInt32
    /// The string id of the value.
    public var value: UInt32

    /// Pairs a key with a value.
    @inlinable
    public init(key: UInt32, value: UInt32) {
        self.key = key
        self.value = value
    }
}

/// One outgoing relationship of an entity.
@frozen
public struct RelationshipPair: Hashable, Sendable, BitwiseCopyable {
    /// The string id of the relationship's type.
    public var type: UInt32
    /// The row of the entity that it leads to. It may lie ahead in the stream.
    public var target: UInt32

    /// Pairs a type with a target.
    @inlinable
    public init(type: UInt32, target: UInt32) {
        self.type = type
        self.target = target
    }
}

/// One entity as it travels from a source to a sink.
///
/// A source keeps one record and refills it for each entity, so that its arrays are allocated once; a sink therefore
/// copies what it wants to keep.
public struct GraphRecord: Sendable, Equatable {
    /// The string id of the external name, or `nil` where the entity has only its row.
    public var name: UInt32?
    /// The string id of the entity's type.
    public var type: UInt32
    /// The properties, in the order of the source.
    public var properties: [PropertyPair]
    /// The outgoing relationships, in the order of the source; duplicates are kept.
    public var relationships: [RelationshipPair]
    /// The embedding: empty, or as many components as the source's `embeddingDimensions`.
    public var embedding: [Float]

    /// Makes a record; without arguments an empty one of type 0.
    public init(
        name: UInt32? = nil, type: UInt32 = 0, properties: [PropertyPair] = [],
        relationships: [RelationshipPair] = [], embedding: [Float] = []
    ) {
        self.name = name
        self.type = type
        self.properties = properties
        self.relationships = relationships
        self.embedding = embedding
    }

    /// Empties the properties and relationships for the next entity and keeps their storage.
    ///
    /// The embedding is left as it is: a source overwrites its components in place.
    public mutating func beginEntity(type: UInt32, name: UInt32? = nil) {
        self.type = type
        self.name = name
        properties.removeAll(keepingCapacity: true)
        relationships.removeAll(keepingCapacity: true)
    }
}
