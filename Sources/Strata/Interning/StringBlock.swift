import Glibc

/// Up to 16 ascending strings, each but the first without the beginning that it shares with the one before it, and the
/// remainders coded with a ``SymbolTable`` where that is shorter. Any bytes are safe to read.
///
/// One byte, the form: bits 0 to 3 the number of strings less one; bits 4 and 5 the width w of a length (0: one byte,
/// 1: two, 2: four); bit 6 zero; bit 7 set when the remainders are coded with the symbol table. Then 15 bytes: how many
/// bytes strings 1 to 15 share with the one before each, and 255 for more. Then 16 lengths of w bytes: of the stored
/// remainder of each string (as it is stored, so of its code when it is coded), little-endian. Then the remainders,
/// one behind the other, to the end of the block. A block of fewer strings has zeros for the others.
///
/// So string i is the bytes that it shares with string i - 1, and then its remainder; string 0 is a remainder only.
/// Front coding: Witten, Moffat, Bell, "Managing Gigabytes", 1999.
///
/// The block borrows its bytes and its symbol table: it is a view, made where it is used.
public struct StringBlock: ~Escapable {
    /// The number of strings in every block but a dictionary's last one.
    public static var capacity: Int { 16 }
    /// A string shares at most so many bytes with the one before it; the rest of them is in the remainder.
    static var sharedLimit: Int { 255 }
    static var codedBit: UInt8 { 0x80 }

    /// `byteCount` bytes that are there as long as this view: `init` was given a span of them.
    let base: UnsafePointer<UInt8>
    let byteCount: Int
    /// Reads the symbol table, which this view borrows.
    let decoder: SymbolDecoder
    /// The number of strings, 1 ... 16.
    public let count: Int
    /// Bytes before the first remainder; the sum of all lengths is `byteCount - headerCount`, as `init` saw.
    let headerCount: Int
    let isCoded: Bool

    /// The block with exactly these bytes; nil when they are none.
    ///
    /// - Parameter symbols: the table that it was written with; an empty one when it was written without.
    /// - Complexity: O(1).
    @_lifetime(copy bytes, borrow symbols)
    public init?(_ bytes: Span<UInt8>, symbols: borrowing SymbolTable) {
        // The pointer is used while this view lives, which is no longer than the span.
        guard let base = bytes.withUnsafeBufferPointer({ $0.baseAddress }), bytes.count >= 32 else { return nil }
        let form = base[0]
        let width = Int(form &>> 4 & 7)
        guard width <= 2 else { return nil }
        let headerCount = Self.headerCount(width)
        guard bytes.count >= headerCount else { return nil }
        self.base = base
        byteCount = bytes.count
        decoder = symbols.decoder
        count = Int(form & 15) &+ 1
        self.headerCount = headerCount
        isCoded = form & Self.codedBit != 0
        guard sum(ofLengthsBefore: Self.capacity) == byteCount &- headerCount else { return nil }
    }

    static func headerCount(_ width: Int) -> Int { 16 &+ 16 &<< width }

    /// How many bytes string `index` shares with the one before it.
    @inline(__always)
    func shared(_ index: Int) -> Int { index == 0 ? 0 : Int(base[index]) }

    /// The stored length of the remainder of string `index`.
    @inline(__always)
    func length(ofRemainder index: Int) -> Int {
        let raw = UnsafeRawPointer(base + 16)
        switch headerCount {
        case 32: return Int(base[16 &+ index])
        case 48: return Int(raw.loadUnaligned(fromByteOffset: 2 &* index, as: UInt16.self))
        default: return Int(raw.loadUnaligned(fromByteOffset: 4 &* index, as: UInt32.self))
        }
    }

    /// Where the remainder of string `index` begins behind the header; of 16: where the last one ends.
    @inline(__always)
    func sum(ofLengthsBefore index: Int) -> Int {
        guard headerCount == 32 else { return slowSum(ofLengthsBefore: index) }
        // Sixteen bytes are summed as pairs of lanes of 16 bits, after those from `index` on are masked away.
        let raw = UnsafeRawPointer(base + 16)
        var low = raw.loadUnaligned(as: UInt64.self)
        var high = raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        let bits = 8 * index
        // Shifts by 64 and more give zero.
        low &= ~(UInt64.max << UInt64(bits))
        high &= bits <= 64 ? 0 : ~(UInt64.max << UInt64(bits - 64))
        let lanes: UInt64 = 0x00FF_00FF_00FF_00FF
        let sums = (low & lanes) &+ (low &>> 8 & lanes) &+ (high & lanes) &+ (high &>> 8 & lanes)
        return Int((sums &* 0x0001_0001_0001_0001) &>> 48)
    }

    private func slowSum(ofLengthsBefore index: Int) -> Int {
        var sum = 0
        for earlier in 0..<index { sum &+= length(ofRemainder: earlier) }
        return sum
    }

    /// The remainder of string `index` as it is stored.
    ///
    /// The sum of all lengths is that of the bytes behind the header, so every remainder lies within the block.
    @inline(__always)
    func remainder(_ index: Int) -> UnsafePointer<UInt8> {
        base + (headerCount &+ sum(ofLengthsBefore: index))
    }
}
