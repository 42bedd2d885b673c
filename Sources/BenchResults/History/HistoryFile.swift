import Glibc

/// The main figures of the runs of a place over time: a table that only grows.
///
/// A run's lines are added by one write under a lock, so that runs that end at the same moment do not mix. A line that
/// was cut off, by a full disk or a loss of power, costs that line only.
public struct HistoryFile: Sendable, Hashable {
    /// The file's path.
    public let path: String

    /// A history by its path; it need not exist yet.
    public init(_ path: String) { self.path = path }

    /// Adds lines and makes them durable. The file and the folders above it are made where they are missing. Takes
    /// O(lines), whatever the file's length.
    ///
    /// - Returns: a sentence about a line that was cut off, if there was one; it was ended, so that the new lines do
    ///   not continue it, and spoilt, so that half a figure is not taken for one.
    /// - Throws: `ResultsError` when the file has other columns or cannot be written; it is then as it was before.
    public func append(_ rows: [HistoryRow]) throws(ResultsError) -> String? {
        if let row = rows.first(where: { $0.fields.contains { $0.contains(where: \.isNewline) } }) {
            throw ResultsError("a field of \(row.run) holds a line break, which the history cannot", path: path)
        }
        try createFolders(parentFolder(of: path))
        let isNew = access(path, F_OK) != 0
        let descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure("cannot open the file", path) }
        // Closing gives the lock back.
        defer { close(descriptor) }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else { throw failure("cannot lock the file", path) }
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure("cannot read the file", path) }
        let length = Int(status.st_size)
        let isWhole = try endsInLineFeed(descriptor, length)
        if length > 0 { try requireHeader(descriptor) }
        // The last column is a number: whatever was cut off, with this behind it the line is none of the table.
        let text = (isWhole ? "" : ",cut off\n") + CSVText.encode(rows, header: length == 0)
        do throws(ResultsError) {
            try writeAll(descriptor, Array(text.utf8), path)
            guard fsync(descriptor) == 0 else { throw failure("cannot sync the file", path) }
        } catch {
            ftruncate(descriptor, off_t(length))
            throw error
        }
        if isNew { try syncFolder(parentFolder(of: path)) }
        return isWhole ? nil : "\(path): the last line was cut off; it is left out"
    }

    /// The lines, in the order in which they were added. A line that cannot be read is left out, and a warning says so.
    /// Takes O(bytes).
    ///
    /// - Throws: `ResultsError` when there is no such file, or it is no history.
    public func read() throws(ResultsError) -> ReadRows<HistoryRow> {
        let bytes = try readFile(path)
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard let header = lines.first, !header.isEmpty else {
            throw ResultsError("the file is empty: it has no header line", path: path, line: 1, column: 1)
        }
        // What follows the last line feed is a line that was cut off, or nothing.
        let rest = lines.removeLast()
        let columns = try CSVTable(parsing: Array(header) + [UInt8(ascii: "\n")], path: path).header
        if let missing = HistoryRow.columns.first(where: { !columns.contains($0) }) {
            throw ResultsError(
                "this is no history of runs: it has no column `\(missing)`", path: path, line: 1, column: 1,
                remedy: "name a file that `strata bench` has written, such as results/history.csv")
        }
        var rows: [HistoryRow] = []
        var warnings: [String] = []
        // No field holds a line break: each line stands for itself, and a bad one does not spoil the others.
        for (index, line) in lines.enumerated().dropFirst() where !line.isEmpty {
            do throws(ResultsError) {
                let table = try CSVTable(
                    parsing: Array(header) + [UInt8(ascii: "\n")] + line + [UInt8(ascii: "\n")], path: path)
                rows += try table.rows(HistoryRow.self)
            } catch {
                warnings.append("\(path):\(index + 1): the line is left out: \(error.message)")
            }
        }
        if !rest.isEmpty {
            warnings.append(
                "\(path):\(lines.count + 1): the last line is cut off: its \(rest.count) bytes are left out")
        }
        return ReadRows(rows: rows, warnings: warnings)
    }

    private func endsInLineFeed(_ descriptor: Int32, _ length: Int) throws(ResultsError) -> Bool {
        guard length > 0 else { return true }
        var last: UInt8 = 0
        guard pread(descriptor, &last, 1, off_t(length - 1)) == 1 else { throw failure("cannot read the file", path) }
        return last == UInt8(ascii: "\n")
    }

    private func requireHeader(_ descriptor: Int32) throws(ResultsError) {
        let header = CSVText.line(HistoryRow.columns)
        var start = [UInt8](repeating: 0, count: header.utf8.count)
        guard pread(descriptor, &start, start.count, 0) == start.count, start.elementsEqual(header.utf8) else {
            throw ResultsError(
                "the history has other columns than this version writes", path: path, line: 1, column: 1,
                remedy: "move the file away; a new one is begun")
        }
    }
}
