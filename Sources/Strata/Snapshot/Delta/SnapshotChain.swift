/// A snapshot and the deltas over it: each has what changed since the state before it.
///
/// The deltas of `graph.strata` are `graph.strata.delta-1`, `graph.strata.delta-2` and so on, in the same folder. Each
/// names the state that it is laid over by the `checksum` in that state's header, so that no other one is taken for it.
///
/// Deltas that lead to the state that the base has itself were folded into it, and are left over from a fold that
/// was cut short: they are passed over.
public struct SnapshotChain: Sendable {
    /// A delta.
    public struct Link: Sendable, Hashable {
        public let path: String
        /// The number in its name.
        public let number: Int
        /// The blocks that it stores.
        public let blockCount: Int
        /// The length of the snapshot that comes of it.
        public let resultByteCount: Int
    }

    /// The base's path.
    public let path: String
    /// The deltas that are laid over the base, in order.
    public let links: [Link]
    /// The deltas that were folded into the base already, in order of their numbers.
    let folded: [Link]
    /// The checksum in the header of the last state.
    public let checksum: UInt64
    /// The length of the last state as one file.
    public let byteCount: Int
    /// Where the bytes of the last state are; in order, and of all bytes.
    let pieces: [FilePiece]

    /// The number for the next delta.
    var nextNumber: Int { ((links.last ?? folded.last)?.number ?? 0) + 1 }

    /// The name of a delta over the base at `path`.
    public static func path(ofDelta number: Int, over path: String) -> String { "\(path).delta-\(number)" }

    /// Reads the heads of the snapshot at `path` and of its deltas, and checks that each fits the state before it.
    ///
    /// - Throws: `corrupted` when a delta is damaged, missing, or laid over another snapshot; `unsupportedFormat`;
    ///   `limitExceeded` when there are more than ``DeltaFormat/chainMaximum``; `ioFailure`.
    /// - Complexity: O(extents): constant in the snapshot's length.
    public init(path: String, fileSystem: some FileSystem = RealFileSystem()) throws(StrataError) {
        try self.init(path, fileSystem)
    }

    init(_ path: String, _ fileSystem: any FileSystem) throws(StrataError) {
        self = try Self.opened(path, fileSystem)
    }

    private static func opened(
        _ path: String, _ fileSystem: any FileSystem
    ) throws(StrataError) -> SnapshotChain {
        var attempts = 0
        while true {
            attempts += 1
            let base = SharedFile(try fileSystem.open(path, .read))
            let checksum = try Self.checksum(of: base, fileSystem)
            // When the base is replaced while the deltas are looked at, they belong to another one: look again.
            func isReplaced() throws(StrataError) -> Bool {
                guard attempts < Self.attemptMaximum else { return false }
                return try Self.checksum(of: SharedFile(try fileSystem.open(path, .read)), fileSystem) != checksum
            }
            do throws(StrataError) {
                let chain = try SnapshotChain(path, base, checksum, fileSystem)
                if try !isReplaced() { return chain }
            } catch {
                if try !isReplaced() { throw error }
            }
        }
    }

    private static let attemptMaximum = 8

    /// The checksum in the header of a snapshot; nil when there is no header.
    private static func checksum(of file: SharedFile, _ fileSystem: any FileSystem) throws(StrataError) -> UInt64? {
        var words = [UInt64](repeating: 0, count: SnapshotFormat.headerByteCount / MemoryLayout<UInt64>.stride)
        guard try DeltaFile.fill(&words, file, at: 0, fileSystem) else { return nil }
        return words.withUnsafeBytes { $0.load(as: ZeroCopyHeader.self) }.checksum
    }

