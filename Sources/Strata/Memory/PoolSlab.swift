import CStrata
import Glibc
import Synchronization

/// What a slab's owner knows about it. It belongs to whoever holds the owner's lock.
struct SlabHeader: BitwiseCopyable {
    /// The neighbours in the shelf's list.
    var next: PoolSlab?
    var previous: PoolSlab?
    /// Bit w: word w of the blocks' bits is not zero.
    var freeWords: UInt64 = 0
    /// Bit p: page p is backed by memory, as far as the pool knows.
    var committedPages: UInt64
    /// Marks the slab as one of this pool's.
    var pool: UInt32 = 0
    /// Blocks that are not free: live, or at hand in a heap.
    var used: UInt32 = 0
    /// The slab's free pages are given back when no more blocks than this are used.
    var purgeBelow: UInt32 = 0
    /// The end of what was ever handed out, in bytes from the start.
    var carvedBytes: UInt32
    var classIndex: UInt8 = 0
    /// The list of its class that the slab is on: ``SlabShelf/fullGroup`` or the eighth of its blocks that is used.
    var group: UInt8 = 0
}

/// A slab: memory aligned to its size that holds blocks of one size, and a bit for each that says whether it is free.
///
/// The pool never writes to a block, so a freed one costs no cache miss, and a page that was not handed out stays
/// untouched. Free blocks are taken lowest address first.
///
/// Invariants: `base` starts with the owner, an initialised ``SlabHeader`` and the words of bits; a set bit is a free
/// block; `used` is the capacity less the set bits; `freeWords` agrees with the words.
struct PoolSlab: BitwiseCopyable {
    /// The bytes before the words of bits: a cache line.
    static let headerBytes = 64

    let base: UnsafeMutableRawPointer

    /// The address of the ``SlabShelf`` that the slab stands on. Changed only under that shelf's lock, so that who
    /// holds the lock and finds the shelf here can rely on it.
    var owner: UnsafeMutablePointer<Atomic<UInt>> { base.assumingMemoryBound(to: Atomic<UInt>.self) }
    var header: UnsafeMutablePointer<SlabHeader> {
        (base + MemoryLayout<Atomic<UInt>>.stride).assumingMemoryBound(to: SlabHeader.self)
    }
    var geometry: SlabGeometry { SizeClass.geometries[Int(header.pointee.classIndex)] }
    /// The words of bits behind the header, inside the slab.
    private var words: UnsafeMutablePointer<UInt64> {
        (base + Self.headerBytes).assumingMemoryBound(to: UInt64.self)
    }

    /// Makes the memory of an empty slab one of a class, all of its blocks free.
    ///
    /// - Parameter resident: whether the slab's header is from an earlier use, with its knowledge of pages.
    /// - Returns: the bytes that the header itself has newly taken.
    func format(classIndex: Int, pool: UInt32, resident: Bool, pageShift: Int) -> Int {
        var committed = 0
        if resident {
            // What the pages hold is known already.
            header.pointee.freeWords = 0
        } else {
            base.bindMemory(to: Atomic<UInt>.self, capacity: 1).initialize(to: Atomic(0))
            (base + MemoryLayout<Atomic<UInt>>.stride).bindMemory(to: SlabHeader.self, capacity: 1)
            header.initialize(to: SlabHeader(committedPages: 1, carvedBytes: 0))
            committed = 1 << pageShift
        }
        let geometry = SizeClass.geometries[classIndex]
        let capacity = Int(geometry.capacity)
        (base + Self.headerBytes).bindMemory(to: UInt64.self, capacity: (capacity + 63) / 64)
        for word in 0..<(capacity + 63) / 64 {
            let bits = Swift.min(capacity - word * 64, 64)
            words[word] = ~0 >> UInt64(64 - bits)
            header.pointee.freeWords |= 1 << UInt64(word)
        }
        header.pointee.pool = pool
        header.pointee.used = 0
        header.pointee.purgeBelow = geometry.capacity / 4
        header.pointee.classIndex = UInt8(classIndex)
        return committed
    }

