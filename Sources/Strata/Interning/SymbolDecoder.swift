/// What a ``SymbolTable`` decodes with: a view of its memory, to be used while the table lives.
struct SymbolDecoder: BitwiseCopyable {
    /// One place for each value of a code; those without a symbol have the length 0.
    static var codes: Int { 256 }
    static var byteCount: Int { codes * 9 }

    /// The bytes of each symbol, the first in the lowest bits.
    let words: UnsafePointer<UInt64>
    let lengths: UnsafePointer<UInt8>
    let count: Int
    /// Added to the lower seven bits of four codes at once, carries into the eighth of each that has no symbol.
    private let carry: UInt32

    init(words: UnsafePointer<UInt64>, lengths: UnsafePointer<UInt8>, count: Int) {
        self.words = words
        self.lengths = lengths
        self.count = count
        // Small tables, whose missing codes have no eighth bit, take every code one by one.
        carry = UInt32(256 - max(count, 128)) &* 0x0101_0101
    }

    /// Decodes a code from its beginning until it ends or `enough` bytes are written.
    ///
    /// - Parameters:
    ///   - out: `room` bytes that may be written; undefined behind the text afterwards.
    ///   - enough: at most `room`, or `.max` for the whole text, which must fit the room.
    /// - Returns: the number of bytes written; -1 when the code is damaged or the whole text does not fit.
    @inline(__always)
    func decode(
        _ code: UnsafePointer<UInt8>, _ codeCount: Int, into out: UnsafeMutablePointer<UInt8>, room: Int, enough: Int
    ) -> Int {
        let raw = UnsafeMutableRawPointer(out)
        var place = 0
        var position = 0
        let fourAtOnce = count >= 128
        while place < codeCount {
            // Invariant: place + 4 <= codeCount for the load, position + 32 <= room for four stores of 8 bytes.
            while fourAtOnce, place &+ 4 <= codeCount, position &+ 32 <= room, position < enough {
                let four = UnsafeRawPointer(code + place).loadUnaligned(as: UInt32.self)
                if ((four & 0x7F7F_7F7F) &+ carry) & four & 0x8080_8080 != 0 { break }
                let first = Int(four & 0xFF)
                let second = Int(four &>> 8 & 0xFF)
                let third = Int(four &>> 16 & 0xFF)
                let fourth = Int(four &>> 24)
                raw.storeBytes(of: words[first], toByteOffset: position, as: UInt64.self)
                position &+= Int(lengths[first])
                raw.storeBytes(of: words[second], toByteOffset: position, as: UInt64.self)
                position &+= Int(lengths[second])
                raw.storeBytes(of: words[third], toByteOffset: position, as: UInt64.self)
                position &+= Int(lengths[third])
                raw.storeBytes(of: words[fourth], toByteOffset: position, as: UInt64.self)
                position &+= Int(lengths[fourth])
                place &+= 4
            }
            if position >= enough { return position }
            if place == codeCount { break }
            let next = Int(code[place])
            place &+= 1
            var word = words[next]
            var length = Int(lengths[next])
            if length == 0 {
                guard next == 255, place < codeCount else { return -1 }
                word = UInt64(code[place])
                length = 1
                place &+= 1
            }
            if position &+ 8 <= room {
                raw.storeBytes(of: word, toByteOffset: position, as: UInt64.self)
                position &+= length
            } else {
                let fitting = min(length, room &- position)
                for index in 0..<fitting {
                    out[position &+ index] = UInt8(truncatingIfNeeded: word &>> (8 * UInt64(index)))
                }
                position &+= fitting
                // The room is full: enough for a beginning, too little for a whole text.
                if fitting < length { return position >= enough ? position : -1 }
            }
        }
        return position
    }

    /// The length of a code's text; -1 when it is damaged.
    func decodedCount(_ code: UnsafePointer<UInt8>, _ codeCount: Int) -> Int {
        var place = 0
        var total = 0
        while place < codeCount {
            let next = Int(code[place])
            let length = Int(lengths[next])
            place &+= 1
            total &+= length
            if length == 0 {
                guard next == 255, place < codeCount else { return -1 }
                place &+= 1
                total &+= 1
            }
        }
        return total
    }

    /// Compares a code's text with bytes, and decodes no further than to the first difference.
    ///
    /// - Returns: `order` below zero when the text is before the bytes, zero when they are equal, above zero when it is
    ///   behind; `common` bytes at the beginning are equal, -1 when the code is damaged as far as it was read.
    func compare(
        _ code: UnsafePointer<UInt8>, _ codeCount: Int, with bytes: UnsafePointer<UInt8>, _ byteCount: Int
    ) -> (order: Int, common: Int) {
        var place = 0
        var position = 0
        while place < codeCount {
            let next = Int(code[place])
            place &+= 1
            var word = words[next]
            var length = Int(lengths[next])
            if length == 0 {
                guard next == 255, place < codeCount else { return (0, -1) }
                word = UInt64(code[place])
                length = 1
                place &+= 1
            }
            let left = byteCount &- position
            let wanted: UInt64
            if left >= 8 {
                wanted = UnsafeRawPointer(bytes + position).loadUnaligned(as: UInt64.self)
            } else {
                var few: UInt64 = 0
                for index in 0..<left { few |= UInt64(bytes[position &+ index]) &<< UInt64(8 &* index) }
                wanted = few
            }
            let compared = min(length, left)
            // Bits behind the compared bytes are shifted out; no byte compared leaves none.
            let difference = compared == 0 ? 0 : (word ^ wanted) &<< UInt64(64 &- 8 &* compared)
            if difference != 0 {
                let equal = (difference.trailingZeroBitCount &- (64 &- 8 &* compared)) / 8
                let shift = UInt64(8 &* equal)
                return (Int(word &>> shift & 0xFF) &- Int(wanted &>> shift & 0xFF), position &+ equal)
            }
            position &+= compared
            if compared < length { return (1, position) }
        }
        return (position &- byteCount, position)
    }
}
