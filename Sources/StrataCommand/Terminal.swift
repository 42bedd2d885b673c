import Foundation

/// Standard output and standard error, as people and scripts see them.
enum Terminal {
    static let errorIsTerminal = isatty(STDERR_FILENO) == 1
    static let outputIsTerminal = isatty(STDOUT_FILENO) == 1

    /// The columns of the terminal that standard error is; 80 where that is not known.
    static var errorColumns: Int {
        var size = winsize()
        return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
    }

    /// Writes a line to standard error.
    static func note(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

    /// Prints a value as JSON, keys in a fixed order.
    static func printJSON(_ value: some Encodable) throws(CommandFailure) {
        try failing {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            print(String(decoding: try encoder.encode(value), as: UTF8.self))
        }
    }

    /// Columns separated by two spaces; numbers are the caller's to align.
    static func columns(_ rows: [[String]]) -> String {
        let widths = (0..<(rows.map(\.count).max() ?? 0)).map { column in
            rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.map { row in
            row.enumerated().map { column, cell in
                column + 1 == row.count ? cell : cell.padding(toLength: widths[column], withPad: " ", startingAt: 0)
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}

/// One line of progress on standard error, written over itself; nothing where standard error is no terminal.
struct ProgressLine {
    let isShown: Bool
    private var width = 0

    init(isWanted: Bool) { isShown = isWanted && Terminal.errorIsTerminal }

    mutating func show(_ text: String) {
        guard isShown else { return }
        let padding = String(repeating: " ", count: max(0, width - text.count))
        FileHandle.standardError.write(Data("\r\(text)\(padding)".utf8))
        width = text.count
    }

    /// Takes the line away, so that what follows starts at the left.
    mutating func clear() {
        guard isShown, width > 0 else { return }
        FileHandle.standardError.write(Data("\r\(String(repeating: " ", count: width))\r".utf8))
        width = 0
    }
}