    /// Takes up to `limit` free blocks, lowest first.
    ///
    /// - Returns: how many, how many of them lie in memory that was not handed out before, and the bytes of the pages
    ///   that are now backed.
    func take(
        _ limit: Int, into target: UnsafeMutablePointer<UnsafeMutableRawPointer>, pageShift: Int
    ) -> (count: Int, fresh: Int, committedBytes: Int) {
        let geometry = geometry
        var (count, fresh) = (0, 0)
        var freeWords = header.pointee.freeWords
        let pagesBefore = header.pointee.committedPages
        var pages = pagesBefore
        var carved = header.pointee.carvedBytes
        while count < limit, freeWords != 0 {
            let word = freeWords.trailingZeroBitCount
            var bits = words[word]
            while bits != 0, count < limit {
                let index = UInt32(word * 64 + bits.trailingZeroBitCount)
                bits &= bits &- 1
                let offset = geometry.blocksOffset &+ index &* geometry.blockBytes
                let end = offset &+ geometry.blockBytes
                let block: UInt64 =
                    (~0 << UInt64(offset >> pageShift)) & (~0 >> (63 &- UInt64((end &- 1) >> pageShift)))
                if end > carved || pages & block != block {
                    fresh &+= 1
                    pages |= block
                    carved = Swift.max(carved, end)
                }
                (target + count).initialize(to: base + Int(offset))
                count &+= 1
            }
            words[word] = bits
            if bits == 0 { freeWords &= freeWords &- 1 }
        }
        header.pointee.freeWords = freeWords
        header.pointee.committedPages = pages
        header.pointee.carvedBytes = carved
        header.pointee.used += UInt32(count)
        if header.pointee.used > geometry.capacity / 2 { header.pointee.purgeBelow = geometry.capacity / 4 }
        return (count, fresh, (pages & ~pagesBefore).nonzeroBitCount << pageShift)
    }

    /// Takes a block back.
    func put(_ block: UnsafeMutableRawPointer, classIndex: Int, geometry: SlabGeometry, pool: UInt32) {
        precondition(
            header.pointee.pool == pool && header.pointee.classIndex == UInt8(classIndex),
            "a block was freed that is not this pool's, or with another size than it was allocated with")
        let distance = UInt32(truncatingIfNeeded: block - base) &- geometry.blocksOffset
        let index = UInt32((UInt64(distance) &* geometry.reciprocal) >> 32)
        precondition(
            index < geometry.capacity && index &* geometry.blockBytes == distance, "what was freed is no block's start")
        let (word, bit) = (Int(index >> 6), UInt64(1) << UInt64(index & 63))
        precondition(words[word] & bit == 0, "a block was freed twice")
        words[word] |= bit
        header.pointee.freeWords |= 1 << UInt64(word)
        header.pointee.used -= 1
    }

    /// Has the words read that ``put(_:classIndex:geometry:pool:)`` needs.
    func prefetch(for block: UnsafeMutableRawPointer, geometry: SlabGeometry) {
        strata_prefetch(base)
        let distance = UInt32(truncatingIfNeeded: block - base) &- geometry.blocksOffset
        strata_prefetch(words + Int((UInt64(distance) &* geometry.reciprocal) >> 38))
    }

    /// Gives the pages back to the system that hold no used block; the first one, with the header, stays.
    ///
    /// - Returns: their bytes.
    /// - Complexity: O(pages), and a system call for each run of them.
    func purge(pageShift: Int) -> Int {
        let geometry = geometry
        let pageBytes = 1 << pageShift
        let pages = geometry.kind.slabBytes >> pageShift
        var given: UInt64 = 0
        for page in 1..<Swift.max(pages, 1) where header.pointee.committedPages >> UInt64(page) & 1 == 1 {
            let start = page << pageShift
            let first = Swift.max(start - Int(geometry.blocksOffset), 0) / Int(geometry.blockBytes)
            let last = (start + pageBytes - 1 - Int(geometry.blocksOffset)) / Int(geometry.blockBytes)
            if areFree(first, Swift.min(last, Int(geometry.capacity) - 1)) { given |= 1 << UInt64(page) }
        }
        var left = given
        while left != 0 {
            let first = left.trailingZeroBitCount
            let length = (~(left >> UInt64(first))).trailingZeroBitCount
            // Whole pages of the slab, with nothing in them that anybody holds.
            madvise(base + first << pageShift, length << pageShift, Int32(MADV_DONTNEED))
            left &= length == 64 ? 0 : ~(((1 << UInt64(length)) - 1) << UInt64(first))
        }
        header.pointee.committedPages &= ~given
        header.pointee.purgeBelow = header.pointee.used / 2
        return given.nonzeroBitCount << pageShift
    }

    private func areFree(_ first: Int, _ last: Int) -> Bool {
        var index = first
        while index <= last {
            let length = Swift.min(64 - index & 63, last - index + 1)
            let mask: UInt64 = (~0 >> UInt64(64 - length)) << UInt64(index & 63)
            if words[index >> 6] & mask != mask { return false }
            index += length
        }
        return true
    }
}
