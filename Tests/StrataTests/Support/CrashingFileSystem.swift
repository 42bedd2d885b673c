import Glibc
import Strata
import Synchronization

/// Another file system as it is up to a crash: the n-th call that changes something is done by half, and from then on
/// nothing is done any more.
final class CrashingFileSystem: FileSystem {
    private let base: any FileSystem
    private let callsLeft: Atomic<Int>

    /// - Parameter call: the number, from 1, of the call that the crash comes in.
    init(_ base: any FileSystem, at call: Int) {
        self.base = base
        callsLeft = Atomic(call)
    }

    /// Whether the crash has come.
    var hasCrashed: Bool { callsLeft.load(ordering: .relaxed) <= 0 }

    /// Whether the crash comes in this call.
    private func isLast(_ path: String) throws(StrataError) -> Bool {
        let left = callsLeft.subtract(1, ordering: .relaxed).newValue
        if left < 0 { throw .refused("go on after the crash", path: path, errno: EIO) }
        return left == 0
    }

    private func refuse(_ path: String) throws(StrataError) -> Never {
        throw .refused("go on after the crash", path: path, errno: EIO)
    }

    func open(_ path: String, _ access: FileAccess) throws(StrataError) -> OpenFile {
        if access != .read, try isLast(path) { try refuse(path) }
        return try base.open(path, access)
    }

    func close(_ descriptor: Int32) { base.close(descriptor) }

    func read(
        _ file: borrowing OpenFile, into buffer: UnsafeMutableRawBufferPointer
    ) throws(StrataError) -> Int { try base.read(file, into: buffer) }

    func read(
        _ file: borrowing OpenFile, into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64
    ) throws(StrataError) -> Int { try base.read(file, into: buffer, at: offset) }

    func write(_ file: borrowing OpenFile, _ bytes: UnsafeRawBufferPointer) throws(StrataError) {
        guard try isLast(file.path) else { return try base.write(file, bytes) }
        try base.write(file, UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count / 2)]))
        try refuse(file.path)
    }

    func write(
        _ file: borrowing OpenFile, _ bytes: UnsafeRawBufferPointer, at offset: UInt64
    ) throws(StrataError) {
        guard try isLast(file.path) else { return try base.write(file, bytes, at: offset) }
        try base.write(file, UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count / 2)]), at: offset)
        try refuse(file.path)
    }

    func preallocate(_ file: borrowing OpenFile, byteCount: UInt64) throws(StrataError) {
        if try isLast(file.path) { try refuse(file.path) }
        try base.preallocate(file, byteCount: byteCount)
    }

    func truncate(_ file: borrowing OpenFile, to byteCount: UInt64) throws(StrataError) {
        if try isLast(file.path) { try refuse(file.path) }
        try base.truncate(file, to: byteCount)
    }

    func lock(_ file: borrowing OpenFile) throws(StrataError) -> Bool { try base.lock(file) }

    func makeFolder(_ path: String) throws(StrataError) {
        if try isLast(path) { try refuse(path) }
        try base.makeFolder(path)
    }

    func synchronize(_ file: borrowing OpenFile) throws(StrataError) {
        if try isLast(file.path) { try refuse(file.path) }
        try base.synchronize(file)
    }

    func synchronizeData(_ file: borrowing OpenFile) throws(StrataError) {
        if try isLast(file.path) { try refuse(file.path) }
        try base.synchronizeData(file)
    }

    func synchronizeFolder(_ path: String) throws(StrataError) {
        if try isLast(path) { try refuse(path) }
        try base.synchronizeFolder(path)
    }

    func rename(_ path: String, to newPath: String) throws(StrataError) {
        if try isLast(path) { try refuse(path) }
        try base.rename(path, to: newPath)
    }

    func remove(_ path: String) throws(StrataError) {
        if try isLast(path) { try refuse(path) }
        try base.remove(path)
    }

    func size(of file: borrowing OpenFile) throws(StrataError) -> UInt64 { try base.size(of: file) }
    func map(_ file: borrowing OpenFile) throws(StrataError) -> FileMapping { try base.map(file) }
    func map(_ pieces: [FilePiece], byteCount: Int) throws(StrataError) -> FileMapping {
        try base.map(pieces, byteCount: byteCount)
    }
    func unmap(_ mapping: FileMapping) { base.unmap(mapping) }
    func list(_ path: String) throws(StrataError) -> [String] { try base.list(path) }
    func kind(of path: String) throws(StrataError) -> FileKind? { try base.kind(of: path) }
}
