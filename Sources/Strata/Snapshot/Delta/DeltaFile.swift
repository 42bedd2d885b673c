/// A delta as it lies on disk: its header and its extents, read and checked. The blocks themselves are not read: they are
/// checked as those of the snapshot that they become a part of.
struct DeltaFile: Sendable {
    let path: String
    let file: SharedFile
    let header: DeltaHeader
    let extents: [DeltaExtent]

    /// - Throws: `unsupportedFormat` when the file is no delta of this version, `corrupted` when it is a damaged one.
    init(_ path: String, _ fileSystem: any FileSystem) throws(StrataError) {
        DeltaFormat.assertRelations()
        self.path = path
        file = SharedFile(try fileSystem.open(path, .read))
        let byteCount = Int(clamping: try fileSystem.size(of: file.file))
        func damage(_ offset: Int, _ what: String) -> StrataError { .damagedSnapshot(what, path: path, offset: offset) }

        var words = [UInt64](repeating: 0, count: DeltaFormat.headerByteCount / MemoryLayout<UInt64>.stride)
        guard try Self.fill(&words, file, at: 0, fileSystem) else {
            throw damage(byteCount, "the file ends in the header")
        }
        let header = words.withUnsafeBytes { $0.load(as: DeltaHeader.self) }
        guard header.magic == DeltaFormat.magic, header.version == DeltaFormat.version else {
            throw StrataError(
                .unsupportedFormat, "this is not a delta of version \(DeltaFormat.version)", path: path, offset: 0,
                remedy: "read it with the version of Strata that wrote it")
        }
        let count = Int(header.extentCount)
        let length = count * MemoryLayout<DeltaExtent>.stride
        guard 1...DeltaFormat.extentMaximum ~= count, let start = Int(exactly: header.extentOffset),
            start >= DeltaFormat.payloadStart, start % DeltaFormat.extentAlignment == 0, start == byteCount - length,
            UInt64(SnapshotFormat.headerByteCount)...DeltaFormat.byteCountMaximum ~= header.resultSize,
            header.parentSize <= DeltaFormat.byteCountMaximum
        else { throw damage(0, "the file has \(byteCount) bytes, and its header tells of another one") }
        words = [UInt64](repeating: 0, count: length / MemoryLayout<UInt64>.stride)
        guard try Self.fill(&words, file, at: start, fileSystem) else { throw damage(start, "the file ends too early") }
        extents = words.withUnsafeBytes { Array($0.bindMemory(to: DeltaExtent.self)) }
        guard header.hash(extents) == header.checksum else {
            throw damage(0, "the header or the list of blocks is damaged")
        }
        self.header = header

        // Ascending, apart, inside the snapshot; and what is stored fills the file up to the list.
        let blocks = UInt64(DeltaFormat.blockCount(Int(header.resultSize)))
        var next: UInt64 = 0
        var stored = DeltaFormat.payloadStart
        for (index, extent) in extents.enumerated() {
            let (end, overflow) = extent.first.addingReportingOverflow(extent.count)
            guard !overflow, extent.count > 0, extent.first >= next, index == 0 || extent.first > next, end <= blocks
            else {
                throw damage(start + index * MemoryLayout<DeltaExtent>.stride, "the blocks are not in order")
            }
            next = end
            stored += Self.byteCount(extent, Int(header.resultSize))
        }
        let padded = (stored + DeltaFormat.extentAlignment - 1) & ~(DeltaFormat.extentAlignment - 1)
        guard extents[0].first == 0, padded == start else { throw damage(start, "the blocks do not fill the file") }
    }

    /// The bytes of an extent's blocks in a snapshot of `size` bytes. The extent is inside it.
    static func byteCount(_ extent: DeltaExtent, _ size: Int) -> Int {
        min(Int(extent.first + extent.count) << SnapshotFormat.blockShift, size)
            - Int(extent.first) << SnapshotFormat.blockShift
    }

    /// Reads so many numbers; whether they are there.
    static func fill(
        _ words: inout [UInt64], _ file: SharedFile, at offset: Int, _ fileSystem: any FileSystem
    ) throws(StrataError) -> Bool {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: words.count * 8, alignment: 8)
        defer { room.deallocate() }
        guard try fileSystem.read(file.file, into: room, at: UInt64(offset)) == room.count else { return false }
        words = Array(room.bindMemory(to: UInt64.self))
        return true
    }
}
