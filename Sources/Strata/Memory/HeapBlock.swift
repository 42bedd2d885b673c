import CStrata
import Glibc
import Synchronization

/// What a block of the process's allocator really takes: more than was asked for.
///
/// Allocators round requests up; `malloc_usable_size`, which glibc, jemalloc, mimalloc and tcmalloc all have, tells to
/// what. glibc also keeps a word in front of each block (a boundary tag, Knuth, volume 1, section 2.5), which the three
/// others, that have size classes and tables aside, do not.
enum HeapBlock {
    /// Bytes that the allocator keeps in front of each block.
    ///
    /// With boundary tags, blocks stand at multiples of 16 and begin with a tag of 8 bytes: every usable size is 8 past
    /// a multiple of 16, whatever was asked for. No table of size classes is like that.
    static let headerByteCount: Int = {
        let isTagged = [1, 25, 33, 100, 1_000].allSatisfy { request in
            guard let block = malloc(request) else { return false }
            defer { free(block) }
            return strata_usable_size(block) % 16 == 8
        }
        return isTagged ? 8 : 0
    }()

    /// Bytes that a block takes from the allocator, without what stands in front of it.
    @inline(__always)
    static func usableByteCount(of block: UnsafeRawPointer) -> Int { strata_usable_size(block) }

    /// Frees a table that a larger one took the place of. Its pages go back to the system, whatever the allocator does
    /// with the addresses: tables grow seldom, and no other part asks for blocks of their sizes, so that they would stay
    /// behind as memory that nobody uses and nobody counts.
    static func freeTable(_ block: UnsafeMutableRawPointer, byteCount: Int) {
        SlotChunk.giveBack(block, byteCount: byteCount >= leastReturnedBytes ? byteCount : 0)
    }

    /// Below it a table is not worth a call of the system.
    private static var leastReturnedBytes: Int { 16 << 10 }

    /// Bytes that the allocator counts as handed out with a block, beyond those that were asked for: what fills its size
    /// class, its tag, and what it skipped to align it.
    ///
    /// glibc takes a large block from the system by itself. It then skips to the first address that has the alignment,
    /// keeps what it skipped with the block until that is freed, and notes how much it was in the word before the tag
    /// (`malloc.c`, "mmapped chunks"). Such a block ends with its page, and so its usable size is a multiple of 16.
    ///
    /// - Precondition: the block was asked for with an alignment of at least 16.
    static func addedByteCount(to block: UnsafeRawPointer, requested byteCount: Int) -> Int {
        let usable = usableByteCount(of: block)
        guard headerByteCount > 0 else { return Swift.max(0, usable - byteCount) }
        let isOfItsOwn = usable % 16 == 0
        // The two words in front of any block of such an allocator are its own.
        let skipped = isOfItsOwn ? Int(bitPattern: block.load(fromByteOffset: -16, as: UInt.self)) : 0
        return usable + (isOfItsOwn ? 16 : headerByteCount) + skipped - byteCount
    }
}

/// A sum of ``HeapBlock/addedByteCount(to:requested:)``, from whose blocks any thread may take one away.
final class AddedBytes: Sendable {
    private let sum = Atomic<Int>(0)

    var byteCount: Int { sum.load(ordering: .relaxed) }

    func note(_ bytes: Int) { sum.add(bytes, ordering: .relaxed) }
}
