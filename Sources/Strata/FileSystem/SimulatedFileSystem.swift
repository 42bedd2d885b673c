import Glibc

/// Files in memory, with a disk under them that may fail, fill up and lose its power.
///
/// It keeps two things apart: what programs see, and what is on stable storage. Bytes get there by ``synchronize(_:)`` or
/// ``synchronizeData(_:)`` of their file, names by ``synchronizeFolder(_:)``; before that anything may happen to them.
/// ``crashPoint()`` gives all states that a crash at this moment may leave, each as a file system to go on with:
///
///     let files = SimulatedFileSystem()
///     files.inject(.powerLoss, at: 12)
///     try? write(files)                                  // what is to survive a crash in its 12th call
///     files.crashPoint().forEachState(limit: 1_000, using: &generator) { left in try check(left) }
///
/// The model is that of a disk that promises no more than POSIX does and writes sectors of 512 bytes whole:
///
/// - Each sector written since the last synchronization of its file has, after a crash, any of the contents that it had
///   since then: writes get lost, arrive torn, and in any order.
/// - The file has any of the lengths that it had. A sector that is missing reads as zeros.
/// - Of the names that were made, moved and removed since their folder was synchronized, any subset is there; a rename is
///   one step. That a file was synchronized does not save its name.
/// - After a synchronization that failed, what was written before is lost and still read back, and the next one succeeds.
///
/// Faults are injected by the number of the call, counted from 1 over all calls but the closing of files. As the kernel
/// does, a call that is interrupted is made again, and one that was done in part is continued; both count as calls.
///
/// Source of the model: Pillai and others, *All File Systems Are Not Created Equal*, OSDI 2014; Rebello and others, *Can
/// Applications Recover from fsync Failures?*, USENIX ATC 2020.
public final class SimulatedFileSystem: FileSystem, @unchecked Sendable {
    // Unchecked: `disk` is only touched with the lock held.
    let lock = PoolLock()
    var disk: SimulatedDisk

    /// An empty disk, with the folders `.` and `/`.
    ///
    /// - Parameter keepsHistory: whether what a crash may leave is kept. Without it the power may still be lost, in the
    ///   middle of a write: what was done before is then as if all of it had reached the disk, in order. That costs
    ///   less time and memory.
    public init(keepsHistory: Bool = true) { disk = SimulatedDisk(keepsHistory: keepsHistory) }

    init(_ disk: SimulatedDisk) { self.disk = disk }

    // MARK: - The test's side

    /// The bytes of a file as programs see them; nil when there is none. What is assigned is on stable storage at once, and
    /// needs no folder.
    public subscript(path: String) -> [UInt8]? {
        get {
            locked { disk in
                guard case .file(let number)? = disk.live[Self.key(path)] else { return nil }
                return disk.files[number]!.live
            }
        }
        set { locked { Self.put(newValue, Self.key(path), &$0) } }
    }

    /// All files by their paths.
    public var contents: [String: [UInt8]] {
        get {
            locked { disk in
                disk.live.reduce(into: [:]) { contents, item in
                    if case .file(let number) = item.value { contents[item.key] = disk.files[number]!.live }
                }
            }
        }
        set {
            locked { disk in
                for (path, entry) in disk.live where entry != .folder && newValue[path] == nil {
                    Self.put(nil, path, &disk)
                }
                for (path, bytes) in newValue { Self.put(bytes, path, &disk) }
            }
        }
    }

    /// The paths of all files, sorted.
    public var names: [String] { contents.keys.sorted() }

    /// The files that are open.
    public var openCount: Int { locked { $0.handles.count } }

    /// The calls made so far.
    public var callCount: Int { locked { $0.faults.callCount } }

    /// The calls that went wrong because ``inject(_:at:count:)`` said so.
    public var faultCount: Int { locked { $0.faults.faultCount } }

    /// The most bytes that all files may have together; a write over it does what fits, then fails with `ENOSPC`.
    public var capacity: Int {
        get { locked { $0.capacity } }
        set { locked { $0.capacity = newValue } }
    }

