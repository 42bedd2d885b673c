import Glibc

/// A whole file mapped for reading. The mapping lives as long as this object.
///
/// `@unchecked` because a pointer is not `Sendable` by itself: the bytes are never written, and stay until `deinit`.
@usableFromInline
final class FileMapping: @unchecked Sendable {
    let path: String
    @usableFromInline let bytes: UnsafeRawBufferPointer

    /// Maps the regular file at `path`; an empty file gives no bytes.
    init(path: String) throws(GraphDataError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("cannot be opened", path: path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system("cannot be examined", path: path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            let isDirectory = status.st_mode & S_IFMT == S_IFDIR
            throw GraphDataError("is \(isDirectory ? "a directory" : "not a regular file")", path: path)
        }
        self.path = path
        let count = Int(status.st_size)
        if count == 0 {
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        guard let base = mmap(nil, count, PROT_READ, MAP_SHARED, descriptor, 0), base != MAP_FAILED else {
            throw .system("cannot be mapped", path: path)
        }
        bytes = UnsafeRawBufferPointer(start: base, count: count)
    }

    deinit {
        if let base = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: base), bytes.count) }
    }
}

extension GraphDataError {
    /// The error of a system call that has just failed: `message`, and the reason from `errno`.
    static func system(_ message: String, path: String) -> GraphDataError {
        let code = errno
        return GraphDataError("\(message): \(String(cString: strerror(code)))", path: path)
    }
}
