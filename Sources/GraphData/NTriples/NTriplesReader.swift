import Glibc

/// Reads statements line by line from an N-Triples file that need not fit in memory.
///
/// A line ends with LF, CR or both, the last one also with the file. Bytes that are not UTF-8, lines that are longer than
/// the limit and what the grammar does not have are errors with line and column, both from 1, columns in bytes.
struct NTriplesReader: ~Copyable {
    /// How long a line may be, in bytes, and how much is read of the file at a time.
    struct Limits {
        var lineBytes = 16 << 20
        var chunkBytes = 1 << 18
    }

    /// The line of the statement.
    private(set) var line = 0
    /// The statement that was read last.
    private(set) var triple = NTriple(subject: 0..<0, predicate: 0..<0, object: .plain(0..<0))

    private var input: TextInput
    private let limits: Limits
    /// The length of the line with its end.
    private var lineCount = 0
    /// A copy of `NTriplesGrammar.classes` that needs no look-up of its bounds; freed with this value.
    private let classes: UnsafeMutablePointer<UInt8>

    /// Opens a file.
    init(path: String, limits: Limits = Limits()) throws(GraphDataError) {
        var input = try TextInput(path: path, chunkBytes: limits.chunkBytes)
        try input.skipByteOrderMark()
        self.input = input
        self.limits = limits
        classes = .allocate(capacity: 256)
        for (index, bits) in NTriplesGrammar.classes.enumerated() { (classes + index).initialize(to: bits) }
    }

    deinit { classes.deallocate() }

    /// The file's path.
    var path: String { input.path }

    /// The bytes read from the file so far.
    var bytesRead: Int { input.bytesRead }

    /// A part of the statement; it stays until the next one is read.
    func text(_ range: Range<Int>) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: input.bytes + range.lowerBound, count: range.count)
    }

    /// An error at the beginning of the line.
    func error(_ message: String) -> GraphDataError { GraphDataError(message, path: path, line: line, column: 1) }

    /// Reads on to the next statement; `false` at the end of the file.
    ///
    /// - Complexity: O(bytes); allocates only when a line is longer than those before it.
    mutating func next() throws(GraphDataError) -> Bool {
        while let count = try nextLine() {
            if let position = TextBytes.firstInvalid(input.bytes, count) {
                throw failure("the byte \(input.bytes[position]) is not UTF-8; save the file as UTF-8", position)
            }
            var parser = NTriplesLine(input.bytes, count, classes: classes)
            do throws(NTriplesLine.Fault) {
                if let triple = try parser.read() {
                    self.triple = triple
                    return true
                }
            } catch {
                throw failure(error.message, error.position)
            }
        }
        return false
    }

    /// Goes to the next line; its length without its end, or nil at the end of the file.
    private mutating func nextLine() throws(GraphDataError) -> Int? {
        input.advance(lineCount)
        lineCount = 0
        line += 1
        var searched = 0
        while true {
            if let found = memchr(input.bytes + searched, 10, input.count - searched) {
                let end = UnsafeRawPointer(found) - UnsafeRawPointer(input.bytes)
                lineCount = end + 1
                return try lineEnd(before: end)
            }
            searched = input.count
            guard searched <= limits.lineBytes else { throw tooLong() }
            if try input.readMore() { continue }
            if searched == 0 { return nil }
            lineCount = searched
            return try lineEnd(before: searched)
        }
    }

    /// Where the line ends: at `end`, or at a carriage return before it.
    private mutating func lineEnd(before end: Int) throws(GraphDataError) -> Int {
        guard let found = memchr(input.bytes, 13, end) else {
            guard end <= limits.lineBytes else { throw tooLong() }
            return end
        }
        let position = UnsafeRawPointer(found) - UnsafeRawPointer(input.bytes)
        // One directly before the line feed belongs to it; any other ends a line by itself.
        if position + 1 < end || lineCount == end { lineCount = position + 1 }
        guard position <= limits.lineBytes else { throw tooLong() }
        return position
    }

    private func tooLong() -> GraphDataError {
        error(
            "the line is longer than \(limits.lineBytes) bytes; a statement and a text of that length are not imported")
    }

    private func failure(_ message: String, _ position: Int) -> GraphDataError {
        GraphDataError(message, path: path, line: line, column: position + 1)
    }
}
