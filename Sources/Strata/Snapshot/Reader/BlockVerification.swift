import Glibc
public import Synchronization

/// Remembers which blocks of a mapped snapshot have been checked, and checks the others when they are first touched.
///
/// A mark says that a block's bytes were equal to their checksum once. The bytes never change, so the mark carries no
/// other data and relaxed order is enough: a thread that misses a mark set by another one checks the block again. A mark
/// is a byte, not a bit: then a look-up tests it by one comparison with memory, and setting it is a plain store.
@frozen
@usableFromInline
struct BlockVerification: ~Copyable, @unchecked Sendable {
    // Unchecked: the mapped bytes are only read, and the marks are atomic.

    @usableFromInline let base: UnsafeRawPointer
    /// For each block of the file, and then for each page of the checksum tree below the root page, 1 once it was
    /// checked and 0 before.
    @usableFromInline let marks: UnsafeMutablePointer<Atomic<UInt8>>
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
        // Zeros from the allocator, which touches no memory for them: opening takes the same time at every size.
        guard let zeros = calloc(tree.blockCount + tree.pageCount, 1) else {
            fatalError("no memory for the marks of \(tree.blockCount) blocks")
        }
        marks = zeros.bindMemory(to: Atomic<UInt8>.self, capacity: tree.blockCount + tree.pageCount)
    }

    // An atomic byte has nothing to be destroyed.
    deinit { free(marks) }

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
        let first = offset >> SnapshotFormat.blockShift
        let last = (offset &+ count &- 1) >> SnapshotFormat.blockShift
        // Two marks tell of all blocks of what is no longer than one.
        if count <= SnapshotFormat.blockByteCount, isChecked(first), isChecked(last) { return }
        try check(first, through: last)
    }

    /// Whether a block, or a page of the tree, was checked.
    @inlinable
    @inline(__always)
    func isChecked(_ index: Int) -> Bool { marks[index].load(ordering: .relaxed) != 0 }

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
            let mark = tree.blockCount + parent - tree.levelCounts[0]
            if isChecked(mark) { continue }
            let hashes = tree.hashes(ofPage: page, level: level)
            let start = details.checksumsStart + hashes.lowerBound * MemoryLayout<UInt64>.stride
            let bytes = UnsafeRawBufferPointer(
                start: base + start, count: hashes.count * MemoryLayout<UInt64>.stride)
            guard ChecksumTree.hash(bytes) == hash(at: parent) else {
                throw damage(at: start, "the checksums in the \(bytes.count) bytes from here are damaged")
            }
            setMark(mark)
        }
        let range = tree.bytes(ofBlock: block)
        let bytes = UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count)
        guard ChecksumTree.hash(bytes) == hash(at: block) else {
            throw damage(at: range.lowerBound, "the \(range.count) bytes from here do not match their checksum")
        }
        setMark(block)
    }

    /// The hash with this index in the section `checksums`.
    private func hash(at index: Int) -> UInt64 {
        (base + details.checksumsStart).load(fromByteOffset: index * MemoryLayout<UInt64>.stride, as: UInt64.self)
    }

    private func setMark(_ index: Int) { marks[index].store(1, ordering: .relaxed) }

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
