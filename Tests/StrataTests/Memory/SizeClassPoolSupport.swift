import Strata

/// A live block of a test, filled with bytes that only it has.
struct PoolBlock: @unchecked Sendable {
    let address: UnsafeMutableRawPointer
    let byteCount: Int
    private let tag: UInt64

    init(_ address: UnsafeMutableRawPointer, _ byteCount: Int, tag: UInt64) {
        self.address = address
        self.byteCount = byteCount
        self.tag = tag
        // Word by word: the thread sanitizer does not see what the standard library's own loops write.
        for offset in offsets { (address + offset).storeBytes(of: byte(offset), as: UInt8.self) }
    }

    /// Whether the block holds what it was filled with.
    var isIntact: Bool { offsets.allSatisfy { (address + $0).load(as: UInt8.self) == byte($0) } }

    /// Some bytes at the start, the last one, and one in each page.
    private var offsets: [Int] {
        Array(0..<Swift.min(byteCount, 16)) + (byteCount > 16 ? [byteCount - 1] : [])
            + Array(stride(from: 4_096, to: byteCount, by: 4_096))
    }

    private func byte(_ offset: Int) -> UInt8 { UInt8(truncatingIfNeeded: tag >> UInt64(offset % 8 * 8)) }
}

extension SplitMix64 {
    /// A size as payloads have it: mostly small, sometimes of a slab for large blocks, seldom too large for any.
    mutating func poolSize() -> Int {
        switch below(100) {
        case 0: return 32_769 + below(100_000)
        case 1...3: return 2_049 + below(30_720)
        case 4...20: return below(2_049)
        default: return below(200)
        }
    }
}

/// Two heaps of one pool, and the pool itself as a third that only frees.
struct TwoHeaps: ~Copyable {
    private var first: PoolHeap
    private var second: PoolHeap

    init(_ pool: SizeClassPool) {
        first = pool.makeHeap()
        second = pool.makeHeap()
    }

    mutating func allocate(_ heap: Int, byteCount: Int) throws(StrataError) -> UnsafeMutableRawPointer {
        heap == 0 ? try first.allocate(byteCount: byteCount) : try second.allocate(byteCount: byteCount)
    }

    mutating func allocate(_ heap: Int, count: Int, byteCount: Int) throws -> [UnsafeMutableRawPointer] {
        try [UnsafeMutableRawPointer](unsafeUninitializedCapacity: Swift.max(count, 1)) { buffer, filled in
            if heap == 0 {
                try first.allocate(count: count, byteCount: byteCount, into: buffer.baseAddress!)
            } else {
                try second.allocate(count: count, byteCount: byteCount, into: buffer.baseAddress!)
            }
            filled = count
        }
    }

    /// One block is freed by itself, several together.
    mutating func free(_ heap: Int, _ blocks: [UnsafeMutableRawPointer], byteCount: Int, _ pool: SizeClassPool) {
        blocks.withUnsafeBufferPointer { blocks in
            switch (heap, blocks.count) {
            case (0, 1): first.free(blocks[0], byteCount: byteCount)
            case (0, _): first.free(blocks, byteCount: byteCount)
            case (1, 1): second.free(blocks[0], byteCount: byteCount)
            case (1, _): second.free(blocks, byteCount: byteCount)
            case (_, 1): pool.free(blocks[0], byteCount: byteCount)
            default: pool.free(blocks, byteCount: byteCount)
            }
        }
    }

    mutating func flush(_ heap: Int) { if heap == 0 { first.flush() } else { second.flush() } }

    /// Lets a heap go and makes another.
    mutating func replace(_ heap: Int, _ pool: SizeClassPool) {
        if heap == 0 { first = pool.makeHeap() } else { second = pool.makeHeap() }
    }
}
