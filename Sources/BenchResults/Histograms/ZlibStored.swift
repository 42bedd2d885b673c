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
