import Foundation
import Strata
import Testing

@Suite struct PropertyTextsTests {
    private static let words = [
        "", "name", "é", "e\u{301}", "\u{0}", "\"\\/\n\t\u{8}\u{1f}", "日本語", "😀", "\u{FEFF}x", "\u{2028}", "a\u{300}b",
        String(repeating: "long ", count: 1_000),
    ]

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func jsonGivesBackEveryByte(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var interner = try StringInterner()
        for round in 0..<200 {
            var texts = PropertyTexts()
            for _ in 0..<random.below(8) {
                let pair = (Self.words[random.below(Self.words.count)], Self.words[random.below(Self.words.count)])
                texts.pairs.append(PropertyTexts.Pair(key: pair.0, value: pair.1))
            }
            let properties = try InternedProperties(texts) { text throws(StrataError) in try interner.intern(text) }
            let json = try JSONEncoder().encode(properties.texts { interner.text(of: $0) })
            let decoded = try JSONDecoder().decode(PropertyTexts.self, from: json)
            let again = try InternedProperties(decoded) { text throws(StrataError) in try interner.intern(text) }
            let said = String(decoding: json, as: UTF8.self)
            #expect(again == properties, "seed \(seed), round \(round): \(said)")
        }
    }

    @Test func theFormOfTheJSON() throws {
        let texts = PropertyTexts([
            .init(key: "name", value: "dog"), .init(key: "gloss", value: "one"), .init(key: "gloss", value: "two"),
        ])
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        #expect(
            String(decoding: try encoder.encode(texts), as: UTF8.self) == #"{"gloss":["one","two"],"name":"dog"}"#)
        #expect(String(decoding: try encoder.encode(PropertyTexts()), as: UTF8.self) == "{}")
        // One character in two spellings: two keys, which an object would make one of.
        let two = PropertyTexts([.init(key: "é", value: "1"), .init(key: "e\u{301}", value: "2")])
        let json = try encoder.encode(two)
        #expect(String(decoding: json, as: UTF8.self).utf8.elementsEqual("[[\"é\",\"1\"],[\"e\u{301}\",\"2\"]]".utf8))
        #expect(try JSONDecoder().decode(PropertyTexts.self, from: json) == two)
        #expect(two != PropertyTexts([.init(key: "e\u{301}", value: "1"), .init(key: "é", value: "2")]))
    }

    @Test(
        arguments: [
            "", "{", "1", "\"x\"", "null", #"{"a":1}"#, #"{"a":null}"#, #"{"a":["x",2]}"#, #"{"a":{"b":"c"}}"#,
            #"[["a"]]"#,
            #"[["a","b","c"]]"#, #"["a","b"]"#, #"{"a":"\ud800"}"#, #"{"a":"b"}x"#,
        ])
    func whatIsNotPropertiesIsRefused(json: String) {
        #expect(throws: (any Error).self) { try JSONDecoder().decode(PropertyTexts.self, from: Data(json.utf8)) }
    }

    @Test(arguments: [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xE2, 0x82]] as [[UInt8]])
    func whatIsNotUTF8IsRefused(bytes: [UInt8]) {
        let json = Data(Array(#"{"a":""#.utf8) + bytes + Array(#""}"#.utf8))
        #expect(throws: (any Error).self) { try JSONDecoder().decode(PropertyTexts.self, from: json) }
    }

    @Test func escapesAreWhatTheySay() throws {
        let json = Data(#"{"\u00e9":["\ud83d\ude00","\u0000","e\u0301","\/"],"k":[]}"#.utf8)
        let texts = try JSONDecoder().decode(PropertyTexts.self, from: json)
        #expect(
            texts
                == PropertyTexts([
                    .init(key: "\u{E9}", value: "😀"), .init(key: "\u{E9}", value: "\0"),
                    .init(key: "\u{E9}", value: "e\u{301}"), .init(key: "\u{E9}", value: "/"),
                ]))
    }

    @Test func theInternersRefusalIsPassedOn() throws {
        let texts = PropertyTexts([.init(key: "a", value: "b")])
        #expect(throws: StrataError.self) {
            try InternedProperties(texts) { _ throws(StrataError) in throw StrataError(.limitExceeded, "full") }
        }
    }
}
