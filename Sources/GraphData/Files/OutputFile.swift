import Glibc

/// A file that is written from front to back through one buffer, and hashed on the way.
struct OutputFile: ~Copyable {
    /// Where errors say that it is.
    let path: String
    /// The bytes appended so far.
    private(set) var byteCount = 0
    /// The hash of all bytes appended since the last `restartDigest`.
    private(set) var digest = ContentDigest()
    private let descriptor: Int32
    private let buffer: UnsafeMutableRawBufferPointer
    private var pending = 0

    /// Creates the file `path`, which must not exist.
    ///
    /// - Parameter unlinked: takes the name away at once, so that the file is gone with its descriptor, even when the
    ///   process is killed.
    init(creating path: String, unlinked: Bool, bufferBytes: Int = 1 << 20) throws(GraphDataError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .system("cannot be created", path: path) }
        if unlinked { unlink(path) }
        self.path = path
        self.descriptor = descriptor
        buffer = .allocate(byteCount: bufferBytes, alignment: 64)
    }

    deinit {
        buffer.deallocate()
        close(descriptor)
    }

    /// Appends bytes.
    mutating func append(_ bytes: UnsafeRawBufferPointer) throws(GraphDataError) {
        digest.update(bytes)
        var rest = bytes
        while !rest.isEmpty {
            if pending == buffer.count { try flush() }
            let count = min(rest.count, buffer.count - pending)
            UnsafeMutableRawBufferPointer(rebasing: buffer[pending...]).copyMemory(
                from: UnsafeRawBufferPointer(rebasing: rest[..<count]))
            pending += count
            byteCount += count
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Appends the bytes of an array's elements.
    mutating func append<Element: BitwiseCopyable>(elements: [Element]) throws(GraphDataError) {
        // `withUnsafeBytes` carries untyped errors only through a generic; the result says what happened.
        let outcome: Result<Void, GraphDataError> = elements.withUnsafeBytes { bytes in
            do throws(GraphDataError) {
                try append(bytes)
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try outcome.get()
    }

    /// Appends the bytes of one value.
    mutating func append<Value: BitwiseCopyable>(value: Value) throws(GraphDataError) {
        let outcome: Result<Void, GraphDataError> = withUnsafeBytes(of: value) { bytes in
            do throws(GraphDataError) {
                try append(bytes)
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try outcome.get()
    }

    /// Appends zeros up to the next multiple of `alignment`.
    mutating func align(to alignment: Int) throws(GraphDataError) {
        while byteCount % alignment != 0 { try append(value: 0 as UInt8) }
    }

    /// Begins a new hash.
    mutating func restartDigest() { digest = ContentDigest() }

    /// Appends all bytes of another file, which may go on being written afterwards.
    mutating func append(contentsOf other: inout OutputFile) throws(GraphDataError) {
        try other.flush()
        let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { chunk.deallocate() }
        var offset = 0
        while offset < other.byteCount {
            let count = pread(other.descriptor, chunk.baseAddress, chunk.count, off_t(offset))
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw .system("cannot be read back", path: other.path) }
            try append(UnsafeRawBufferPointer(rebasing: chunk[..<count]))
            offset += count
        }
    }

    /// Reads some bytes back that were flushed before; as many as there are at once, one at least.
    ///
    /// - Throws: also where the file ends before `position`, since its owner knows better.
    func read(_ room: UnsafeMutableRawBufferPointer, at position: Int) throws(GraphDataError) -> Int {
        while true {
            let count = pread(descriptor, room.baseAddress, room.count, off_t(position))
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw .system("cannot be read back", path: path) }
            return count
        }
    }

    /// Hands all buffered bytes to the operating system.
    mutating func flush() throws(GraphDataError) {
        try write(UnsafeRawBufferPointer(rebasing: buffer[..<pending]), at: byteCount - pending)
        pending = 0
    }

    /// Writes over bytes that were flushed before; they do not join the hash.
    func write(_ bytes: UnsafeRawBufferPointer, at position: Int) throws(GraphDataError) {
        var done = 0
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            let count = pwrite(descriptor, rest.baseAddress, rest.count, off_t(position + done))
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw .system("cannot be written", path: path) }
            done += count
        }
    }

    /// Waits until the device holds all bytes.
    mutating func synchronize() throws(GraphDataError) {
        try flush()
        guard fsync(descriptor) == 0 else { throw .system("cannot be synchronized", path: path) }
    }
}

/// Gives the file `temporary` its final name, replacing what had it, and makes the name durable.
func publish(_ temporary: String, as path: String) throws(GraphDataError) {
    guard rename(temporary, path) == 0 else { throw .system("cannot be renamed into place", path: path) }
    let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
    let directory = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system("cannot be opened", path: directory) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw .system("cannot be synchronized", path: directory) }
}
