/// The constants of the delta format, stated once. `DeltaFile.md` explains the format as a whole.
public enum DeltaFormat {
    /// The first eight bytes of a delta, `STRATAD1`, as a little-endian number.
    public static let magic: UInt64 = 0x3144_4154_4152_5453
    /// The format version.
    public static let version: UInt32 = 1
    /// The length of ``DeltaHeader``.
    static let headerByteCount = 64
    /// Where the stored blocks start: at a page's start, so that they can be mapped where they lie.
    static let payloadStart = 4096
    /// Extents start at a multiple of this.
    static let extentAlignment = 64
    /// The most extents of a delta: with more of them the address space would be cut into too many pieces.
    static let extentMaximum = 4_096
    /// Snapshots are shorter: no sum of their lengths and offsets passes the range of `Int`.
    static let byteCountMaximum: UInt64 = 1 << 60
    /// The most deltas over one base that are opened.
    public static let chainMaximum = 64

    /// The blocks of a snapshot of this length.
    static func blockCount(_ byteCount: Int) -> Int {
        (byteCount - 1) >> SnapshotFormat.blockShift + 1
    }

    static func assertRelations() {
        assert(MemoryLayout<DeltaHeader>.size == headerByteCount)
        assert(MemoryLayout<DeltaExtent>.stride == 16)
        // A snapshot's head lies in its first block.
        assert(
            SnapshotFormat.coveredStart(sectionCount: SnapshotFormat.sectionCountMaximum)
                < SnapshotFormat.blockByteCount)
        assert(SnapshotFormat.blockByteCount % payloadStart == 0)
    }
}

/// The first 64 bytes of a delta.
struct DeltaHeader: BitwiseCopyable, Hashable, Sendable {
    /// The bytes `STRATAD1`.
    var magic: UInt64 = DeltaFormat.magic
    var version: UInt32 = DeltaFormat.version
    var extentCount: UInt32
    /// The `checksum` of the snapshot that the delta is to be laid over.
    var parentChecksum: UInt64
    /// The length of that snapshot.
    var parentSize: UInt64
    /// The `checksum` of the snapshot that comes of it.
    var resultChecksum: UInt64
    /// The length of the snapshot that comes of it.
    var resultSize: UInt64
    /// Where the extents are in the file.
    var extentOffset: UInt64
    /// The XXH3-64 of this header, with zero here, and the extents.
    var checksum: UInt64 = 0

    /// The hash that ``checksum`` has to be.
    func hash(_ extents: [DeltaExtent]) -> UInt64 {
        var header = self
        header.checksum = 0
        var bytes: [UInt8] = []
        bytes.reserveCapacity(DeltaFormat.headerByteCount + extents.count * MemoryLayout<DeltaExtent>.stride)
        withUnsafeBytes(of: header) { bytes.append(contentsOf: $0) }
        extents.withUnsafeBytes { bytes.append(contentsOf: $0) }
        return bytes.withUnsafeBytes { ChecksumTree.hash($0) }
    }
}

/// Blocks of a snapshot, one behind the other, that a delta stores.
struct DeltaExtent: BitwiseCopyable, Hashable, Sendable {
    /// The number of the first block.
    var first: UInt64
    var count: UInt64
}
