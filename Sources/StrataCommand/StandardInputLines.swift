import Glibc

/// The lines of standard input, as many at a time as have come together.
struct StandardInputLines {
    struct Line {
        /// From 1.
        let number: Int
        let bytes: ArraySlice<UInt8>
    }

    /// The most bytes of a line.
    private static let lineByteCountMaximum = 256 << 20
    private static let pieceByteCount = 256 << 10

    private var number = 0
    /// The beginning of a line that has not ended yet.
    private var rest: [UInt8] = []
    private var hasEnded = false

    /// Waits for at least one whole line, and returns all that are there; nil at the end. Lines without anything are passed
    /// over, and counted.
    mutating func next() throws -> [Line]? {
        while !hasEnded {
            let searched = rest.count
            try read()
            let isLast = hasEnded
            guard let end = isLast ? rest.count : rest[searched...].lastIndex(of: UInt8(ascii: "\n")).map({ $0 + 1 })
            else {
                guard rest.count <= Self.lineByteCountMaximum else {
                    throw CommandFailure(
                        "line \(number + 1): it is longer than \(Self.lineByteCountMaximum) bytes",
                        exitCode: CommandFailure.Code.invalidInput)
                }
                continue
            }
            let lines = take(rest[..<end])
            rest = Array(rest[end...])
            if !lines.isEmpty { return lines }
        }
        return nil
    }

    private mutating func take(_ bytes: ArraySlice<UInt8>) -> [Line] {
        var lines: [Line] = []
        // What is behind the last line's end is no line.
        var pieces = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if pieces.last?.isEmpty == true { pieces.removeLast() }
        for piece in pieces {
            number += 1
            let isBlank = piece.allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == 13 }
            if !isBlank { lines.append(Line(number: number, bytes: piece)) }
        }
        return lines
    }

    private mutating func read() throws {
        let start = rest.count
        rest.append(contentsOf: repeatElement(0, count: Self.pieceByteCount))
        while true {
            let count = rest.withUnsafeMutableBytes { Glibc.read(0, $0.baseAddress! + start, Self.pieceByteCount) }
            if count < 0, errno == EINTR { continue }
            rest.removeLast(Self.pieceByteCount - max(count, 0))
            guard count >= 0 else {
                throw CommandFailure("cannot read standard input: \(String(cString: strerror(errno)))")
            }
            hasEnded = count == 0
            return
        }
    }
}
