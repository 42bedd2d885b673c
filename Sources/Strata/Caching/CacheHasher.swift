/// Hashes keys for the caches: 32 bits, well spread, seeded as the process's hashing is.
///
/// Integers are multiplied into 128 bits whose halves are folded together (Wang Yi, "wyhash", 2019), about a nanosecond
/// where Swift's SipHash takes fifteen; all other keys go through `hashValue`. The seed comes from Swift's own, so that
/// nobody outside can aim at one bucket, and deterministic hashing makes runs repeat.
@frozen
public struct CacheHasher: Sendable {
    @usableFromInline let seed: UInt64

    /// A hasher with the process's seed.
    public init() { seed = UInt64(bitPattern: Int64(0x5354_5241_5441.hashValue)) }

    /// A hasher with a seed of the caller's: for tests.
    init(seed: UInt64) { self.seed = seed }

    /// The hash of a key.
    ///
    /// - Complexity: O(1) for integers; what hashing the key takes otherwise.
    @inlinable @inline(__always)
    public func hash<Key: Hashable>(_ key: Key) -> UInt32 {
        // Specialised code keeps one of these branches.
        if Key.self == UInt64.self { return mix(unsafeBitCast(key, to: UInt64.self)) }
        if Key.self == Int.self { return mix(UInt64(bitPattern: Int64(unsafeBitCast(key, to: Int.self)))) }
        if Key.self == UInt32.self { return mix(UInt64(unsafeBitCast(key, to: UInt32.self))) }
        if Key.self == Int32.self { return mix(UInt64(UInt32(bitPattern: unsafeBitCast(key, to: Int32.self)))) }
        return mix(UInt64(bitPattern: Int64(key.hashValue)))
    }

    @inlinable @inline(__always)
    func mix(_ word: UInt64) -> UInt32 {
        let product = (word ^ seed).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        let folded = product.high ^ product.low
        return UInt32(truncatingIfNeeded: folded ^ (folded >> 32))
    }

    /// Other bits of the same key: for samples and sketches, which must not go along with the place in a table.
    @inlinable @inline(__always)
    static func remix(_ hash: UInt32) -> UInt32 {
        // The finaliser of MurmurHash3 (Appleby, 2011): a bijection in which each bit depends on all.
        var word = hash
        word = (word ^ (word >> 16)) &* 0x85EB_CA6B
        word = (word ^ (word >> 13)) &* 0xC2B2_AE35
        return word ^ (word >> 16)
    }
}
