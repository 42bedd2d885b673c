import CStrata

/// The shape of the checksums: how many hashes there are, where each lies, and what it covers.
///
/// The file is cut into blocks of 64 KiB from its first byte. Leaf `b` is the hash of those bytes of block `b` that
/// lie between the end of the section table and the start of the section `checksums`. The leaves, eight bytes each,
/// are cut into pages of 4 KiB; the hash of page `p` is entry `p` of the level above, and so on until a level fits
/// one page, the root page. The levels follow each other in the section, leaves first, so the root page ends the file.
struct ChecksumTree: Sendable {
    /// Where the covered bytes start and end in the file.
    let covered: Range<Int>
    /// The count of hashes in each level, the leaves' first.
    let levelCounts: [Int]
    /// The index, in the section, of each level's first hash.
    let levelStarts: [Int]

    /// - Parameter covered: starts behind a header and a section table.
    init(covered: Range<Int>) {
        assert(covered.lowerBound >= SnapshotFormat.headerByteCount)
        self.covered = covered
        var counts = [((covered.upperBound - 1) >> SnapshotFormat.blockShift) + 1]
        var starts = [0]
        while let last = counts.last, last > SnapshotFormat.hashesPerPage {
            starts.append(starts[starts.count - 1] + last)
            counts.append((last + SnapshotFormat.hashesPerPage - 1) / SnapshotFormat.hashesPerPage)
        }
        levelCounts = counts
        levelStarts = starts
    }

    /// The count of leaves.
    var blockCount: Int { levelCounts[0] }
    /// The level that is the root page.
    var rootLevel: Int { levelCounts.count - 1 }
    /// The count of hashes in the root page.
    var rootCount: Int { levelCounts[rootLevel] }
    /// The count of hashes in all levels.
    var hashCount: Int { levelStarts[rootLevel] + levelCounts[rootLevel] }
    /// The count of pages below the root page.
    var pageCount: Int { hashCount - blockCount }

    /// The bytes of the file that leaf `block` covers.
    func bytes(ofBlock block: Int) -> Range<Int> {
        let start = block << SnapshotFormat.blockShift
        return max(start, covered.lowerBound)..<min(start + SnapshotFormat.blockByteCount, covered.upperBound)
    }

    /// The hashes of one page, as indices into the section.
    func hashes(ofPage page: Int, level: Int) -> Range<Int> {
        let start = page * SnapshotFormat.hashesPerPage
        let end = min(start + SnapshotFormat.hashesPerPage, levelCounts[level])
        return levelStarts[level] + start..<levelStarts[level] + end
    }

    /// The whole section for these leaves.
    func section(leaves: [UInt64]) -> [UInt64] {
        var hashes = leaves
        hashes.reserveCapacity(hashCount)
        for level in 0..<rootLevel {
            for page in 0..<levelCounts[level + 1] {
                let range = self.hashes(ofPage: page, level: level)
                hashes.append(hashes.withUnsafeBytes { Self.hash(UnsafeRawBufferPointer(rebasing: $0[bytes(range)])) })
            }
        }
        return hashes
    }

    /// The hash that stands in the header: over the file's bytes before the covered ones, with zero for the hash
    /// itself, and the root page.
    static func rootHash(head: UnsafeRawBufferPointer, rootPage: UnsafeRawBufferPointer) -> UInt64 {
        withUnsafeTemporaryAllocation(byteCount: head.count + rootPage.count, alignment: 8) { copy in
            copy.copyMemory(from: head)
            let field = MemoryLayout<ZeroCopyHeader>.offset(of: \.checksum)!
            copy.storeBytes(of: 0, toByteOffset: field, as: UInt64.self)
            UnsafeMutableRawBufferPointer(rebasing: copy[head.count...]).copyMemory(from: rootPage)
            return hash(UnsafeRawBufferPointer(copy))
        }
    }

    /// XXH3-64 with seed 0.
    static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 { strata_xxh3_64(bytes.baseAddress, bytes.count) }

    private func bytes(_ hashes: Range<Int>) -> Range<Int> {
        hashes.lowerBound * MemoryLayout<UInt64>.stride..<hashes.upperBound * MemoryLayout<UInt64>.stride
    }
}
