import CStrata

/// The bytes of a trained quantizer: a head of 32 bytes, then 32-bit floats, all little-endian.
///
/// Head: `kind[8] version:u32 metric:u32 dimensions:u32 parts:u32 checksum:u64`, where the checksum is XXH3-64 of all
/// bytes with zeros in its own place.
struct CodebookBytes {
    static let headBytes = 32
    static let version: UInt32 = 1

    enum Kind: String {
        case scalar = "STRATASQ"
        case product = "STRATAPQ"
    }

    var metric: SimilarityMetric
    var dimensions: Int
    var parts: Int
    var values: [Float]

    init(metric: SimilarityMetric, dimensions: Int, parts: Int, values: [Float]) {
        self.metric = metric
        self.dimensions = dimensions
        self.parts = parts
        self.values = values
    }

    /// The bytes to keep.
    func encoded(as kind: Kind) -> [UInt8] {
        var bytes = Array(kind.rawValue.utf8)
        bytes.reserveCapacity(Self.headBytes + values.count * 4)
        for field in [Self.version, UInt32(metric.rawValue), UInt32(dimensions), UInt32(parts), 0, 0] {
            Self.append(field, to: &bytes)
        }
        for value in values { Self.append(value.bitPattern, to: &bytes) }
        let checksum = strata_xxh3_64(bytes, bytes.count)
        for index in 0..<8 { bytes[24 + index] = UInt8(truncatingIfNeeded: checksum >> UInt64(8 * index)) }
        return bytes
    }

    /// Reads bytes back.
    ///
    /// - Parameter count: how many numbers a codebook of so many dimensions and parts has; nil where there is none.
    /// - Throws: `unsupportedFormat` when they are of another kind or version, `corrupted` when they are damaged.
    init(
        _ bytes: RawSpan, kind: Kind, count: (_ dimensions: Int, _ parts: Int) -> Int?
    ) throws(StrataError) {
        guard bytes.byteCount >= Self.headBytes else {
            throw StrataError(
                .corrupted, "a codebook of \(bytes.byteCount) bytes is shorter than its head of \(Self.headBytes)")
        }
        let name = Array(kind.rawValue.utf8)
        for index in 0..<8 where bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self) != name[index] {
            throw StrataError(.unsupportedFormat, "these bytes are no codebook of kind \(kind.rawValue)", offset: 0)
        }
        guard Self.field(bytes, 8) == Self.version else {
            throw StrataError(
                .unsupportedFormat, "a codebook of version \(Self.field(bytes, 8)); this library reads \(Self.version)",
                offset: 8)
        }
        var copy = [UInt8](repeating: 0, count: bytes.byteCount)
        var stored: UInt64 = 0
        for index in copy.indices {
            let byte = bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)
            if (24..<32).contains(index) {
                stored |= UInt64(byte) << UInt64(8 * (index - 24))
            } else {
                copy[index] = byte
            }
        }
        guard strata_xxh3_64(copy, copy.count) == stored else {
            throw StrataError(.corrupted, "a codebook does not match its checksum", offset: 24)
        }
        guard let metric = UInt8(exactly: Self.field(bytes, 12)).flatMap(SimilarityMetric.init(rawValue:)) else {
            throw StrataError(
                .corrupted, "a codebook for metric \(Self.field(bytes, 12)), which there is none of", offset: 12)
        }
        self.metric = metric
        dimensions = Int(Self.field(bytes, 16))
        parts = Int(Self.field(bytes, 20))
        guard let expected = count(dimensions, parts), bytes.byteCount == Self.headBytes + expected * 4 else {
            throw StrataError(
                .corrupted, "a codebook of \(dimensions) components in \(parts) parts with \(bytes.byteCount) bytes",
                offset: 16)
        }
        values = []
        values.reserveCapacity(expected)
        for index in 0..<expected {
            let value = Float(bitPattern: Self.field(bytes, Self.headBytes + index * 4))
            guard value.magnitude < 1e18 else {
                throw StrataError(
                    .corrupted, "number \(index) of a codebook is not finite, or too large",
                    offset: UInt64(Self.headBytes + index * 4))
            }
            values.append(value)
        }
    }

    private static func field(_ bytes: RawSpan, _ offset: Int) -> UInt32 {
        UInt32(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    private static func append(_ field: UInt32, to bytes: inout [UInt8]) {
        for shift in [0, 8, 16, 24] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: field >> shift)) }
    }
}

extension ScalarQuantizer {
    /// The quantizer as bytes, to be kept.
    public var bytes: [UInt8] {
        CodebookBytes(metric: metric, dimensions: dimensions, parts: 1, values: centre).encoded(as: .scalar)
    }

    /// Reads what ``bytes`` gave.
    ///
    /// - Throws: `unsupportedFormat` when they are of another kind or version, `corrupted` when they are damaged.
    public init(bytes: RawSpan) throws(StrataError) {
        let book = try CodebookBytes(bytes, kind: .scalar) { dimensions, parts in
            (1...65_536).contains(dimensions) && parts == 1 ? dimensions : nil
        }
        do throws(StrataError) {
            try self.init(metric: book.metric, centre: book.values)
        } catch {
            throw StrataError(.corrupted, error.message)
        }
    }
}
