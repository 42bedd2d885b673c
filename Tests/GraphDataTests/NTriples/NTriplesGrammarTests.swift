import Testing

@testable import GraphData

/// Statements that the W3C's grammar has, in the spirit of its test suite.
private let good = [
    "<http://example/s> <http://example/p> <http://example/o> .",
    "<http://example/s><http://example/p><http://example/o>.",
    "<http://example/\\u0053> <http://example/p> <http://example/\\U00000053> .",
    "<scheme:!$%25&'()*+,-./0123456789:/@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~?#> <http://a/p> \"o\" .",
    "_:a <http://example/p> _:b .", "_:a<http://example/p>_:b.", "_:1a <p:p> _:a.b.c .", "_::a <p:p> _:_ .",
    "_:é <p:p> _:a\u{B7}\u{300} .", "_:a <p:p> \"\" .", "_:a <p:p> \"'\" .",
    "_:a <p:p> \"\\t\\b\\n\\r\\f\\\"\\'\\\\\" .",
    "_:a <p:p> \"a\u{0}b\u{B}\u{7F}\" .", "_:a <p:p> \"x\"@en .", "_:a <p:p> \"x\"@en-a1-B2 .",
    "_:a <p:p> \"x\"^^<http://www.w3.org/2001/XMLSchema#byte> .", "\t_:a\t<p:p>\t\"x\"\t.\t# comment",
    "_:a <p:p> \"#.\" .", "_:a <p:p> \"\\U0010FFFF\\uFFFF\" .",
]

/// Lines that it does not have, the column at which they go wrong, and how the error begins.
private let bad: [(line: String, column: Int, error: String)] = [
    ("<http://example/ s> <p:p> <o:o> .", 17, "expected a character that an IRI may have"),
    ("<http://example/\\u00ZZ11> <p:p> <o:o> .", 17, "expected an escape"),
    ("<http://example/\\U00ZZ1111> <p:p> <o:o> .", 17, "expected an escape"),
    ("<http://example/\\n> <p:p> <o:o> .", 17, "expected an escape"),
    ("<http://example/\\/> <p:p> <o:o> .", 17, "expected an escape"),
    ("<http://example/\\u0020> <p:p> <o:o> .", 17, "this escape stands for a character"),
    ("<s> <p:p> <o:o> .", 1, "expected an absolute IRI such as <http://example.org/a>, found `<s>`"),
    ("<s:s> <p> <o:o> .", 7, "expected an absolute IRI"), ("<s:s> <p:p> <o> .", 13, "expected an absolute IRI"),
    ("<s:s> <p:p> \"o\"^^<d> .", 18, "expected an absolute IRI"), ("<> <p:p> <o:o> .", 1, "expected an absolute IRI"),
    ("<s/a:b> <p:p> <o:o> .", 1, "expected an absolute IRI"), ("<1:s> <p:p> <o:o> .", 1, "expected an absolute IRI"),
    ("<s:s", 1, "this IRI is never closed"),
    ("<s:s> _:p <o:o> .", 7, "expected the predicate: an IRI in <>; found `_:p`"),
    ("<s:s> \"p\" <o:o> .", 7, "expected the predicate"), ("\"s\" <p:p> <o:o> .", 1, "expected the subject"),
    ("@prefix : <http://example/> .", 1, "expected the subject"), ("<s:s> <p:p> .", 13, "expected the object"),
    ("<s:s> <p:p>", 12, "expected the object: an IRI in <>, a blank node `_:label` or a \"literal\"; found the end of"),
    ("<s:s> <p:p> <o:o>", 18, "expected `.` at the end of the statement; found the end of the line"),
    ("<s:s> <p:p> <o:o>, <o:q> .", 18, "expected `.`"), ("<s:s> <p:p> <o:o>; <p:q> <o:q> .", 18, "expected `.`"),
    ("<s:s> <p:p> <o:o> . <s:s> <p:p> <o:o> .", 21, "expected the end of the line or a comment"),
    ("<s:s> <p:p> \"abc .", 13, "this quote is never closed on its line"),
    ("<s:s> <p:p> \"abc' .", 13, "this quote is never closed"), ("<s:s> <p:p> 'abc' .", 13, "expected the object"),
    ("<s:s> <p:p> \"\"\"abc\"\"\" .", 15, "expected `.`"), ("<s:s> <p:p> 1 .", 13, "expected the object"),
    ("<s:s> <p:p> \"a\\zb\" .", 15, "expected an escape"), ("<s:s> <p:p> \"\\uWXYZ\" .", 14, "expected an escape"),
    ("<s:s> <p:p> \"\\u12\" .", 14, "expected an escape"), ("<s:s> <p:p> \"\\U0000WXYZ\" .", 14, "expected an escape"),
    ("<s:s> <p:p> \"\\uD800\" .", 14, "`\\uD800\"` stands for no character"),
    ("<s:s> <p:p> \"\\U00110000\" .", 14, "`\\U00110000\"` stands for no character"),
    ("<s:s> <p:p> \"\\UFFFFFFFF\" .", 14, "`\\UFFFFFFFF\"` stands for no character"),
    ("<s:s> <p:p> \"o\"@1 .", 17, "expected a language such as `en` after the `@`"),
    ("<s:s> <p:p> \"o\"@ .", 17, "expected a language"), ("<s:s> <p:p> \"o\"@en- .", 20, "expected letters or digits"),
    ("<s:s> <p:p> \"o\"@en_x .", 19, "expected `.`"), ("<s:s> <p:p> \"o\"^<d:d> .", 16, "expected `^^`"),
    ("<s:s> <p:p> \"o\"^^d:d .", 18, "expected the datatype"), ("_: <p:p> <o:o> .", 3, "expected a blank node's label"),
    ("_a <p:p> <o:o> .", 1, "expected `_:` before"), ("_:-a <p:p> <o:o> .", 3, "expected a blank node's label"),
    ("_:.a <p:p> <o:o> .", 3, "expected a blank node's label"), ("_:\u{D7} <p:p> <o:o> .", 3, "expected a blank node"),
    ("_:\u{B7}a <p:p> <o:o> .", 3, "expected a blank node's label"),
    ("<s:a\u{7}> <p:p> <o:o> .", 5, "expected a character"),
]

