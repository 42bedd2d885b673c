/// The first 64 bytes of a snapshot.
///
/// The section table behind it has the true counts; those here say 0xFFFFFFFF when a count does not fit.
@frozen
public struct ZeroCopyHeader: Hashable, Sendable, BitwiseCopyable {
    /// The bytes `STRATA01`, as a little-endian number.
    public var magic: UInt64
    /// The version of the format: see ``SnapshotFormat/version``.
    public var version: UInt32
    /// The count of entities.
    public var entityCount: UInt32
    /// The count of relationships, each counted once.
    public var relationshipCount: UInt32
    /// The count of distinct strings.
    public var stringCount: UInt32
    /// The file's length in bytes.
    public var totalSize: UInt64
    /// The byte offset of the section `entities`.
    public var entitySectionOffset: UInt64
    /// The byte offset of the section `out_relationships`.
    public var relationshipSectionOffset: UInt64
    /// The byte offset of the section `string_offsets`.
    public var stringSectionOffset: UInt64
    /// The XXH3-64 of this header (with zero here), the section table with its padding, and the root page of the
    /// checksum tree, in this order.
    public var checksum: UInt64
}
