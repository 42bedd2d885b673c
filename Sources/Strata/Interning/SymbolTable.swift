import Glibc

/// Up to 255 symbols of 1 to 8 bytes that one-byte codes stand for, so that a text of ten bytes or of ten thousand is
/// coded, and decoded alone, to about half its size.
///
/// FSST: Boncz, Neumann, Leis, "FSST: Fast Random Access String Compression", VLDB 2020. Code `c` below ``count`` stands
/// for symbol `c`; code 255 says that the next byte stands for itself; another code is damage.
///
/// Written as: one byte, the number of symbols n; n bytes, their lengths; then their bytes, one symbol behind the other
/// (at most 2,296 bytes in all). An empty table is written as one zero byte.
public struct SymbolTable: ~Copyable, @unchecked Sendable {
    /// The code that says that the next byte stands for itself.
    public static var escape: UInt8 { 255 }
    /// The most symbols that a table has.
    static var capacity: Int { 255 }

    /// Room of this table alone, written in `init` only: `decoder` reads it, and it lives as long as the table.
    private let memory: UnsafeMutableRawPointer
    let decoder: SymbolDecoder

    /// A table without symbols, with which every byte is escaped.
    public init() { self.init(symbols: []) }

    /// - Precondition: at most 255 symbols.
    init(symbols: [Symbol]) {
        precondition(symbols.count <= Self.capacity, "a table has at most 255 symbols")
        guard let memory = calloc(1, SymbolDecoder.byteCount) else { fatalError("no memory for a table of symbols") }
        let words = memory.bindMemory(to: UInt64.self, capacity: SymbolDecoder.codes)
        let lengths = (memory + SymbolDecoder.codes * 8).bindMemory(to: UInt8.self, capacity: SymbolDecoder.codes)
        for (code, symbol) in symbols.enumerated() {
            words[code] = symbol.word
            lengths[code] = UInt8(symbol.length)
        }
        self.memory = memory
        decoder = SymbolDecoder(words: words, lengths: lengths, count: symbols.count)
    }

    deinit { free(memory) }

    /// A table as it was written. Any bytes are safe.
    ///
    /// - Throws: `corrupted` when the bytes are not those of a table, exactly.
    public init(validating bytes: Span<UInt8>) throws(StrataError) {
        let count = bytes.isEmpty ? 0 : Int(bytes[0])
        guard bytes.count >= 1 + count else {
            throw StrataError(.corrupted, "a table of \(count) symbols does not fit \(bytes.count) bytes")
        }
        var symbols: [Symbol] = []
        symbols.reserveCapacity(count)
        var offset = 1 + count
        for code in 0..<count {
            let length = Int(bytes[1 + code])
            guard 1...8 ~= length, offset + length <= bytes.count else {
                throw StrataError(
                    .corrupted, "symbol \(code) of a symbol table has \(length) bytes, which is not 1 to 8 or too many")
            }
            var word: UInt64 = 0
            for index in 0..<length { word |= UInt64(bytes[offset + index]) << UInt64(8 * index) }
            symbols.append(Symbol(word: word, length: length))
            offset += length
        }
        guard offset == bytes.count else {
            throw StrataError(.corrupted, "a symbol table ends at byte \(offset) of \(bytes.count)")
        }
        self.init(symbols: symbols)
    }

    /// The number of symbols, 0 ... 255.
    public var count: Int { decoder.count }

    /// The table as ``init(validating:)`` reads it; equal tables give equal bytes.
    public var serialized: [UInt8] {
        var bytes = [UInt8(count)]
        for code in 0..<count { bytes.append(decoder.lengths[code]) }
        for code in 0..<count {
            for index in 0..<UInt64(decoder.lengths[code]) {
                bytes.append(UInt8(truncatingIfNeeded: decoder.words[code] >> (8 * index)))
            }
        }
        return bytes
    }

    /// The symbols in the order of their codes.
    var symbols: [Symbol] {
        (0..<count).map { Symbol(word: decoder.words[$0], length: Int(decoder.lengths[$0])) }
    }

    /// Decodes a whole code and returns the number of bytes of its text, or nil when the code is damaged or its text is
    /// longer than the room (whose contents are undefined then). Never writes outside `room`; what is behind the text
    /// in it is undefined. Fastest when the room has 32 bytes more than the text.
    ///
    /// - Complexity: O(length), about half a nanosecond a byte.
    public borrowing func decode(_ code: Span<UInt8>, into room: UnsafeMutableBufferPointer<UInt8>) -> Int? {
        // The pointers are used in this call only; an empty code or room may have no address.
        code.withUnsafeBufferPointer { code in
            guard let start = code.baseAddress else { return 0 }
            var nowhere: UInt8 = 0
            return withUnsafeMutablePointer(to: &nowhere) { nowhere in
                let count = decoder.decode(
                    start, code.count, into: room.baseAddress ?? nowhere, room: room.count, enough: .max)
                return count < 0 ? nil : count
            }
        }
    }

    /// The length of the text of a code, or nil when the code is damaged. At most 8 times the length of the code.
    ///
    /// - Complexity: O(length of the code).
    public borrowing func decodedCount(_ code: Span<UInt8>) -> Int? {
        code.withUnsafeBufferPointer { code in
            guard let start = code.baseAddress else { return 0 }
            let count = decoder.decodedCount(start, code.count)
            return count < 0 ? nil : count
        }
    }
}

/// One to eight bytes, the first in the lowest bits of the word, zeros behind the last.
struct Symbol: Equatable, BitwiseCopyable {
    var word: UInt64
    var length: Int
}
