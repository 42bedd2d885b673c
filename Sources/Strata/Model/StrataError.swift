/// The one error of the storage stack: what went wrong, where, and what to do about it.
///
/// Printed, it is one sentence: `file:offset: message (cause); remedy`.
public struct StrataError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kind of failure, for code that reacts to it.
    public enum Code: String, Sendable, Equatable {
        /// A call was given a value that it cannot take.
        case invalidArgument
        /// A configured limit or the range of a field would be passed.
        case limitExceeded
        /// An identifier, key or name that is not in the store.
        case notFound
        /// An identifier or name that is there already.
        case alreadyExists
        /// The file is not of a format, or a format version, that this library reads.
        case unsupportedFormat
        /// Bytes that do not match their checksum, or offsets that point outside the file.
        case corrupted
        /// The operating system refused a call.
        case ioFailure
    }

    /// The kind of failure.
    public let code: Code
    /// What went wrong, in words, without a final stop.
    public let message: String
    /// The file that it went wrong in, where there is one.
    public let path: String?
    /// The byte offset in `path` of the first damage, where it is known.
    public let offset: UInt64?
    /// The operating system's error number, for `ioFailure`.
    public let errno: Int32?
    /// What to do about it.
    public let remedy: String?

    public init(
        _ code: Code, _ message: String, path: String? = nil, offset: UInt64? = nil, errno: Int32? = nil,
        remedy: String? = nil
    ) {
        self.code = code
        self.message = message
        self.path = path
        self.offset = offset
        self.errno = errno
        self.remedy = remedy
    }

    public var description: String {
        var text = ""
        if let path { text += offset.map { "\(path):\($0): " } ?? "\(path): " }
        text += message
        if let remedy { text += "; \(remedy)" }
        return text
    }
}