@Suite struct NTriplesGrammarTests {
    private func error(_ bytes: [UInt8], limits: NTriplesReader.Limits = NTriplesReader.Limits()) throws -> String {
        let directory = try TemporaryDirectory()
        let file = try directory.write(bytes, to: "g.nt")
        do throws(GraphDataError) {
            _ = try TextGraphSink.read(NTriplesSource(file: file, scratchDirectory: directory.path, limits: limits))
            return ""
        } catch {
            return "\(error)".replacing(directory.path + "/", with: "")
        }
    }

    @Test(arguments: good)
    func whatTheGrammarHasIsRead(line: String) throws { #expect(try error(Array(line.utf8)) == "") }

    @Test(arguments: bad.indices, ["\n", "\r\n", "\r"])
    func whatItHasNotIsAnErrorAtItsPlace(row: Int, lineEnd: String) throws {
        let (line, column, message) = bad[row]
        let text = try error(Array(([good[0], "", line, good[1]].joined(separator: lineEnd)).utf8))
        #expect(text.hasPrefix("g.nt:3:\(column): \(message)"), "\(text)")
    }

    @Test(
        arguments: [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE4, 0xB8]] as [[UInt8]])
    func bytesThatAreNotUTF8AreAnError(bytes: [UInt8]) throws {
        let line = Array("_:a <p:p> \"é".utf8) + bytes + Array("\" .".utf8)
        #expect(try error(line).hasPrefix("g.nt:1:14: the byte \(bytes[0]) is not UTF-8"))
        #expect(try error(Array("# ".utf8) + bytes).hasPrefix("g.nt:1:3: the byte \(bytes[0])"))
    }

    @Test(arguments: [16, 1 << 18])
    func linesThatAreTooLongAreErrorsBeforeTheyAreHeld(chunkBytes: Int) throws {
        var limits = NTriplesReader.Limits()
        limits.lineBytes = 100
        limits.chunkBytes = chunkBytes
        let text = String(repeating: "x", count: 80)
        #expect(try error(Array("_:a <p:p> \"\(text)\" .\n".utf8), limits: limits) == "")
        for end in ["\" .\n", "\" .\r\n", "\" .", "\" .\r"] {
            let line = "_:a <p:p> \"\(text)\(text)\(end)"
            #expect(
                try error(Array("\n\(line)".utf8), limits: limits).hasPrefix(
                    "g.nt:2:1: the line is longer than 100 bytes"))
        }
    }

    @Test func aFileThatIsNotThereIsAnError() {
        #expect(throws: GraphDataError.self) { _ = try TextGraphSink.read(NTriplesSource(file: "/nonexistent.nt")) }
        #expect(throws: GraphDataError.self) { _ = try TextGraphSink.read(NTriplesSource(file: "/")) }
    }

    /// Whatever a file holds, it is read or refused with its place.
    @Test(arguments: randomCases)
    func damageNeverTraps(seed: UInt64) throws {
        var writing = NTriplesWriting(seed: seed)
        var bytes = writing.bytes(NTriplesSourceTests.randomGraph(&writing.generator), mixed: true)
        let pieces: [[UInt8]] = [
            [34], [92], [92, 117], [10], [13], [0], [255], [195], [60], [62], [94, 94], [64], [95, 58], [],
        ]
        for _ in 0..<4 where !bytes.isEmpty {
            let place = writing.generator.below(bytes.count)
            let length = min(writing.generator.below(3), bytes.count - place)
            bytes.replaceSubrange(place..<place + length, with: pieces[writing.generator.below(pieces.count)])
        }
        var limits = NTriplesReader.Limits()
        limits.chunkBytes = [16, 1 << 18][writing.generator.below(2)]
        let text = try error(bytes, limits: limits)
        #expect(text.isEmpty || text.contains(/^g\.nt:[0-9]+:[0-9]+: ./), "seed \(seed): \(text)")
    }
}
