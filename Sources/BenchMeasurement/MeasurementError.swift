import Glibc

/// A quantity that could not be read. A probe throws it instead of answering with a made-up value.
public struct MeasurementError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What could not be read and why, as one sentence.
    public let message: String
    /// The file or call that was asked.
    public let source: String
    /// The operating system's error number, where there is one.
    public let errno: Int32?

    public init(_ message: String, source: String, errno: Int32? = nil) {
        self.message = message
        self.source = source
        self.errno = errno
    }

    /// `source: message (system error)`.
    public var description: String {
        guard let errno else { return "\(source): \(message)" }
        return "\(source): \(message) (\(String(cString: strerror(errno))))"
    }
}
