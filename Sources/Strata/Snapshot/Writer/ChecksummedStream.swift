/// The bytes of a snapshot on their way to the file: gathered, hashed block by block, written in large pieces.
struct ChecksummedStream: ~Copyable {
    /// The hashes of the blocks that are complete so far; of all blocks after ``seal()``.
    private(set) var leaves: [UInt64] = []

    private var output: SnapshotOutput
    /// Whole blocks.
    private let buffer: WorkArray<UInt8>
    private var used = 0
    /// The bytes that have left the buffer: a multiple of the block's length until ``seal()``.
    private var written = 0
    private let coveredStart: Int
    private var sealed = false

    /// - Parameters:
    ///   - coveredStart: the offset from which on bytes count for the blocks' hashes.
    ///   - bufferByteCount: the bytes that are gathered; taken up to whole blocks.
    init(
        path: String, fileSystem: any FileSystem, coveredStart: Int, bufferByteCount: Int,
        _ form: SnapshotOutput.Form = .whole
    ) throws(StrataError) {
        let blocks = (bufferByteCount + SnapshotFormat.blockByteCount - 1) / SnapshotFormat.blockByteCount
        buffer = WorkArray(unsetCount: max(blocks, 1) * SnapshotFormat.blockByteCount)
        output = try SnapshotOutput(
            path: path, fileSystem: fileSystem,
            bufferByteCount: min(buffer.count, AtomicFileWriter.standardBufferByteCount), form)
        self.coveredStart = coveredStart
    }

    /// The offset of the next byte.
    var offset: Int { written + used }

    mutating func append(_ bytes: UnsafeRawBufferPointer) throws(StrataError) {
        var rest = bytes
        while !rest.isEmpty {
            let step = min(rest.count, buffer.count - used)
            UnsafeMutableRawBufferPointer(buffer.slice(used..<used + step))
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: rest[..<step]))
            used += step
            rest = UnsafeRawBufferPointer(rebasing: rest[step...])
            if used == buffer.count { try drain() }
        }
    }

    mutating func append<Record: BitwiseCopyable>(_ record: Record) throws(StrataError) {
        guard MemoryLayout<Record>.size < buffer.count - used else {
            try withUnsafeBytes(of: record) { (bytes) throws(StrataError) in try append(bytes) }
            return
        }
        UnsafeMutableRawPointer(buffer.base + used).storeBytes(of: record, as: Record.self)
        used += MemoryLayout<Record>.size
    }

    /// Appends `count` numbers of `stride` bytes each, made in the buffer one by one.
    mutating func append(count: Int, stride: Int, _ number: (Int) -> UInt64) throws(StrataError) {
        var next = 0
        while next < count {
            // Each number is stored with 8 bytes, and those that are not its own are stored over by the next one.
            let room = buffer.count - used
            let step = room < 8 ? 0 : min(count - next, (room - 8) / stride + 1)
            let start = UnsafeMutableRawPointer(buffer.base + used)
            for index in 0..<step {
                start.storeBytes(of: number(next + index), toByteOffset: index * stride, as: UInt64.self)
            }
            used += step * stride
            next += step
            if next < count {
                try withUnsafeBytes(of: number(next)) { (bytes) throws(StrataError) in
                    try append(UnsafeRawBufferPointer(rebasing: bytes[..<stride]))
                }
                next += 1
            }
        }
        if used == buffer.count { try drain() }
    }

    /// Appends numbers of `stride` bytes each.
    mutating func append<Number: FixedWidthInteger & BitwiseCopyable>(
        _ numbers: borrowing WorkArray<Number>, stride: Int
    ) throws(StrataError) {
        let base = UnsafePointer(numbers.base)
        try append(count: numbers.count, stride: stride) { UInt64(truncatingIfNeeded: base[$0]) }
    }

    /// Appends zeros up to an offset that is not behind the current one.
    mutating func pad(to offset: Int) throws(StrataError) {
        assert(offset >= self.offset)
        while self.offset < offset { try append(UInt8(0)) }
    }

    /// Ends the bytes that the blocks' hashes cover. What follows is written without a hash.
    mutating func seal() throws(StrataError) {
        try drain()
        sealed = true
    }

    /// Replaces the bytes at the start of the snapshot, and makes the file permanent.
    ///
    /// - Returns: the blocks that a delta stores; nil of a whole snapshot.
    @discardableResult
    consuming func commit(head: UnsafeRawBufferPointer) throws(StrataError) -> Int? {
        try drain()
        return try output.commit(head: head)
    }

    private mutating func drain() throws(StrataError) {
        let bytes = UnsafeRawBufferPointer(start: buffer.base, count: used)
        if !sealed {
            for start in stride(from: 0, to: used, by: SnapshotFormat.blockByteCount) {
                let end = min(start + SnapshotFormat.blockByteCount, used)
                let covered = min(max(start, coveredStart - written), end)..<end
                leaves.append(ChecksumTree.hash(UnsafeRawBufferPointer(rebasing: bytes[covered])))
            }
        }
        try output.write(bytes)
        written += used
        used = 0
    }
}
