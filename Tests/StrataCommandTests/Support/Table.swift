import Foundation

/// A CSV file (RFC 4180), read apart from the code under test.
struct Table {
    let columns: [String]
    let rows: [[String: String]]

    /// Reads a file whose first line names the columns; each row must have as many fields as there are columns.
    init(_ file: URL) throws {
        let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
        var records: [[String]] = [[]]
        var field = ""
        var isQuoted = false
        var scalars = Array(text.unicodeScalars)[...]
        while let next = scalars.popFirst() {
            switch (next, isQuoted) {
            case ("\"", true) where scalars.first == "\"":
                field.unicodeScalars.append("\"")
                scalars.removeFirst()
            case ("\"", _): isQuoted.toggle()
            case (",", false):
                records[records.count - 1].append(field)
                field = ""
            case ("\r", false) where scalars.first == "\n": break
            case ("\n", false):
                records[records.count - 1].append(field)
                field = ""
                records.append([])
            default: field.unicodeScalars.append(next)
            }
        }
        guard records.last == [], field.isEmpty, !isQuoted else {
            throw Failure("\(file.path) does not end with a whole line")
        }
        records.removeLast()
        guard let header = records.first else { throw Failure("\(file.path) has no header") }
        columns = header
        rows = try records.dropFirst().enumerated().map { index, record in
            guard record.count == header.count else {
                throw Failure("\(file.path): record \(index + 2) has \(record.count) fields, not \(header.count)")
            }
            return Dictionary(uniqueKeysWithValues: zip(header, record))
        }
    }

    /// The distinct values of a column.
    func values(of column: String) -> Set<String> { Set(rows.compactMap { $0[column] }) }

    /// The rows by the values of some columns.
    func grouped(by columns: String...) -> [[String]: [[String: String]]] {
        Dictionary(grouping: rows) { row in columns.map { row[$0] ?? "" } }
    }
}
