import CStrata

/// The file `root` of a database: which base snapshot is current, and what the log goes on from. 64 bytes, little-endian:
///
///     0   `STRATAR1`             8   format version        12  components of an embedding, 0 for none yet
///     16  identity, 16 bytes     32  epoch: checkpoints    40  the last transaction that the base has
///     48  the base's number, 0 for none                    56  checksum of the bytes before
///
/// It is replaced as a whole, so that there is always one that is right.
struct DatabaseRoot: Equatable {
    static let magic: UInt64 = 0x3152_4154_4152_5453
    static let version: UInt32 = 1
    static let byteCount = 64

    var identity: DatabaseIdentity
    var dimensions: UInt32 = 0
    var epoch: UInt64 = 0
    /// The number of the last transaction that the base has.
    var sequence: UInt64 = 0
    /// The number in the name of the base's file; 0 as long as there is none.
    var base: UInt64 = 0

    private enum Offset {
        static let magic = 0
        static let version = 8
        static let dimensions = 12
        static let identityHigh = 16
        static let identityLow = 24
        static let epoch = 32
        static let sequence = 40
        static let base = 48
        static let checksum = 56
    }

    // MARK: - The file

    /// Makes this the root of the database in a folder.
    func write(to path: String, fileSystem: any FileSystem) throws(StrataError) {
        var writer = try AtomicFileWriter(path: path, fileSystem: fileSystem, bufferByteCount: Self.byteCount)
        let bytes = encoded
        try bytes.span.withUnsafeBytes { (bytes) throws(StrataError) in try writer.write(bytes) }
        try writer.commit()
    }

    /// The root in a file.
    ///
    /// - Throws: `corrupted`, `unsupportedFormat`, `ioFailure`.
    init(path: String, fileSystem: any FileSystem) throws(StrataError) {
        let file = try fileSystem.open(path, .read)
        guard try fileSystem.size(of: file) == UInt64(Self.byteCount) else {
            throw Self.damage("the root of the database does not have \(Self.byteCount) bytes", path, 0)
        }
        var bytes = [UInt8](repeating: 0, count: Self.byteCount)
        let count = try bytes.withUnsafeMutableBufferPointer { (bytes) throws(StrataError) in
            try fileSystem.read(file, into: UnsafeMutableRawBufferPointer(bytes), at: 0)
        }
        guard count == Self.byteCount else { throw .refused("read the root of the database", path: path, errno: 5) }
        try self.init(decoding: bytes, path: path)
    }

    init(identity: DatabaseIdentity) { self.identity = identity }

    // MARK: - The bytes

    var encoded: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Self.byteCount)
        bytes.withUnsafeMutableBytes { bytes in
            func store<Number: FixedWidthInteger & BitwiseCopyable>(_ number: Number, _ offset: Int) {
                bytes.storeBytes(of: number.littleEndian, toByteOffset: offset, as: Number.self)
            }
            store(Self.magic, Offset.magic)
            store(Self.version, Offset.version)
            store(dimensions, Offset.dimensions)
            store(identity.high, Offset.identityHigh)
            store(identity.low, Offset.identityLow)
            store(epoch, Offset.epoch)
            store(sequence, Offset.sequence)
            store(base, Offset.base)
            store(strata_xxh3_64(bytes.baseAddress, Offset.checksum), Offset.checksum)
        }
        return bytes
    }

    private init(decoding bytes: [UInt8], path: String) throws(StrataError) {
        func number<Number: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, _: Number.Type = Number.self) -> Number
        {
            bytes.withUnsafeBytes { Number(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: Number.self)) }
        }
        let checksum = bytes.withUnsafeBytes { strata_xxh3_64($0.baseAddress, Offset.checksum) }
        guard number(Offset.magic) == Self.magic else {
            throw StrataError(
                .unsupportedFormat, "this is no root of a database", path: path, offset: 0,
                remedy: "name the folder of a database")
        }
        guard number(Offset.checksum) == checksum else {
            throw Self.damage("the root of the database does not match its checksum", path, Offset.checksum)
        }
        let version: UInt32 = number(Offset.version)
        guard version == Self.version else {
            throw StrataError(
                .unsupportedFormat, "the database has format version \(version), and this program reads version 1",
                path: path, offset: UInt64(Offset.version), remedy: "open it with the program that wrote it")
        }
        identity = DatabaseIdentity(high: number(Offset.identityHigh), low: number(Offset.identityLow))
        dimensions = number(Offset.dimensions)
        epoch = number(Offset.epoch)
        sequence = number(Offset.sequence)
        base = number(Offset.base)
    }

    private static func damage(_ what: String, _ path: String, _ offset: Int) -> StrataError {
        StrataError(.corrupted, what, path: path, offset: UInt64(offset), remedy: "restore the database from a backup")
    }
}