    private init(
        _ path: String, _ base: SharedFile, _ baseChecksum: UInt64?, _ fileSystem: any FileSystem
    ) throws(StrataError) {
        self.path = path
        let size = try fileSystem.size(of: base.file)
        var deltas: [(number: Int, file: DeltaFile)] = []
        for number in try Self.numbers(of: path, fileSystem) {
            deltas.append((number, try DeltaFile(Self.path(ofDelta: number, over: path), fileSystem)))
        }
        func link(_ delta: (number: Int, file: DeltaFile)) -> Link {
            Link(
                path: delta.file.path, number: delta.number,
                blockCount: Int(delta.file.extents.reduce(0) { $0 + $1.count }),
                resultByteCount: Int(delta.file.header.resultSize))
        }
        let live = (deltas.lastIndex { $0.file.header.resultChecksum == baseChecksum } ?? -1) + 1
        folded = deltas[..<live].map { link($0) }
        links = deltas[live...].map { link($0) }
        guard links.count <= DeltaFormat.chainMaximum + 1 else {
            throw StrataError(
                .limitExceeded,
                "there are \(links.count) deltas over the snapshot, and at most "
                    + "\(DeltaFormat.chainMaximum) are read", path: path,
                remedy: "fold them with the version of Strata that wrote them")
        }

        var state = (
            checksum: baseChecksum ?? 0, size: size, name: path, number: live > 0 ? deltas[live - 1].number : 0
        )
        for (number, delta) in deltas[live...] {
            guard state.checksum == delta.header.parentChecksum, state.size == delta.header.parentSize else {
                throw Self.misfit(delta, number, over: state, of: path)
            }
            state = (delta.header.resultChecksum, delta.header.resultSize, delta.path, number)
        }
        checksum = state.checksum
        byteCount = Int(clamping: state.size)
        pieces = try Self.pieces(deltas[live...].map(\.file), base, Int(clamping: size), byteCount: byteCount)
    }

    /// A delta that is laid over another state than the one before it.
    private static func misfit(
        _ delta: DeltaFile, _ number: Int, over state: (checksum: UInt64, size: UInt64, name: String, number: Int),
        of path: String
    ) -> StrataError {
        func digits(_ checksum: UInt64) -> String {
            let digits = String(checksum, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }
        if number > state.number + 1 {
            let missing = Self.path(ofDelta: number - 1, over: path)
            return StrataError(
                .corrupted, "the delta cannot be read without the one before it, \(missing), which is missing",
                path: delta.path, remedy: "bring that one back, or remove this one and those behind it")
        }
        return StrataError(
            .corrupted,
            "the delta belongs over a snapshot with the checksum \(digits(delta.header.parentChecksum)), "
                + "and \(state.name) has \(digits(state.checksum))",
            path: delta.path, remedy: "bring that snapshot back, or remove the delta and those behind it")
    }

    /// The numbers of the deltas that there are, ascending.
    static func numbers(of path: String, _ fileSystem: any FileSystem) throws(StrataError) -> [Int] {
        let name = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path[path.index(after: $0)...] } ?? path[...]
        let prefix = "\(name).delta-"
        var numbers: [Int] = []
        for entry in try fileSystem.list(AtomicFileWriter.folder(of: path)) where entry.hasPrefix(prefix) {
            // Only names as they are given: no sign, no leading zero.
            let digits = entry.dropFirst(prefix.count)
            if let number = Int(digits), number > 0, String(number) == digits { numbers.append(number) }
        }
        return numbers.sorted()
    }

    /// Where each byte of the last state is: in the newest delta that stores its block, or in the base.
    private static func pieces(
        _ deltas: [DeltaFile], _ base: SharedFile, _ baseSize: Int, byteCount: Int
    ) throws(StrataError) -> [FilePiece] {
        let shift = SnapshotFormat.blockShift
        var open = [0..<DeltaFormat.blockCount(byteCount)]
        var pieces: [FilePiece] = []
        func take(_ blocks: Range<Int>, from file: SharedFile, at offset: Int) {
            let start = blocks.lowerBound << shift
            pieces.append(
                FilePiece(
                    file: file, offset: offset, destination: start,
                    byteCount: min(blocks.upperBound << shift, byteCount) - start))
        }
        for delta in deltas.reversed() {
            var left: [Range<Int>] = []
            var offset = DeltaFormat.payloadStart
            var extents = delta.extents[...]
            for range in open {
                var start = range.lowerBound
                while start < range.upperBound {
                    // Extents that end before the range are behind us for good.
                    while let extent = extents.first, Int(extent.first + extent.count) <= start {
                        offset += Int(extent.count) << shift
                        extents = extents.dropFirst()
                    }
                    guard let extent = extents.first, Int(extent.first) < range.upperBound else {
                        left.append(start..<range.upperBound)
                        break
                    }
                    if Int(extent.first) > start { left.append(start..<Int(extent.first)) }
                    let from = max(start, Int(extent.first))
                    let end = min(range.upperBound, Int(extent.first + extent.count))
                    take(from..<end, from: delta.file, at: offset + (from - Int(extent.first)) << shift)
                    start = end
                }
            }
            open = left
            // What is not stored here has to be in the state before it.
            if let last = open.last, min(last.upperBound << shift, byteCount) > Int(delta.header.parentSize) {
                throw .damagedSnapshot(
                    "the delta leaves out blocks that the snapshot before it does not have", path: delta.path, offset: 0
                )
            }
        }
        for range in open { take(range, from: base, at: range.lowerBound << shift) }
        return pieces.sorted { $0.destination < $1.destination }
    }
}

