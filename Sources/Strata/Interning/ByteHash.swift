/// A 64-bit hash of bytes for hash tables in memory; never written to a file.
///
/// Eight bytes a step, each folded in by a full 64 x 64 bit multiplication (the mixing step of wyhash, Wang Yi 2019).
/// Not keyed: a store that takes strings from an adversary should bound their number.
@usableFromInline
enum ByteHash {
    @inlinable
    @inline(__always)
    static func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = a.multipliedFullWidth(by: b)
        return product.high ^ product.low
    }

    /// - Complexity: O(bytes).
    @inlinable
    static func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
        let count = bytes.count
        var hash: UInt64 = 0x9E37_79B9_7F4A_7C15
        // Without bytes there may be an address or none: the hash is the same.
        guard count > 0, let base = UnsafeRawPointer(bytes.baseAddress) else {
            return fold(hash, 0x8EBC_6AF0_9C88_C6E3)
        }
        var offset = 0
        while offset &+ 8 <= count {
            let word = base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            hash = fold(hash ^ word, 0xA076_1D64_78BD_642F)
            offset &+= 8
        }
        if offset < count {
            var word: UInt64 = 0
            var shift: UInt64 = 0
            while offset < count {
                word |= UInt64(bytes[offset]) &<< shift
                shift &+= 8
                offset &+= 1
            }
            hash = fold(hash ^ word, 0xE703_7ED1_A0B4_28DB)
        }
        // The length comes last: beside the first word it would cancel bits of it, and "\u{1}" hash as "\u{2}\0".
        return fold(hash ^ UInt64(truncatingIfNeeded: count), 0x8EBC_6AF0_9C88_C6E3)
    }
}
