/// What the memory store holds for an entity: 64 bytes, one cache line.
///
/// Pointers are to payloads of the arena that holds the record; they are reached through ``GraphArena`` only.
@frozen
public struct EntityData: BitwiseCopyable, Sendable {
    /// Facts about an entity, as bits.
    @frozen
    public struct Flags: OptionSet, Sendable, BitwiseCopyable {
        public let rawValue: UInt32
        @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// The entity was inserted. A record without it stands for an entity that a relationship names and that is
        /// still to come.
        @inlinable public static var present: Flags { Flags(rawValue: 1) }
    }

    /// The mark for "no name" and "no embedding".
    @inlinable public static var none: UInt32 { .max }

    /// The identifier that the user gave.
    public var id: UInt32
    /// The id of the interned type.
    public var type: InternedString
    /// The id of the interned external name, or ``none``.
    public var name: UInt32
    /// The row in the embedding column, or ``none``.
    public var embeddingRow: UInt32
    public var flags: Flags
    /// Number of properties.
    public var propertyCount: UInt32
    /// The address of the property row; 0 for an empty one.
    @usableFromInline var properties: UInt
    @usableFromInline var outgoing: RelationshipList
    @usableFromInline var incoming: RelationshipList

    /// A record without payloads.
    @inlinable
    public init(id: UInt32, type: InternedString, flags: Flags = []) {
        self.id = id
        self.type = type
        name = Self.none
        embeddingRow = Self.none
        self.flags = flags
        propertyCount = 0
        properties = 0
        outgoing = RelationshipList()
        incoming = RelationshipList()
    }

    /// Number of outgoing relationships.
    @inlinable public var degree: Int { Int(outgoing.count) }
    /// Number of incoming relationships.
    @inlinable public var incomingDegree: Int { Int(incoming.count) }
}

/// One relationship as its source or its target sees it: the type, and the entity at the other end.
@frozen
public struct Relationship: Hashable, Sendable, BitwiseCopyable {
    public var type: InternedString
    /// The identifier of the entity at the other end.
    public var other: UInt32

    @inlinable
    public init(type: InternedString, other: UInt32) {
        self.type = type
        self.other = other
    }
}

/// A growing list of relationships in a payload arena: address, length, room.
@frozen @usableFromInline
struct RelationshipList: BitwiseCopyable, Sendable {
    @usableFromInline var address: UInt = 0
    @usableFromInline var count: UInt32 = 0
    @usableFromInline var capacity: UInt32 = 0

    @inlinable init() {}
}
