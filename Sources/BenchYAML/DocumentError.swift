/// What is wrong with a document, where, and what to do about it.
///
/// Printed, it is one sentence: `file:line:column: message (key path): suggestion`.
public struct DocumentError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The file as it was named by the caller, or the command-line option that the text came from.
    public var file: String
    /// The line, from 1; 1 when the file could not be read at all.
    public var line: Int
    /// The column in Unicode scalars, from 1.
    public var column: Int
    /// The key's path, such as `phases.load.count`; empty for the document as a whole.
    public var keyPath: String
    /// What is wrong, in words, without a final stop.
    public var message: String
    /// What to do about it, where that is known.
    public var suggestion: String?

    /// An error at a place and a key.
    public init(at location: Location, keyPath: String = "", _ message: String, suggestion: String? = nil) {
        self.file = location.file
        self.line = location.line
        self.column = location.column
        self.keyPath = keyPath
        self.message = message
        self.suggestion = suggestion
    }

    /// The place as one value.
    public var location: Location { Location(file: file, line: line, column: column) }

    public var description: String {
        var text = "\(location): \(message)"
        if !keyPath.isEmpty { text += " (\(keyPath))" }
        if let suggestion { text += ": \(suggestion)" }
        return text
    }
}
