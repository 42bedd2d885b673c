/// A place in a document: what editors jump to.
public struct Location: Sendable, Hashable, CustomStringConvertible {
    /// The file as it was named by the caller, or the command-line option that the text came from.
    public var file: String
    /// The line, from 1.
    public var line: Int
    /// The column in Unicode scalars, from 1.
    public var column: Int

    /// A place in `file`; the start of the file unless told otherwise.
    public init(file: String, line: Int = 1, column: Int = 1) {
        self.file = file
        self.line = line
        self.column = column
    }

    /// `file:line:column`.
    public var description: String { "\(file):\(line):\(column)" }
}
