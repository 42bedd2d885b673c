/// The one error of this module: what is wrong, where, and what to do about it.
///
/// Printed, it is one sentence: `path:line:column: message`, with the parts that are known.
public struct GraphDataError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong and, where it helps, what was expected or what to do.
    public let message: String
    /// The file or directory concerned.
    public let path: String?
    /// The line in `path`, counted from 1.
    public let line: Int?
    /// The byte in the line, counted from 1.
    public let column: Int?

    /// Makes an error; `line` and `column` count from 1.
    public init(_ message: String, path: String? = nil, line: Int? = nil, column: Int? = nil) {
        self.message = message
        self.path = path
        self.line = line
        self.column = column
    }

    public var description: String {
        var text = ""
        if let path { text += path + ":" }
        if let line { text += "\(line):" }
        if let line, let column, line > 0 { text += "\(column):" }
        return text.isEmpty ? message : text + " " + message
    }
}
