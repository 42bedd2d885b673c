import Glibc

@testable import Strata

/// Strings that coders go wrong with.
enum CodedStringCases {
    static let words = [
        "the ", "act of ", "a person who ", "hound", "ing ", "tion", "used in ", "é", "日本", "😀", "\u{0}", "z", "genus ",
    ].map { Array($0.utf8) }

    /// One string: of words, of any bytes, of one byte, of long beginnings that others share, with zeros at its end.
    static func string(_ random: inout SplitMix64) -> [UInt8] {
        switch random.below(8) {
        case 0: return (0..<random.below(3)).map { _ in UInt8(random.below(3)) }
        case 1: return (0..<random.below(40)).map { _ in UInt8(random.below(256)) }
        case 2: return Array(repeating: 0x61, count: random.below(600)) + [UInt8(random.below(4))]
        case 3: return Array("the same beginning of every one \(random.below(300))".utf8)
        case 4: return words[random.below(words.count)] + Array(repeating: 0, count: random.below(10))
        case 5: return [0xFF, 0xFF, 0xFE, UInt8(random.below(256))]
        default: return (0..<random.below(12)).flatMap { _ in words[random.below(words.count)] }
        }
    }

    static func strings(_ count: Int, seed: UInt64) -> [[UInt8]] {
        var random = SplitMix64(seed: seed)
        return (0..<count).map { _ in string(&random) }
    }

    /// Distinct, ascending.
    static func dictionary(_ count: Int, seed: UInt64) -> [[UInt8]] {
        Set(strings(count, seed: seed)).sorted(by: isBefore)
    }

    /// Every byte alone, all bytes at once, nothing, 64 KiB of words, of zeros and of any bytes.
    static var extremes: [[UInt8]] {
        var random = SplitMix64(seed: 64)
        var strings: [[UInt8]] = [[], Array(0...255), Array(repeating: 0, count: 1 << 16)]
        for byte in UInt8.min ... .max { strings.append([byte]) }
        strings.append((0..<(1 << 16)).map { _ in UInt8(random.below(256)) })
        var text: [UInt8] = []
        while text.count < 1 << 16 { text += words[random.below(words.count)] }
        strings.append(text)
        return strings
    }

    static func table(trainedOn strings: [[UInt8]]) -> SymbolTable {
        var sample = SymbolSample()
        for string in strings { sample.add(string.span) }
        return SymbolTable(training: sample)
    }

    /// The order of a dictionary. By the C library, since tests are not optimised.
    static func isBefore(_ first: [UInt8], _ second: [UInt8]) -> Bool {
        let order = memcmp(first, second, min(first.count, second.count))
        return order != 0 ? order < 0 : first.count < second.count
    }

    static func areEqual(_ bytes: UnsafeBufferPointer<UInt8>, _ string: [UInt8]) -> Bool {
        bytes.count == string.count && (string.isEmpty || memcmp(bytes.baseAddress!, string, string.count) == 0)
    }

    /// The blocks of ascending strings.
    static func blocks(_ strings: [[UInt8]], symbols: borrowing SymbolTable) throws -> [[UInt8]] {
        var encoder = StringBlockEncoder(symbols: symbols)
        var output: [UInt8] = []
        var blocks: [[UInt8]] = []
        var sizes: [Int] = []
        for string in strings { sizes.append(try encoder.append(string.span, into: &output)) }
        sizes.append(encoder.finish(into: &output))
        var start = 0
        for size in sizes where size > 0 {
            blocks.append(Array(output[start..<(start + size)]))
            start += size
        }
        precondition(start == output.count)
        return blocks
    }
}
