import Glibc

/// A field of the record that was read last.
struct CSVField: BitwiseCopyable {
    /// Where its text is in the record, without quotes.
    var start: Int
    var end: Int
    /// The place of its first byte, its opening quote included, in the file: both from 1.
    var line: Int
    var column: Int
    var isQuoted: Bool
    /// Whether quotes in it are doubled still.
    var hasDoubledQuotes: Bool
}

/// Reads records of comma-separated values as RFC 4180 states them, from a file that need not fit in memory.
///
/// Records end with CRLF or LF, the last one also with the file. A field in quotes may hold commas, line ends and doubled
/// quotes; a quote anywhere else is an error, and so are bytes that are not UTF-8, a wrong count of fields and what is
/// longer than the limits. Lines and columns count from 1, columns in bytes.
struct CSVReader: ~Copyable {
    /// How long a field and a record may be, in bytes, how many fields the first record may have, and how much is read
    /// of the file at a time.
    struct Limits {
        var fieldBytes = 16 << 20
        var recordBytes = 64 << 20
        var fields = 65_536
        var chunkBytes = 1 << 18
    }

    /// The fields of the record.
    private(set) var fields: [CSVField] = []
    /// The line in which the record begins.
    private(set) var line = 1

    private var input: TextInput
    private let limits: Limits
    /// The length of the record with its end.
    private var recordCount = 0
    /// The line that is being read, and where it begins in the record.
    private var currentLine = 1
    private var lineStart = 0

    /// Opens a file.
    init(path: String, limits: Limits = Limits()) throws(GraphDataError) {
        var input = try TextInput(path: path, chunkBytes: limits.chunkBytes)
        try input.skipByteOrderMark()
        self.input = input
        self.limits = limits
    }

    /// The file's path.
    var path: String { input.path }

    /// The bytes read from the file so far.
    var bytesRead: Int { input.bytesRead }

    /// The text of a field; it stays until the next record is read.
    func text(_ index: Int) -> UnsafeBufferPointer<UInt8> {
        let field = fields[index]
        return UnsafeBufferPointer(start: input.bytes + field.start, count: field.end - field.start)
    }

    /// An error at the beginning of a field.
    func error(_ message: String, at index: Int) -> GraphDataError {
        GraphDataError(message, path: path, line: fields[index].line, column: fields[index].column)
    }

    /// Reads the next record; `false` at the end of the file.
    ///
    /// - Parameter expected: how many fields it must have; nil for any number.
    /// - Complexity: O(bytes); allocates only when a record has more fields or bytes than those before it.
    mutating func next(fields expected: Int?) throws(GraphDataError) -> Bool {
        input.advance(recordCount)
        recordCount = 0
        fields.removeAll(keepingCapacity: true)
        line = currentLine
        lineStart = 0
        if input.count == 0 {
            guard try input.readMore() else { return false }
        }
        var cursor = 0
        var isOver = false
        var hasDoubledQuotes = false
        while !isOver {
            if fields.count == expected ?? limits.fields {
                let what =
                    expected == nil ? "at most \(limits.fields) fields" : "\(fieldCount(fields.count)), found more"
                throw failure("expected \(what)", at: cursor)
            }
            var field = CSVField(
                start: cursor, end: cursor, line: currentLine, column: cursor - lineStart + 1, isQuoted: false,
                hasDoubledQuotes: false)
            if try hasByte(at: cursor, of: field), input.bytes[cursor] == Self.quote {
                try readQuoted(&field)
                cursor = field.end + 1
                hasDoubledQuotes = hasDoubledQuotes || field.hasDoubledQuotes
            } else {
                try readPlain(&field)
                cursor = field.end
            }
            if field.end - field.start > limits.fieldBytes { throw tooLong(field) }
            fields.append(field)
            isOver = try readEnd(&cursor, after: field)
        }
        recordCount = cursor
        let end = fields[fields.count - 1]
        try checkText(cursor)
        if let expected, fields.count != expected {
            throw fields.count == 1 && end.start == end.end && !end.isQuoted
                ? error("an empty line; expected \(fieldCount(expected))", at: 0)
                : GraphDataError(
                    "expected \(fieldCount(expected)), found \(fields.count)", path: path, line: end.line,
                    column: end.column)
        }
        if hasDoubledQuotes { removeDoubledQuotes() }
        return true
    }

    // MARK: Fields

    private static let quote = UInt8(ascii: "\"")
    private static let comma = UInt8(ascii: ",")
    private static let lineFeed: UInt8 = 10
    private static let carriageReturn: UInt8 = 13

    /// Reads up to the comma or the end of the line.
    private mutating func readPlain(_ field: inout CSVField) throws(GraphDataError) {
        var position = field.start
        repeat {
            position = Self.firstSpecial(input.bytes, position, input.count)
            if position < input.count { break }
        } while try more(field)
        field.end = position
        guard position < input.count, input.bytes[position] == Self.quote else { return }
        throw failure(
            "a quote inside a field that does not begin with one; enclose the field in quotes and double this one",
            at: position)
    }

