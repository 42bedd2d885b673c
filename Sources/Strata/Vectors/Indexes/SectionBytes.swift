import CStrata

/// Reading and writing the numbers of an index section: little-endian, in place.
///
/// Invariant: a reader is only made for sections whose length was compared with what their header says.
enum SectionBytes {
    /// Parts of a section start at multiples of this: a cache line, and the largest vector of the kernels.
    static let alignment = 64
    /// Length of a section's header.
    static let headerBytes = 128
    /// Where the header's checksum is: over all that lies in front of it.
    static let checksumOffset = 120
    /// Where the checksum of all behind the header is.
    static let contentChecksumOffset = 112

    /// Index sections are used in place: a machine of the other byte order cannot.
    static var isNative: Bool { 1.littleEndian == 1 }

    static func load<Value: FixedWidthInteger & BitwiseCopyable>(
        _ base: UnsafeRawPointer, _ offset: Int, as: Value.Type
    ) -> Value {
        Value(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: Value.self))
    }

    static func store(_ value: some FixedWidthInteger & BitwiseCopyable, _ base: UnsafeMutableRawPointer, _ offset: Int)
    {
        base.storeBytes(of: value.littleEndian, toByteOffset: offset, as: type(of: value))
    }
}

extension SectionBytes {
    /// Checks what the headers of all index sections have in common: length, alignment, magic, version and checksum.
    ///
    /// - Throws: `unsupportedFormat` when the bytes are no such section or of another version, `corrupted` when they are
    ///   cut short or the header is damaged, `invalidArgument` when they are not aligned to 16.
    static func open(
        _ bytes: UnsafeRawBufferPointer, magic: UInt64, version: UInt32, name: String
    ) throws(StrataError) -> UnsafeRawPointer {
        guard isNative else {
            throw StrataError(.unsupportedFormat, "\(name) cannot be used on a big-endian machine")
        }
        guard bytes.count >= headerBytes, let base = bytes.baseAddress else {
            throw StrataError(.corrupted, "\(name) of \(bytes.count) bytes is cut short", remedy: remedy)
        }
        guard Int(bitPattern: base) % 16 == 0 else {
            throw StrataError(
                .invalidArgument, "\(name) must start at a multiple of 16 bytes in memory",
                remedy: "map the file, or copy the section to aligned memory")
        }
        guard load(base, 0, as: UInt64.self) == magic else {
            throw StrataError(.unsupportedFormat, "these bytes are not \(name)", offset: 0)
        }
        let found = load(base, 8, as: UInt32.self)
        guard found == version else {
            throw StrataError(
                .unsupportedFormat, "\(name) of version \(found); this library reads \(version)", offset: 8,
                remedy: remedy)
        }
        guard load(base, checksumOffset, as: UInt64.self) == strata_xxh3_64(base, checksumOffset) else {
            throw damage(name, "the header does not match its checksum", checksumOffset)
        }
        return base
    }

    /// Writes both checksums into the header; all other bytes are written.
    static func sign(_ base: UnsafeMutableRawPointer, byteCount: Int) {
        store(strata_xxh3_64(base + headerBytes, byteCount - headerBytes), base, contentChecksumOffset)
        store(strata_xxh3_64(base, checksumOffset), base, checksumOffset)
    }

    /// Checks the bytes behind the header.
    static func verify(_ base: UnsafeRawPointer, byteCount: Int, name: String) throws(StrataError) {
        let sum = strata_xxh3_64(base + headerBytes, byteCount - headerBytes)
        guard load(base, contentChecksumOffset, as: UInt64.self) == sum else {
            throw damage(name, "the bytes behind the header do not match their checksum", contentChecksumOffset)
        }
    }

    static func damage(_ name: String, _ what: String, _ offset: Int) -> StrataError {
        StrataError(.corrupted, "\(name) is damaged: \(what)", offset: UInt64(offset), remedy: remedy)
    }

    private static let remedy = "build the index anew from its vectors"
}

/// Where the parts of a section lie: one behind the other, each aligned. Sums that overflow make a length that no section
/// has.
struct SectionPlaces {
    private(set) var end: Int
    private(set) var overflows = false

    init() { end = SectionBytes.headerBytes }

    /// The offset of the next part.
    mutating func place(_ count: Int, of size: Int) -> Int {
        let (bytes, tooMany) = count.multipliedReportingOverflow(by: size)
        let start = (end + SectionBytes.alignment - 1) & ~(SectionBytes.alignment - 1)
        guard !tooMany, bytes >= 0, bytes < Int.max / 4, start < Int.max / 4 else {
            overflows = true
            return 0
        }
        end = start + bytes
        return start
    }
}
