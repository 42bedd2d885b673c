import Glibc

/// A failed system call as an error: what was wanted, what the system said, and what to do.
func failure(_ message: String, _ path: String, remedy: String? = nil, code: Int32 = errno) -> ResultsError {
    ResultsError("\(message): \(String(cString: strerror(code)))", path: path, remedy: remedy)
}

/// All bytes of a regular file. Takes O(bytes).
func readFile(_ path: String) throws(ResultsError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw failure("cannot read the file", path) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure("cannot read the file", path) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw ResultsError("this is not a regular file", path: path) }
    return try readAll(descriptor, path)
}

/// All bytes of an open file from its beginning.
func readAll(_ descriptor: Int32, _ path: String) throws(ResultsError) -> [UInt8] {
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let count = pread(descriptor, &part, part.count, bytes.count)
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else { throw failure("cannot read the file", path) }
        if count == 0 { return bytes }
        bytes += part[..<count]
    }
}

/// Writes all bytes at the file's position.
func writeAll(_ descriptor: Int32, _ bytes: [UInt8], _ path: String) throws(ResultsError) {
    var written = 0
    while written < bytes.count {
        let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress! + written, $0.count - written) }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { throw failure("cannot write the file", path, remedy: "free some space and run again") }
        written += count
    }
}

/// Replaces a file so that at any moment either the old or the new content is there, also after a loss of power: the
/// bytes go to a temporary name, are synced, take the name over, and the folder is synced.
func replaceFile(_ path: String, with bytes: [UInt8]) throws(ResultsError) {
    let temporary = "\(path).tmp-\(getpid())"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure("cannot create the file", temporary) }
    do throws(ResultsError) {
        defer { close(descriptor) }
        try writeAll(descriptor, bytes, temporary)
        guard fsync(descriptor) == 0 else { throw failure("cannot sync the file", temporary) }
    } catch {
        unlink(temporary)
        throw error
    }
    guard rename(temporary, path) == 0 else {
        let error = failure("cannot put the new file in place", path)
        unlink(temporary)
        throw error
    }
    try syncFolder(parentFolder(of: path))
}

/// Makes the names in a folder durable.
func syncFolder(_ path: String) throws(ResultsError) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("cannot open the folder", path) }
    defer { close(descriptor) }
    // Some file systems cannot sync a folder and say so; there is nothing more to be done on them.
    guard fsync(descriptor) == 0 || errno == EINVAL else { throw failure("cannot sync the folder", path) }
}

/// Creates a folder and those above it that are missing.
func createFolders(_ path: String) throws(ResultsError) {
    if mkdir(path, 0o755) == 0 { return }
    if errno == EEXIST {
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { return }
        throw ResultsError("this is a file, not a folder", path: path, remedy: "name another folder")
    }
    let parent = parentFolder(of: path)
    guard errno == ENOENT, parent != path, !path.isEmpty else {
        throw failure("cannot create the folder", path, remedy: "name a folder that you may write in")
    }
    try createFolders(parent)
    guard mkdir(path, 0o755) == 0 || errno == EEXIST else {
        throw failure("cannot create the folder", path, remedy: "name a folder that you may write in")
    }
}

/// The folder that holds a path.
func parentFolder(of path: String) -> String {
    let trimmed = withoutTrailingSlashes(path)
    guard let slash = trimmed.lastIndex(of: "/") else { return "." }
    return slash == trimmed.startIndex ? "/" : String(trimmed[..<slash])
}

/// The last component of a path.
func lastComponent(of path: String) -> String {
    let trimmed = withoutTrailingSlashes(path)
    guard let slash = trimmed.lastIndex(of: "/") else { return trimmed }
    return String(trimmed[trimmed.index(after: slash)...])
}

/// The path without slashes at its end, except for the root's own.
func withoutTrailingSlashes(_ path: String) -> String {
    var text = path[...]
    while text.count > 1, text.last == "/" { text = text.dropLast() }
    return String(text)
}
