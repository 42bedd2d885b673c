public import BenchResults

/// Why a report could not be written: what, where and what to do, in one sentence.
///
/// A chart that cannot be drawn is not an error: it is left out with its reason (`ReportOutcome.leftOut`).
public struct ReportError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What went wrong, without a final stop.
    public let message: String
    /// The file or folder that it went wrong in, where there is one.
    public let path: String?
    /// The line in `path`, counted from 1.
    public let line: Int?
    /// The column in `line`, counted from 1.
    public let column: Int?
    /// What to do about it.
    public let remedy: String?

    /// An error with the parts that are known.
    public init(_ message: String, path: String? = nil, line: Int? = nil, column: Int? = nil, remedy: String? = nil) {
        self.message = message
        self.path = path
        self.line = line
        self.column = column
        self.remedy = remedy
    }

    /// An error in the run's files, as the module that read them tells it.
    public init(_ error: ResultsError) {
        self.init(
            error.message, path: error.path, line: error.line, column: error.column, remedy: error.remedy)
    }

    public var description: String {
        var text = ""
        if let path {
            text = path
            if let line { text += ":\(line)" }
            if line != nil, let column { text += ":\(column)" }
            text += ": "
        }
        text += message
        if let remedy { text += "; \(remedy)" }
        return text
    }
}
