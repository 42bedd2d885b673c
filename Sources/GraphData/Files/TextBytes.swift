import Glibc

/// Questions to bytes of text.
enum TextBytes {
    /// Whether two texts are the same, byte by byte.
    static func isEqual(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        guard let first = left.baseAddress, let second = right.baseAddress else { return true }
        return memcmp(first, second, left.count) == 0
    }

    /// The first byte of a range that is not part of valid UTF-8; nil where all are. Eight bytes at a time while they
    /// are ASCII.
    static func firstInvalid(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int? {
        var index = 0
        let raw = UnsafeRawPointer(bytes)
        var seen: UInt64 = 0
        while index + 32 <= count {
            seen =
                raw.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                | raw.loadUnaligned(fromByteOffset: index + 8, as: UInt64.self)
                | raw.loadUnaligned(fromByteOffset: index + 16, as: UInt64.self)
                | raw.loadUnaligned(fromByteOffset: index + 24, as: UInt64.self)
            if seen & 0x8080_8080_8080_8080 != 0 { break }
            index += 32
        }
        while index < count, bytes[index] < 0x80 { index += 1 }
        if index == count { return nil }
        // All before is ASCII, so that a character begins here.
        let rest = unsafe Span(_unsafeStart: bytes + index, count: count - index)
        do throws(UTF8.ValidationError) {
            _ = try UTF8Span(validating: rest)
            return nil
        } catch {
            return index + error.byteOffsets.lowerBound
        }
    }

    /// Some bytes as an excerpt for an error message: at most 24 characters, with controls as `?`.
    static func excerpt(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> String {
        let text = String(decoding: UnsafeBufferPointer(start: bytes, count: min(count, 128)), as: UTF8.self)
        var excerpt = ""
        for scalar in text.unicodeScalars.prefix(24) {
            let isControl = scalar.properties.generalCategory == .control
            excerpt.unicodeScalars.append(isControl ? "?" : scalar)
        }
        return text.unicodeScalars.count > 24 || count > 128 ? excerpt + "..." : excerpt
    }
}
