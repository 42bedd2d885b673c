/// The block sizes that ``SizeClassPool`` hands out, and how blocks of each lie in their slabs.
///
/// 79 classes: steps of 8 bytes up to 256, of 16 up to 512, then eight classes a doubling up to 2 KiB and four up to
/// 32 KiB. The steps are finest where most payloads are; past 4 KiB the rounding is in pages that nobody touches.
/// Log-normal sizes around 67 bytes lose 4 % to rounding.
///
/// Sizes above 256 and requests for a multiple of 16 get blocks whose size is a multiple of 16, so that such blocks are
/// aligned to 16; the others are aligned to 8.
@usableFromInline
enum SizeClass {
    /// The number of classes.
    static let count = 79
    /// The largest block, in bytes; what is larger is left to `malloc`.
    @usableFromInline static var largestBlockBytes: Int { 32 << 10 }
    /// Up to here, ``classes`` answers by one load.
    @usableFromInline static var largestTabledBytes: Int { 2 << 10 }

    /// The class of a size from 0 to ``largestBlockBytes``, by arithmetic.
    static func index(for byteCount: Int) -> Int {
        assert(byteCount >= 0 && byteCount <= largestBlockBytes)
        switch byteCount {
        case ...16: return 0
        case ...256: return (byteCount + 7) / 8 - 2
        case ...512: return 31 + (byteCount - 257) / 16
        case ...1_024: return 47 + (byteCount - 513) / 64
        case ...2_048: return 55 + (byteCount - 1_025) / 128
        default:
            let last = byteCount - 1
            let exponent = Int.bitWidth - 1 - last.leadingZeroBitCount
            return 63 + (exponent - 11) * 4 + (last - 1 << exponent) >> (exponent - 2)
        }
    }

    /// The size of a class's blocks, in bytes.
    static func blockBytes(of index: Int) -> Int {
        switch index {
        case ..<31: return (index + 2) * 8
        case ..<47: return 256 + (index - 30) * 16
        case ..<55: return 512 + (index - 46) * 64
        case ..<63: return 1_024 + (index - 54) * 128
        default:
            let base = 2_048 << ((index - 63) / 4)
            return base + base / 4 * ((index - 63) % 4 + 1)
        }
    }

    /// The class of each size up to ``largestTabledBytes``, at the number of its 8-byte steps (rounded up).
    ///
    /// Invariant: 257 bytes, written once and never freed.
    nonisolated(unsafe) static let classes: UnsafePointer<UInt8> = {
        let table = UnsafeMutablePointer<UInt8>.allocate(capacity: largestTabledBytes / 8 + 1)
        for step in 0...largestTabledBytes / 8 { (table + step).initialize(to: UInt8(index(for: step * 8))) }
        return UnsafePointer(table)
    }()

    /// The geometry of each class.
    ///
    /// Invariant: ``count`` elements, written once and never freed.
    nonisolated(unsafe) static let geometries: UnsafePointer<SlabGeometry> = {
        let table = UnsafeMutablePointer<SlabGeometry>.allocate(capacity: count)
        for index in 0..<count { (table + index).initialize(to: SlabGeometry(blockBytes: blockBytes(of: index))) }
        return UnsafePointer(table)
    }()
}

/// How the blocks of one size lie in a slab: the header, a bit for each block, then the blocks.
struct SlabGeometry: BitwiseCopyable, Sendable {
    /// Slabs come in two sizes, so that those of large blocks hold at least seven.
    enum Kind: Int, CaseIterable, BitwiseCopyable, Sendable {
        case small, large
        /// A slab's size and alignment in bytes: at most 64 pages of 4 KiB, which a word has the bits for.
        var slabBytes: Int { self == .small ? 64 << 10 : 256 << 10 }
    }

    let blockBytes: UInt32
    let kind: Kind
    /// Blocks in a slab: at most 4,096, so that a word can say which words of bits have any.
    let capacity: UInt32
    /// Where the first block lies, in bytes from the slab's start; a multiple of 16.
    let blocksOffset: UInt32
    /// 2^32 over the block's size, rounded up. Exact for the distances of whole blocks: the error of a distance of k
    /// blocks is below k * size / 2^32 < 1.
    let reciprocal: UInt64
    /// Blocks that a heap keeps at hand: 8 KiB of them, at least 2 and at most 64.
    let magazineCapacity: UInt32

    init(blockBytes: Int) {
        let kind = blockBytes <= SizeClass.largestTabledBytes ? Kind.small : Kind.large
        func offset(_ blocks: Int) -> Int { (PoolSlab.headerBytes + (blocks + 63) / 64 * 8 + 15) & ~15 }
        var blocks = (kind.slabBytes - PoolSlab.headerBytes) / blockBytes
        while offset(blocks) + blocks * blockBytes > kind.slabBytes { blocks -= 1 }
        precondition(blocks <= 4_096)
        self.blockBytes = UInt32(blockBytes)
        self.kind = kind
        capacity = UInt32(blocks)
        blocksOffset = UInt32(offset(blocks))
        reciprocal = ((1 << 32) + UInt64(blockBytes) - 1) / UInt64(blockBytes)
        magazineCapacity = UInt32(Swift.min(Swift.max(8_192 / blockBytes, 2), 64))
    }

    /// The slab that a block of this geometry lies in.
    func slab(of block: UnsafeMutableRawPointer) -> PoolSlab {
        let address = UInt(bitPattern: block) & ~UInt(kind.slabBytes - 1)
        // Blocks come from slabs that are aligned to their size, and no slab lies at 0.
        return PoolSlab(base: UnsafeMutableRawPointer(bitPattern: address).unsafelyUnwrapped)
    }
}
