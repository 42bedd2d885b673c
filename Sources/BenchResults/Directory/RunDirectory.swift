import Glibc

/// The files of a run's folder that have a fixed place.
public enum RunFile: String, Sendable, Hashable, CaseIterable {
    /// A row per block and metric.
    case samples = "samples.csv"
    /// The statistics per arm and metric.
    case summary = "summary.csv"
    /// The documented targets.
    case targets = "targets.csv"
    /// The ratios between arms.
    case comparison = "comparison.csv"
    /// The state of the processes over time.
    case timeline = "timeline.csv"
    /// How each block of each arm went, repeated ones too.
    case blocks = "blocks.csv"
    /// The samples of rounds that were disturbed and repeated: evidence that is not counted.
    case disturbed = "disturbed.csv"
    /// Deterministic counts of the reduced plan.
    case counts = "counts.csv"
    /// What each function contributed to the counts.
    case functions = "functions.csv"
    /// The slices of a gate.
    case slices = "slices.csv"
    /// What a gate comes to, for machines.
    case gate = "gate.json"
    /// Where and with what it was measured.
    case environment = "environment.json"
    /// What it comes to, for machines.
    case verdict = "verdict.json"
    /// The exact arguments.
    case command = "command.txt"
    /// The page for a browser.
    case reportPage = "report.html"
    /// The text for a pull request.
    case reportText = "report.md"

    /// Whether the table grows while a run goes on, so that its last line may be cut off.
    public var grows: Bool {
        switch self {
        case .samples, .timeline, .blocks, .disturbed, .counts, .functions, .slices: true
        default: false
        }
    }
}

/// Rows that were read, with what a reader has to know about them.
public struct ReadRows<Row: CSVRow>: Sendable {
    /// The rows, in the file's order.
    public var rows: [Row]
    /// Sentences to show beside the figures: a last line that was cut off.
    public var warnings: [String]
}

/// A run's folder. Every write is durable when the call returns, and a reader never sees half a file; only `samples.csv`
/// and the other tables of `growing` grow, block by block, so that an interrupted run stays usable.
public struct RunDirectory: Sendable, Hashable {
    /// The folder's path, as it was given.
    public let path: String
    /// The run's name: the last component of the path.
    public let name: String

    /// Makes the folder of a new run, with the folders above it.
    ///
    /// - Throws: `ResultsError` when the path is a file, is a folder with something in it, or cannot be written.
    public init(creating path: String) throws(ResultsError) {
        guard !path.isEmpty else { throw ResultsError("the run's folder has an empty name", remedy: "name a folder") }
        self.path = withoutTrailingSlashes(path)
        name = lastComponent(of: path)
        try createFolders(self.path)
        try requireEmpty()
        try requireWritable()
        try syncFolder(parentFolder(of: self.path))
    }

