/// The one error of this module: what went wrong, in which file and where in it, and what to do about it.
///
/// Printed, it is one sentence: `file:line:column: message; remedy`.
public struct ResultsError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What went wrong, in words, without a final stop.
    public let message: String
    /// The file or folder that it went wrong in, where there is one.
    public let path: String?
    /// The line in `path`, counted from 1.
    public let line: Int?
    /// The column in `line`, counted in bytes from 1.
    public let column: Int?
    /// What to do about it.
    public let remedy: String?

    /// An error with the parts that are known.
    public init(
        _ message: String, path: String? = nil, line: Int? = nil, column: Int? = nil, remedy: String? = nil
    ) {
        self.message = message
        self.path = path
        self.line = line
        self.column = column
        self.remedy = remedy
    }

    public var description: String {
        var text = ""
        if let path {
            text += path
            if let line { text += ":\(line)" }
            if line != nil, let column { text += ":\(column)" }
            text += ": "
        }
        text += message
        if let remedy { text += "; \(remedy)" }
        return text
    }
}
