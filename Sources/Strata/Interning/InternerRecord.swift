import Glibc

/// One string of an ``InternerStore``: see there for the layout.
///
/// Invariant: `address` is that of a whole record, which never changes and lives as long as the store.
@usableFromInline
@frozen
struct InternerRecord: BitwiseCopyable {
    @usableFromInline let address: UnsafeRawPointer

    @inlinable @inline(__always)
    init(address: UnsafeRawPointer) { self.address = address }

    /// Bytes before those of a string.
    @usableFromInline static var headerBytes: Int { @inlinable @inline(__always) get { 6 } }
    /// The length in the record of a string that stands elsewhere.
    @usableFromInline static var longMark: UInt16 { @inlinable @inline(__always) get { .max } }

    @inline(__always)
    var id: UInt32 { address.load(as: UInt32.self) }

    @usableFromInline var shortLength: UInt16 {
        @inlinable @inline(__always) get { address.load(fromByteOffset: 4, as: UInt16.self) }
    }

    /// The bytes, which live as long as the store.
    @usableFromInline var bytes: UnsafeBufferPointer<UInt8> {
        @inlinable @inline(__always)
        get {
            let length = shortLength
            if _fastPath(length != Self.longMark) {
                return UnsafeBufferPointer(
                    start: (address + Self.headerBytes).assumingMemoryBound(to: UInt8.self), count: Int(length))
            }
            return longBytes
        }
    }

    @usableFromInline @inline(never)
    var longBytes: UnsafeBufferPointer<UInt8> {
        let start = address.loadUnaligned(fromByteOffset: 8, as: UInt.self)
        return UnsafeBufferPointer(
            start: UnsafePointer(bitPattern: start), count: address.loadUnaligned(fromByteOffset: 16, as: Int.self))
    }

    /// Whether the string is these bytes.
    @inline(__always)
    func matches(_ other: UnsafeRawPointer, count: Int) -> Bool {
        if _fastPath(count < InternerStore.longBytes) {
            return Int(shortLength) == count && Self.areEqual(address + Self.headerBytes, other, count: count)
        }
        guard shortLength == Self.longMark else { return false }
        let bytes = longBytes
        return bytes.count == count && memcmp(bytes.baseAddress.unsafelyUnwrapped, other, count) == 0
    }

    /// `memcmp` without a call, in steps that overlap at the end.
    @inline(__always)
    private static func areEqual(_ left: UnsafeRawPointer, _ right: UnsafeRawPointer, count: Int) -> Bool {
        if _fastPath(count >= 16) {
            var offset = 0
            while offset < count &- 16 {
                if difference(left, right, offset) | difference(left, right, offset &+ 8) != 0 { return false }
                offset &+= 16
            }
            return difference(left, right, count &- 16) | difference(left, right, count &- 8) == 0
        }
        if count >= 8 { return difference(left, right, 0) | difference(left, right, count &- 8) == 0 }
        if count >= 4 {
            return ByteHash.half(left, 0) == ByteHash.half(right, 0)
                && ByteHash.half(left, count &- 4) == ByteHash.half(right, count &- 4)
        }
        var offset = 0
        while offset < count {
            guard
                left.load(fromByteOffset: offset, as: UInt8.self) == right.load(fromByteOffset: offset, as: UInt8.self)
            else { return false }
            offset &+= 1
        }
        return true
    }

    @inline(__always)
    private static func difference(_ left: UnsafeRawPointer, _ right: UnsafeRawPointer, _ offset: Int) -> UInt64 {
        ByteHash.word(left, offset) ^ ByteHash.word(right, offset)
    }
}
