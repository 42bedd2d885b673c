import Glibc
import Yams

/// A YAML document as a tree of nodes that know their places.
///
/// Repeated keys anywhere, several documents in one file, and anything that is not UTF-8 text are errors.
public struct Document: Sendable {
    /// The document's value.
    public let root: Node

    /// The largest file that is read, in bytes: documents are written by people.
    public static let byteLimit = 16 * 1_048_576

    /// Reads a file. A file that cannot be read, is empty, is a directory or is not text is an error at 1:1.
    public init(path: String) throws(DocumentError) {
        try self.init(text: try readText(path), file: path)
    }

    /// Reads text; `file` is what errors name.
    public init(text: String, file: String) throws(DocumentError) {
        root = try compose(text, file: file)
        guard !root.isNull else {
            throw DocumentError(
                at: Location(file: file), "the file is empty", suggestion: "write a YAML mapping into it")
        }
    }
}

extension Node {
    /// Reads one value that stands elsewhere than in a file, such as behind a command-line option.
    ///
    /// - Parameters:
    ///   - text: the value in YAML, in one line; text of spaces alone is null.
    ///   - location: what errors name, and the column at which `text` starts there.
    ///   - keyPath: the path that the value belongs to.
    public init(parsing text: String, at location: Location, keyPath: String) throws(DocumentError) {
        let padding = String(repeating: " ", count: max(location.column - 1, 0))
        self = try compose(padding + text, file: location.file, keyPath: keyPath)
    }
}

/// The text of a regular file, or an error at 1:1.
private func readText(_ path: String) throws(DocumentError) -> String {
    let start = Location(file: path)
    func failure(_ what: String) -> DocumentError {
        DocumentError(at: start, "\(what): \(String(cString: strerror(errno)))")
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw failure("cannot read the file") }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure("cannot read the file") }
    if status.st_mode & S_IFMT == S_IFDIR {
        throw DocumentError(at: start, "this is a directory, not a file", suggestion: "name a .yaml file in it")
    }
    guard status.st_mode & S_IFMT == S_IFREG else { throw DocumentError(at: start, "this is not a regular file") }
    guard status.st_size <= Document.byteLimit else {
        throw DocumentError(at: start, "the file is larger than \(Document.byteLimit) bytes: this is no scenario")
    }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    var filled = 0
    while filled < bytes.count {
        let count = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress! + filled, $0.count - filled) }
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else { throw failure("cannot read the file") }
        if count == 0 { break }
        filled += count
    }
    bytes.removeLast(bytes.count - filled)
    guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else {
        throw DocumentError(at: start, "the file is not UTF-8 text", suggestion: "name a YAML file")
    }
    return text
}
