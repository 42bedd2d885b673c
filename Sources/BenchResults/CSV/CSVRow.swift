/// A kind of row that a table of the run's folder holds.
///
/// The columns are looked up by name when a table is read, so that a table with added columns, or with columns in
/// another order, is read all the same.
public protocol CSVRow: Sendable {
    /// The column names, in the order in which they are written.
    static var columns: [String] { get }
    /// The row's fields, one for each of `columns`.
    var fields: [String] { get }
    /// The row that a record holds.
    ///
    /// - Throws: `ResultsError` with file, line and column for a field that is missing or not what it should be.
    init(record: CSVRecord) throws(ResultsError)
}
