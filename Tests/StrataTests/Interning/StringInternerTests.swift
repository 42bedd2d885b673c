import Testing

@testable import Strata

@Suite struct StringInternerTests {
    /// Strings that collide in beginnings, lengths and characters, and repeat.
    static func string(_ random: inout SplitMix64) -> [UInt8] {
        switch random.below(5) {
        case 0: return (0..<random.below(4)).map { _ in UInt8(random.below(3)) }
        case 1: return Array(repeating: 0x61, count: random.below(40))
        case 2: return Array("the same beginning of every one \(random.below(300))".utf8)
        case 3:
            let parts = ["é", "e\u{301}", "日本", "😀", "\u{0}", "z"]
            return Array((0..<random.below(5)).map { _ in parts[random.below(parts.count)] }.joined().utf8)
        default: return (0..<random.below(18)).map { _ in UInt8(0x20 + random.below(0x5F)) }
        }
    }

    @Test(arguments: [1, 16, 1_024], [1, 2, 3] as [UInt64])
    func agreesWithADictionary(capacity: Int, seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var interner = try StringInterner(capacity: capacity)
        var model: [[UInt8]: UInt32] = [:]
        var strings: [[UInt8]] = []
        var referencedBytes = 0
        var recordBytes = 0
        for step in 1...6_000 {
            let text = Self.string(&random)
            let known = interner.lookup(utf8: text.span)?.id
            guard known == model[text] else {
                Issue.record("seed \(seed), step \(step): found \(String(describing: known)) for \(text)")
                return
            }
            let id = try interner.intern(utf8: text.span).id
            if known == nil {
                // Dense ids, in order of the first time.
                guard id == strings.count else {
                    Issue.record("seed \(seed), step \(step): the id \(id) is not the next one")
                    return
                }
                model[text] = id
                strings.append(text)
                recordBytes += (6 + text.count + 3) / 4 * 4
            } else if id != known {
                Issue.record("seed \(seed), step \(step): \(text) is \(id) and was \(String(describing: known))")
                return
            }
            referencedBytes += text.count
            if step % 1_000 == 0 || step < 20 {
                let stats = interner.stats
                #expect(stats.uniqueStrings == strings.count, "seed \(seed), step \(step)")
                #expect(stats.references == step, "seed \(seed), step \(step)")
                #expect(stats.uniqueBytes == strings.reduce(0) { $0 + $1.count }, "seed \(seed), step \(step)")
                #expect(stats.referencedBytes == referencedBytes, "seed \(seed), step \(step)")
                // Records, ids, and a table that is between three eighths and three quarters full.
                let least = recordBytes + strings.count * 4 + strings.count * 8 * 4 / 3
                #expect(stats.totalBytes >= least, "seed \(seed), step \(step)")
                let most = max(least * 2, 2 * (16 << 10) + capacity * 8 * 8 / 3) + 4_096
                #expect(stats.totalBytes <= most, "seed \(seed), step \(step)")
            }
        }
        var wrong: [Int] = []
        for (id, text) in strings.enumerated() {
            let string = InternedString(id: UInt32(id))
            if Array(interner.buffer(of: string)) != text || interner.lookup(utf8: text.span) != string
                || Array(interner.text(of: string).utf8) != text
            {
                wrong.append(id)
            }
        }
        #expect(wrong.isEmpty, "seed \(seed)")
        #expect(strings.count > 1_000)
    }

    @Test func theEmptyStringIsOneString() throws {
        var interner = try StringInterner()
        let id = try interner.intern("")
        #expect(id.id == 0)
        // Without an address, with one, and as a part of something.
        #expect(try interner.intern(utf8: Span()) == id)
        #expect(interner.lookup(utf8: Span()) == id)
        let text: [UInt8] = [0x61, 0x62]
        #expect(try interner.intern(utf8: text.span.extracting(first: 0)) == id)
        #expect(interner.lookup(utf8: text.span.extracting(last: 0)) == id)
        #expect(interner.lookup("") == id)
        let (unique, bytes) = (interner.stats.uniqueStrings, interner.stats.uniqueBytes)
        #expect(unique == 1)
        #expect(bytes == 0)
        #expect(interner.text(of: id).isEmpty)
        let length = interner.utf8(of: id).count
        #expect(length == 0)
    }

    @Test func stringsAreTheirBytes() throws {
        var interner = try StringInterner()
        // One character in two spellings, a zero byte, and zero bytes at the end, which a padded hash would miss.
        let texts = ["é", "e\u{301}", "a", "a\0", "a\0\0", "\0", "\0\0", "12345678", "12345678\0", "😀", "ﬁ", "fi"]
        let ids = try texts.map { try interner.intern($0).id }
        #expect(ids == Array(0..<UInt32(texts.count)))
        for (id, text) in texts.enumerated() {
            #expect(interner.lookup(text)?.id == UInt32(id))
            #expect(Array(interner.text(of: InternedString(id: UInt32(id))).utf8) == Array(text.utf8))
        }
        #expect(interner.lookup("b") == nil)
    }