    /// Reads up to the closing quote.
    private mutating func readQuoted(_ field: inout CSVField) throws(GraphDataError) {
        field.isQuoted = true
        field.start += 1
        var position = field.start
        while true {
            let found = memchr(input.bytes + position, Int32(Self.quote), input.count - position)
            let end = found.map { UnsafeRawPointer($0) - UnsafeRawPointer(input.bytes) } ?? input.count
            countLines(position..<end)
            position = end
            if found == nil {
                guard try more(field) else {
                    throw GraphDataError(
                        "this quote is never closed", path: path, line: field.line, column: field.column)
                }
                continue
            }
            guard try hasByte(at: end + 1, of: field), input.bytes[end + 1] == Self.quote else {
                field.end = end
                return
            }
            field.hasDoubledQuotes = true
            position = end + 2
        }
    }

    /// Reads what is behind a field: whether it ends the record.
    private mutating func readEnd(_ cursor: inout Int, after field: CSVField) throws(GraphDataError) -> Bool {
        guard try hasByte(at: cursor, of: field) else { return true }
        switch input.bytes[cursor] {
        case Self.comma:
            cursor += 1
            return false
        case Self.lineFeed:
            cursor += 1
        case Self.carriageReturn:
            guard try hasByte(at: cursor + 1, of: field), input.bytes[cursor + 1] == Self.lineFeed else {
                throw failure("a carriage return without a line feed; end lines with LF or CRLF", at: cursor)
            }
            cursor += 2
        default:
            throw failure(
                "expected a comma or the end of the line after the closing quote; double a quote that is part of the "
                    + "text", at: cursor)
        }
        currentLine += 1
        return true
    }

    /// Whether there is a byte, which may have to be read first.
    private mutating func hasByte(at position: Int, of field: CSVField) throws(GraphDataError) -> Bool {
        if position < input.count { return true }
        return try more(field)
    }

    private mutating func more(_ field: CSVField) throws(GraphDataError) -> Bool {
        if input.count - field.start > limits.fieldBytes { throw tooLong(field) }
        if input.count > limits.recordBytes {
            throw GraphDataError(
                "the record that begins here is longer than \(limits.recordBytes) bytes; is a quote missing?",
                path: path, line: line, column: 1)
        }
        return try input.readMore()
    }

    private mutating func countLines(_ range: Range<Int>) {
        var position = range.lowerBound
        while position < range.upperBound,
            let found = memchr(input.bytes + position, Int32(Self.lineFeed), range.upperBound - position)
        {
            position = UnsafeRawPointer(found) - UnsafeRawPointer(input.bytes) + 1
            currentLine += 1
            lineStart = position
        }
    }

    /// Refuses what is not UTF-8. Doubled quotes are still as the file has them, so that places are right.
    private func checkText(_ count: Int) throws(GraphDataError) { if let error = textError(count) { throw error } }

    private func textError(_ count: Int) -> GraphDataError? {
        guard let position = TextBytes.firstInvalid(input.bytes, count) else { return nil }
        var (row, start) = (line, 0)
        for index in 0..<position where input.bytes[index] == Self.lineFeed { (row, start) = (row + 1, index + 1) }
        return GraphDataError(
            "the byte \(input.bytes[position]) is not UTF-8; save the file as UTF-8", path: path, line: row,
            column: position - start + 1)
    }

    /// Moves the text of fields together over the quotes that stood for quotes.
    private mutating func removeDoubledQuotes() {
        let bytes = input.bytes
        for index in fields.indices where fields[index].hasDoubledQuotes {
            var target = fields[index].start
            var source = target
            let end = fields[index].end
            while source < end {
                // Up to and with the next quote; inside a field every one is the first of two.
                let found = memchr(bytes + source, Int32(Self.quote), end - source)
                let stop = found.map { UnsafeRawPointer($0) - UnsafeRawPointer(bytes) + 1 } ?? end
                if target != source { memmove(bytes + target, bytes + source, stop - source) }
                target += stop - source
                source = stop + 1
            }
            fields[index].end = target
            fields[index].hasDoubledQuotes = false
        }
    }

    /// The first comma, quote, line feed or carriage return of a range, or its end: eight bytes at a time.
    private static func firstSpecial(_ bytes: UnsafeMutablePointer<UInt8>, _ start: Int, _ end: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let raw = UnsafeRawPointer(bytes)
        var position = start
        while position < end {
            // The word may reach behind the end: the input has room there.
            let word = raw.loadUnaligned(fromByteOffset: position, as: UInt64.self)
            // A byte is zero where its upper bit is borrowed and it had none; the lowest such mark is exact.
            func marks(_ byte: UInt8) -> UInt64 {
                let difference = word ^ (ones &* UInt64(byte))
                return (difference &- ones) & ~difference
            }
            let found =
                (marks(comma) | marks(quote) | marks(lineFeed) | marks(carriageReturn)) & (ones &* 0x80)
            if found != 0 { return min(position + found.trailingZeroBitCount >> 3, end) }
            position += 8
        }
        return end
    }

    // MARK: Errors

    /// An error at a byte of the record, unless a byte before it is not even text.
    private func failure(_ message: String, at position: Int) -> GraphDataError {
        textError(min(position, input.count))
            ?? GraphDataError(message, path: path, line: currentLine, column: position - lineStart + 1)
    }

    private func tooLong(_ field: CSVField) -> GraphDataError {
        GraphDataError(
            "the field that begins here is longer than \(limits.fieldBytes) bytes"
                + (field.isQuoted ? "; is its closing quote missing?" : ""), path: path, line: field.line,
            column: field.column)
    }

    private func fieldCount(_ count: Int) -> String { count == 1 ? "1 field" : "\(count) fields" }
}
