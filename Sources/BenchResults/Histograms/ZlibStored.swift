/// A zlib stream of stored blocks: valid for every reader, without a compressor. A histogram's counts are folded
/// already, so that little is lost.
enum ZlibStored {
    /// The most bytes that a stored block holds.
    private static let blockLimit = 65_535

    /// The stream that holds the bytes: header, blocks, Adler-32.
    static func encode(_ bytes: [UInt8]) -> [UInt8] {
        // Deflate with a window of 32 KiB, fastest level; the two bytes are a multiple of 31 together.
        var stream: [UInt8] = [0x78, 0x01]
        stream.reserveCapacity(bytes.count + bytes.count / blockLimit * 5 + 16)
        var offset = 0
        repeat {
            let end = min(offset + blockLimit, bytes.count)
            let length = UInt16(end - offset)
            stream.append(end == bytes.count ? 1 : 0)
            stream += [UInt8(truncatingIfNeeded: length), UInt8(length >> 8)]
            stream += [UInt8(truncatingIfNeeded: ~length), UInt8(~length >> 8)]
            stream += bytes[offset..<end]
            offset = end
        } while offset < bytes.count
        return stream + HistogramEncoding.bigEndian(adler32(bytes))
    }

    /// The bytes of a stream of stored blocks; nil where it holds other blocks, is cut off or fails its checksum.
    static func decode(_ stream: [UInt8]) -> [UInt8]? {
        guard stream.count >= 2, stream[0] == 0x78, (Int(stream[0]) << 8 | Int(stream[1])) % 31 == 0 else { return nil }
        var bytes: [UInt8] = []
        var offset = 2
        while true {
            guard offset + 5 <= stream.count, stream[offset] <= 1 else { return nil }
            let isLast = stream[offset] == 1
            let length = UInt16(stream[offset + 1]) | UInt16(stream[offset + 2]) << 8
            let inverse = UInt16(stream[offset + 3]) | UInt16(stream[offset + 4]) << 8
            offset += 5
            guard length == ~inverse, offset + Int(length) <= stream.count else { return nil }
            bytes += stream[offset..<(offset + Int(length))]
            offset += Int(length)
            if isLast { break }
        }
        return stream[offset...].elementsEqual(HistogramEncoding.bigEndian(adler32(bytes))) ? bytes : nil
    }

    /// The checksum of RFC 1950.
    static func adler32(_ bytes: [UInt8]) -> UInt32 {
        var (low, high): (UInt32, UInt32) = (1, 0)
        for byte in bytes {
            low = (low + UInt32(byte)) % 65_521
            high = (high + low) % 65_521
        }
        return high << 16 | low
    }
}
