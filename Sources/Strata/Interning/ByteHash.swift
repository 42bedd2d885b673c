/// A 64-bit hash of bytes for hash tables in memory; never written to a file.
///
/// Sixteen bytes a step, folded in by a full 64 x 64 bit multiplication (wyhash, Wang Yi 2019); the last step reads the
/// last 16 bytes, which may overlap those before, so that no byte is read alone in strings of 4 and more. Not keyed: a
/// store that takes strings from an adversary should bound their number.
@usableFromInline
enum ByteHash {
    @usableFromInline static var keys: (UInt64, UInt64, UInt64) {
        @inlinable @inline(__always) get { (0xA076_1D64_78BD_642F, 0xE703_7ED1_A0B4_28DB, 0x8EBC_6AF0_9C88_C6E3) }
    }

    @inlinable
    @inline(__always)
    static func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = a.multipliedFullWidth(by: b)
        return product.high ^ product.low
    }

    /// - Complexity: O(bytes).
    @inlinable
    @inline(__always)
    static func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
        // Without bytes there may be an address or none: the hash is the same.
        guard let base = UnsafeRawPointer(bytes.baseAddress) else { return finished(keys.0, length: 0) }
        return hash(base, count: bytes.count)
    }

    /// - Complexity: O(bytes).
    @inlinable
    @inline(__always)
    static func hash(_ base: UnsafeRawPointer, count: Int) -> UInt64 {
        var hash: UInt64 = 0x9E37_79B9_7F4A_7C15
        if _fastPath(count > 16) {
            // All steps but the last; what the last one reads again does no harm.
            var offset = 0
            repeat {
                hash = fold(word(base, offset) ^ keys.0, word(base, offset &+ 8) ^ hash)
                offset &+= 16
            } while offset < count &- 16
            hash = fold(word(base, count &- 16) ^ keys.1, word(base, count &- 8) ^ hash)
        } else if count >= 8 {
            hash = fold(word(base, 0) ^ keys.1, word(base, count &- 8) ^ hash)
        } else if count >= 4 {
            hash = fold(half(base, 0) ^ keys.1, half(base, count &- 4) ^ hash)
        } else if count > 0 {
            // Three places that between them are all of one, two or three bytes.
            let first = UInt64(base.load(as: UInt8.self))
            let middle = UInt64(base.load(fromByteOffset: count &>> 1, as: UInt8.self))
            let last = UInt64(base.load(fromByteOffset: count &- 1, as: UInt8.self))
            hash = fold((first &<< 16 | middle &<< 8 | last) ^ keys.1, hash)
        } else {
            return finished(keys.0, length: 0)
        }
        return finished(hash, length: count)
    }

    /// The length comes last, after a multiplication: beside a word it would cancel bits of it, and strings whose
    /// overlapping words are the same differ in nothing else.
    @inlinable
    @inline(__always)
    static func finished(_ hash: UInt64, length: Int) -> UInt64 {
        fold(hash ^ UInt64(truncatingIfNeeded: length), keys.2)
    }

    @inlinable
    @inline(__always)
    static func word(_ base: UnsafeRawPointer, _ offset: Int) -> UInt64 {
        base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    }

    @inlinable
    @inline(__always)
    static func half(_ base: UnsafeRawPointer, _ offset: Int) -> UInt64 {
        UInt64(base.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
}
