import CStrata

/// The byte layout of a log's files, stated once. The guide *The log* draws it.
public enum LogFormat {
    /// The first eight bytes of a segment, `STRATAW1` as a number.
    public static let magic: UInt64 = 0x3157_4154_4152_5453
    public static let version: UInt32 = 1
    /// The bytes of a segment's header, behind which its first record stands.
    public static let headerByteCount = 64
    /// The bytes of a record in front of its payload.
    public static let recordHeaderByteCount = 32
    /// What a record's place and length are multiples of.
    public static let alignment = 8
    /// The most bytes of a payload.
    public static let payloadByteCountMaximum = 1 << 30
    /// The lengths that a segment may be asked to have. A record's distances have 32 bits.
    public static let segmentByteCounts = 1024...(1 << 30)

    /// The bytes of a record with its padding.
    @inline(__always)
    static func recordByteCount(payload count: Int) -> Int {
        (recordHeaderByteCount + count + alignment - 1) & ~(alignment - 1)
    }

    @inline(__always)
    static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt64 { strata_xxh3_64(bytes.baseAddress, bytes.count) }

    // MARK: - Names

    /// The file that whoever writes the log has locked.
    public static let lockName = "log.lock"
    /// Behind the name of a segment that is being made, or is kept to be used again.
    static let newSuffix = ".new"
    static let spareSuffix = ".spare"

    /// The name of a segment's file.
    public static func segmentName(_ number: UInt32) -> String {
        let digits = String(number)
        return "log-" + String(repeating: "0", count: 10 - digits.utf8.count) + digits
    }

    /// The number of the segment that a file's name is that of; nil for other files.
    public static func segmentNumber(_ name: String) -> UInt32? {
        guard name.utf8.count == 14, name.hasPrefix("log-"), let number = UInt32(name.dropFirst(4)) else { return nil }
        return segmentName(number) == name ? number : nil
    }
}

/// The first 64 bytes of a segment.
struct LogSegmentHeader: Equatable {
    var database: DatabaseIdentity
    /// How many times the log was opened to be written.
    var epoch: UInt64
    var segment: UInt32
    /// The sequence number that the segment's first record has or would have.
    var firstSequence: UInt64
    /// The checksum of the record before that one; 0 when there is none.
    var previous: UInt64

    private enum Offset {
        static let magic = 0
        static let version = 8
        static let segment = 12
        static let databaseHigh = 16
        static let databaseLow = 24
        static let epoch = 32
        static let firstSequence = 40
        static let previous = 48
        static let checksum = 56
    }

    /// Writes the header to the first bytes of `bytes`, which has at least 64.
    ///
    /// - Returns: its checksum.
    @discardableResult
    func encode(_ bytes: UnsafeMutableRawBufferPointer) -> UInt64 {
        bytes.storeBytes(of: LogFormat.magic.littleEndian, toByteOffset: Offset.magic, as: UInt64.self)
        bytes.storeBytes(of: LogFormat.version.littleEndian, toByteOffset: Offset.version, as: UInt32.self)
        bytes.storeBytes(of: segment.littleEndian, toByteOffset: Offset.segment, as: UInt32.self)
        bytes.storeBytes(of: database.high.littleEndian, toByteOffset: Offset.databaseHigh, as: UInt64.self)
        bytes.storeBytes(of: database.low.littleEndian, toByteOffset: Offset.databaseLow, as: UInt64.self)
        bytes.storeBytes(of: epoch.littleEndian, toByteOffset: Offset.epoch, as: UInt64.self)
        bytes.storeBytes(of: firstSequence.littleEndian, toByteOffset: Offset.firstSequence, as: UInt64.self)
        bytes.storeBytes(of: previous.littleEndian, toByteOffset: Offset.previous, as: UInt64.self)
        let checksum = LogFormat.checksum(UnsafeRawBufferPointer(rebasing: bytes[..<Offset.checksum]))
        bytes.storeBytes(of: checksum.littleEndian, toByteOffset: Offset.checksum, as: UInt64.self)
        return checksum
    }

