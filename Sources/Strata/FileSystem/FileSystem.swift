/// The seam for file calls: all that the storage stack asks of an operating system.
///
/// ``RealFileSystem`` calls the kernel. ``SimulatedFileSystem`` stands in its place in a test: it keeps files in memory,
/// makes the n-th call fail, and shows what a crash may leave. Everything above this folder opens, reads and writes through it and through nothing else.
///
/// Every call either does all that it says or throws a ``StrataError`` of code `ioFailure` that names the file, the
/// system's error number and a remedy. Calls that the kernel interrupts or does in part are continued.
public protocol FileSystem: Sendable {
    /// Opens a regular file. A folder, a pipe or a device is refused.
    func open(_ path: String, _ access: FileAccess) throws(StrataError) -> OpenFile

    /// Closes what ``open(_:_:)`` opened. ``OpenFile`` calls it when its life ends.
    func close(_ descriptor: Int32)

    /// Reads at the file's own position and moves it on.
    ///
    /// - Returns: the bytes read: `buffer.count`, or fewer when the file ends first.
    func read(_ file: borrowing OpenFile, into buffer: UnsafeMutableRawBufferPointer) throws(StrataError) -> Int

    /// Reads at a byte offset; the file's own position stays.
    ///
    /// - Returns: the bytes read: `buffer.count`, or fewer when the file ends first.
    func read(
        _ file: borrowing OpenFile, into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64
    ) throws(StrataError) -> Int

    /// Writes all bytes at the file's own position and moves it on.
    func write(_ file: borrowing OpenFile, _ bytes: UnsafeRawBufferPointer) throws(StrataError)

    /// Writes all bytes at a byte offset; the file's own position stays.
    func write(_ file: borrowing OpenFile, _ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(StrataError)

    /// Makes the file at least `byteCount` bytes long, with zeros, and reserves the space for them, so that a later write in
    /// front of that end does not fail for want of space (`posix_fallocate`).
    ///
    /// - Throws: also when the space is not there; the file then is what it was, or longer.
    func preallocate(_ file: borrowing OpenFile, byteCount: UInt64) throws(StrataError)

    /// Makes the file exactly `byteCount` bytes long: cuts it off, or fills it up with zeros.
    func truncate(_ file: borrowing OpenFile, to byteCount: UInt64) throws(StrataError)

    /// Locks the file against all other handles that ask for its lock, until this handle is closed or its process ends.
    /// Reading and writing need no lock.
    ///
    /// - Returns: whether the lock was got; false when another handle has it.
    func lock(_ file: borrowing OpenFile) throws(StrataError) -> Bool

    /// Waits until the file's bytes and its metadata are on stable storage (`fsync`).
    ///
    /// After a failure the bytes written so far may be lost although a second call succeeds: give the file up.
    func synchronize(_ file: borrowing OpenFile) throws(StrataError)

    /// Waits until the file's bytes, and the metadata needed to read them, are on stable storage (`fdatasync`).
    func synchronizeData(_ file: borrowing OpenFile) throws(StrataError)

    /// Waits until the names in a folder are on stable storage.
    func synchronizeFolder(_ path: String) throws(StrataError)

    /// Gives a file another name in one step; a file that has the new name already is replaced.
    func rename(_ path: String, to newPath: String) throws(StrataError)

    /// Removes a file's name. The bytes stay until the last open handle and mapping of it are gone.
    func remove(_ path: String) throws(StrataError)

    /// Makes a folder in a folder that is there. Its name is on stable storage when that folder is synchronized.
    ///
    /// - Throws: `ioFailure` with `EEXIST` when something stands at the path.
    func makeFolder(_ path: String) throws(StrataError)

    /// The length of an open file in bytes.
    func size(of file: borrowing OpenFile) throws(StrataError) -> UInt64

    /// Maps a whole file for reading. The mapping outlives the handle, and ends with ``unmap(_:)``.
    ///
    /// Only files that no one changes in place may be mapped: a file that is cut short under a mapping kills the
    /// process.
    func map(_ file: borrowing OpenFile) throws(StrataError) -> FileMapping

    /// Maps pieces of files one behind the other, as if they were one file. The mapping outlives the handles, and ends with
    /// ``unmap(_:)``.
    ///
    /// - Parameter pieces: in order of their destinations, without gaps from 0 to `byteCount`.
    func map(_ pieces: [FilePiece], byteCount: Int) throws(StrataError) -> FileMapping

    /// Ends a mapping. No pointer into it may be used afterwards.
    func unmap(_ mapping: FileMapping)

    /// The names in a folder, sorted by their bytes, without `.` and `..`.
    func list(_ path: String) throws(StrataError) -> [String]

    /// What stands at a path, symbolic links followed; nil when nothing does.
    func kind(of path: String) throws(StrataError) -> FileKind?
}

/// What a file is opened for.
public enum FileAccess: Sendable, Hashable {
    /// To be read. It must exist.
    case read
    /// To be read and written. It is made when it does not exist; its bytes stay when it does.
    case readWrite
    /// To be read and written. It must not exist yet.
    case createNew
}

/// What stands at a path.
public enum FileKind: Sendable, Hashable {
    case regular
    case folder
    /// A pipe, a device, a socket.
    case special
}

/// The bytes of a mapped file, from its first to its last.
@frozen
public struct FileMapping: @unchecked Sendable {
    // Unchecked: the bytes are only ever read, from any thread, until the owner unmaps them.

    /// The file's bytes; nil as base address when the file is empty.
    public let bytes: UnsafeRawBufferPointer

    @inlinable
    public init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }
}

/// An open file: the one owner of a descriptor, which it closes when its life ends.
public struct OpenFile: ~Copyable, Sendable {
    /// The number that the file system knows the file by.
    public let descriptor: Int32
    /// The path that it was opened with, for messages.
    public let path: String

    private let fileSystem: any FileSystem

    /// Takes over a descriptor that `fileSystem` has opened.
    public init(descriptor: Int32, path: String, fileSystem: any FileSystem) {
        self.descriptor = descriptor
        self.path = path
        self.fileSystem = fileSystem
    }

    deinit { fileSystem.close(descriptor) }
}

/// An open file with several owners.
public final class SharedFile: Sendable {
    public let file: OpenFile

    public init(_ file: consuming OpenFile) { self.file = file }
}

/// A part of a file, and where it goes in a mapping.
public struct FilePiece: Sendable {
    public let file: SharedFile
    /// Where the part starts in the file.
    public let offset: Int
    /// Where it goes in the mapping.
    public let destination: Int
    public let byteCount: Int

    public init(file: SharedFile, offset: Int, destination: Int, byteCount: Int) {
        self.file = file
        self.offset = offset
        self.destination = destination
        self.byteCount = byteCount
    }
}
