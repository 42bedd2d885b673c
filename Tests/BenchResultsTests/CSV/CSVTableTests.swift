import BenchResults
import Testing

@Suite struct CSVTableTests {
    private func fields(_ text: String) throws -> [[String]] {
        let table = try CSVTable(parsing: text, path: "t.csv")
        return [table.header] + table.records.map { $0.fields.map(\.text) }
    }

    @Test func plainAndQuotedFields() throws {
        #expect(try fields("a,b\n1,2\n") == [["a", "b"], ["1", "2"]])
        #expect(try fields("a,b\r\n\"1,\"\"x\"\"\",\r\n") == [["a", "b"], ["1,\"x\"", ""]])
        #expect(try fields("a,b\n\"two\nlines\",3") == [["a", "b"], ["two\nlines", "3"]])
        #expect(try fields("\u{FEFF}a\n\"\"\n") == [["a"], [""]])
        #expect(try fields("a,b\n,\n") == [["a", "b"], ["", ""]])
    }

    @Test func whatIsWrittenIsRead() throws {
        let nasty = [
            "", " ", ",", "\"", "\"\"", "\n", "\r\n", "\r", "a\"b,c\nd", "ünïcode", "\"\u{301}", "=1+1", "'", "\t",
        ]
        for first in nasty {
            for second in nasty {
                let text = CSVText.line(["a", "b"]) + CSVText.line([first, second])
                #expect(try fields(text) == [["a", "b"], [first, second]])
            }
            #expect(try fields(CSVText.line(["a"]) + CSVText.line([first])) == [["a"], [first]])
        }
    }

    @Test(arguments: [
        ("", "t.csv:1:1: the table is empty: it has no header line"),
        ("a,a\n", "t.csv:1:3: the column `a` occurs twice"),
        ("a,b\n1\n", "t.csv:2:1: the record has 1 fields, the header has 2"),
        ("a,b\n1,2,3\n", "t.csv:2:1: the record has 3 fields, the header has 2"),
        ("a,b\n1,2\n\n", "t.csv:3:1: the record has 1 fields, the header has 2"),
        ("a,b\n1,x\"y\n", "t.csv:2:4: a quote stands inside a field without quotes"),
        ("a,b\n1,\"x\"y\n", "t.csv:2:6: text stands after a closing quote"),
        ("a,b\n\"1\n2\n", "t.csv:2:1: the quote is never closed"),
        ("a,b\n\"x\ny\",\"z\n", "t.csv:3:4: the quote is never closed"),
        ("a,b\n1\r,2\n", "t.csv:2:2: a carriage return stands alone"),
        ("a,b\n1,\0\n", "t.csv:2:3: a zero byte stands in the table"),
        ("a,b\n1,\"\0\"\n", "t.csv:2:4: a zero byte stands in the table"),
    ])
    func hostileTextIsRefused(text: String, message: String) {
        #expect(performing: { try CSVTable(parsing: text, path: "t.csv") }, throws: { "\($0)" == message })
    }

    @Test func bytesThatAreNoTextAreRefused() {
        let bytes: [UInt8] = Array("a,b\n1,".utf8) + [0xC3, 0x28, 0x0A]
        #expect(
            performing: { try CSVTable(parsing: bytes, path: "t.csv") },
            throws: { "\($0)" == "t.csv:2:3: the field is not UTF-8 text" })
    }

    @Test func everyPrefixIsReadOrRefused() throws {
        let text = CSVText.encode([sampleRow(), sampleRow(block: 1, metric: "a\"b,\nc")])
        let bytes = Array(text.utf8)
        for length in bytes.indices {
            for tail in [CSVTable.Tail.complete, .cut] {
                let table = try? CSVTable(parsing: Array(bytes[..<length]), path: "t.csv", tail: tail)
                #expect((table?.records.count ?? 0) <= 2)
            }
        }
    }
}