    /// Reads the header of a file of at least 64 bytes.
    ///
    /// - Returns: the header and its checksum, which the checksums of the segment's records begin with.
    /// - Throws: `unsupportedFormat` for another kind of file or another version, `corrupted` for a damaged one.
    static func decode(
        _ bytes: UnsafeRawBufferPointer, path: String
    ) throws(StrataError) -> (header: LogSegmentHeader, salt: UInt64) {
        func number(_ offset: Int) -> UInt64 {
            UInt64(littleEndian: bytes.load(fromByteOffset: offset, as: UInt64.self))
        }
        let computed = LogFormat.checksum(UnsafeRawBufferPointer(rebasing: bytes[..<Offset.checksum]))
        let version = UInt32(littleEndian: bytes.load(fromByteOffset: Offset.version, as: UInt32.self))
        guard number(Offset.magic) == LogFormat.magic, computed == number(Offset.checksum),
            number(Offset.firstSequence) > 0
        else {
            throw StrataError(
                .corrupted, "the header of the log's segment is damaged", path: path, offset: 0,
                remedy: "restore the log from a backup")
        }
        guard version == LogFormat.version else {
            throw StrataError(
                .unsupportedFormat, "the log has format version \(version), and this program reads version 1",
                path: path, offset: UInt64(Offset.version), remedy: "open it with the program that wrote it")
        }
        let header = LogSegmentHeader(
            database: DatabaseIdentity(high: number(Offset.databaseHigh), low: number(Offset.databaseLow)),
            epoch: number(Offset.epoch),
            segment: UInt32(littleEndian: bytes.load(fromByteOffset: Offset.segment, as: UInt32.self)),
            firstSequence: number(Offset.firstSequence), previous: number(Offset.previous))
        return (header, computed)
    }
}

/// The 32 bytes in front of a record's payload.
struct LogRecordHeader {
    /// Over the rest of the record with its padding, combined with the salt of its segment.
    var checksum: UInt64
    var sequence: UInt64
    /// The checksum of the record before.
    var previous: UInt64
    /// The bytes of the payload.
    var byteCount: UInt32
    /// The bytes directly in front of the record that were not known to be on stable storage when it was written.
    var unsynchronized: UInt32

    private enum Offset {
        static let checksum = 0
        static let sequence = 8
        static let previous = 16
        static let byteCount = 24
        static let unsynchronized = 28
    }

    /// Reads the header at an address that is a multiple of 8, with 32 bytes behind it.
    @inline(__always)
    init(_ start: UnsafeRawPointer) {
        checksum = UInt64(littleEndian: start.load(fromByteOffset: Offset.checksum, as: UInt64.self))
        sequence = UInt64(littleEndian: start.load(fromByteOffset: Offset.sequence, as: UInt64.self))
        previous = UInt64(littleEndian: start.load(fromByteOffset: Offset.previous, as: UInt64.self))
        byteCount = UInt32(littleEndian: start.load(fromByteOffset: Offset.byteCount, as: UInt32.self))
        unsynchronized = UInt32(littleEndian: start.load(fromByteOffset: Offset.unsynchronized, as: UInt32.self))
    }

    /// Writes a record with its padding to `start`, whose address is a multiple of 8 and which has the room.
    ///
    /// - Returns: the record's checksum.
    @inline(__always)
    static func encode(
        _ payload: UnsafeRawBufferPointer, sequence: UInt64, previous: UInt64, unsynchronized: Int, salt: UInt64,
        to start: UnsafeMutableRawPointer
    ) -> UInt64 {
        let size = LogFormat.recordByteCount(payload: payload.count)
        // The padding is in the last eight bytes, or there is none and the payload covers them.
        (start + (size - 8)).storeBytes(of: 0, as: UInt64.self)
        if let address = payload.baseAddress {
            (start + LogFormat.recordHeaderByteCount).copyMemory(from: address, byteCount: payload.count)
        }
        start.storeBytes(of: sequence.littleEndian, toByteOffset: Offset.sequence, as: UInt64.self)
        start.storeBytes(of: previous.littleEndian, toByteOffset: Offset.previous, as: UInt64.self)
        start.storeBytes(of: UInt32(payload.count).littleEndian, toByteOffset: Offset.byteCount, as: UInt32.self)
        start.storeBytes(of: UInt32(unsynchronized).littleEndian, toByteOffset: Offset.unsynchronized, as: UInt32.self)
        let checksum = Self.checksum(start, size, salt)
        start.storeBytes(of: checksum.littleEndian, toByteOffset: Offset.checksum, as: UInt64.self)
        return checksum
    }

    /// The checksum that a record of `size` bytes with its padding has to have.
    @inline(__always)
    static func checksum(_ start: UnsafeRawPointer, _ size: Int, _ salt: UInt64) -> UInt64 {
        strata_xxh3_64(start + Offset.sequence, size - Offset.sequence) ^ salt
    }
}
