import Testing

@testable import Strata

@Suite struct SymbolTableTests {
    private let guarded = GuardedRoom(capacity: 1 << 18)
    private let guardedCode = GuardedRoom(capacity: 1 << 18)

    /// The text of a code in a room of exactly this size, both of them before pages that may not be touched.
    private func decode(_ table: borrowing SymbolTable, _ code: [UInt8], room: Int) -> [UInt8]? {
        let room = guarded.last(room)
        let code = unsafe Span(_unsafeElements: guardedCode.copy(code))
        return table.decode(code, into: room).map { Array(room[..<$0]) }
    }

    private func check(_ table: borrowing SymbolTable, _ strings: [[UInt8]], _ note: String) {
        let encoder = SymbolEncoder(table)
        for string in strings {
            var code: [UInt8] = [7]
            encoder.encode(string.span, into: &code)
            #expect(code.removeFirst() == 7, "\(note): what was in the output is not kept")
            guard code.count <= 2 * string.count, table.decodedCount(code.span) == string.count else {
                Issue.record("\(note): the code of \(string.prefix(40)) has \(code.count) bytes")
                return
            }
            for spare in [0, 1, 8, 33] {
                guard let text = decode(table, code, room: string.count + spare),
                    text.withUnsafeBufferPointer({ CodedStringCases.areEqual($0, string) })
                else {
                    Issue.record("\(note): \(string.prefix(40)) with \(spare) bytes to spare came back otherwise")
                    return
                }
            }
            for missing in [1, 2, 8, 33] where missing <= string.count {
                guard decode(table, code, room: string.count - missing) == nil else {
                    Issue.record("\(note): \(string.prefix(40)) fits \(missing) bytes too few")
                    return
                }
            }
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func stringsComeBack(seed: UInt64) {
        let strings = CodedStringCases.strings(400, seed: seed)
        // Learnt from them, from others, from few (so that codes below 128 miss symbols), from nothing.
        for learnt in [strings, CodedStringCases.strings(300, seed: seed + 100), Array(strings.prefix(4)), []] {
            check(CodedStringCases.table(trainedOn: learnt), strings, "seed \(seed), \(learnt.count) learnt")
        }
    }

    @Test func extremesComeBack() {
        for learnt in [CodedStringCases.extremes, CodedStringCases.strings(300, seed: 9), []] {
            check(CodedStringCases.table(trainedOn: learnt), CodedStringCases.extremes, "\(learnt.count) learnt")
        }
    }

    @Test func symbolsThatEndInZerosAreNotReadBehindTheEnd() {
        let zeros = CodedStringCases.table(
            trainedOn: Array(repeating: [0x61, 0, 0, 0, 0x62, 0x62, 0, 0, 0, 0, 0, 0, 0, 0], count: 100))
        var strings: [[UInt8]] = []
        for count in 0..<12 {
            strings.append(Array(repeating: 0, count: count))
            strings.append([0x61] + Array(repeating: 0, count: count))
            strings.append([0x62, 0x62] + Array(repeating: 0, count: count))
        }
        check(zeros, strings, "zeros")
    }

    @Test func equalSamplesGiveEqualTables() {
        let strings = CodedStringCases.strings(3_000, seed: 11)
        let first = CodedStringCases.table(trainedOn: strings).serialized
        #expect(first == CodedStringCases.table(trainedOn: strings).serialized)
        #expect(first != CodedStringCases.table(trainedOn: CodedStringCases.strings(3_000, seed: 12)).serialized)
    }

    @Test func wordsAreCodedToLessThanHalf() {
        var random = SplitMix64(seed: 3)
        let strings: [[UInt8]] = (0..<2_000).map { _ in
            (0..<6).flatMap { _ in CodedStringCases.words[random.below(CodedStringCases.words.count)] }
        }
        let table = CodedStringCases.table(trainedOn: Array(strings.prefix(1_000)))
        let encoder = SymbolEncoder(table)
        var code: [UInt8] = []
        for string in strings[1_000...] { encoder.encode(string.span, into: &code) }
        let bytes = strings[1_000...].reduce(0) { $0 + $1.count }
        #expect(code.count * 3 < bytes, "\(bytes) bytes gave \(code.count)")
    }

    @Test func samplesAreBounded() {
        var sample = SymbolSample()
        var random = SplitMix64(seed: 1)
        for number in 0..<40_000 {
            let text = Array("\(number) is a number".utf8) + CodedStringCases.string(&random)
            sample.add(text.span)
        }
        sample.add(Array(repeating: 0x41, count: 1 << 20).span)
        #expect(sample.bytes.count <= SymbolSample.limit)
        #expect(sample.bytes.count > SymbolSample.limit / 4)
        #expect(sample.ends.last == sample.bytes.count)
    }

    @Test func tablesAreWrittenAndRead() throws {
        for count in [0, 1, 4, 300] {
            let table = CodedStringCases.table(trainedOn: CodedStringCases.strings(count, seed: 21))
            let bytes = table.serialized
            #expect(bytes.count <= 2_296)
            #expect(bytes.count == 1 + table.count + table.symbols.reduce(0) { $0 + $1.length })
            let again = try SymbolTable(validating: bytes.span)
            #expect(again.symbols == table.symbols)
            #expect(again.serialized == bytes)
        }
        #expect(SymbolTable().serialized == [0])
    }

    @Test func theWrittenFormIsWhatTheDocumentationSays() throws {
        let table = try SymbolTable(validating: ([2, 3, 1] + Array("thex".utf8)).span)
        let code: [UInt8] = [1, 0, 255, 0x79, 0]
        #expect(decode(table, code, room: 8) == Array("xtheythe".utf8))
        // A code without a symbol, and an escape of nothing.
        #expect(decode(table, [0, 2], room: 99) == nil)
        #expect(decode(table, [0, 255], room: 99) == nil)
        #expect(table.decodedCount([0, 2].span) == nil)
        #expect(table.decodedCount([0, 255].span) == nil)
        #expect(decode(table, [], room: 0) == [])
    }

    @Test func anyBytesAreATableOrAnError() throws {
        let bytes = CodedStringCases.table(trainedOn: CodedStringCases.strings(60, seed: 5)).serialized
        for count in 0..<bytes.count {
            let cut = Array(bytes.prefix(count))
            #expect(throws: StrataError.self, "cut to \(count)") { _ = try SymbolTable(validating: cut.span) }
        }
        #expect(throws: StrataError.self) { _ = try SymbolTable(validating: (bytes + [0]).span) }
        var random = SplitMix64(seed: 8)
        let code = (0..<300).map { _ in UInt8(random.below(256)) }
        var accepted = 0
        for bit in 0..<(8 * bytes.count) {
            var flipped = bytes
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            guard let table = try? SymbolTable(validating: flipped.span) else { continue }
            accepted += 1
            #expect(table.symbols.allSatisfy { 1...8 ~= $0.length })
            for room in [0, 5, 40, 2_400] { _ = decode(table, code, room: room) }
        }
        #expect(accepted > 0)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func anyCodeIsATextOrDamage(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let full = CodedStringCases.table(
            trainedOn: (0..<400).map { _ in (0..<64).map { _ in UInt8(random.below(200)) } })
        let small = try SymbolTable(validating: ([3, 1, 2, 8] + Array("abbcccccccc".utf8)).span)
        for step in 0..<longRun(1_500) {
            // Many escapes, or many codes.
            let escapes = random.below(3) * 40
            let code = (0..<random.below(60)).map { _ in random.below(100) < escapes ? 255 : UInt8(random.below(256)) }
            let room = random.below(500)
            for which in 0..<2 {
                let text = which == 0 ? decode(full, code, room: room) : decode(small, code, room: room)
                let count = which == 0 ? full.decodedCount(code.span) : small.decodedCount(code.span)
                guard text?.count == (count.map { $0 <= room } == true ? count : nil) else {
                    Issue.record("seed \(seed), step \(step), room \(room): \(code)")
                    return
                }
            }
        }
    }
}
