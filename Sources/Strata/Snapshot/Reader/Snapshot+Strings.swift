import Glibc

extension Snapshot {
    /// The UTF-8 bytes of a string. O(1).
    ///
    /// The bytes are those that were written, which are valid UTF-8; ``SnapshotVerifier`` proves it of a file from
    /// elsewhere.
    @inlinable
    @_lifetime(borrow self)
    public func string(_ id: UInt32) throws(StrataError) -> Span<UInt8> {
        let range = try stringRange(id)
        return unsafe _overrideLifetime(
            Span(_unsafeStart: sections.pointee.stringBytes + range.lowerBound, count: range.count), borrowing: self)
    }

    /// A string as text of its own. Allocates when it is longer than 15 bytes. Invalid bytes, which a file from
    /// elsewhere may hold, become replacement characters.
    public func text(_ id: UInt32) throws(StrataError) -> String {
        let range = try stringRange(id)
        return String(
            decoding: UnsafeBufferPointer(start: sections.pointee.stringBytes + range.lowerBound, count: range.count),
            as: UTF8.self)
    }

    /// The id of the string with these bytes; nil when the snapshot does not have it. O(log n) in the strings.
    public func stringID(of utf8: Span<UInt8>) throws(StrataError) -> UInt32? {
        var (low, high) = (0, stringCount)
        while low < high {
            let middle = low + (high - low) / 2
            let range = try stringRange(UInt32(middle))
            let order = utf8.withUnsafeBufferPointer { wanted in
                Self.compare(sections.pointee.stringBytes + range.lowerBound, range.count, wanted)
            }
            if order == 0 { return UInt32(middle) }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        return nil
    }

    /// The id of a string; nil when the snapshot does not have it. O(log n) in the strings.
    public func stringID(of text: String) throws(StrataError) -> UInt32? { try stringID(of: text.utf8Span.span) }

    /// Where a string's bytes are in the section, checked and touched.
    @inlinable
    func stringRange(_ id: UInt32) throws(StrataError) -> Range<Int> {
        guard Int(id) < stringCount else { throw storage.outOfRange("string", Int(id), stringCount) }
        let range = try storage.range(sections.pointee.stringOffsets, Int(id), of: sections.pointee.stringByteCount)
        try storage.touch(sections.pointee.stringBytes, range)
        return range
    }

    /// Below zero when the stored string is before the wanted one, in the order of the dictionary: by bytes, and a
    /// string before those that it begins.
    private static func compare(
        _ stored: UnsafePointer<UInt8>, _ count: Int, _ wanted: UnsafeBufferPointer<UInt8>
    ) -> Int {
        let common = min(count, wanted.count)
        // An empty buffer may have no address.
        let order = common == 0 ? 0 : Int(memcmp(stored, wanted.baseAddress!, common))
        return order != 0 ? order : count - wanted.count
    }
}
