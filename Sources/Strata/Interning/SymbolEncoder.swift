import Glibc

/// Codes texts with a ``SymbolTable``. It has 160 KiB of tables of its own: make one and use it often.
public struct SymbolEncoder: ~Copyable {
    private let matcher: SymbolMatcher

    /// An encoder whose codes `table` decodes.
    public init(_ table: borrowing SymbolTable) {
        matcher = SymbolMatcher()
        matcher.install(table.symbols)
    }

    /// Appends the code of a text to `output`: at most twice its bytes.
    ///
    /// - Complexity: O(length), about three nanoseconds a byte.
    public borrowing func encode(_ text: Span<UInt8>, into output: inout [UInt8]) {
        text.withUnsafeBufferPointer { text in
            guard let start = text.baseAddress, !text.isEmpty else { return }
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: text.count * 2 + 1) { room in
                let count = encode(start, text.count, into: room.baseAddress!)
                output.append(contentsOf: room[..<count])
            }
        }
    }

    /// Writes the code of `count` bytes at `text` to `out`, which has room for `2 * count + 1` bytes.
    ///
    /// - Returns: the length of the code.
    borrowing func encode(_ text: UnsafePointer<UInt8>, _ count: Int, into out: UnsafeMutablePointer<UInt8>) -> Int {
        var position = 0
        var written = 0
        // Invariant: written <= 2 * position, and each step reads at least one byte and writes at most two.
        while position &+ 8 <= count {
            let word = UnsafeRawPointer(text + position).loadUnaligned(as: UInt64.self)
            let match = matcher.longest(word)
            out[written] = match.code
            out[written &+ 1] = UInt8(truncatingIfNeeded: word)
            written &+= match.codeLength
            position &+= match.length
        }
        var left = count &- position
        guard left > 0 else { return written }
        var word: UInt64 = 0
        for index in 0..<left { word |= UInt64(text[position &+ index]) &<< UInt64(8 &* index) }
        while left > 0 {
            let match = matcher.longest(word, atMost: left)
            out[written] = match.code
            out[written &+ 1] = UInt8(truncatingIfNeeded: word)
            written &+= match.codeLength
            left &-= match.length
            word = left == 0 ? 0 : word &>> UInt64(8 &* match.length)
        }
        return written
    }
}

/// Finds the longest symbol that a text begins with, by the paper's two tables: symbols of three and more bytes by a
/// hash of their first three, one for each place; shorter ones by the first two bytes themselves.
struct SymbolMatcher: ~Copyable {
    /// A symbol that was found, or a byte that has none.
    struct Match: BitwiseCopyable {
        /// Bits 0 to 7 the code, 8 to 11 the length of the symbol, 12 to 13 the length of the code.
        let bits: UInt16

        init(bits: UInt16) { self.bits = bits }
        init(code: Int, length: Int) { bits = UInt16(code | length << 8 | 1 << 12) }

        /// A byte without a symbol: the escape code and itself.
        static var escaped: Match { Match(bits: UInt16(SymbolTable.escape) | 1 << 8 | 2 << 12) }

        var code: UInt8 { UInt8(truncatingIfNeeded: bits) }
        var length: Int { Int(bits &>> 8 & 0xF) }
        var codeLength: Int { Int(bits &>> 12) }
    }

    /// A place for symbols of three and more bytes. A free one has a word that no text equals when its last byte is
    /// taken away.
    private struct Long: BitwiseCopyable {
        var word: UInt64
        /// The bits of a text of eight bytes that are not the symbol's.
        var unused: UInt32
        var match: Match

        static var free: Long { Long(word: .max, unused: 8, match: .escaped) }

        @inline(__always)
        func begins(_ text: UInt64) -> Bool { text & (.max &>> UInt64(unused)) == word }
    }

    static var longPlaces: Int { 1 << 11 }

    // Three tables of this matcher alone, freed with it: every index into them is masked by their size.
    private let long: UnsafeMutablePointer<Long>
    private let short: UnsafeMutablePointer<Match>
    private let single: UnsafeMutablePointer<Match>

    init() {
        long = .allocate(capacity: Self.longPlaces)
        short = .allocate(capacity: 1 << 16)
        single = .allocate(capacity: 1 << 8)
        install([])
    }

    deinit {
        long.deallocate()
        short.deallocate()
        single.deallocate()
    }

    /// Where a symbol of three and more bytes, or a text, looks.
    @inline(__always)
    static func place(_ word: UInt64) -> Int {
        Int(truncatingIfNeeded: ((word & 0xFF_FFFF) &* 0x9E37_79B9_7F4A_7C15) &>> 53)
    }

    /// Replaces the symbols. Of two symbols for one place the first is used; the other's code is never given.
    func install(_ symbols: [Symbol]) {
        long.update(repeating: .free, count: Self.longPlaces)
        single.update(repeating: .escaped, count: 1 << 8)
        for (code, symbol) in symbols.enumerated() where symbol.length == 1 && single[Int(symbol.word)].code == 255 {
            single[Int(symbol.word)] = Match(code: code, length: 1)
        }
        for first in 0..<256 {
            for second in 0..<256 { short[first | second << 8] = single[first] }
        }
        for (code, symbol) in symbols.enumerated() where symbol.length == 2 && short[Int(symbol.word)].length == 1 {
            short[Int(symbol.word)] = Match(code: code, length: 2)
        }
        for (code, symbol) in symbols.enumerated() where symbol.length > 2 {
            let place = Self.place(symbol.word)
            guard long[place].match.code == SymbolTable.escape else { continue }
            long[place] = Long(
                word: symbol.word, unused: UInt32(64 - 8 * symbol.length),
                match: Match(code: code, length: symbol.length))
        }
    }

    /// The longest symbol at the beginning of a text of eight bytes or more.
    @inline(__always)
    borrowing func longest(_ word: UInt64) -> Match {
        let candidate = long[Self.place(word)]
        if candidate.begins(word) { return candidate.match }
        return short[Int(word & 0xFFFF)]
    }

    /// The longest symbol at the beginning of a text of `left` bytes, at least one; the word has zeros behind them.
    @inline(__always)
    borrowing func longest(_ word: UInt64, atMost left: Int) -> Match {
        let candidate = long[Self.place(word)]
        // A symbol that ends in zeros is not taken for what is behind the text.
        if candidate.begins(word), candidate.match.length <= left { return candidate.match }
        return left >= 2 ? short[Int(word & 0xFFFF)] : single[Int(word & 0xFF)]
    }
}
