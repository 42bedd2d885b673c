import Glibc

/// Where scratch files are made: the folder of the file that is to be written.
final class ScratchSpace: Sendable {
    /// The file that is to be written, for messages.
    let path: String
    private let fileSystem: any FileSystem

    init(path: String, fileSystem: any FileSystem) {
        self.path = path
        self.fileSystem = fileSystem
    }

    /// Makes a file that has no name any more: whatever happens to the process, nothing of it is left.
    func makeFile() throws(StrataError) -> ScratchFile {
        let folder = AtomicFileWriter.folder(of: path)
        let file = try AtomicFileWriter.createTemporary(in: folder, for: path, fileSystem)
        do throws(StrataError) { try fileSystem.remove(file.path) } catch { throw told(error) }
        return ScratchFile(file, self, fileSystem)
    }

    /// A failure with a scratch file, as one of the file that is to be written.
    func told(_ error: StrataError) -> StrataError {
        guard let number = error.errno else { return error }
        return .refused("keep what is not yet in order in scratch files beside it", path: path, errno: number)
    }
}

/// Bytes that do not fit in memory, for as long as they are needed. They go when the last owner of the file does.
final class ScratchFile: Sendable {
    private let file: OpenFile
    private let fileSystem: any FileSystem
    let space: ScratchSpace

    init(_ file: consuming OpenFile, _ space: ScratchSpace, _ fileSystem: any FileSystem) {
        self.file = file
        self.space = space
        self.fileSystem = fileSystem
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(StrataError) {
        do throws(StrataError) { try fileSystem.write(file, bytes, at: UInt64(offset)) } catch {
            throw space.told(error)
        }
    }

    /// Reads exactly as many bytes as the buffer has.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(StrataError) {
        let count: Int
        do throws(StrataError) {
            count = try fileSystem.read(file, into: buffer, at: UInt64(offset))
        } catch { throw space.told(error) }
        guard count == buffer.count else { throw space.told(.refused("read", path: space.path, errno: EIO)) }
    }
}

/// Bytes from the first to the last of a scratch file.
struct ScratchExtent {
    let file: ScratchFile
    let byteCount: Int
}

/// Fills a scratch file from its start.
struct ScratchWriter: ~Copyable {
    private let file: ScratchFile
    private let buffer: WorkArray<UInt8>
    private var used = 0
    private var flushed = 0

    init(_ space: ScratchSpace, bufferByteCount: Int) throws(StrataError) {
        file = try space.makeFile()
        buffer = WorkArray(unsetCount: max(bufferByteCount, 64))
    }

    /// The bytes appended so far.
    var count: Int { flushed + used }

    /// Appends a record of at most 64 bytes.
    @inline(__always)
    mutating func append<Record: BitwiseCopyable>(_ record: Record) throws(StrataError) {
        if buffer.count - used < MemoryLayout<Record>.size { try flush() }
        UnsafeMutableRawPointer(buffer.base + used).storeBytes(of: record, as: Record.self)
        used += MemoryLayout<Record>.size
    }

    /// Appends the low `stride` bytes of a number.
    @inline(__always)
    mutating func append(_ number: UInt64, stride: Int) throws(StrataError) {
        if buffer.count - used < MemoryLayout<UInt64>.size { try flush() }
        // All eight bytes are stored; what is not the number's own is stored over by the next one.
        UnsafeMutableRawPointer(buffer.base + used).storeBytes(of: number, as: UInt64.self)
        used += stride
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) throws(StrataError) {
        if buffer.count - used < bytes.count { try flush() }
        guard bytes.count <= buffer.count else {
            try file.write(bytes, at: flushed)
            flushed += bytes.count
            return
        }
        UnsafeMutableRawBufferPointer(buffer.slice(used..<used + bytes.count)).copyMemory(from: bytes)
        used += bytes.count
    }

    private mutating func flush() throws(StrataError) {
        guard used > 0 else { return }
        try file.write(UnsafeRawBufferPointer(start: buffer.base, count: used), at: flushed)
        flushed += used
        used = 0
    }

    /// Ends the writing.
    consuming func finish() throws(StrataError) -> ScratchExtent {
        try flush()
        return ScratchExtent(file: file, byteCount: flushed)
    }
}

/// Reads a part of a scratch file in order.
struct ScratchReader: ~Copyable {
    private let file: ScratchFile
    private let buffer: WorkArray<UInt8>
    /// Where the next byte that is not in the buffer lies in the file.
    private var position: Int
    private let end: Int
    private var used = 0
    private var filled = 0

    init(_ file: ScratchFile, _ range: Range<Int>, bufferByteCount: Int) {
        self.file = file
        buffer = WorkArray(unsetCount: max(bufferByteCount, 64))
        position = range.lowerBound
        end = range.upperBound
    }

    init(_ extent: ScratchExtent, bufferByteCount: Int) {
        self.init(extent.file, 0..<extent.byteCount, bufferByteCount: bufferByteCount)
    }

    var isAtEnd: Bool { used == filled && position == end }

    /// Reads a record of at most 64 bytes. The caller knows that it is there.
    @inline(__always)
    mutating func read<Record: BitwiseCopyable>(_ type: Record.Type) throws(StrataError) -> Record {
        if filled - used < MemoryLayout<Record>.size { try refill() }
        assert(filled - used >= MemoryLayout<Record>.size)
        let record = UnsafeRawPointer(buffer.base + used).loadUnaligned(as: Record.self)
        used += MemoryLayout<Record>.size
        return record
    }

    /// Replaces the contents of `bytes` by the next `count` ones.
    mutating func read(_ count: Int, into bytes: inout [UInt8]) throws(StrataError) {
        bytes.removeAll(keepingCapacity: true)
        while bytes.count < count {
            if used == filled { try refill() }
            let step = min(count - bytes.count, filled - used)
            bytes.append(contentsOf: buffer.slice(used..<used + step))
            used += step
        }
    }

    /// The next bytes, as many as are at hand; none at the end. They stay until the next call.
    mutating func next() throws(StrataError) -> UnsafeRawBufferPointer {
        if used == filled { try refill() }
        defer { used = filled }
        return UnsafeRawBufferPointer(UnsafeBufferPointer(buffer.slice(used..<filled)))
    }

    private mutating func refill() throws(StrataError) {
        let rest = filled - used
        (buffer.base).update(from: buffer.base + used, count: rest)
        let step = min(buffer.count - rest, end - position)
        try file.read(into: UnsafeMutableRawBufferPointer(buffer.slice(rest..<rest + step)), at: position)
        position += step
        used = 0
        filled = rest + step
    }
}
