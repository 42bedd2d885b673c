/// Strings as interners are given them.
enum InternerText {
    /// The address and length of a string: without bytes there may be no address, and none is read then.
    @inline(__always)
    static func pointer(_ text: Span<UInt8>) -> (bytes: UnsafeRawPointer, count: Int) {
        let buffer = text.withUnsafeBufferPointer { $0 }
        let bytes = UnsafeRawPointer(buffer.baseAddress) ?? UnsafeRawPointer(bitPattern: 1).unsafelyUnwrapped
        return (bytes, buffer.count)
    }

    /// - Throws: `invalidArgument` when the bytes are not UTF-8.
    static func requireUTF8(_ bytes: UnsafeRawPointer, count: Int) throws(StrataError) {
        if isASCII(bytes, count: count) { return }
        let buffer = UnsafeRawBufferPointer(start: bytes, count: count).assumingMemoryBound(to: UInt8.self)
        do { _ = try UTF8Span(validating: Span(_unsafeElements: buffer)) } catch {
            throw StrataError(
                .invalidArgument, "a string of \(count) bytes is not UTF-8", remedy: "decode it first")
        }
    }

    /// Most keys and names are, and it is a tenth of the work of asking for UTF-8.
    @inline(__always)
    private static func isASCII(_ bytes: UnsafeRawPointer, count: Int) -> Bool {
        let high: UInt64 = 0x8080_8080_8080_8080
        guard count >= 8 else {
            var seen: UInt8 = 0
            for offset in 0..<count { seen |= bytes.load(fromByteOffset: offset, as: UInt8.self) }
            return seen < 0x80
        }
        var seen = ByteHash.word(bytes, count &- 8)
        var offset = 0
        while offset < count &- 8 {
            seen |= ByteHash.word(bytes, offset)
            offset &+= 8
        }
        return seen & high == 0
    }

    /// Strings one after another, and where each begins and the last one ends.
    static func joined(_ texts: [String]) -> (bytes: [UInt8], offsets: [Int]) {
        var bytes: [UInt8] = []
        var offsets = [0]
        offsets.reserveCapacity(texts.count + 1)
        for text in texts {
            bytes.append(contentsOf: text.utf8)
            offsets.append(bytes.count)
        }
        return (bytes, offsets)
    }
}