    /// Opens the folder of a run that has been made before.
    ///
    /// - Parameter file: what the folder must hold; nil for nothing.
    /// - Throws: `ResultsError` when there is no such folder, or it holds no `samples.csv`.
    public init(opening path: String, holding file: RunFile? = .samples) throws(ResultsError) {
        self.path = withoutTrailingSlashes(path)
        name = lastComponent(of: path)
        var status = stat()
        guard stat(path, &status) == 0 else { throw failure("cannot open the run's folder", path) }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw ResultsError("this is a file, not a run's folder", path: path, remedy: "name the folder itself")
        }
        guard let file else { return }
        guard access(self.path(of: file), F_OK) == 0 else {
            throw ResultsError(
                "the folder holds no \(file.rawValue)", path: path,
                remedy: "name the folder of a run, such as results/latest")
        }
    }

    /// The name of a run that begins at a time from a commit: `20250102T030405Z-abcdef0`.
    ///
    /// - Parameters:
    ///   - secondsSinceEpoch: the time in seconds since 1970, UTC.
    ///   - commit: the commit's name in full, or nil outside a repository, which gives `nocommit`.
    public static func runName(secondsSinceEpoch: Int, commit: String?) -> String {
        func padded(_ number: Int32, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        var seconds = time_t(secondsSinceEpoch)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let date = padded(parts.tm_year + 1900, 4) + padded(parts.tm_mon + 1, 2) + padded(parts.tm_mday, 2)
        let time = padded(parts.tm_hour, 2) + padded(parts.tm_min, 2) + padded(parts.tm_sec, 2)
        return "\(date)T\(time)Z-\(commit.map { String($0.prefix(7)) } ?? "nocommit")"
    }

    /// The path of one of the folder's files.
    public func path(of file: RunFile) -> String { path(of: file.rawValue) }

    /// The path of something in the folder, given relative to it: `charts/latency.svg`.
    public func path(of relativePath: String) -> String { "\(path)/\(relativePath)" }

    // MARK: Writing

    /// Adds rows to `samples.csv` and makes them durable. Called once for each block that has finished.
    ///
    /// - Throws: `ResultsError` when a value is not finite, the file's columns are others, or it cannot be written; the
    ///   file is then as it was before.
    public func appendSamples(_ rows: [SampleRow]) throws(ResultsError) {
        if let row = rows.first(where: { !$0.value.isFinite }) {
            throw ResultsError(
                "\(row.metric) of \(row.scenario)/\(row.phase) is not a finite number (\(row.value))",
                path: path(of: .samples))
        }
        try append(rows, to: .samples)
    }

    /// Adds rows to `timeline.csv` and makes them durable.
    ///
    /// - Throws: `ResultsError` when the file's columns are others, or it cannot be written; the file is then as it was.
    public func appendTimeline(_ rows: [TimelineRow]) throws(ResultsError) { try append(rows, to: .timeline) }

    /// Replaces a table as a whole.
    ///
    /// - Throws: `ResultsError` when it cannot be written; what was there before is then still there.
    public func write<Row: CSVRow>(_ rows: [Row], to file: RunFile) throws(ResultsError) {
        try replaceFile(path(of: file), with: Array(CSVText.encode(rows).utf8))
    }

    /// Replaces a text file as a whole, given by its path relative to the folder; folders on the way are made.
    ///
    /// - Throws: `ResultsError` when the path leads out of the folder or the file cannot be written.
    public func write(text: String, to relativePath: String) throws(ResultsError) {
        try write(bytes: Array(text.utf8), to: relativePath)
    }

    /// Replaces a file as a whole, given by its path relative to the folder; folders on the way are made.
    ///
    /// - Throws: `ResultsError` when the path leads out of the folder or the file cannot be written.
    public func write(bytes: [UInt8], to relativePath: String) throws(ResultsError) {
        let parts = relativePath.split(separator: "/", omittingEmptySubsequences: false)
        guard !parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) else {
            throw ResultsError("`\(relativePath)` is no path inside the run's folder", path: path)
        }
        if parts.count > 1 { try createFolders(parentFolder(of: path(of: relativePath))) }
        try replaceFile(path(of: relativePath), with: bytes)
    }

    /// Makes `latest`, beside the run's folder, a link to it. The old link is replaced in one step.
    ///
    /// - Throws: `ResultsError` when `latest` is something other than a link, or the folder cannot be written.
    public func linkLatest() throws(ResultsError) {
        let parent = parentFolder(of: path)
        let (link, temporary) = ("\(parent)/latest", "\(parent)/.latest.tmp-\(getpid())")
        var status = stat()
        if lstat(link, &status) == 0, status.st_mode & S_IFMT != S_IFLNK {
            throw ResultsError("this is not a link to a run", path: link, remedy: "move it away")
        }
        unlink(temporary)
        guard symlink(name, temporary) == 0 else { throw failure("cannot create the link", temporary) }
        guard rename(temporary, link) == 0 else {
            let error = failure("cannot put the link in place", link)
            unlink(temporary)
            throw error
        }
        try syncFolder(parent)
    }

    // MARK: Reading

    /// The samples of the run. A last line that was cut off when the run was interrupted is left out with a warning.
    ///
    /// - Throws: `ResultsError` with file, line and column for anything else that is wrong.
    public func readSamples() throws(ResultsError) -> ReadRows<SampleRow> {
        let read = try read(SampleRow.self, from: .samples)
        if let row = read.rows.first(where: { $0.schema != SampleRow.currentSchema }) {
            throw ResultsError(
                "the rows have the schema \(row.schema), this version reads \(SampleRow.currentSchema)",
                path: path(of: .samples), remedy: "read them with the version that wrote them")
        }
        return read
    }

    /// The rows of a table. A last line of a growing table that was cut off is left out with a warning.
    ///
    /// - Throws: `ResultsError` with file, line and column for anything else that is wrong.
    public func read<Row: CSVRow>(_ kind: Row.Type, from file: RunFile) throws(ResultsError) -> ReadRows<Row> {
        let tail: CSVTable.Tail = file.grows ? .cut : .complete
        let table = try CSVTable(reading: path(of: file), tail: tail)
        return ReadRows(rows: try table.rows(), warnings: table.warnings)
    }

    /// The text of a file of the folder.
    ///
    /// - Throws: `ResultsError` when it cannot be read or is not UTF-8 text.
    public func readText(_ relativePath: String) throws(ResultsError) -> String {
        let path = path(of: relativePath)
        guard let text = String(validating: try readFile(path), as: UTF8.self) else {
            throw ResultsError("the file is not UTF-8 text", path: path)
        }
        return text
    }
}
