import Testing

@testable import Strata

@Suite struct StringBlockTests {
    private let guarded = GuardedRoom(capacity: 1 << 20)
    private let guardedBlock = GuardedRoom(capacity: 1 << 21)

    /// Reads each string of a block, and says what is wrong first.
    private func check(
        _ bytes: [UInt8], _ symbols: borrowing SymbolTable, holds strings: ArraySlice<[UInt8]>, _ note: String
    ) {
        let span = unsafe Span(_unsafeElements: guardedBlock.copy(bytes))
        guard let block = StringBlock(span, symbols: symbols), block.count == strings.count else {
            Issue.record("\(note): no block of \(strings.count) strings")
            return
        }
        for (index, string) in strings.enumerated() {
            guard block.length(of: index) == string.count else {
                Issue.record("\(note): string \(index) has the length \(String(describing: block.length(of: index)))")
                return
            }
            for spare in [0, 1, 9, 40] {
                let room = guarded.last(string.count + spare)
                guard block.copy(index, into: room) == string.count,
                    CodedStringCases.areEqual(UnsafeBufferPointer(rebasing: room[..<string.count]), string)
                else {
                    Issue.record("\(note): string \(index) with \(spare) bytes to spare came back otherwise")
                    return
                }
            }
            if !string.isEmpty, block.copy(index, into: guarded.last(string.count - 1)) != nil {
                Issue.record("\(note): string \(index) fits a byte too few")
                return
            }
            let same = block.withUTF8(of: index) { bytes in
                bytes.withUnsafeBufferPointer { CodedStringCases.areEqual($0, string) }
            }
            guard same == true, block.find(string.span) == .found(index) else {
                Issue.record("\(note): string \(index) is not found, or lent otherwise")
                return
            }
        }
        var each: [[UInt8]] = []
        let whole = block.forEach { index, bytes in
            each.append(bytes.withUnsafeBufferPointer { Array($0) })
            #expect(index == each.count - 1)
        }
        #expect(whole && each[...] == strings, "\(note): all in a row")
        #expect(block.length(of: -1) == nil && block.length(of: strings.count) == nil)
        #expect(block.copy(strings.count, into: guarded.last(9)) == nil)
        #expect(block.withUTF8(of: 16) { _ in 1 } == nil)
    }

    /// Finds strings that are there and that are not.
    private func checkSearch(
        _ bytes: [UInt8], _ symbols: borrowing SymbolTable, _ strings: ArraySlice<[UInt8]>, _ probes: [[UInt8]],
        _ note: String
    ) {
        guard let block = StringBlock(bytes.span, symbols: symbols) else { return }
        for probe in probes {
            let before = strings.count { CodedStringCases.isBefore($0, probe) }
            let wanted: StringBlock.Place =
                strings.dropFirst(before).first == probe ? .found(before) : .absent(before: before)
            let place = block.find(probe.span)
            let order = block.compareFirst(with: probe.span)
            let first = strings.first!
            let wantedOrder = first == probe ? 0 : CodedStringCases.isBefore(first, probe) ? -1 : 1
            guard place == wanted, order?.signum() == wantedOrder else {
                Issue.record("\(note): \(probe.prefix(50)) is \(place), not \(wanted)")
                return
            }
        }
    }

