/// One record of a table that was read, with the position of each field for error messages.
public struct CSVRecord: Sendable, Hashable {
    /// A field and where it begins.
    public struct Field: Sendable, Hashable {
        /// The field's text, without its quotes.
        public var text: String
        /// The line that it begins on, counted from 1.
        public var line: Int
        /// The column that it begins at, counted in bytes from 1.
        public var column: Int
    }

    /// The fields, in the file's order.
    public let fields: [Field]
    /// The file, for error messages.
    public let path: String
    /// Column name to position in `fields`, shared by all records of the table.
    let positions: [String: Int]

    /// The line that the record begins on, counted from 1.
    public var line: Int { fields.first?.line ?? 1 }

    /// The field of a column.
    ///
    /// - Throws: `ResultsError` when the table has no such column.
    public func field(_ name: String) throws(ResultsError) -> Field {
        guard let position = positions[name] else {
            throw ResultsError("the table has no column `\(name)`", path: path, line: 1, column: 1)
        }
        return fields[position]
    }

    /// The text of a column.
    ///
    /// - Throws: `ResultsError` when the table has no such column.
    public func string(_ name: String) throws(ResultsError) -> String { try field(name).text }

    /// The whole number of a column.
    ///
    /// - Throws: `ResultsError` when the field is no whole number in decimal.
    public func integer(_ name: String) throws(ResultsError) -> Int {
        let field = try field(name)
        guard let value = Int(field.text) else { throw refused(field, name, "a whole number") }
        return value
    }

    /// The whole number of a column, or nil for an empty field.
    ///
    /// - Throws: `ResultsError` when the field is neither empty nor a whole number.
    public func optionalInteger(_ name: String) throws(ResultsError) -> Int? {
        try field(name).text.isEmpty ? nil : try integer(name)
    }

    /// The finite number of a column.
    ///
    /// - Throws: `ResultsError` when the field is no finite number in decimal.
    public func double(_ name: String) throws(ResultsError) -> Double {
        let field = try field(name)
        guard let value = CSVNumber.value(field.text) else { throw refused(field, name, "a finite number") }
        return value
    }

    /// The finite number of a column, or nil for an empty field.
    ///
    /// - Throws: `ResultsError` when the field is neither empty nor a finite number.
    public func optionalDouble(_ name: String) throws(ResultsError) -> Double? {
        try field(name).text.isEmpty ? nil : try double(name)
    }

    /// The case of an enumeration that a column names.
    ///
    /// - Throws: `ResultsError` when the field names none of them.
    public func choice<Choice>(_ name: String) throws(ResultsError) -> Choice
    where Choice: RawRepresentable<String> & CaseIterable {
        let field = try field(name)
        guard let value = Choice(rawValue: field.text) else {
            let known = Choice.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
            throw refused(field, name, "one of \(known)")
        }
        return value
    }

    private func refused(_ field: Field, _ name: String, _ wanted: String) -> ResultsError {
        let text = field.text.count > 60 ? field.text.prefix(60) + "..." : field.text[...]
        return ResultsError(
            "`\(name)` must be \(wanted), not `\(text)`", path: path, line: field.line, column: field.column)
    }
}