    @Test(
        arguments: [
            [0x80], [0xC0, 0x80], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xFF],
            [0x61, 0x62, 0xFE, 0x63], [0xF0, 0x9F, 0x98],
        ] as [[UInt8]])
    func whatIsNotUTF8IsRefusedAndLeavesNoTrace(bytes: [UInt8]) throws {
        var interner = try StringInterner()
        _ = try interner.intern("ab")
        let before = interner.stats
        #expect(failure { try interner.intern(utf8: bytes.span) }?.code == .invalidArgument)
        let after = interner.stats
        #expect(after == before)
        #expect(interner.lookup(utf8: bytes.span) == nil)
        #expect(try interner.intern("c").id == 1)
    }

    @Test func longStringsAndAddressesThatStay() throws {
        var interner = try StringInterner(capacity: 1)
        let long = String(repeating: "0123456789", count: 30_000)
        let id = try interner.intern(long)
        let address = interner.buffer(of: id).baseAddress
        for number in 0..<5_000 { _ = try interner.intern("\(number)") }
        #expect(interner.buffer(of: id).baseAddress == address)
        #expect(interner.text(of: id) == long)
        #expect(try interner.intern(long) == id)
        #expect(try interner.intern(long + "x") != id)
    }

    @Test func hasRoomForItsCapacityBeforeItGrows() throws {
        // Strings of two characters and their ids fit in the first blocks: only the table could grow.
        for capacity in [16, 17, 100, 768, 769, 1_200] {
            var interner = try StringInterner(capacity: capacity)
            _ = try interner.intern("")
            let first = interner.stats.totalBytes
            for number in 1..<capacity { _ = try interner.intern(String(number, radix: 36)) }
            let full = interner.stats.totalBytes
            #expect(full == first, "a capacity of \(capacity)")
            for number in capacity..<8 * capacity { _ = try interner.intern(String(number, radix: 36)) }
            let grown = interner.stats.totalBytes
            #expect(grown > full)
        }
    }

    @Test func savingsAreCountedWithTheTables() throws {
        var interner = try StringInterner()
        let none = interner.stats.savedShare
        #expect(none == nil)
        for _ in 0..<100 { _ = try interner.intern(String(repeating: "x", count: 10_000)) }
        let stats = interner.stats
        #expect(stats.savedBytes == 1_000_000 - stats.totalBytes - 400)
        #expect(stats.savedShare.map { $0 > 0.9 && $0 < 1 } == true)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func manyAreReadAsOneByOne(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var interner = try StringInterner()
        let shared = try ConcurrentStringInterner()
        var strings: [[UInt8]] = []
        for number in 0..<3_000 {
            var text = Self.string(&random) + Array("\(number)".utf8)
            if number % 1_000 == 7 { text += [UInt8](repeating: 0x61, count: 10_000) }
            strings.append(text)
            _ = try shared.intern(utf8: text.span)
            #expect(try interner.intern(utf8: text.span).id == UInt32(number))
        }
        // Sizes around that of a group.
        let asked = [0, 1, 63, 64, 65, 128, 1_000].map { size in
            (0..<size).map { _ in InternedString(id: UInt32(random.below(strings.count))) }
        }
        let frozenShared = try shared.freeze()
        for ids in asked {
            var read: [[(Int, [UInt8])]] = [[], [], []]
            interner.forEachUTF8(of: ids.span) { read[0].append(($0, Self.copy($1))) }
            shared.forEachUTF8(of: ids.span) { read[1].append(($0, Self.copy($1))) }
            frozenShared.forEachUTF8(of: ids.span) { read[2].append(($0, Self.copy($1))) }
            for read in read {
                #expect(read.map(\.0) == Array(0..<ids.count), "seed \(seed)")
                #expect(read.map(\.1) == ids.map { strings[Int($0.id)] }, "seed \(seed)")
            }
        }
    }

    private static func copy(_ text: Span<UInt8>) -> [UInt8] { text.indices.map { text[$0] } }

    @Test func idsOfOthersEndTheProcess() async {
        // The next id has a place, and none yet; the other has no place.
        await #expect(processExitsWith: .failure) {
            var interner = try StringInterner()
            _ = try interner.intern("x")
            print(interner.text(of: InternedString(id: 1)))
        }
        await #expect(processExitsWith: .failure) {
            let interner = try StringInterner()
            print(interner.utf8(of: InternedString(id: .max)).count)
        }
        await #expect(processExitsWith: .failure) {
            let interner = try ConcurrentStringInterner()
            interner.forEachUTF8(of: [InternedString(id: 5_000)].span) { print($0, $1.count) }
        }
        await #expect(processExitsWith: .failure) {
            let interner = try ConcurrentStringInterner()
            let frozen = try interner.freeze()
            _ = try interner.intern("x")
            frozen.forEachUTF8(of: [InternedString(id: 0)].span) { print($0, $1.count) }
        }
    }
}