    private func check(_ strings: [[UInt8]], _ symbols: borrowing SymbolTable, _ note: String) throws {
        var random = SplitMix64(seed: UInt64(strings.count))
        let blocks = try CodedStringCases.blocks(strings, symbols: symbols)
        #expect(blocks.count == (strings.count + 15) / 16)
        for (number, block) in blocks.enumerated() {
            let slice = strings[(16 * number)..<min(strings.count, 16 * number + 16)]
            check(block, symbols, holds: slice, "\(note), block \(number)")
            var probes = (0..<12).map { _ in CodedStringCases.string(&random) }
            for string in slice where string.count < 2_000 {
                // Its beginnings, what it begins, and its neighbours.
                probes += [string, string + [0], string + [255], Array(string.dropLast())]
                probes.append(Array(string.prefix(random.below(string.count + 1))))
                if !string.isEmpty {
                    var other = string
                    other[random.below(string.count)] &+= UInt8(1 + random.below(255))
                    probes.append(other)
                }
            }
            checkSearch(block, symbols, slice, probes, "\(note), block \(number)")
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func stringsComeBackAndAreFound(seed: UInt64) throws {
        let strings = CodedStringCases.dictionary(300, seed: seed)
        try check(strings, SymbolTable(), "seed \(seed), front")
        try check(strings, CodedStringCases.table(trainedOn: strings), "seed \(seed), symbols")
    }

    @Test func extremesComeBackAndAreFound() throws {
        let strings = Set(CodedStringCases.extremes).sorted(by: CodedStringCases.isBefore)
        try check(strings, SymbolTable(), "front")
        try check(strings, CodedStringCases.table(trainedOn: strings), "symbols")
    }

    @Test func longSharedBeginningsComeBackAndAreFound() throws {
        // Around the limit of what a byte says, and far behind it.
        for long in [253, 254, 255, 256, 257, 600, 5_000] {
            let beginning = (0..<long).map { UInt8(truncatingIfNeeded: $0 % 7) }
            var strings = [beginning]
            for last in 0..<40 { strings.append(beginning + [UInt8(last / 4), UInt8(last)]) }
            strings.append(beginning.dropLast() + [9])
            strings.append(beginning.dropLast(2) + [9, 1])
            strings.sort(by: CodedStringCases.isBefore)
            try check(strings, SymbolTable(), "\(long), front")
            try check(strings, CodedStringCases.table(trainedOn: strings), "\(long), symbols")
        }
    }

    @Test func everyNumberOfStringsMakesABlock() throws {
        for count in 0...33 {
            try check((0..<count).map { Array("string \(100 + $0)".utf8) }, SymbolTable(), "\(count) strings")
        }
    }

    @Test func theLayoutIsWhatTheDocumentationSays() throws {
        let strings = ["ape", "apes", "apex"].map { Array($0.utf8) }
        let bytes = try CodedStringCases.blocks(strings, symbols: SymbolTable())[0]
        var expected = [UInt8](repeating: 0, count: 32)
        expected[0] = 2
        expected[1] = 3
        expected[2] = 3
        expected[16...18] = [3, 1, 1]
        #expect(bytes == expected + Array("apesx".utf8))
        // The same with codes, by hand.
        expected[0] = 0x82
        expected[16...18] = [1, 2, 2]
        let table = try SymbolTable(validating: ([1, 3] + Array("ape".utf8)).span)
        check(expected + [0, 255, 0x73, 255, 0x78], table, holds: strings[...], "by hand")
        // And with lengths of two and of four bytes.
        let lengths: [[UInt8]] = [[3, 0], [1, 0], [1, 0]]
        let wide =
            [0x12, 3, 3] + [UInt8](repeating: 0, count: 13) + lengths.joined() + [UInt8](repeating: 0, count: 26)
        check(wide + Array("apesx".utf8), SymbolTable(), holds: strings[...], "two bytes")
        let wider =
            [0x22, 3, 3] + [UInt8](repeating: 0, count: 13) + lengths.flatMap { $0 + [0, 0] }
            + [UInt8](repeating: 0, count: 52)
        check(wider + Array("apesx".utf8), SymbolTable(), holds: strings[...], "four bytes")
    }

    @Test func equalStringsGiveEqualBlocksAndBlocksStandAlone() throws {
        let strings = CodedStringCases.dictionary(200, seed: 31)
        let table = CodedStringCases.table(trainedOn: strings)
        let blocks = try CodedStringCases.blocks(strings, symbols: table)
        #expect(try CodedStringCases.blocks(strings, symbols: table) == blocks)
        #expect(try CodedStringCases.blocks(Array(strings[64...]), symbols: table) == Array(blocks[4...]))
        #expect(blocks.contains { $0[0] & StringBlock.codedBit != 0 })
    }

    @Test func stringsThatDoNotAscendAreRefused() throws {
        var output: [UInt8] = []
        var encoder = StringBlockEncoder(symbols: SymbolTable())
        for number in 10..<40 { _ = try encoder.append(Array("\(number)".utf8).span, into: &output) }
        for wrong in ["39", "38", "3", "", "10"].map({ Array($0.utf8) }) {
            #expect(throws: StrataError.self) { _ = try encoder.append(wrong.span, into: &output) }
        }
        // Refused strings leave nothing behind: two more complete the second block.
        #expect(try encoder.append(Array("40".utf8).span, into: &output) == 0)
        let size = try encoder.append(Array("41".utf8).span, into: &output)
        check(
            Array(output.suffix(size)), SymbolTable(), holds: (26..<42).map { Array("\($0)".utf8) }[...],
            "after refusals")
        // Between blocks too; and an encoder that was finished begins anew.
        #expect(throws: StrataError.self) { _ = try encoder.append(Array("41".utf8).span, into: &output) }
        #expect(encoder.finish(into: &output) == 0)
        #expect(try encoder.append(Array("1".utf8).span, into: &output) == 0)
        #expect(encoder.finish(into: &output) == 33)
    }

    /// Whatever is done to a block, reading it gives nothing or strings within the room; the guards see the rest.
    private func readAll(_ bytes: [UInt8], _ symbols: borrowing SymbolTable, _ probes: [[UInt8]]) -> Int {
        let span = unsafe Span(_unsafeElements: guardedBlock.copy(bytes))
        guard let block = StringBlock(span, symbols: symbols) else { return 0 }
        var given = 0
        for index in 0..<16 {
            let length = block.length(of: index)
            if let length {
                #expect(length <= 8 * bytes.count)
                guard length <= 8 * bytes.count else { return given }
            }
            for room in [0, 3, 20, 300, 8 * bytes.count] {
                let count = block.copy(index, into: guarded.last(room))
                if let count {
                    given += 1
                    #expect(count == length)
                    #expect(count <= room)
                }
            }
            if let lent = block.withUTF8(of: index, { $0.count }) { #expect(lent == length) }
        }
        var row: [Int] = []
        let whole = block.forEach { row.append($1.count) }
        #expect(row.count == block.count || !whole)
        for (index, count) in row.enumerated() { #expect(block.length(of: index) == count) }
        for probe in probes {
            _ = block.find(probe.span)
            _ = block.compareFirst(with: probe.span)
        }
        return given
    }

    @Test func everyTruncationAndBitFlipIsAStringOrDamage() throws {
        let words = ["", "a", "abacus", "abate", "abatement", "abbey", "abbot", "abdomen"]
        let strings = words.map { Array($0.utf8) } + [Array("abe".utf8) + Array(repeating: 0x62, count: 300)]
        let more = Set(CodedStringCases.dictionary(24, seed: 77)).sorted(by: CodedStringCases.isBefore)
        for strings in [strings, more] {
            let table = CodedStringCases.table(trainedOn: strings + CodedStringCases.strings(50, seed: 2))
            let empty = SymbolTable()
            for block in try CodedStringCases.blocks(strings, symbols: empty)
                + CodedStringCases.blocks(strings, symbols: table)
            {
                #expect(readAll(block, table, strings) > 0)
                for count in 0..<block.count {
                    #expect(readAll(Array(block.prefix(count)), table, strings) == 0, "cut to \(count)")
                }
                #expect(readAll(block + [0], table, strings) == 0)
                for bit in 0..<(8 * block.count) {
                    var flipped = block
                    flipped[bit / 8] ^= 1 << UInt8(bit % 8)
                    _ = readAll(flipped, table, strings)
                    _ = readAll(flipped, empty, strings)
                }
            }
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func anyBytesAreABlockOrDamage(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let table = CodedStringCases.table(trainedOn: CodedStringCases.strings(300, seed: seed))
        let probes = CodedStringCases.strings(6, seed: seed)
        var given = 0
        for _ in 0..<longRun(500) {
            // A header that passes: lengths whose sum is that of the bytes behind it, shared bytes at will.
            let width = random.below(3)
            var bytes: [UInt8] = [UInt8(random.below(2)) << 7 | UInt8(width) << 4 | UInt8(random.below(16))]
            let most = [4, 30, 256][random.below(3)]
            for _ in 0..<15 { bytes.append(UInt8(random.below(most))) }
            var sum = 0
            for _ in 0..<16 {
                let length = random.below(20)
                sum += length
                bytes += [UInt8(length)] + [UInt8](repeating: 0, count: 1 << width - 1)
            }
            for _ in 0..<sum { bytes.append(UInt8(random.below(256))) }
            given += readAll(bytes, table, probes)
        }
        #expect(given > 0)
    }
}
