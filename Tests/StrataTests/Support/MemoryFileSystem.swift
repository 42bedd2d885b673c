import Glibc
import Strata
import Synchronization

/// Files that are kept in memory: as fast as the tests that change one bit at a time need them.
final class MemoryFileSystem: FileSystem {
    private struct State {
        var files: [String: [UInt8]] = [:]
        var open: [Int32: (path: String, position: Int)] = [:]
        var next: Int32 = 1
    }

    private let state = Mutex(State())

    init() {}

    /// The bytes of a file; nil when there is none of that name.
    subscript(path: String) -> [UInt8]? {
        get { state.withLock { $0.files[path] } }
        set { state.withLock { $0.files[path] = newValue } }
    }

    /// All files by their names.
    var contents: [String: [UInt8]] {
        get { state.withLock { $0.files } }
        set { state.withLock { $0.files = newValue } }
    }

    var names: [String] { state.withLock { $0.files.keys.sorted() } }
    var openCount: Int { state.withLock { $0.open.count } }

    func open(_ path: String, _ access: FileAccess) throws(StrataError) -> OpenFile {
        let descriptor: Int32? = state.withLock { state in
            let exists = state.files[path] != nil
            guard access == .readWrite || exists == (access == .read) else { return nil }
            if !exists { state.files[path] = [] }
            defer { state.next += 1 }
            state.open[state.next] = (path, 0)
            return state.next
        }
        guard let descriptor else {
            throw .refused("open the file", path: path, errno: access == .read ? ENOENT : EEXIST)
        }
        return OpenFile(descriptor: descriptor, path: path, fileSystem: self)
    }

    func close(_ descriptor: Int32) { state.withLock { _ = $0.open.removeValue(forKey: descriptor) } }

    func read(
        _ file: borrowing OpenFile, into buffer: UnsafeMutableRawBufferPointer
    ) throws(StrataError) -> Int {
        let descriptor = file.descriptor
        let position = state.withLock { $0.open[descriptor]!.position }
        let count = try read(file, into: buffer, at: UInt64(position))
        state.withLock { $0.open[descriptor]!.position += count }
        return count
    }

    func read(
        _ file: borrowing OpenFile, into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64
    ) throws(StrataError) -> Int {
        let bytes = self[file.path]!.dropFirst(Int(offset)).prefix(buffer.count)
        buffer.copyBytes(from: bytes)
        return bytes.count
    }

    func write(_ file: borrowing OpenFile, _ bytes: UnsafeRawBufferPointer) throws(StrataError) {
        let descriptor = file.descriptor
        let position = state.withLock { state in
            defer { state.open[descriptor]!.position += bytes.count }
            return state.open[descriptor]!.position
        }
        try write(file, bytes, at: UInt64(position))
    }

    func write(
        _ file: borrowing OpenFile, _ bytes: UnsafeRawBufferPointer, at offset: UInt64
    ) throws(StrataError) {
        let path = file.path
        // Whole pieces of memory are copied: element by element, large files would be slow in debug builds.
        let copy = bytes.withMemoryRebound(to: UInt8.self) { Array($0) }
        state.withLock { state in
            let end = Int(offset) + copy.count
            if state.files[path]!.count == Int(offset) {
                state.files[path]! += copy
                return
            }
            if state.files[path]!.count < end {
                state.files[path]! += [UInt8](repeating: 0, count: end - state.files[path]!.count)
            }
            state.files[path]!.withUnsafeMutableBytes { file in
                copy.withUnsafeBytes {
                    UnsafeMutableRawBufferPointer(rebasing: file[Int(offset)..<end]).copyMemory(from: $0)
                }
            }
        }
    }

    func preallocate(_ file: borrowing OpenFile, byteCount: UInt64) throws(StrataError) {
        let path = file.path
        state.withLock { state in
            let growth = Int(byteCount) - state.files[path]!.count
            if growth > 0 { state.files[path]! += [UInt8](repeating: 0, count: growth) }
        }
    }

    func truncate(_ file: borrowing OpenFile, to byteCount: UInt64) throws(StrataError) {
        let path = file.path
        state.withLock { state in
            state.files[path]!.removeLast(max(0, state.files[path]!.count - Int(byteCount)))
        }
        try preallocate(file, byteCount: byteCount)
    }

    func lock(_ file: borrowing OpenFile) throws(StrataError) -> Bool { true }
    func makeFolder(_ path: String) throws(StrataError) {}

    func synchronize(_ file: borrowing OpenFile) throws(StrataError) {}
    func synchronizeData(_ file: borrowing OpenFile) throws(StrataError) {}
    func synchronizeFolder(_ path: String) throws(StrataError) {}

    func rename(_ path: String, to newPath: String) throws(StrataError) {
        let found = state.withLock { state in
            guard let bytes = state.files.removeValue(forKey: path) else { return false }
            state.files[newPath] = bytes
            return true
        }
        if !found { throw .refused("rename the file", path: path, errno: ENOENT) }
    }

    func remove(_ path: String) throws(StrataError) {
        let found = state.withLock { $0.files.removeValue(forKey: path) != nil }
        if !found { throw .refused("remove the file", path: path, errno: ENOENT) }
    }

    func size(of file: borrowing OpenFile) throws(StrataError) -> UInt64 { UInt64(self[file.path]!.count) }

    func map(_ file: borrowing OpenFile) throws(StrataError) -> FileMapping {
        let bytes = self[file.path]!
        guard !bytes.isEmpty else { return FileMapping(bytes: UnsafeRawBufferPointer(start: nil, count: 0)) }
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 4096)
        bytes.withUnsafeBytes { copy.copyMemory(from: $0) }
        return FileMapping(bytes: UnsafeRawBufferPointer(copy))
    }

    func map(_ pieces: [FilePiece], byteCount: Int) throws(StrataError) -> FileMapping {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 4096)
        for piece in pieces {
            let end = piece.destination + piece.byteCount
            let room = UnsafeMutableRawBufferPointer(rebasing: copy[piece.destination..<end])
            let count = try read(piece.file.file, into: room, at: UInt64(piece.offset))
            precondition(count == piece.byteCount, "a piece leads out of its file")
        }
        return FileMapping(bytes: UnsafeRawBufferPointer(copy))
    }

    func unmap(_ mapping: FileMapping) { mapping.bytes.deallocate() }

    func list(_ path: String) throws(StrataError) -> [String] { names }

    func kind(of path: String) throws(StrataError) -> FileKind? { self[path] == nil ? nil : .regular }
}
