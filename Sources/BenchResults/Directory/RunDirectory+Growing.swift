import Glibc

extension RunDirectory {
    /// Adds rows to a table and syncs it. The header is written by the first call, even without rows; a line that an interruption cut
    /// off is removed first, so that new rows never continue it.
    public func append<Row: CSVRow>(_ rows: [Row], to file: RunFile) throws(ResultsError) {
        let path = path(of: file)
        let isNew = access(path, F_OK) != 0
        let descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure("cannot open the file", path) }
        defer { close(descriptor) }
        let length = try completeLength(of: descriptor, path, header: CSVText.line(Row.columns))
        do throws(ResultsError) {
            try writeAll(descriptor, Array(CSVText.encode(rows, header: length == 0).utf8), path)
            guard fsync(descriptor) == 0 else { throw failure("cannot sync the file", path) }
        } catch {
            ftruncate(descriptor, off_t(length))
            throw error
        }
        if isNew { try syncFolder(self.path) }
    }

    /// The length of the table, once what was cut off is removed. Takes O(1) for a table that ends in a line feed.
    private func completeLength(
        of descriptor: Int32, _ path: String, header: String
    ) throws(ResultsError) -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure("cannot read the file", path) }
        var length = Int(status.st_size)
        guard length > 0 else { return 0 }
        var last: UInt8 = 0
        guard pread(descriptor, &last, 1, off_t(length - 1)) == 1 else { throw failure("cannot read the file", path) }
        if last != UInt8(ascii: "\n") {
            length = try CSVTable(parsing: readAll(descriptor, path), path: path, tail: .cut).completeByteCount
            guard ftruncate(descriptor, off_t(length)) == 0 else {
                throw failure("cannot remove the line that was cut off", path)
            }
        }
        guard length > 0 else { return 0 }
        var start = [UInt8](repeating: 0, count: header.utf8.count)
        guard pread(descriptor, &start, start.count, 0) == start.count, start.elementsEqual(header.utf8) else {
            throw ResultsError(
                "the table has other columns than this version writes", path: path, line: 1, column: 1,
                remedy: "begin a new run")
        }
        return length
    }

    /// That nothing is in the folder.
    func requireEmpty() throws(ResultsError) {
        guard let folder = opendir(path) else { throw failure("cannot read the folder", path) }
        defer { closedir(folder) }
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name == "." || name == ".." else {
                throw ResultsError(
                    "the folder is not empty (it holds `\(name)`)", path: path,
                    remedy: "name a new or empty folder, so that no run is overwritten")
            }
        }
    }

    /// That files can be made in the folder, found out before anything is measured.
    func requireWritable() throws(ResultsError) {
        let probe = path(of: ".probe-\(getpid())")
        let descriptor = open(probe, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw failure("cannot write in the folder", path, remedy: "name a folder that you may write in")
        }
        close(descriptor)
        unlink(probe)
    }
}
