import Testing

@testable import Strata

@Suite struct StringCodingTests {
    private func choose(_ strings: [[UInt8]]) -> StringCodingSampler.Choice {
        var sampler = StringCodingSampler()
        for string in strings { sampler.add(string.span) }
        return sampler.choose()
    }

    private func size(_ strings: [[UInt8]], _ symbols: borrowing SymbolTable) throws -> Int {
        let blocks = try CodedStringCases.blocks(strings, symbols: symbols)
        let table = symbols.count == 0 ? 0 : symbols.serialized.count
        return blocks.reduce(0) { $0 + $1.count } + 4 * (blocks.count + 1) + table
    }

    @Test func textIsCodedWithSymbols() throws {
        var random = SplitMix64(seed: 4)
        let strings = Set(
            (0..<6_000).map { _ in
                (0..<12).flatMap { _ in CodedStringCases.words[random.below(CodedStringCases.words.count)] }
            }
        ).sorted(by: CodedStringCases.isBefore)
        let choice = choose(strings)
        #expect(choice.coding == .frontWithSymbols)
        #expect(choice.symbols.count > 0)
        for (estimate, size) in [
            (choice.estimatedBytes[0], strings.reduce(4) { $0 + $1.count + 4 }),
            (choice.estimatedBytes[1], try size(strings, SymbolTable())),
            (choice.estimatedBytes[2], try size(strings, choice.symbols)),
        ] {
            #expect(abs(estimate - size) * 20 < size, "estimated \(estimate) for \(size)")
        }
        // The choice and its table come again.
        let again = choose(strings)
        #expect(again.symbols.serialized == choice.symbols.serialized)
        #expect(again.estimatedBytes == choice.estimatedBytes)
    }

    @Test func sharedBeginningsOfNoiseAreFrontCoded() {
        var random = SplitMix64(seed: 5)
        let strings = (0..<3_000).map { number -> [UInt8] in
            let group = (0..<40).map { UInt8(truncatingIfNeeded: ($0 &* 37) ^ (number / 50 &* 101 &* ($0 + 3))) }
            let last = (0..<6).map { _ in UInt8(random.below(256)) }
            return [UInt8(number / 50)] + group + last
        }
        let choice = choose(Set(strings).sorted(by: CodedStringCases.isBefore))
        #expect(choice.coding == .front, "\(choice.estimatedBytes)")
        #expect(choice.symbols.count == 0)
    }

    @Test func noiseStaysRaw() {
        var random = SplitMix64(seed: 6)
        let strings = (0..<3_000).map { _ in (0..<40).map { _ in UInt8(random.below(256)) } }
        let choice = choose(Set(strings).sorted(by: CodedStringCases.isBefore))
        #expect(choice.coding == .raw, "\(choice.estimatedBytes)")
        #expect(choice.symbols.count == 0)
    }

    /// The sample of more strings than it holds, and of longer ones, still tells what the whole has.
    @Test func manyAndLongStringsAreSampled() throws {
        var random = SplitMix64(seed: 7)
        let many = (0..<30_000).map { number in
            Array("\(1_000_000 + number) ".utf8) + CodedStringCases.words[random.below(CodedStringCases.words.count)]
        }
        let long = (0..<40).map { number in
            [UInt8(number)] + (0..<12_000).flatMap { _ in CodedStringCases.words[random.below(4)] }
        }
        for strings in [many, long] {
            let choice = choose(strings)
            #expect(choice.coding == .frontWithSymbols)
            let size = try size(strings, choice.symbols)
            #expect(abs(choice.estimatedBytes[2] - size) * 10 < size, "\(choice.estimatedBytes) for \(size)")
        }
    }

    /// What saves half of the dictionary, and next to nothing of its file, is left as it is.
    @Test func aSmallPartOfAFileStaysRaw() {
        let strings = (0..<3_000).map { Array("a value with the number \(100_000 + $0)".utf8) }
        func choice(besides others: Int) -> StringCoding {
            var sampler = StringCodingSampler(besides: others)
            for string in strings { sampler.add(string.span) }
            return sampler.choose().coding
        }
        #expect(choice(besides: 0) != .raw)
        #expect(choice(besides: 200_000) != .raw)
        #expect(choice(besides: 20_000_000) == .raw)
    }

    @Test func fewAndNoStringsHaveAChoice() {
        #expect(choose([]).coding == .raw)
        #expect(choose([[]]).coding == .raw)
        #expect(choose([Array("one".utf8)]).coding == .raw)
        #expect(choose([Array(repeating: 0x61, count: 1 << 16)]).coding == .frontWithSymbols)
    }
}
