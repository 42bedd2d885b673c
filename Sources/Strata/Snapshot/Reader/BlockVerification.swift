public import Synchronization

/// Remembers which blocks of a mapped snapshot have been checked, and checks the others when they are first touched.
///
/// A bit says that a block's bytes were equal to their checksum once. The bytes never change, so the bit carries no
/// other data and relaxed order is enough: a thread that misses a bit set by another one checks the block again. Beside
/// the bits stands how far all blocks from the first on were checked: most look-ups are in that part, and one comparison
/// tells.
@frozen
@usableFromInline
struct BlockVerification: ~Copyable, @unchecked Sendable {
    // Unchecked: the mapped bytes are only read, and the bits are atomic.

    @usableFromInline let base: UnsafeRawPointer
    @usableFromInline let checked: UnsafeMutablePointer<Atomic<UInt64>>
    @usableFromInline let wordCount: Int
    /// The bytes at the file's start whose blocks were all checked. It only grows.
    @usableFromInline let prefix: UnsafeMutablePointer<Atomic<Int>>
    @usableFromInline let details: Details

    /// What only the slow path needs.
    @usableFromInline
    final class Details: Sendable {
        let tree: ChecksumTree
        /// The offset of the section `checksums`.
        let checksumsStart: Int
        let path: String

        init(tree: ChecksumTree, checksumsStart: Int, path: String) {
            self.tree = tree
            self.checksumsStart = checksumsStart
            self.path = path
        }
    }

    /// - Parameters:
    ///   - base: the file's first byte.
    ///   - tree: the shape of the checksums; the root page has been checked.
    init(base: UnsafeRawPointer, tree: ChecksumTree, checksumsStart: Int, path: String) {
        self.base = base
        details = Details(tree: tree, checksumsStart: checksumsStart, path: path)
        // One bit a block, then one bit a page of the tree below the root page.
        wordCount = (tree.blockCount + tree.pageCount + 63) / 64
        checked = .allocate(capacity: wordCount)
        for word in 0..<wordCount { (checked + word).initialize(to: Atomic(0)) }
        prefix = .allocate(capacity: 1)
        prefix.initialize(to: Atomic(0))
    }

    deinit {
        checked.deinitialize(count: wordCount)
        checked.deallocate()
        prefix.deinitialize(count: 1)
        prefix.deallocate()
    }

    /// The file's path.
    @usableFromInline var path: String { details.path }

    /// Makes sure that bytes of the file may be trusted. O(1) when they lie in a block that was checked before.
    ///
    /// - Parameters:
    ///   - start: the first byte, in a section.
    ///   - count: the count of bytes; they do not pass the section's end.
    /// - Throws: `corrupted` with the offset of the first damaged block.
    @inlinable
    @inline(__always)
    func touch(_ start: UnsafeRawPointer, _ count: Int) throws(StrataError) {
        let offset = start - base
        if offset &+ count <= prefix.pointee.load(ordering: .relaxed) { return }
        try touchBlocks(offset, count)
    }

    /// Bytes that lie behind a block that was not checked. A call of its own: in line it would cost the others registers.
    @usableFromInline
    @inline(never)
    func touchBlocks(_ offset: Int, _ count: Int) throws(StrataError) {
        let first = offset >> SnapshotFormat.blockShift
        let last = (offset + count - 1) >> SnapshotFormat.blockShift
        if first == last, isChecked(first) { return }
        try check(first, through: last)
    }

    @inlinable
    func isChecked(_ bit: Int) -> Bool {
        checked[bit >> 6].load(ordering: .relaxed) & (1 << UInt64(bit & 63)) != 0
    }

    /// Checks those blocks of a range that were not checked before. An empty range is one that ends before it starts.
    @usableFromInline
    @inline(never)
    func check(_ first: Int, through last: Int) throws(StrataError) {
        guard first <= last else { return }
        for block in first...last where !isChecked(block) { try checkBlock(block) }
    }

    private func checkBlock(_ block: Int) throws(StrataError) {
        let tree = details.tree
        // From the root down: the page of level `level` on the way to the block, by the level above.
        var level = tree.rootLevel
        while level > 0 {
            level -= 1
            var page = block / SnapshotFormat.hashesPerPage
            for _ in 0..<level { page /= SnapshotFormat.hashesPerPage }
            let parent = tree.levelStarts[level + 1] + page
            let bit = tree.blockCount + parent - tree.levelCounts[0]
            if isChecked(bit) { continue }
            let hashes = tree.hashes(ofPage: page, level: level)
            let start = details.checksumsStart + hashes.lowerBound * MemoryLayout<UInt64>.stride
            let bytes = UnsafeRawBufferPointer(
                start: base + start, count: hashes.count * MemoryLayout<UInt64>.stride)
            guard ChecksumTree.hash(bytes) == hash(at: parent) else {
                throw damage(at: start, "the checksums in the \(bytes.count) bytes from here are damaged")
            }
            mark(bit)
        }
        let range = tree.bytes(ofBlock: block)
        let bytes = UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count)
        guard ChecksumTree.hash(bytes) == hash(at: block) else {
            throw damage(at: range.lowerBound, "the \(range.count) bytes from here do not match their checksum")
        }
        mark(block)
        growPrefix()
    }

    /// Moves the end of the prefix on over blocks that were checked.
    private func growPrefix() {
        var block = prefix.pointee.load(ordering: .relaxed) >> SnapshotFormat.blockShift
        while block < details.tree.blockCount, isChecked(block) { block += 1 }
        // Another thread may have come further.
        prefix.pointee.max(block << SnapshotFormat.blockShift, ordering: .relaxed)
    }

    /// The hash with this index in the section `checksums`.
    private func hash(at index: Int) -> UInt64 {
        (base + details.checksumsStart).load(fromByteOffset: index * MemoryLayout<UInt64>.stride, as: UInt64.self)
    }

    private func mark(_ bit: Int) { checked[bit >> 6].bitwiseOr(1 << UInt64(bit & 63), ordering: .relaxed) }

    private func damage(at offset: Int, _ what: String) -> StrataError {
        .damagedSnapshot(what, path: path, offset: offset)
    }
}

extension StrataError {
    /// Damage in a snapshot, at a byte offset.
    static func damagedSnapshot(_ what: String, path: String, offset: Int) -> StrataError {
        StrataError(
            .corrupted, what, path: path, offset: UInt64(max(offset, 0)),
            remedy: "restore the file from a copy or write it again")
    }
}
