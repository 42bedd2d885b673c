#if _endian(big)
    #error("snapshots are little-endian and are used in place: this needs a little-endian machine")
#endif

/// The constants of the snapshot format, stated once. `DataFile.md` explains the format as a whole.
public enum SnapshotFormat {
    /// The first eight bytes of a snapshot, `STRATA01`, as a little-endian number.
    public static let magic: UInt64 = 0x3130_4154_4152_5453
    /// The format version that this library writes.
    public static let version: UInt32 = 2
    /// The oldest format version that this library reads.
    public static let oldestVersion: UInt32 = 1
    /// The version of each section's own layout.
    public static let sectionVersion: UInt32 = 1

    /// The length of ``ZeroCopyHeader``; the section table follows it.
    public static let headerByteCount = 64
    /// The section table's own head: the count of entries and the length of one.
    public static let sectionTableHeadByteCount = 8
    /// The length of ``SectionEntry``.
    public static let sectionEntryByteCount = 48
    /// The most entries that a section table may have. It bounds what opening reads.
    public static let sectionCountMaximum = 64
    /// Every section starts at a multiple of this: a cache line, and the widest vector load.
    public static let sectionAlignment = 64

    /// The binary logarithm of ``blockByteCount``.
    @inlinable
    public static var blockShift: Int { 16 }
    /// What one leaf of the checksum tree covers: large enough that the hash runs at full speed, small enough that a
    /// first touch costs microseconds.
    @inlinable
    public static var blockByteCount: Int { 1 << blockShift }
    /// What one entry of an upper level of the checksum tree covers.
    public static let checksumPageByteCount = 4096
    /// The hashes in a full page of the checksum tree.
    public static let hashesPerPage = checksumPageByteCount / MemoryLayout<UInt64>.stride

    /// Stands for "none" where a string id, a row or a position could stand.
    @inlinable
    public static var absent: UInt32 { .max }
    /// The most entities and the most strings that a snapshot can hold: ids below ``absent``.
    public static let countMaximum = Int(UInt32.max)

    /// The longest symbol table: a byte for the count, and for each of 255 symbols its length and up to 8 bytes.
    static let symbolTableByteMaximum: UInt64 = 1 + 255 * 9
    /// The blocks that so many coded strings take.
    static func stringBlockCount(_ strings: UInt64) -> UInt64 {
        let capacity = UInt64(StringBlock.capacity)
        return strings / capacity + (strings % capacity > 0 ? 1 : 0)
    }

    /// About the bytes of all sections but the strings', as far as counts tell. Not what they are: what the choice of the
    /// strings' coding goes by, which has to be the same for the same graph.
    static func roughByteCount(
        entities: Int, relationships: Int, properties: Int, embeddings: Int, dimensions: Int
    ) -> Int {
        entities * 24 + relationships * 8 + properties * 6 + embeddings * dimensions * MemoryLayout<Float>.stride
    }

    /// What the header's 32-bit counts say when the true count, which the section table has, does not fit.
    static func saturated(_ count: Int) -> UInt32 { UInt32(clamping: count) }

    /// Rounds up to the next section's possible start; nil when that passes the range of `Int`.
    static func aligned(_ offset: Int) -> Int? {
        let (sum, overflow) = offset.addingReportingOverflow(sectionAlignment - 1)
        return overflow ? nil : sum & ~(sectionAlignment - 1)
    }

    /// Where the bytes that the blocks' checksums cover start: behind a section table of `count` entries.
    static func coveredStart(sectionCount count: Int) -> Int {
        let end = headerByteCount + sectionTableHeadByteCount + count * sectionEntryByteCount
        return (end + sectionAlignment - 1) & ~(sectionAlignment - 1)
    }

    /// Traps when the constants and the records do not fit together. Checked wherever a file is opened or written.
    static func assertRelations() {
        assert(MemoryLayout<ZeroCopyHeader>.size == headerByteCount)
        assert(MemoryLayout<ZeroCopyEntity>.stride == 20)
        assert(MemoryLayout<ZeroCopyRelationship>.stride == 8)
        assert(MemoryLayout<InternedProperty>.stride == 8)
        assert(MemoryLayout<WideEntry>.stride == 16)
        assert(MemoryLayout<SectionEntry>.stride == sectionEntryByteCount)
        // A cache line holds no part of two sections, and a section's rows are aligned as their type asks.
        assert(sectionAlignment % MemoryLayout<UInt64>.alignment == 0)
        assert(blockByteCount % sectionAlignment == 0)
        assert(checksumPageByteCount % MemoryLayout<UInt64>.stride == 0)
        // The header and the table lie in the first block, so that block 0 is the only one that starts late.
        assert(coveredStart(sectionCount: sectionCountMaximum) < blockByteCount)
        assert(SectionKind.allCases.count <= sectionCountMaximum)
        assert(SectionKind.allCases.count == Int(SectionKind.last))
        // What a narrow field can say is below the value that sends the reader to the wide table.
        assert(SnapshotLimits.standard.degree < UInt16.max)
        assert(SnapshotLimits.standard.propertySize < UInt16.max)
        assert(SnapshotLimits.standard.typeID < UInt16.max)
        assert(SnapshotLimits.standard.propertyOffset < UInt32.max)
    }
}

/// The largest values that the fields of ``ZeroCopyEntity`` hold themselves. Larger ones go to the wide table, and
/// the field then holds its largest number.
///
/// Tests lower the limits, so that a small graph takes the wide paths; a reader asks only the entity's flags.
struct SnapshotLimits: Sendable, Hashable {
    var degree: UInt64
    var typeID: UInt64
    var propertySize: UInt64
    var propertyOffset: UInt64

    static let standard = SnapshotLimits(
        degree: 65_534, typeID: 65_534, propertySize: 65_534, propertyOffset: 0xFFFF_FFFE)
}
