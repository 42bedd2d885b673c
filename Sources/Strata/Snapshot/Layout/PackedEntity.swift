/// What most questions about an entity ask for, in one word of 8 bytes: id, type, degree, and whether it has more.
///
/// The unpacked form is ``ZeroCopyEntity``, 20 bytes, of which every third lies in two cache lines; of this one eight
/// fill a line. It is made from the other in memory, by ``PackedEntities``, and is no part of the file.
///
/// From the highest bit down: 32 bits of the id, so that words sort by it; 14 of the type; 14 of the degree; 4 flags. A
/// record whose type or degree does not fit says so, ``isWide``, and the snapshot has their values.
@frozen
public struct PackedEntity: Hashable, Sendable, BitwiseCopyable {
    /// The four fields.
    public var word: UInt64

    /// The largest type index and the largest degree that it holds itself.
    @inlinable
    public static var fieldMaximum: Int { 1 << 14 - 1 }

    @inlinable
    static var typeShift: UInt64 { 18 }
    @inlinable
    static var degreeShift: UInt64 { 4 }
    @inlinable
    static var wideBit: UInt64 { 1 << 3 }
    @inlinable
    static var nameBit: UInt64 { 1 << 2 }
    @inlinable
    static var propertiesBit: UInt64 { 1 << 1 }
    @inlinable
    static var embeddingBit: UInt64 { 1 << 0 }

    @inlinable
    public init(word: UInt64) { self.word = word }

    /// The packed form of a record.
    @inlinable
    public init(_ record: ZeroCopyEntity) {
        var word = UInt64(record.id) << 32
        if record.flags.contains(.hasEmbedding) { word |= Self.embeddingBit }
        // A size in the wide table is above all that the record could say itself.
        if record.propertySize > 0 { word |= Self.propertiesBit }
        if record.flags.contains(.hasName) { word |= Self.nameBit }
        let fits =
            Int(record.typeID) <= Self.fieldMaximum && Int(record.degree) <= Self.fieldMaximum
            && record.flags.isDisjoint(with: [.wideDegree, .wideTypeID])
        if fits {
            word |= UInt64(record.typeID) << Self.typeShift | UInt64(record.degree) << Self.degreeShift
        } else {
            word |= Self.wideBit
        }
        self.word = word
    }

    /// What the entity is known by.
    @inlinable
    public var id: UInt32 { UInt32(truncatingIfNeeded: word &>> 32) }
    /// The entity's type, as an index into the entity types; 0 when it ``isWide``.
    @inlinable
    public var typeIndex: Int { Int(truncatingIfNeeded: word &>> Self.typeShift) & Self.fieldMaximum }
    /// The count of outgoing relationships; 0 when it ``isWide``.
    @inlinable
    public var degree: Int { Int(truncatingIfNeeded: word &>> Self.degreeShift) & Self.fieldMaximum }
    /// Whether type and degree do not fit: ``Snapshot/typeIndex(at:)`` and ``Snapshot/degree(at:)`` tell them.
    @inlinable
    public var isWide: Bool { word & Self.wideBit != 0 }
    @inlinable
    public var hasName: Bool { word & Self.nameBit != 0 }
    @inlinable
    public var hasProperties: Bool { word & Self.propertiesBit != 0 }
    @inlinable
    public var hasEmbedding: Bool { word & Self.embeddingBit != 0 }
}
