/// What the memory store keeps at hand for an entity: 20 bytes, read by every get, scan and search.
///
/// What is asked for less often (name, properties, relationships) stands apart, so that a scan or a random get touches
/// little memory; the store is asked for it by the entity's identifier.
@frozen
public struct EntityData: BitwiseCopyable, Sendable {
    /// Facts about an entity, as bits.
    @frozen
    public struct Flags: OptionSet, Sendable, BitwiseCopyable {
        public let rawValue: UInt32
        @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// The entity was inserted. A record without it stands for an entity that a relationship names and that is
        /// still to come, or for one that is being deleted.
        @inlinable public static var present: Flags { Flags(rawValue: 1) }
    }

    /// The mark for "no name" and "no embedding".
    @inlinable public static var none: UInt32 { .max }
    /// The most properties of an entity: their number shares a word with the flags.
    @inlinable public static var maximumPropertyCount: Int { 1 << 24 - 1 }

    /// The identifier that the user gave.
    public var id: UInt32
    /// The id of the interned type.
    public var type: InternedString
    /// The row in the embedding column, or ``none``.
    public var embeddingRow: UInt32
    @usableFromInline var outgoingCount: UInt32
    /// The flags in the low 8 bits, the number of properties above.
    @usableFromInline var attributes: UInt32

    /// A record of an entity without properties, relationships and embedding.
    @inlinable
    public init(id: UInt32, type: InternedString, flags: Flags = []) {
        self.id = id
        self.type = type
        embeddingRow = Self.none
        outgoingCount = 0
        attributes = flags.rawValue & 0xFF
    }

    /// Facts about the entity.
    @inlinable
    public var flags: Flags {
        get { Flags(rawValue: attributes & 0xFF) }
        set { attributes = attributes & ~0xFF | newValue.rawValue & 0xFF }
    }

    /// Number of properties, at most ``maximumPropertyCount``.
    @inlinable
    public var propertyCount: UInt32 {
        get { attributes >> 8 }
        set { attributes = attributes & 0xFF | newValue << 8 }
    }

    /// Number of outgoing relationships.
    @inlinable public var degree: Int { Int(outgoingCount) }
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
