import Strata
import Synchronization

/// Another file system whose n-th call fails, once.
final class FailingFileSystem: FileSystem {
    private let base: any FileSystem
    private let failure: Int32
    private let callsLeft: Atomic<Int>

    /// - Parameter call: the number, from 1, of the call that fails with `failure`.
    init(_ base: any FileSystem, failing call: Int, with failure: Int32) {
        self.base = base
        self.failure = failure
        callsLeft = Atomic(call)
    }

    /// Whether the failure has happened.
    var hasFailed: Bool { callsLeft.load(ordering: .relaxed) <= 0 }

    private func count(_ action: String, _ path: String) throws(StrataError) {
        if callsLeft.subtract(1, ordering: .relaxed).newValue == 0 {
            throw .refused(action, path: path, errno: failure)
        }
    }

    func open(_ path: String, _ access: FileAccess) throws(StrataError) -> OpenFile {
        try count("open the file", path)
        return try base.open(path, access)
    }

    func close(_ descriptor: Int32) { base.close(descriptor) }

    func read(
        _ file: borrowing OpenFile, into buffer: UnsafeMutableRawBufferPointer
    ) throws(StrataError) -> Int {
        try count("read", file.path)
        return try base.read(file, into: buffer)
    }

    func read(
        _ file: borrowing OpenFile, into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64
    ) throws(StrataError) -> Int {
        try count("read", file.path)
        return try base.read(file, into: buffer, at: offset)
    }

    func write(_ file: borrowing OpenFile, _ bytes: UnsafeRawBufferPointer) throws(StrataError) {
        try count("write", file.path)
        try base.write(file, bytes)
    }

    func write(
        _ file: borrowing OpenFile, _ bytes: UnsafeRawBufferPointer, at offset: UInt64
    ) throws(StrataError) {
        try count("write", file.path)
        try base.write(file, bytes, at: offset)
    }

    func preallocate(_ file: borrowing OpenFile, byteCount: UInt64) throws(StrataError) {
        try count("reserve space", file.path)
        try base.preallocate(file, byteCount: byteCount)
    }

    func truncate(_ file: borrowing OpenFile, to byteCount: UInt64) throws(StrataError) {
        try count("set the length", file.path)
        try base.truncate(file, to: byteCount)
    }

    func lock(_ file: borrowing OpenFile) throws(StrataError) -> Bool {
        try count("lock", file.path)
        return try base.lock(file)
    }

    func makeFolder(_ path: String) throws(StrataError) {
        try count("make the folder", path)
        try base.makeFolder(path)
    }

    func synchronize(_ file: borrowing OpenFile) throws(StrataError) {
        try count("synchronize", file.path)
        try base.synchronize(file)
    }

    func synchronizeData(_ file: borrowing OpenFile) throws(StrataError) {
        try count("synchronize", file.path)
        try base.synchronizeData(file)
    }

    func synchronizeFolder(_ path: String) throws(StrataError) {
        try count("synchronize", path)
        try base.synchronizeFolder(path)
    }

    func rename(_ path: String, to newPath: String) throws(StrataError) {
        try count("rename", path)
        try base.rename(path, to: newPath)
    }

    func remove(_ path: String) throws(StrataError) { try base.remove(path) }

    func size(of file: borrowing OpenFile) throws(StrataError) -> UInt64 { try base.size(of: file) }

    func map(_ file: borrowing OpenFile) throws(StrataError) -> FileMapping {
        try count("map", file.path)
        return try base.map(file)
    }

    func map(_ pieces: [FilePiece], byteCount: Int) throws(StrataError) -> FileMapping {
        try count("map", pieces.first?.file.file.path ?? "")
        return try base.map(pieces, byteCount: byteCount)
    }

    func unmap(_ mapping: FileMapping) { base.unmap(mapping) }

    func list(_ path: String) throws(StrataError) -> [String] { try base.list(path) }

    func kind(of path: String) throws(StrataError) -> FileKind? {
        try count("look at", path)
        return try base.kind(of: path)
    }
}
