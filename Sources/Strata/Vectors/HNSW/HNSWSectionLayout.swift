/// The bytes of a graph index: the one place that says how they lie. All numbers are little-endian.
///
/// The header has 128 bytes:
///
/// | offset | type | field |
/// | --- | --- | --- |
/// | 0 | 8 bytes | `STRAHNSW` |
/// | 8 | u32 | version, 1 |
/// | 12 | u32 | flags; bit 0: the vectors are in the section |
/// | 16 | u32 | metric: 1 squared Euclidean, 2 cosine, 3 inner product |
/// | 20 | u32 | dimensions |
/// | 24 | u32 | rows |
/// | 28 | u32 | slots: rows that reach above level 0 |
/// | 32 | u32 | blocks: lists of links above level 0 |
/// | 36 | u32 | width: links of such a list; lists of level 0 have twice as many |
/// | 40 | u32 | construction breadth |
/// | 44 | u32 | highest level |
/// | 48 | u32 | slot of the entry, 0xFFFFFFFF for none |
/// | 52 | u32 | row of the entry, 0xFFFFFFFF when there are no rows |
/// | 56 | u64 | seed of the levels |
/// | 64 | u32 | bytes from one vector to the next, 0 without vectors |
/// | 68 | 4 bytes | zero |
/// | 72 | u64 | length of the section |
/// | 80 | 32 bytes | zero |
/// | 112 | u64 | XXH3 of all bytes behind the header |
/// | 120 | u64 | XXH3 of the 120 bytes before |
///
/// Then, each from the next multiple of 64 on: the rows' identifiers (u32, ascending); the rows' lists of level 0 (u32 row
/// numbers, 0xFFFFFFFF behind the last); the slots' rows (u32); the slots' first blocks (u32, ascending: a slot has a
/// block for each of its levels from 1 on); the blocks (u32 slot numbers, ended likewise); the vectors (32-bit floats).
struct HNSWSectionLayout: Equatable {
    static let magic: UInt64 = 0x5753_4E48_4152_5453
    static let version: UInt32 = 1
    static let vectorsFlag: UInt32 = 1

    var hasVectors: Bool
    var metric: IndexMetric
    var dimensions: Int
    var rowCount: Int
    var slotCount: Int
    var blockCount: Int
    var width: Int
    var constructionBreadth: Int
    var entry: HNSWEntry
    var seed: UInt64
    var stride: Int

    /// Offsets of the parts, and the length of the section.
    struct Places {
        let ids: Int
        let links: Int
        let slotRows: Int
        let slotBlocks: Int
        let upperLinks: Int
        let vectors: Int
        let byteCount: Int
    }

    /// nil when the section would be longer than anything.
    var places: Places? {
        var next = SectionPlaces()
        let places = (
            next.place(rowCount, of: 4), next.place(rowCount, of: 8 * width), next.place(slotCount, of: 4),
            next.place(slotCount, of: 4), next.place(blockCount, of: 4 * width),
            next.place(hasVectors ? rowCount : 0, of: stride)
        )
        guard !next.overflows else { return nil }
        return Places(
            ids: places.0, links: places.1, slotRows: places.2, slotBlocks: places.3, upperLinks: places.4,
            vectors: places.5, byteCount: next.end)
    }

    /// Writes the header; all behind it is written.
    func write(_ base: UnsafeMutableRawPointer, byteCount: Int) {
        SectionBytes.store(Self.magic, base, 0)
        SectionBytes.store(Self.version, base, 8)
        SectionBytes.store(hasVectors ? Self.vectorsFlag : 0, base, 12)
        SectionBytes.store(metric.rawValue, base, 16)
        SectionBytes.store(UInt32(dimensions), base, 20)
        SectionBytes.store(UInt32(rowCount), base, 24)
        SectionBytes.store(UInt32(slotCount), base, 28)
        SectionBytes.store(UInt32(blockCount), base, 32)
        SectionBytes.store(UInt32(width), base, 36)
        SectionBytes.store(UInt32(constructionBreadth), base, 40)
        SectionBytes.store(UInt32(entry.level), base, 44)
        SectionBytes.store(entry.slot, base, 48)
        SectionBytes.store(entry.row, base, 52)
        SectionBytes.store(seed, base, 56)
        SectionBytes.store(UInt32(hasVectors ? stride : 0), base, 64)
        SectionBytes.store(UInt64(byteCount), base, 72)
        SectionBytes.sign(base, byteCount: byteCount)
    }

    /// Reads and checks the header.
    ///
    /// - Throws: `unsupportedFormat` when the bytes are no such section or of another version, `corrupted` when the header
    ///   is damaged or does not fit the length.
    init(_ bytes: UnsafeRawBufferPointer) throws(StrataError) {
        let base = try SectionBytes.open(bytes, magic: Self.magic, version: Self.version, name: Self.name)
        func number(_ offset: Int) -> Int { Int(SectionBytes.load(base, offset, as: UInt32.self)) }
        guard number(12) & ~Int(Self.vectorsFlag) == 0, let metric = IndexMetric(rawValue: UInt32(number(16))) else {
            throw Self.damage("flags or metric are unknown", 12)
        }
        hasVectors = number(12) != 0
        self.metric = metric
        dimensions = number(20)
        rowCount = number(24)
        slotCount = number(28)
        blockCount = number(32)
        width = number(36)
        constructionBreadth = number(40)
        entry = HNSWEntry(level: number(44), slot: UInt32(number(48)), row: UInt32(number(52)))
        seed = SectionBytes.load(base, 56, as: UInt64.self)
        stride = number(64)
        do {
            try parameters.check()
        } catch {
            throw Self.damage(error.message, 20)
        }
        guard rowCount <= HNSWIndex.largest, slotCount <= rowCount, blockCount >= slotCount else {
            throw Self.damage("its counts do not agree", 24)
        }
        guard entry.level < HNSWParameters.levelLimit, rowCount == 0 || Int(entry.row) < rowCount,
            entry.level == 0 || Int(entry.slot) < slotCount
        else { throw Self.damage("its entry is outside", 44) }
        guard !hasVectors || (stride >= dimensions * 4 && stride % 4 == 0) else {
            throw Self.damage("its vectors overlap", 64)
        }
        guard let places, places.byteCount == bytes.count,
            UInt64(bytes.count) == SectionBytes.load(base, 72, as: UInt64.self)
        else { throw Self.damage("it is not \(bytes.count) bytes long", 72) }
    }

    init(
        _ parameters: HNSWParameters, hasVectors: Bool, rowCount: Int, slotCount: Int, blockCount: Int,
        entry: HNSWEntry, stride: Int
    ) {
        self.hasVectors = hasVectors
        metric = parameters.metric
        dimensions = parameters.dimensions
        self.rowCount = rowCount
        self.slotCount = slotCount
        self.blockCount = blockCount
        width = parameters.links
        constructionBreadth = parameters.constructionBreadth
        self.entry = entry
        seed = parameters.seed
        self.stride = stride
    }

    var parameters: HNSWParameters {
        HNSWParameters(
            dimensions: dimensions, metric: metric, links: width, constructionBreadth: constructionBreadth, seed: seed)
    }

    static let name = "a graph index"

    static func damage(_ what: String, _ offset: Int) -> StrataError { SectionBytes.damage(name, what, offset) }
}
