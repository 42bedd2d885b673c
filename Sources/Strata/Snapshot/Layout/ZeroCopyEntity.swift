/// One entity in a snapshot: 20 bytes, used where they lie in the mapped file.
///
/// A field that a flag calls wide holds its largest number, and the value stands in the wide table: ask the
/// ``Snapshot``, which knows both places.
@frozen
public struct ZeroCopyEntity: Hashable, Sendable, BitwiseCopyable {
    /// What the entity is known by. Entities are sorted by it.
    public var id: UInt32
    /// The entity's type: an index into the section `entity_types`.
    public var typeID: UInt16
    /// The count of outgoing relationships.
    public var degree: UInt16
    /// The entity's row in the section `embeddings`, or 0xFFFFFFFF for none.
    public var embeddingOffset: UInt32
    /// The index of the entity's first pair in the section `properties`.
    public var propertyOffset: UInt32
    /// The count of the entity's pairs in the section `properties`.
    public var propertySize: UInt16
    /// What else is to know about it.
    public var flags: Flags

    /// The bits of ``ZeroCopyEntity/flags``.
    @frozen
    public struct Flags: OptionSet, Hashable, Sendable, BitwiseCopyable {
        public var rawValue: UInt16

        @inlinable
        public init(rawValue: UInt16) { self.rawValue = rawValue }

        /// The entity has a row in `embeddings`.
        @inlinable
        public static var hasEmbedding: Flags { Flags(rawValue: 1 << 0) }
        /// The entity has a name in `names`.
        @inlinable
        public static var hasName: Flags { Flags(rawValue: 1 << 1) }
        /// `degree` is 0xFFFF and its value is in the wide table.
        @inlinable
        public static var wideDegree: Flags { Flags(rawValue: 1 << 2) }
        /// `typeID` is 0xFFFF and its value is in the wide table.
        @inlinable
        public static var wideTypeID: Flags { Flags(rawValue: 1 << 3) }
        /// `propertySize` is 0xFFFF and its value is in the wide table.
        @inlinable
        public static var widePropertySize: Flags { Flags(rawValue: 1 << 4) }
        /// `propertyOffset` is 0xFFFFFFFF and its value is in the wide table.
        @inlinable
        public static var widePropertyOffset: Flags { Flags(rawValue: 1 << 5) }

        /// All bits that have a meaning; the others are zero.
        static let known: Flags = [
            .hasEmbedding, .hasName, .wideDegree, .wideTypeID, .widePropertySize, .widePropertyOffset,
        ]
    }
}

/// One relationship as seen from one of its two ends. The file has it packed: see ``ZeroCopyRelationships``.
@frozen
public struct ZeroCopyRelationship: Hashable, Sendable, BitwiseCopyable {
    /// The position of the entity at the other end: the target's among outgoing relationships, the source's among
    /// incoming ones.
    public var target: UInt32
    /// The relationship's type: an index into the section `relationship_types`.
    public var type: UInt32

    @inlinable
    public init(target: UInt32, type: UInt32) {
        self.target = target
        self.type = type
    }
}

/// A value that does not fit its field in ``ZeroCopyEntity``: 16 bytes in the section `wide`.
@usableFromInline
struct WideEntry: Hashable, Sendable, BitwiseCopyable {
    /// The entity's position.
    var position: UInt32
    /// The field's number, see ``Field``.
    var field: UInt32
    /// The field's value.
    var value: UInt64

    enum Field: UInt32, CaseIterable {
        case degree = 1
        case typeID = 2
        case propertySize = 3
        case propertyOffset = 4
    }

    /// Entries are sorted by this: the position, then the field.
    static func order(_ position: UInt32, _ field: UInt32) -> UInt64 { UInt64(position) << 32 | UInt64(field) }
}
