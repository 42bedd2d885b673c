/// A table that was read by RFC 4180: a header line and records with as many fields.
///
/// Lines may end in a line feed or in a carriage return and a line feed. What is no table (a quote inside a plain field,
/// text after a closing quote, a lone carriage return, a zero byte, text that is not UTF-8, a record of another length,
/// a column that occurs twice) is an error with file, line and column.
public struct CSVTable: Sendable {
    /// What to make of a last record that has no line ending.
    public enum Tail: Sendable {
        /// It is a record like the others, as RFC 4180 allows.
        case complete
        /// It was cut off while it was written: it is left out and a warning says so.
        case cut
    }

    /// The column names.
    public let header: [String]
    /// The records, in the file's order.
    public let records: [CSVRecord]
    /// What a reader has to know about the table, in sentences.
    public let warnings: [String]
    /// The length in bytes up to the end of the last complete record.
    let completeByteCount: Int

    /// Reads bytes; `path` is what errors name. Takes O(bytes).
    public init(parsing bytes: [UInt8], path: String, tail: Tail = .complete) throws(ResultsError) {
        var parser = CSVParser(bytes: bytes, path: path, tail: tail)
        guard let header = try parser.record() else {
            guard parser.warnings.isEmpty else {
                (self.header, records, warnings, completeByteCount) = ([], [], parser.warnings, 0)
                return
            }
            throw ResultsError("the table is empty: it has no header line", path: path, line: 1, column: 1)
        }
        var positions: [String: Int] = [:]
        for (position, field) in header.enumerated() {
            guard positions.updateValue(position, forKey: field.text) == nil else {
                throw ResultsError(
                    "the column `\(field.text)` occurs twice", path: path, line: field.line, column: field.column)
            }
        }
        var records: [CSVRecord] = []
        while let fields = try parser.record() {
            guard fields.count == header.count else {
                throw ResultsError(
                    "the record has \(fields.count) fields, the header has \(header.count)", path: path,
                    line: fields[0].line, column: fields[0].column)
            }
            records.append(CSVRecord(fields: fields, path: path, positions: positions))
        }
        self.header = header.map(\.text)
        self.records = records
        warnings = parser.warnings
        completeByteCount = parser.completeByteCount
    }

    /// Reads text; `path` is what errors name. Takes O(bytes).
    public init(parsing text: String, path: String, tail: Tail = .complete) throws(ResultsError) {
        try self.init(parsing: Array(text.utf8), path: path, tail: tail)
    }

    /// Reads a file. Takes O(bytes).
    public init(reading path: String, tail: Tail = .complete) throws(ResultsError) {
        try self.init(parsing: readFile(path), path: path, tail: tail)
    }

    /// The records as rows of one kind.
    ///
    /// - Throws: `ResultsError` with file, line and column for the first field that is not what it should be.
    public func rows<Row: CSVRow>(_ kind: Row.Type = Row.self) throws(ResultsError) -> [Row] {
        var rows: [Row] = []
        rows.reserveCapacity(records.count)
        for record in records { rows.append(try Row(record: record)) }
        return rows
    }
}
