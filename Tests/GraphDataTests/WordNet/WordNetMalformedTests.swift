import Foundation
import Testing

@testable import GraphData

/// A little WordNet, sound or with one thing wrong.
struct LittleWordNet {
    var files: [String: String] = [
        "data.noun": """
          1 licence
          2 licence
        00000100 03 n 02 entity 0 Being a 002 ~ 00000200 n 0000 + 00000100 v 0101 | that which is  
        00000200 05 n 01 dog 0 001 @ 00000100 n 0000 | a tame wolf; "the dog barked"  

        """,
        "data.verb": """
        00000100 29 v 01 be 0 001 + 00000100 n 0101 02 + 02 00 + 08 01 | exist  

        """,
        "data.adj": """
        00000100 00 a 01 able(p) 0 002 & 00000200 a 0000 \\ 00000100 n 0101 | having the means  
        00000200 00 s 01 galore(ip) 0 001 & 00000100 a 0000 | in abundance  

        """,
        "data.adv": """
        00000100 02 r 01 ably 0 001 \\ 00000100 a 0101 | with ability  

        """,
    ]

    /// The error of reading it, without the directory.
    func error() throws -> String {
        let directory = try TemporaryDirectory()
        for (name, text) in files { try directory.write(Array(text.utf8), to: name) }
        do throws(GraphDataError) {
            _ = try ModelSink(WordNetSource(directory: directory.path))
            return ""
        } catch {
            return "\(error)".replacing(directory.path + "/", with: "")
        }
    }
}

