import Glibc

/// The operating system's files.
public struct RealFileSystem: FileSystem {
    public init() {}

    public func open(_ path: String, _ access: FileAccess) throws(StrataError) -> OpenFile {
        // Non-blocking, so that opening a pipe returns and can be refused below; without effect on a regular file.
        let flags =
            switch access {
            case .read: O_RDONLY | O_CLOEXEC | O_NONBLOCK
            case .readWrite: O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK
            case .createNew: O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NONBLOCK
            }
        let action = access == .createNew ? "create the file" : "open the file"
        try SystemCall.requireWholePath(path)
        let descriptor = try SystemCall.retried(action, path) {
            SystemCall.result(Int(Glibc.open(path, flags, 0o666)))
        }
        let file = OpenFile(descriptor: Int32(descriptor), path: path, fileSystem: self)
        switch Self.kind(try Self.status(of: file).st_mode) {
        case .regular: return file
        case .folder: throw .refused(action, path: path, errno: EISDIR)
        case .special:
            throw StrataError(
                .ioFailure, "cannot \(action): it is a pipe or a device, not a regular file", path: path,
                remedy: "name a regular file")
        }
    }

    public func close(_ descriptor: Int32) {
        // What had to be on disk was synchronized before. On Linux the descriptor is gone even when the call fails.
        _ = Glibc.close(descriptor)
    }

    public func read(
        _ file: borrowing OpenFile, into buffer: UnsafeMutableRawBufferPointer
    ) throws(StrataError) -> Int {
        let descriptor = file.descriptor
        return try SystemCall.continued("read", file.path, buffer.count) { done in
            SystemCall.result(Glibc.read(descriptor, buffer.baseAddress! + done, buffer.count - done))
        }
    }

    public func read(
        _ file: borrowing OpenFile, into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64
    ) throws(StrataError) -> Int {
        let descriptor = file.descriptor
        let start = try SystemCall.requireOffset(offset, adding: buffer.count, file.path)
        return try SystemCall.continued("read", file.path, buffer.count) { done in
            SystemCall.result(Glibc.pread(descriptor, buffer.baseAddress! + done, buffer.count - done, start + done))
        }
    }

    public func write(_ file: borrowing OpenFile, _ bytes: UnsafeRawBufferPointer) throws(StrataError) {
        let descriptor = file.descriptor
        let written = try SystemCall.continued("write", file.path, bytes.count) { done in
            SystemCall.result(Glibc.write(descriptor, bytes.baseAddress! + done, bytes.count - done))
        }
        guard written == bytes.count else { throw .refused("write \(bytes.count) bytes", path: file.path, errno: EIO) }
    }

    public func write(
        _ file: borrowing OpenFile, _ bytes: UnsafeRawBufferPointer, at offset: UInt64
    ) throws(StrataError) {
        let descriptor = file.descriptor
        let start = try SystemCall.requireOffset(offset, adding: bytes.count, file.path)
        let written = try SystemCall.continued("write", file.path, bytes.count) { done in
            SystemCall.result(Glibc.pwrite(descriptor, bytes.baseAddress! + done, bytes.count - done, start + done))
        }
        guard written == bytes.count else { throw .refused("write \(bytes.count) bytes", path: file.path, errno: EIO) }
    }

    public func synchronize(_ file: borrowing OpenFile) throws(StrataError) {
        let descriptor = file.descriptor
        try SystemCall.retried("bring the file to stable storage", file.path) {
            SystemCall.result(Int(fsync(descriptor)))
        }
    }

    public func synchronizeData(_ file: borrowing OpenFile) throws(StrataError) {
        let descriptor = file.descriptor
        try SystemCall.retried("bring the file to stable storage", file.path) {
            SystemCall.result(Int(fdatasync(descriptor)))
        }
    }

