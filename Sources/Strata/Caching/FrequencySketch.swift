/// About how often a key was asked for lately, in four bits: a count-min sketch of counters up to 15 that are halved now
/// and then (Einziger, Friedman and Manes, "TinyLFU", 2017). A key's four counters are in one line of 64 bytes.
///
/// Invariant: `words` holds 8 << `blockBits` words of 16 counters each, from memory aligned to 64.
@frozen @usableFromInline
struct FrequencySketch: ~Copyable, @unchecked Sendable {
    @usableFromInline var words: UnsafeMutablePointer<UInt64>
    @usableFromInline var blockBits: UInt32
    @usableFromInline var additions = 0

    @usableFromInline
    init(slots: Int = 0) {
        blockBits = Self.blockBits(slots: slots)
        words = Self.allocate(blockBits)
    }

    @inlinable deinit { UnsafeMutableRawPointer(words).deallocate() }

    /// Sixteen counters a slot, a block of 128 for eight, and never so few blocks that small caches mix everything up.
    @usableFromInline
    static func blockBits(slots: Int) -> UInt32 {
        let blocks = Swift.max(8, (slots + 7) / 8)
        return UInt32(Int.bitWidth - (blocks - 1).leadingZeroBitCount)
    }

    @usableFromInline
    static func byteCount(slots: Int) -> Int { 64 << Int(blockBits(slots: slots)) }

    private static func allocate(_ blockBits: UInt32) -> UnsafeMutablePointer<UInt64> {
        let count = 8 << Int(blockBits)
        let memory = UnsafeMutableRawPointer.allocate(byteCount: count * 8, alignment: 64)
        return memory.initializeMemory(as: UInt64.self, repeating: 0, count: count)
    }

    /// Makes the sketch wider. A block's place is the upper bits of a hash, so that two blocks come of each one, with
    /// the same counts.
    @usableFromInline
    mutating func reserve(slots: Int) {
        let wanted = Self.blockBits(slots: slots)
        guard wanted > blockBits else { return }
        let wider = Self.allocate(wanted)
        let copies = 1 << Int(wanted - blockBits)
        for block in 0..<1 << Int(blockBits) {
            for copy in 0..<copies {
                (wider + (block * copies + copy) * 8).update(from: words + block * 8, count: 8)
            }
        }
        UnsafeMutableRawPointer(words).deallocate()
        words = wider
        blockBits = wanted
    }

    @inlinable @inline(__always)
    func block(_ mixed: UInt32) -> UnsafeMutablePointer<UInt64> {
        words + Int(truncatingIfNeeded: (UInt64(mixed) << UInt64(blockBits)) >> 32) &* 8
    }

    /// Counts a request, and halves all counters after `sample` of them.
    @inlinable
    mutating func add(_ hash: UInt32, sample: Int) {
        let mixed = CacheHasher.remix(hash)
        let block = block(mixed)
        var bits = (mixed &* 0x9E37_79B1) >> 4
        for row in 0..<4 {
            let word = block + (row &* 2 &+ Int(bits & 1))
            let shift = UInt64((bits >> 1) & 15) &* 4
            if (word.pointee >> shift) & 15 < 15 { word.pointee &+= 1 << shift }
            bits >>= 7
        }
        additions &+= 1
        if additions >= sample { halve() }
    }

    /// How often a key was asked for, at least as far as its counters were not shared: 0 to 15.
    @inlinable
    func frequency(of hash: UInt32) -> Int {
        let mixed = CacheHasher.remix(hash)
        let block = block(mixed)
        var bits = (mixed &* 0x9E37_79B1) >> 4
        var least: UInt64 = 15
        for row in 0..<4 {
            let word = block[row &* 2 &+ Int(bits & 1)]
            least = Swift.min(least, (word >> (UInt64((bits >> 1) & 15) &* 4)) & 15)
            bits >>= 7
        }
        return Int(least)
    }

    @usableFromInline
    mutating func halve() {
        for word in 0..<8 << Int(blockBits) { words[word] = (words[word] >> 1) & 0x7777_7777_7777_7777 }
        additions /= 2
    }
}
