/// Numbers as the tables hold them: the shortest decimal that reads back as the very same value.
public enum CSVNumber {
    /// The shortest decimal text of a finite number, without a needless `.0`: `100000`, `0.1`, `1e+16`, `-0`.
    ///
    /// A value that is not finite has no place in a table; it is written as its name (`nan`, `inf`) and refused when it
    /// is read, so that it never passes for a figure.
    public static func text(_ value: Double) -> String {
        let text = value.description
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    /// The finite number that a text holds in decimal, or nil for anything else (spaces, hexadecimal, `inf`, `nan`).
    public static func value(_ text: some StringProtocol) -> Double? {
        var bytes = Array(text.utf8)[...]
        if bytes.first == UInt8(ascii: "-") || bytes.first == UInt8(ascii: "+") { bytes = bytes.dropFirst() }
        guard let first = bytes.first, isDigit(first) || first == UInt8(ascii: ".") else { return nil }
        let plain = bytes.allSatisfy { byte in
            isDigit(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E")
                || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+")
        }
        guard plain, let value = Double(text), value.isFinite else { return nil }
        return value
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
}