    public func synchronizeFolder(_ path: String) throws(StrataError) {
        try SystemCall.requireWholePath(path)
        let descriptor = try SystemCall.retried("open the folder", path) {
            SystemCall.result(Int(Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)))
        }
        let folder = OpenFile(descriptor: Int32(descriptor), path: path, fileSystem: self)
        try synchronize(folder)
    }

    public func rename(_ path: String, to newPath: String) throws(StrataError) {
        try SystemCall.requireWholePath(path)
        try SystemCall.requireWholePath(newPath)
        try SystemCall.retried("give the finished file its name", newPath) {
            SystemCall.result(Int(Glibc.rename(path, newPath)))
        }
    }

    public func remove(_ path: String) throws(StrataError) {
        try SystemCall.requireWholePath(path)
        try SystemCall.retried("remove the file", path) { SystemCall.result(Int(unlink(path))) }
    }

    public func preallocate(_ file: borrowing OpenFile, byteCount: UInt64) throws(StrataError) {
        let descriptor = file.descriptor
        let end = try SystemCall.requireOffset(byteCount, adding: 0, file.path)
        // Where the file system cannot reserve blocks, the C library writes to each of them.
        try SystemCall.retried("reserve \(byteCount) bytes", file.path) { -Int(posix_fallocate(descriptor, 0, end)) }
    }

    public func truncate(_ file: borrowing OpenFile, to byteCount: UInt64) throws(StrataError) {
        let descriptor = file.descriptor
        let end = try SystemCall.requireOffset(byteCount, adding: 0, file.path)
        try SystemCall.retried("set the length to \(byteCount) bytes", file.path) {
            SystemCall.result(Int(ftruncate(descriptor, end)))
        }
    }

    public func lock(_ file: borrowing OpenFile) throws(StrataError) -> Bool {
        let descriptor = file.descriptor
        do throws(StrataError) {
            try SystemCall.retried("lock the file", file.path) {
                SystemCall.result(Int(flock(descriptor, LOCK_EX | LOCK_NB)))
            }
        } catch {
            if error.errno == EWOULDBLOCK { return false }
            throw error
        }
        return true
    }

    public func makeFolder(_ path: String) throws(StrataError) {
        try SystemCall.requireWholePath(path)
        try SystemCall.retried("make the folder", path) { SystemCall.result(Int(mkdir(path, 0o777))) }
    }

    public func size(of file: borrowing OpenFile) throws(StrataError) -> UInt64 {
        UInt64(try Self.status(of: file).st_size)
    }

    public func map(_ file: borrowing OpenFile) throws(StrataError) -> FileMapping {
        let length = Int(try Self.status(of: file).st_size)
        guard length > 0 else { return FileMapping(bytes: UnsafeRawBufferPointer(start: nil, count: 0)) }
        guard let start = mmap(nil, length, PROT_READ, MAP_SHARED, file.descriptor, 0), start != MAP_FAILED else {
            throw .refused("map the file's \(length) bytes", path: file.path, errno: errno)
        }
        return FileMapping(bytes: UnsafeRawBufferPointer(start: start, count: length))
    }

    public func map(_ pieces: [FilePiece], byteCount: Int) throws(StrataError) -> FileMapping {
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        // A kernel lets a process have some 65,000 mappings; and a piece that does not start with a page has to be copied.
        let isMapped =
            pieces.count <= Self.pieceMaximum
            && pieces.allSatisfy { $0.offset % page == 0 && $0.destination % page == 0 }
        let path = pieces.first?.file.file.path ?? ""
        let protection = isMapped ? PROT_NONE : PROT_READ | PROT_WRITE
        guard byteCount > 0,
            let start = mmap(nil, byteCount, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0),
            start != MAP_FAILED
        else { throw .refused("map \(byteCount) bytes", path: path, errno: byteCount > 0 ? errno : EINVAL) }
        let mapping = FileMapping(bytes: UnsafeRawBufferPointer(start: start, count: byteCount))
        do throws(StrataError) {
            var end = 0
            for piece in pieces {
                // What a file does not have would kill the process when it is read.
                guard piece.destination == end, piece.byteCount > 0, piece.byteCount <= byteCount - end,
                    piece.offset + piece.byteCount <= Int(try Self.status(of: piece.file.file).st_size)
                else { throw .refused("map a piece of the file", path: piece.file.file.path, errno: EINVAL) }
                end += piece.byteCount
                let place = start + piece.destination
                if isMapped {
                    let mapped = mmap(
                        place, piece.byteCount, PROT_READ, MAP_SHARED | MAP_FIXED, piece.file.file.descriptor,
                        piece.offset)
                    guard mapped != MAP_FAILED else {
                        throw .refused("map a piece of the file", path: piece.file.file.path, errno: errno)
                    }
                } else {
                    let room = UnsafeMutableRawBufferPointer(start: place, count: piece.byteCount)
                    guard try read(piece.file.file, into: room, at: UInt64(piece.offset)) == room.count else {
                        throw .refused("read a piece of the file", path: piece.file.file.path, errno: EIO)
                    }
                }
            }
            guard end == byteCount else { throw .refused("map \(byteCount) bytes", path: path, errno: EINVAL) }
        } catch {
            unmap(mapping)
            throw error
        }
        if !isMapped { mprotect(start, byteCount, PROT_READ) }
        return mapping
    }

    /// The most pieces that are mapped and not copied.
    private static let pieceMaximum = 32_768

    public func unmap(_ mapping: FileMapping) {
        guard let start = mapping.bytes.baseAddress else { return }
        munmap(UnsafeMutableRawPointer(mutating: start), mapping.bytes.count)
    }

    public func list(_ path: String) throws(StrataError) -> [String] {
        try SystemCall.requireWholePath(path)
        guard let folder = opendir(path) else { throw .refused("list the folder", path: path, errno: errno) }
        defer { closedir(folder) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(folder) else {
                if errno != 0 { throw .refused("list the folder", path: path, errno: errno) }
                break
            }
            // The name is as long as the record says, not as long as its declared array.
            let field = UnsafeRawPointer(entry) + MemoryLayout<dirent>.offset(of: \.d_name)!
            let name = String(cString: field.assumingMemoryBound(to: CChar.self))
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    public func kind(of path: String) throws(StrataError) -> FileKind? {
        try SystemCall.requireWholePath(path)
        var status = stat()
        guard stat(path, &status) != 0 else { return Self.kind(status.st_mode) }
        if errno == ENOENT || errno == ENOTDIR { return nil }
        throw .refused("look at the path", path: path, errno: errno)
    }

    // MARK: - System calls

    private static func status(of file: borrowing OpenFile) throws(StrataError) -> stat {
        var status = stat()
        guard fstat(file.descriptor, &status) == 0 else {
            throw .refused("look at the file", path: file.path, errno: errno)
        }
        return status
    }

    private static func kind(_ mode: mode_t) -> FileKind {
        switch mode & S_IFMT {
        case S_IFREG: .regular
        case S_IFDIR: .folder
        default: .special
        }
    }
}
