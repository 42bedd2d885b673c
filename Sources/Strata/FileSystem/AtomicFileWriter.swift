import Glibc
import Synchronization

/// Writes a file that appears whole or not at all.
///
/// The bytes go to a temporary file in the target's folder. ``commit()`` brings them to stable storage, gives the file
/// the target's name and brings the folder to stable storage too. A writer whose life ends without a commit removes
/// its temporary file; the target then is what it was before. A target that is a symbolic link is replaced itself.
///
/// Bytes are buffered and leave for the kernel in whole pages.
public struct AtomicFileWriter: ~Copyable {
    /// The path that the file gets in the end.
    public let path: String
    /// The bytes written so far: the offset of the next one.
    public private(set) var count: UInt64 = 0

    private let folder: String
    private let fileSystem: any FileSystem
    private let file: OpenFile
    private let buffer: UnsafeMutableRawBufferPointer
    private var buffered = 0
    private var finished = false

    /// The bytes that are gathered unless another number is given.
    public static let standardBufferByteCount = 256 << 10
    private static let pageByteCount = 4096

    /// Tells the temporary files of one process apart.
    private static let serial = Atomic<UInt64>(0)

    /// Creates the temporary file beside `path`.
    ///
    /// - Parameter bufferByteCount: the bytes that are gathered before they leave; taken up to whole pages.
    /// - Throws: `ioFailure` when the folder cannot be written, or when `path` is a folder.
    public init(
        path: String, fileSystem: any FileSystem, bufferByteCount: Int = Self.standardBufferByteCount
    ) throws(StrataError) {
        if let kind = try fileSystem.kind(of: path), kind != .regular {
            guard kind == .special else { throw .refused("write the file", path: path, errno: EISDIR) }
            throw StrataError(
                .ioFailure, "cannot replace a pipe or a device by a file", path: path, remedy: "name a regular file")
        }
        let folder = Self.folder(of: path)
        self.file = try Self.createTemporary(in: folder, for: path, fileSystem)
        self.path = path
        self.folder = folder
        self.fileSystem = fileSystem
        let pages = max(1, (bufferByteCount + Self.pageByteCount - 1) / Self.pageByteCount)
        self.buffer = .allocate(byteCount: pages * Self.pageByteCount, alignment: Self.pageByteCount)
    }

    deinit {
        buffer.deallocate()
        // The first failure is the one that is told; that the clean-up fails as well would only hide it.
        if !finished { try? fileSystem.remove(file.path) }
    }

    /// Appends bytes.
    public mutating func write(_ bytes: UnsafeRawBufferPointer) throws(StrataError) {
        var rest = bytes
        // Whole pages need no copy when none is waiting.
        if buffered == 0, rest.count >= buffer.count {
            let whole = rest.count & ~(Self.pageByteCount - 1)
            try fileSystem.write(file, UnsafeRawBufferPointer(rebasing: rest[..<whole]))
            rest = UnsafeRawBufferPointer(rebasing: rest[whole...])
        }
        while !rest.isEmpty {
            let step = min(rest.count, buffer.count - buffered)
            UnsafeMutableRawBufferPointer(rebasing: buffer[buffered...])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: rest[..<step]))
            buffered += step
            rest = UnsafeRawBufferPointer(rebasing: rest[step...])
            if buffered == buffer.count { try flush() }
        }
        count += UInt64(bytes.count)
    }

    /// Replaces bytes that were written before: `offset + bytes.count` may not pass ``count``.
    public mutating func overwrite(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(StrataError) {
        let (end, overflow) = offset.addingReportingOverflow(UInt64(bytes.count))
        guard !overflow, end <= count else {
            throw StrataError(.invalidArgument, "bytes to replace reach past those written", path: path, offset: offset)
        }
        try flush()
        try fileSystem.write(file, bytes, at: offset)
    }

    /// Makes the file permanent under its name.
    ///
    /// - Throws: `ioFailure`. The target is untouched, except when the last step alone failed, which brings the
    ///   folder to stable storage: then the new file is in place, and only a power failure could bring back the old.
    public consuming func commit() throws(StrataError) {
        try flush()
        try fileSystem.synchronize(file)
        try fileSystem.rename(file.path, to: path)
        finished = true
        try fileSystem.synchronizeFolder(folder)
    }

    private mutating func flush() throws(StrataError) {
        guard buffered > 0 else { return }
        try fileSystem.write(file, UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<buffered]))
        buffered = 0
    }

    /// The folder that a path names a file in.
    static func folder(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.utf8.startIndex ? "/" : String(path[..<slash])
    }

    static func createTemporary(
        in folder: String, for path: String, _ fileSystem: any FileSystem
    ) throws(StrataError) -> OpenFile {
        // A name may be left from a process that was killed and had the same number: take the next one then.
        for _ in 0..<1_000 {
            let number = serial.add(1, ordering: .relaxed).newValue
            let name = "\(folder)/.\(getpid())-\(number).strata.tmp"
            do throws(StrataError) {
                return try fileSystem.open(name, .createNew)
            } catch  where error.errno != EEXIST {
                // The caller knows the target's name, not the temporary one.
                guard let number = error.errno else { throw error }
                throw .refused("write the file", path: path, errno: number)
            } catch {
                continue
            }
        }
        throw .refused("create a temporary file", path: folder, errno: EEXIST)
    }
}
