extension SymbolTable {
    /// The table that codes a sample of texts best, as far as five rounds find it. Equal samples give equal tables.
    ///
    /// Each round codes a growing part of the sample with the table of the round before, counts symbols and pairs of
    /// symbols that follow each other, and takes those that save most: symbols, and pairs joined to one (algorithm 3 of
    /// the paper, with its five parts 8, 38, 68, 98 and 128 of 128).
    ///
    /// - Complexity: O(sample): five passes and sorts of the candidates, some ten milliseconds.
    public init(training sample: borrowing SymbolSample) {
        var training = SymbolTraining()
        for part in [8, 38, 68, 98, 128] { training.round(part: part, of: sample) }
        self.init(symbols: training.symbols)
    }
}

/// The rounds of ``SymbolTable/init(training:)``.
///
/// Counts are kept for 512 codes: a byte that has no symbol is the code of its value, symbol `c` is 256 + `c`.
private struct SymbolTraining: ~Copyable {
    private static let codes = 512

    private(set) var symbols: [Symbol] = []
    private let matcher = SymbolMatcher()
    private var counts = [UInt32](repeating: 0, count: codes)
    private var pairs = [UInt32](repeating: 0, count: codes * codes)

    private struct Candidate {
        var symbol: Symbol
        var gain: Int
    }

    /// Replaces the symbols by better ones.
    ///
    /// - Parameter part: how much of the sample is coded, in 128ths; the last round, with all, joins no pairs.
    mutating func round(part: Int, of sample: borrowing SymbolSample) {
        matcher.install(symbols)
        count(part: part, of: sample)
        var candidates = candidates(part: part)
        // Equal symbols together, first.
        candidates.sort { ($0.symbol.word, $0.symbol.length) < ($1.symbol.word, $1.symbol.length) }
        var distinct: [Candidate] = []
        for candidate in candidates {
            if let last = distinct.last, last.symbol == candidate.symbol {
                distinct[distinct.count - 1].gain += candidate.gain
            } else {
                distinct.append(candidate)
            }
        }
        distinct.sort { ($1.gain, $0.symbol.word, $0.symbol.length) < ($0.gain, $1.symbol.word, $1.symbol.length) }
        choose(distinct)
    }

    /// Counts the symbols, and the pairs of them, that the chosen part of the sample is coded with.
    private mutating func count(part: Int, of sample: borrowing SymbolSample) {
        counts.withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
        pairs.withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
        let joins = part < 128
        var start = 0
        for (index, end) in sample.ends.enumerated() {
            defer { start = end }
            // Another part in each round, spread over the whole sample.
            let spread = UInt64(truncatingIfNeeded: index &* 128 &+ part) &* 0x9E37_79B9_7F4A_7C15
            if joins, Int(spread &>> 57) >= part { continue }
            var previous = -1
            var position = start
            while position < end {
                let (code, length) = code(in: sample.bytes, at: position, end: end)
                let first = Int(sample.bytes[position])
                counts[code] += 1
                // The first byte alone is an alternative to a longer symbol.
                if length > 1 { counts[first] += 1 }
                if joins, previous >= 0 {
                    pairs[previous * Self.codes + code] += 1
                    if length > 1 { pairs[previous * Self.codes + first] += 1 }
                }
                previous = code
                position += length
            }
        }
    }

    private borrowing func code(in bytes: [UInt8], at position: Int, end: Int) -> (code: Int, length: Int) {
        let left = min(8, end - position)
        var word: UInt64 = 0
        for index in 0..<left { word |= UInt64(bytes[position + index]) << UInt64(8 * index) }
        let match = matcher.longest(word, atMost: left)
        return (match.code == SymbolTable.escape ? Int(bytes[position]) : 256 + Int(match.code), match.length)
    }

    private func symbol(_ code: Int) -> Symbol {
        code < 256 ? Symbol(word: UInt64(code), length: 1) : symbols[code - 256]
    }

    /// Every symbol that was counted, and every joined pair, with what it saves. One symbol may come several times.
    private borrowing func candidates(part: Int) -> [Candidate] {
        // Rare ones are noise, and would be many.
        let least = max(1, 5 * part / 128)
        let used = (0..<min(Self.codes, 256 + symbols.count)).filter { counts[$0] > 0 }
        var candidates: [Candidate] = []
        for first in used {
            let left = symbol(first)
            // Single bytes are worth more than they save now: without one, its byte costs an escape.
            let weight = left.length == 1 ? 8 : 1
            if counts[first] >= least {
                candidates.append(Candidate(symbol: left, gain: weight * left.length * Int(counts[first])))
            }
            if part == 128 || left.length == 8 { continue }
            for second in used {
                let count = Int(pairs[first * Self.codes + second])
                guard count >= least else { continue }
                let right = symbol(second)
                let joined = Symbol(
                    word: left.word | right.word << UInt64(8 * left.length), length: min(8, left.length + right.length))
                candidates.append(Candidate(symbol: joined, gain: joined.length * count))
            }
        }
        return candidates
    }

    /// Takes the best, of which the matcher can find each: one symbol of three and more bytes for each of its places.
    private mutating func choose(_ candidates: [Candidate]) {
        symbols = []
        var taken = [Bool](repeating: false, count: SymbolMatcher.longPlaces)
        for candidate in candidates where symbols.count < SymbolTable.capacity {
            if candidate.symbol.length > 2 {
                let place = SymbolMatcher.place(candidate.symbol.word)
                if taken[place] { continue }
                taken[place] = true
            }
            symbols.append(candidate.symbol)
        }
    }
}
