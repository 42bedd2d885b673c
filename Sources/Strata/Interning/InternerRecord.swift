import Glibc
import Synchronization

/// One string of an ``InternerStore``: see there for the layout.
///
/// Invariant: `address` is that of a whole record, which never changes and lives as long as the store.
struct InternerRecord: BitwiseCopyable {
    let address: UnsafeRawPointer

    @inline(__always)
    var id: UInt32 { address.load(as: UInt32.self) }

    @inline(__always)
    private var shortLength: UInt16 { address.load(fromByteOffset: 4, as: UInt16.self) }

    /// The bytes, which live as long as the store.
    @inline(__always)
    var bytes: UnsafeBufferPointer<UInt8> {
        let length = shortLength
        if _fastPath(length != InternerStore.longMark) {
            return UnsafeBufferPointer(
                start: (address + InternerStore.headerBytes).assumingMemoryBound(to: UInt8.self), count: Int(length))
        }
        let start = address.loadUnaligned(fromByteOffset: 8, as: UInt.self)
        return UnsafeBufferPointer(
            start: UnsafePointer(bitPattern: start), count: address.loadUnaligned(fromByteOffset: 16, as: Int.self))
    }

    /// Whether the string is these bytes.
    @inline(__always)
    func matches(_ other: UnsafeRawPointer, count: Int) -> Bool {
        if _fastPath(count < InternerStore.longBytes) {
            return Int(shortLength) == count
                && Self.areEqual(address + InternerStore.headerBytes, other, count: count)
        }
        guard shortLength == InternerStore.longMark else { return false }
        let bytes = bytes
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

extension InternerStore {
    /// Words that the record of a string takes.
    @inline(__always)
    static func words(of byteCount: Int) -> Int {
        byteCount < longBytes ? (headerBytes + byteCount + 3) / 4 : longRecordWords
    }

    /// The record at a location.
    @inline(__always)
    func record(at location: UInt32) -> InternerRecord { InternerRecord(address: text.address(location)) }

    /// The record of an id.
    ///
    /// - Precondition: the id was given out by this store. What is not is found out, but for an id that another thread
    ///   is just being given.
    @inline(__always)
    func record(of id: UInt32) -> InternerRecord { record(at: location(of: id)) }

    /// The location of an id.
    ///
    /// - Precondition: as of ``record(of:)``.
    @inline(__always)
    func location(of id: UInt32) -> UInt32 {
        precondition(Int(id) < count, "the id belongs to another interner")
        let location = idWord(id).pointee.load(ordering: .acquiring)
        precondition(location != 0, "the id was not given out yet")
        return location
    }

    /// Writes a record and the location of its id; afterwards the id may be given away.
    ///
    /// - Parameters:
    ///   - location: room for it, for the caller alone.
    ///   - long: a copy of the bytes, when they are too long for a record.
    @inline(__always)
    func write(
        _ id: UInt32, _ bytes: UnsafeRawPointer?, count: Int, long: UnsafeMutableRawPointer?, at location: UInt32
    ) {
        let record = UnsafeMutableRawPointer(text.address(location))
        record.storeBytes(of: id, as: UInt32.self)
        if let long {
            record.storeBytes(of: Self.longMark, toByteOffset: 4, as: UInt16.self)
            record.storeBytes(of: UInt(bitPattern: long), toByteOffset: 8, as: UInt.self)
            record.storeBytes(of: count, toByteOffset: 16, as: Int.self)
        } else {
            record.storeBytes(of: UInt16(count), toByteOffset: 4, as: UInt16.self)
            if let bytes { (record + Self.headerBytes).copyMemory(from: bytes, byteCount: count) }
        }
        idWord(id).pointee.store(location, ordering: .releasing)
    }

    /// `UInt32` and its atomic have one layout, and zeroed memory is an initialised atomic.
    @inline(__always)
    private func idWord(_ id: UInt32) -> UnsafeMutablePointer<Atomic<UInt32>> {
        UnsafeMutableRawPointer(ids.address(id)).assumingMemoryBound(to: Atomic<UInt32>.self)
    }
}