    /// Makes calls go wrong.
    ///
    /// - Parameters:
    ///   - call: the number, from 1, of the first one.
    ///   - count: how many in a row; `Int.max` for all from then on.
    public func inject(_ fault: SimulatedFault, at call: Int, count: Int = 1) {
        let end = call.addingReportingOverflow(count)
        locked { $0.faults.add(fault, call..<(end.overflow ? .max : end.partialValue)) }
    }

    /// Takes back what ``inject(_:at:count:)`` asked for. Power that was lost stays lost.
    public func removeFaults() { locked { $0.faults.removeAll() } }

    /// What a crash at this moment may leave.
    public func crashPoint() -> CrashPoint { locked { CrashPoint($0) } }

    // MARK: - Calls on files

    public func open(_ path: String, _ access: FileAccess) throws(StrataError) -> OpenFile {
        let action = access == .createNew ? "create the file" : "open the file"
        let key = try Self.wholeKey(path)
        let descriptor = try SystemCall.retried(action, path) {
            call(access == .read ? .look : .change) { disk, _ in
                switch disk.live[key] {
                case .folder: return -Int(EISDIR)
                case .file(let number):
                    return access == .createNew ? -Int(EEXIST) : Int(disk.open(number, writable: access != .read))
                case nil:
                    guard access != .read, disk.live[AtomicFileWriter.folder(of: key)] == .folder else {
                        return -Int(ENOENT)
                    }
                    let number = disk.makeFile()
                    let descriptor = disk.open(number, writable: true)
                    disk.change(removing: nil, adding: (key, .file(number)))
                    return Int(descriptor)
                }
            }
        }
        return OpenFile(descriptor: Int32(descriptor), path: path, fileSystem: self)
    }

    public func close(_ descriptor: Int32) { locked { $0.close(descriptor) } }

    public func read(
        _ file: borrowing OpenFile, into buffer: UnsafeMutableRawBufferPointer
    ) throws(StrataError) -> Int {
        let descriptor = file.descriptor
        return try SystemCall.continued("read", file.path, buffer.count) { done in
            call(.look) { disk, isShort in
                guard let position = disk.handles[descriptor]?.position else { return -Int(EBADF) }
                let count = Self.read(descriptor, buffer, done, at: position, isShort, disk)
                disk.handles[descriptor]!.position += count
                return count
            }
        }
    }

    public func read(
        _ file: borrowing OpenFile, into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64
    ) throws(StrataError) -> Int {
        let descriptor = file.descriptor
        let start = try SystemCall.requireOffset(offset, adding: buffer.count, file.path)
        return try SystemCall.continued("read", file.path, buffer.count) { done in
            call(.look) { disk, isShort in Self.read(descriptor, buffer, done, at: start + done, isShort, disk) }
        }
    }

    public func write(_ file: borrowing OpenFile, _ bytes: UnsafeRawBufferPointer) throws(StrataError) {
        let descriptor = file.descriptor
        let written = try SystemCall.continued("write", file.path, bytes.count) { done in
            call(.write) { disk, isShort in
                guard let position = disk.handles[descriptor]?.position else { return -Int(EBADF) }
                let count = Self.write(descriptor, bytes, done, at: position, isShort, &disk)
                if count > 0 { disk.handles[descriptor]!.position += count }
                return count
            }
        }
        guard written == bytes.count else { throw .refused("write \(bytes.count) bytes", path: file.path, errno: EIO) }
    }

    public func write(
        _ file: borrowing OpenFile, _ bytes: UnsafeRawBufferPointer, at offset: UInt64
    ) throws(StrataError) {
        let descriptor = file.descriptor
        let start = try SystemCall.requireOffset(offset, adding: bytes.count, file.path)
        let written = try SystemCall.continued("write", file.path, bytes.count) { done in
            call(.write) { disk, isShort in Self.write(descriptor, bytes, done, at: start + done, isShort, &disk) }
        }
        guard written == bytes.count else { throw .refused("write \(bytes.count) bytes", path: file.path, errno: EIO) }
    }

