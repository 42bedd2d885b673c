import CStrata
import Glibc

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
}
