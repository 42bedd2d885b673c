import Glibc

/// Where the bytes of a snapshot that is written go: all of them to a file, or those that are not what they were in the
/// state before it to a delta.
struct SnapshotOutput: ~Copyable {
    /// What is written.
    enum Form {
        case whole
        /// A delta over this state, at this path.
        case delta(over: ParentState, path: String)
    }

    private var file: AtomicFileWriter
    private let parent: ParentState?
    /// The block of the snapshot that is gathered.
    private let block: WorkArray<UInt8>
    private var used = 0
    private var number = 0
    private var extents: [DeltaExtent] = []

    init(
        path: String, fileSystem: any FileSystem, bufferByteCount: Int, _ form: Form
    ) throws(StrataError) {
        var (state, target): (ParentState?, String) = (nil, path)
        if case .delta(let parent, let path) = form { (state, target) = (parent, path) }
        var file = try AtomicFileWriter(path: target, fileSystem: fileSystem, bufferByteCount: bufferByteCount)
        if state != nil {
            // The header comes last: it says what is in the file.
            let zeros = [UInt8](repeating: 0, count: DeltaFormat.payloadStart)
            try zeros.withUnsafeBufferPointer { (zeros) throws(StrataError) in
                try file.write(UnsafeRawBufferPointer(zeros))
            }
        }
        parent = state
        block = WorkArray(unsetCount: state == nil ? 0 : SnapshotFormat.blockByteCount)
        self.file = file
    }

    /// Takes the snapshot's next bytes.
    mutating func write(_ bytes: UnsafeRawBufferPointer) throws(StrataError) {
        guard parent != nil else { return try file.write(bytes) }
        var rest = bytes
        while !rest.isEmpty {
            let step = min(rest.count, block.count - used)
            UnsafeMutableRawBufferPointer(block.slice(used..<used + step))
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: rest[..<step]))
            used += step
            rest = UnsafeRawBufferPointer(rebasing: rest[step...])
            if used == block.count { try endBlock() }
        }
    }

    /// Stores a block that is not what it was.
    private mutating func endBlock() throws(StrataError) {
        defer {
            number += 1
            used = 0
        }
        let bytes = UnsafeRawBufferPointer(UnsafeBufferPointer(block.slice(0..<used)))
        // The first block has the head, which is written last and is never what it was. The last extent goes on to the end:
        // one more would be too many.
        let isFree = number > 0 && extents.count < DeltaFormat.extentMaximum
        if isFree, parent!.has(bytes, at: number << SnapshotFormat.blockShift) { return }
        if let last = extents.last, last.first + last.count == UInt64(number) {
            extents[extents.count - 1].count += 1
        } else {
            extents.append(DeltaExtent(first: UInt64(number), count: 1))
        }
        try file.write(bytes)
    }

    /// Replaces the bytes at the snapshot's start, and makes the file permanent.
    ///
    /// - Returns: the blocks that were stored; nil of a whole snapshot.
    consuming func commit(head: UnsafeRawBufferPointer) throws(StrataError) -> Int? {
        guard let parent else {
            try file.overwrite(head, at: 0)
            try file.commit()
            return nil
        }
        if used > 0 { try endBlock() }
        try file.overwrite(head, at: UInt64(DeltaFormat.payloadStart))
        let alignment = UInt64(DeltaFormat.extentAlignment)
        let padding = Int((alignment - file.count % alignment) % alignment)
        try append([UInt8](repeating: 0, count: padding))
        let snapshot = head.loadUnaligned(as: ZeroCopyHeader.self)
        var header = DeltaHeader(
            extentCount: UInt32(extents.count), parentChecksum: parent.checksum, parentSize: UInt64(parent.byteCount),
            resultChecksum: snapshot.checksum, resultSize: snapshot.totalSize, extentOffset: file.count)
        header.checksum = header.hash(extents)
        for extent in extents { try append(extent) }
        try withUnsafeBytes(of: header) { (bytes) throws(StrataError) in try file.overwrite(bytes, at: 0) }
        let stored = extents.reduce(0) { $0 + Int($1.count) }
        try file.commit()
        return stored
    }

    private mutating func append(_ bytes: [UInt8]) throws(StrataError) {
        try bytes.withUnsafeBufferPointer { (bytes) throws(StrataError) in
            try file.write(UnsafeRawBufferPointer(bytes))
        }
    }

    private mutating func append(_ extent: DeltaExtent) throws(StrataError) {
        try withUnsafeBytes(of: extent) { (bytes) throws(StrataError) in try file.write(bytes) }
    }
}

/// The last state of a chain, mapped, to be compared with.
final class ParentState: Sendable {
    let chain: SnapshotChain
    private let mapping: FileMapping
    private let fileSystem: any FileSystem

    init(_ chain: SnapshotChain, _ fileSystem: any FileSystem) throws(StrataError) {
        self.chain = chain
        self.fileSystem = fileSystem
        mapping = try fileSystem.map(chain.pieces, byteCount: chain.byteCount)
        // A base that is no snapshot, or a damaged one, is told now and not when the delta is read.
        _ = try SnapshotLayout(mapping.bytes, path: chain.path)
    }

    deinit { fileSystem.unmap(mapping) }

    var checksum: UInt64 { chain.checksum }
    var byteCount: Int { chain.byteCount }
    var bytes: UnsafeRawBufferPointer { mapping.bytes }

    /// Whether these bytes lie there.
    func has(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Bool {
        guard offset <= mapping.bytes.count, bytes.count <= mapping.bytes.count - offset else { return false }
        return memcmp(mapping.bytes.baseAddress! + offset, bytes.baseAddress!, bytes.count) == 0
    }
}