    public func preallocate(_ file: borrowing OpenFile, byteCount: UInt64) throws(StrataError) {
        let descriptor = file.descriptor
        let length = try SystemCall.requireOffset(byteCount, adding: 0, file.path)
        try SystemCall.retried("reserve \(byteCount) bytes", file.path) {
            call(.change) { disk, _ in
                guard let handle = disk.handles[descriptor], handle.isWritable else { return -Int(EBADF) }
                let growth = length - disk.files[handle.file]!.live.count
                guard growth > 0 else { return 0 }
                guard growth <= disk.room else { return -Int(ENOSPC) }
                disk.files[handle.file]!.setLength(length)
                return 0
            }
        }
    }

    public func truncate(_ file: borrowing OpenFile, to byteCount: UInt64) throws(StrataError) {
        let descriptor = file.descriptor
        let length = try SystemCall.requireOffset(byteCount, adding: 0, file.path)
        try SystemCall.retried("set the length to \(byteCount) bytes", file.path) {
            call(.change) { disk, _ in
                guard let handle = disk.handles[descriptor], handle.isWritable else { return -Int(EBADF) }
                disk.files[handle.file]!.setLength(length)
                return 0
            }
        }
    }

    public func lock(_ file: borrowing OpenFile) throws(StrataError) -> Bool {
        let descriptor = file.descriptor
        return try SystemCall.retried("lock the file", file.path) {
            call(.look) { disk, _ in
                guard let number = disk.handles[descriptor]?.file else { return -Int(EBADF) }
                if let holder = disk.files[number]!.lockHolder { return holder == descriptor ? 1 : 0 }
                disk.files[number]!.lockHolder = descriptor
                return 1
            }
        } == 1
    }

    public func synchronize(_ file: borrowing OpenFile) throws(StrataError) {
        let descriptor = file.descriptor
        try SystemCall.retried("bring the file to stable storage", file.path) {
            call(.synchronization(descriptor)) { disk, _ in
                guard let number = disk.handles[descriptor]?.file else { return -Int(EBADF) }
                disk.files[number]!.synchronize()
                return 0
            }
        }
    }

    public func synchronizeData(_ file: borrowing OpenFile) throws(StrataError) { try synchronize(file) }

    public func size(of file: borrowing OpenFile) throws(StrataError) -> UInt64 {
        let descriptor = file.descriptor
        return UInt64(
            try SystemCall.retried("look at the file", file.path) {
                call(.look) { disk, _ in
                    guard let number = disk.handles[descriptor]?.file else { return -Int(EBADF) }
                    return disk.files[number]!.live.count
                }
            })
    }

    public func map(_ file: borrowing OpenFile) throws(StrataError) -> FileMapping {
        let descriptor = file.descriptor
        var bytes: [UInt8] = []
        try SystemCall.retried("map the file's bytes", file.path) {
            call(.look) { disk, _ in
                guard let number = disk.handles[descriptor]?.file else { return -Int(EBADF) }
                bytes = disk.files[number]!.live
                return 0
            }
        }
        guard !bytes.isEmpty else { return FileMapping(bytes: UnsafeRawBufferPointer(start: nil, count: 0)) }
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 4096)
        bytes.withUnsafeBytes { copy.copyMemory(from: $0) }
        return FileMapping(bytes: UnsafeRawBufferPointer(copy))
    }

    public func map(_ pieces: [FilePiece], byteCount: Int) throws(StrataError) -> FileMapping {
        let path = pieces.first?.file.file.path ?? ""
        let ends = pieces.reduce(0) { end, piece in piece.destination == end ? end + piece.byteCount : -1 }
        guard byteCount > 0, ends == byteCount else {
            throw .refused("map \(byteCount) bytes", path: path, errno: EINVAL)
        }
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 4096)
        do throws(StrataError) {
            for piece in pieces {
                let end = piece.destination + piece.byteCount
                let room = UnsafeMutableRawBufferPointer(rebasing: copy[piece.destination..<end])
                guard try read(piece.file.file, into: room, at: UInt64(piece.offset)) == room.count else {
                    throw .refused("map a piece of the file", path: piece.file.file.path, errno: EINVAL)
                }
            }
        } catch {
            copy.deallocate()
            throw error
        }
        return FileMapping(bytes: UnsafeRawBufferPointer(copy))
    }

    public func unmap(_ mapping: FileMapping) { mapping.bytes.deallocate() }
}