/// Files as they are, but that a snapshot is shown together with its deltas, as the one file that they amount to.
///
///     let snapshot = try Snapshot(path: "graph.strata", fileSystem: ChainedFiles())
///
/// The blocks are mapped where they lie, in the base and in the deltas: nothing is copied.
public struct ChainedFiles: FileSystem {
    private let base: any FileSystem

    public init(_ base: any FileSystem = RealFileSystem()) { self.base = base }

    /// Maps the last state of the chain that the file is the base of.
    ///
    /// - Throws: as ``SnapshotChain/init(path:fileSystem:)``.
    public func map(_ file: borrowing OpenFile) throws(StrataError) -> FileMapping {
        let chain = try SnapshotChain(file.path, base)
        guard !chain.links.isEmpty else { return try base.map(file) }
        return try base.map(chain.pieces, byteCount: chain.byteCount)
    }

    public func map(_ pieces: [FilePiece], byteCount: Int) throws(StrataError) -> FileMapping {
        try base.map(pieces, byteCount: byteCount)
    }

    public func unmap(_ mapping: FileMapping) { base.unmap(mapping) }
    public func open(_ path: String, _ access: FileAccess) throws(StrataError) -> OpenFile {
        try base.open(path, access)
    }
    public func close(_ descriptor: Int32) { base.close(descriptor) }
    public func read(
        _ file: borrowing OpenFile, into buffer: UnsafeMutableRawBufferPointer
    ) throws(StrataError) -> Int { try base.read(file, into: buffer) }
    public func read(
        _ file: borrowing OpenFile, into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64
    ) throws(StrataError) -> Int { try base.read(file, into: buffer, at: offset) }
    public func write(_ file: borrowing OpenFile, _ bytes: UnsafeRawBufferPointer) throws(StrataError) {
        try base.write(file, bytes)
    }
    public func write(
        _ file: borrowing OpenFile, _ bytes: UnsafeRawBufferPointer, at offset: UInt64
    ) throws(StrataError) { try base.write(file, bytes, at: offset) }
    public func synchronize(_ file: borrowing OpenFile) throws(StrataError) { try base.synchronize(file) }
    public func synchronizeData(_ file: borrowing OpenFile) throws(StrataError) { try base.synchronizeData(file) }
    public func synchronizeFolder(_ path: String) throws(StrataError) { try base.synchronizeFolder(path) }
    public func preallocate(_ file: borrowing OpenFile, byteCount: UInt64) throws(StrataError) {
        try base.preallocate(file, byteCount: byteCount)
    }
    public func truncate(_ file: borrowing OpenFile, to byteCount: UInt64) throws(StrataError) {
        try base.truncate(file, to: byteCount)
    }
    public func lock(_ file: borrowing OpenFile) throws(StrataError) -> Bool { try base.lock(file) }
    public func makeFolder(_ path: String) throws(StrataError) { try base.makeFolder(path) }
    public func rename(_ path: String, to newPath: String) throws(StrataError) { try base.rename(path, to: newPath) }
    public func remove(_ path: String) throws(StrataError) { try base.remove(path) }
    public func size(of file: borrowing OpenFile) throws(StrataError) -> UInt64 { try base.size(of: file) }
    public func list(_ path: String) throws(StrataError) -> [String] { try base.list(path) }
    public func kind(of path: String) throws(StrataError) -> FileKind? { try base.kind(of: path) }
}