@Suite struct WordNetMalformedTests {
    @Test func theSoundOneIsRead() throws {
        let directory = try TemporaryDirectory()
        for (name, text) in LittleWordNet().files { try directory.write(Array(text.utf8), to: name) }
        let model = try ModelSink(WordNetSource(directory: directory.path))
        func text(_ id: UInt32?) -> String { id.map { model.strings[Int($0)] } ?? "-" }
        #expect(
            model.records.map { text($0.name) } == [
                "n00000100", "n00000200", "v00000100", "a00000100", "a00000200", "r00000100",
            ])
        #expect(
            model.records.map { text($0.type) } == [
                "noun", "noun", "verb", "adjective", "adjective_satellite", "adverb",
            ])
        #expect(
            model.records.map { $0.relationships.map { "\(text($0.type)) \($0.target)" } } == [
                ["hyponym 1", "derivation 2"], ["hypernym 0"], ["derivation 0"], ["similar_to 4", "pertainym 0"],
                ["similar_to 3"], ["derived_from_adj 3"],
            ])
        #expect(
            model.records[0].properties.map { "\(text($0.key))=\(text($0.value))" } == [
                "words=entity", "words=Being", "pos=n", "lexfile=noun.Tops", "gloss=that which is",
            ])
        #expect(
            model.records[4].properties.map { "\(text($0.key))=\(text($0.value))" } == [
                "words=galore", "pos=s", "lexfile=adj.all", "gloss=in abundance",
            ])
        #expect(model.records.allSatisfy { abs(dot($0.embedding, $0.embedding) - 1) < 1e-5 })
    }

    /// File, what stands there, what is put in its place, and the error that must come of it.
    static let faults: [(String, String, String, String)] = [
        ("data.noun", "00000200 05", "0000020x 05", "data.noun:4:1: expected the synset's offset of eight decimal"),
        ("data.noun", "00000200 05", "200 05", "data.noun:4:1: expected the synset's offset"),
        ("data.noun", "00000200 05", "00000100 05", "data.noun:4:1: expected an offset above that of the line before"),
        ("data.noun", "00000200 05", "00000200_05", "data.noun:4:9: expected a space, found `_05`"),
        ("data.noun", "00000200 05", "00000200 5", "data.noun:4:10: expected the lexicographer file's number"),
        ("data.noun", "00000200 05", "00000200 45", "data.noun:4:10: expected the number of a lexicographer file"),
        ("data.noun", "00000200 05", "00000200 29", "data.noun:4:10: expected the number of a lexicographer file"),
        ("data.noun", "05 n 01", "05 v 01", "data.noun:4:13: expected the synset type `n`, found `v`"),
        ("data.adj", "00 s 01", "00 r 01", "data.adj:2:13: expected the synset type `a` or `s`, found `r`"),
        ("data.noun", "05 n 01", "05 n 0g", "data.noun:4:15: expected the word count of two hexadecimal digits"),
        ("data.noun", "05 n 01", "05 n 00", "data.noun:4:15: expected a word count above 0, found `00`"),
        ("data.noun", "n 01 dog", "n 02 dog", "data.noun:4:28: expected the word's lex_id of one hexadecimal digit"),
        ("data.noun", "dog 0 001", " 0 001", "data.noun:4:18: expected a word"),
        ("data.adj", "galore(ip)", "(ip)", "data.adj:2:18: expected a word before its marker"),
        ("data.noun", "dog 0 001", "dog x 001", "data.noun:4:22: expected the word's lex_id"),
        ("data.noun", "dog 0 001", "dog 0 0a1", "data.noun:4:24: expected the pointer count of three decimal digits"),
        ("data.noun", "001 @", "002 @", "data.noun:4:46: expected a pointer symbol of this part of speech, found `|`"),
        ("data.noun", "001 @", "000 @", "data.noun:4:28: expected `|` before the gloss, found `@`"),
        ("data.noun", "@ 00000100", "? 00000100", "data.noun:4:28: expected a pointer symbol of this part of speech"),
        ("data.noun", "@ 00000100", "@xx 00000100", "data.noun:4:28: expected a pointer symbol, found `@xx`"),
        ("data.noun", "@ 00000100", "\\ 00000100", "data.noun:4:28: expected a pointer symbol of this part of speech"),
        ("data.noun", "@ 00000100", "@ 0000010", "data.noun:4:30: expected the target's offset of eight decimal"),
        ("data.noun", "@ 00000100", "@ 00000999", "data.noun:4:30: expected the offset of a synset in data.noun"),
        ("data.noun", "@ 00000100 n", "@ 00000100 x", "data.noun:4:39: expected the target's part of speech"),
        ("data.noun", "@ 00000100 n 0000", "@ 00000100 n 00", "data.noun:4:43: expected the target word's number"),
        ("data.noun", "@ 00000100 n 0000", "@ 00000100 n 0201", "data.noun:4:41: expected 0000 or the numbers"),
        ("data.noun", "@ 00000100 n 0000", "@ 00000100 n 0100", "data.noun:4:41: expected 0000 or the numbers"),
        ("data.noun", "@ 00000100 n 0000", "@ 00000100 n xx00", "data.noun:4:41: expected source and target word"),
        ("data.noun", "| a tame", "a tame", "data.noun:4:46: expected `|` before the gloss, found `a`"),
        ("data.noun", "| a tame wolf; \"the dog barked\"  ", "|  ", "expected a gloss, found the end of the line"),
        ("data.noun", "a tame wolf", "a t\u{7}me wolf", "data.noun:4:51: expected ASCII text, found the byte 7"),
        ("data.noun", "a tame wolf", "a tämé wolf", "data.noun:4:51: expected ASCII text, found the byte 195"),
        ("data.noun", "00000200 05", "\n00000200 05", "data.noun:4:1: expected the synset's offset"),
        ("data.noun", "00000200 05", "  3 licence\n00000200 05", "data.noun:4:1: expected the synset's offset"),
        ("data.noun", "barked\"  \n", "barked", "data.noun:4:76: the last line has no end: the file is truncated"),
        ("data.verb", "02 + 02 00", "0x + 02 00", "data.verb:1:45: expected the verb's frame count of two decimal"),
        ("data.verb", "02 + 02 00", "02 - 02 00", "data.verb:1:48: expected `+` before a verb frame, found `-`"),
        ("data.verb", "02 + 02 00", "02 + 36 00", "data.verb:1:50: expected a frame's number from 01 to 35"),
        ("data.verb", "02 + 02 00", "02 + 0a 00", "data.verb:1:50: expected a frame's number of two decimal"),
        ("data.verb", "02 + 02 00", "02 + 02 02", "data.verb:1:53: expected 00 or the number of a word"),
        ("data.verb", "02 + 02 00", "02 + 02 0x", "data.verb:1:53: expected the frame's word"),
        ("data.verb", "02 + 02 00", "03 + 02 00", "data.verb:1:64: expected `+` before a verb frame, found `|`"),
        ("data.verb", " 02 + 02 00 + 08 01", "", "data.verb:1:45: expected the verb's frame count"),
    ]

    @Test(arguments: faults.indices)
    func everyFaultIsNamedWithItsPlace(index: Int) throws {
        let (file, found, replacement, message) = Self.faults[index]
        var little = LittleWordNet()
        let text = try #require(little.files[file])
        try #require(text.ranges(of: found).count == 1, "\(found) must stand once in \(file)")
        little.files[file] = text.replacing(found, with: replacement)
        let error = try little.error()
        #expect(error.contains(message), "\(error)")
    }

    @Test func filesThatAreNotThereAreNamed() throws {
        let directory = try TemporaryDirectory()
        let missing = directory.file("wordnet")
        func error(_ path: String) -> GraphDataError? {
            do throws(GraphDataError) {
                _ = try ModelSink(WordNetSource(directory: path))
                return nil
            } catch {
                return error
            }
        }
        let absent = try #require(error(missing))
        #expect(absent.path == missing)
        #expect(
            absent.message.contains("this directory does not exist; run `make setup`, or `apt install wordnet-base`"))
        var little = LittleWordNet()
        little.files["data.adj"] = nil
        #expect(try little.error().contains("data.adj does not exist; run `make setup`"))
        little = LittleWordNet()
        little.files["data.adv"] = ""
        #expect(try little.error() == "data.adv:1:1: is empty; expected the synsets of WordNet")
        little.files["data.adv"] = "  1 licence\n"
        #expect(try little.error() == "data.adv:2:1: ends before its first synset")
        for (name, text) in LittleWordNet().files where name != "data.verb" {
            try directory.write(Array(text.utf8), to: name)
        }
        try #require(mkdir(directory.file("data.verb"), 0o755) == 0)
        #expect(error(directory.path)?.description == directory.file("data.verb") + ": is a directory")
    }

    /// Any change of a byte is read or refused with its file and line, never a trap.
    @Test func damageNeverTraps() throws {
        let seed: UInt64 = 12
        var generator = SplitMix64(seed: seed)
        let names = ["data.noun", "data.verb", "data.adj", "data.adv"]
        for trial in 0..<300 {
            var little = LittleWordNet()
            let name = names[generator.below(4)]
            var bytes = Array(little.files[name]!.utf8)
            let index = generator.below(bytes.count)
            if generator.below(2) == 0 {
                bytes.removeSubrange(index...)
            } else {
                bytes[index] = UInt8(generator.below(127))
            }
            little.files[name] = String(decoding: bytes, as: UTF8.self)
            let error = try little.error()
            #expect(
                error.isEmpty || error.contains(#/^data\.[a-z]+:\d+:\d+: /#), "seed \(seed), trial \(trial): \(error)")
        }
    }
}
