/// Tables as text by RFC 4180, except that lines end in a line feed alone, as the tools that read them expect here.
public enum CSVText {
    /// A header line and a line for each row.
    ///
    /// - Parameter header: whether to write the header line; without it the text continues a table.
    public static func encode<Row: CSVRow>(_ rows: some Sequence<Row>, header: Bool = true) -> String {
        var text = header ? line(Row.columns) : ""
        for row in rows { text += line(row.fields) }
        return text
    }

    /// One line with its line feed. A field with a comma, a quote or a line break stands in quotes.
    public static func line(_ fields: [String]) -> String {
        // A record of one empty field would be an empty line, which readers skip or misread.
        if fields == [""] { return "\"\"\n" }
        return fields.map(quoted).joined(separator: ",") + "\n"
    }

    private static func quoted(_ field: String) -> String {
        let special = field.utf8.contains { byte in
            byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\n")
                || byte == UInt8(ascii: "\r")
        }
        guard special else { return field }
        var text = "\""
        // By scalars: a line feed after a carriage return is one character, and a quote may carry combining marks.
        for scalar in field.unicodeScalars {
            if scalar == "\"" { text += "\"\"" } else { text.unicodeScalars.append(scalar) }
        }
        return text + "\""
    }
}
