/// Takes records off the bytes of a table, one after the other.
struct CSVParser {
    private let bytes: [UInt8]
    private let path: String
    private let tail: CSVTable.Tail
    private var offset = 0
    private var line = 1
    private var lineStart = 0
    /// The length up to the end of the last complete record.
    private(set) var completeByteCount = 0
    /// What was left out, and why.
    private(set) var warnings: [String] = []

    private static let quote = UInt8(ascii: "\"")
    private static let comma = UInt8(ascii: ",")
    private static let lineFeed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")

    init(bytes: [UInt8], path: String, tail: CSVTable.Tail) {
        self.bytes = bytes
        self.path = path
        self.tail = tail
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            offset = 3
            lineStart = 3
        }
    }

    /// How a field ends.
    private enum Ending {
        case comma, line, file
    }

    /// The fields of the next record, or nil at the end.
    mutating func record() throws(ResultsError) -> [CSVRecord.Field]? {
        guard offset < bytes.count else { return nil }
        let (start, startLine) = (offset, line)
        if tail == .cut, !bytes[start...].contains(Self.lineFeed) {
            warnings.append(
                "\(path):\(line): the last line is cut off: its \(bytes.count - start) bytes are left out")
            offset = bytes.count
            return nil
        }
        var fields: [CSVRecord.Field] = []
        while true {
            let (field, ending) = try field()
            fields.append(field)
            switch ending {
            case .comma: continue
            case .line: break
            case .file:
                // The text ends within a record that began on an earlier line: a field in quotes that spans lines.
                guard tail == .complete else {
                    throw ResultsError(
                        "the record is cut off within a field that spans lines", path: path, line: startLine, column: 1)
                }
            }
            completeByteCount = offset
            return fields
        }
    }

    private mutating func field() throws(ResultsError) -> (CSVRecord.Field, Ending) {
        let (fieldLine, fieldColumn) = (line, offset - lineStart + 1)
        let isQuoted = offset < bytes.count && bytes[offset] == Self.quote
        let content = isQuoted ? try quotedContent() : try plainContent()
        guard let text = String(validating: content, as: UTF8.self) else {
            throw ResultsError("the field is not UTF-8 text", path: path, line: fieldLine, column: fieldColumn)
        }
        return (CSVRecord.Field(text: text, line: fieldLine, column: fieldColumn), try ending())
    }

    private mutating func plainContent() throws(ResultsError) -> ArraySlice<UInt8> {
        let start = offset
        while offset < bytes.count {
            let byte = bytes[offset]
            if byte == Self.comma || byte == Self.lineFeed || byte == Self.carriageReturn { break }
            if byte == Self.quote { throw refused("a quote stands inside a field without quotes") }
            if byte == 0 { throw refused("a zero byte stands in the table") }
            offset += 1
        }
        return bytes[start..<offset]
    }

    private mutating func quotedContent() throws(ResultsError) -> ArraySlice<UInt8> {
        let open = refused("the quote is never closed")
        offset += 1
        var content: [UInt8] = []
        while offset < bytes.count {
            let byte = bytes[offset]
            if byte == 0 { throw refused("a zero byte stands in the table") }
            offset += 1
            if byte == Self.quote {
                guard offset < bytes.count, bytes[offset] == Self.quote else { return content[...] }
                offset += 1
            }
            content.append(byte)
            if byte == Self.lineFeed { beginLine() }
        }
        throw open
    }

    private mutating func ending() throws(ResultsError) -> Ending {
        guard offset < bytes.count else { return .file }
        switch bytes[offset] {
        case Self.comma:
            offset += 1
            return .comma
        case Self.lineFeed:
            offset += 1
        case Self.carriageReturn where offset + 1 < bytes.count && bytes[offset + 1] == Self.lineFeed:
            offset += 2
        case Self.carriageReturn:
            throw refused("a carriage return stands alone")
        default:
            throw refused("text stands after a closing quote")
        }
        beginLine()
        return .line
    }

    private mutating func beginLine() {
        line += 1
        lineStart = offset
    }

    private func refused(_ message: String) -> ResultsError {
        ResultsError(message, path: path, line: line, column: offset - lineStart + 1)
    }
}
