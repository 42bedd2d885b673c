/// The character classes of N-Triples, by the names that the W3C's grammar gives them (RDF 1.1 N-Triples, section 7).
enum NTriplesGrammar {
    /// For each byte, what it is in the terminals: a bit each. Bytes beyond ASCII are letters of any terminal here;
    /// where only some characters are allowed, they are decoded.
    static let classes: [UInt8] = (0...255).map { value in
        let byte = UInt8(value)
        let isLetter = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        var bits: UInt8 = 0
        if byte > 0x20, !Array("<>\"{}|^`\\".utf8).contains(byte) { bits |= inIRI }
        if isLetter || isDigit { bits |= alphanumeric }
        if isLetter { bits |= letter }
        if isLetter || isDigit || Array("_:-".utf8).contains(byte) { bits |= inLabel }
        if isLetter || isDigit || Array("+-.".utf8).contains(byte) { bits |= inScheme }
        if byte == 0x20 || byte == 0x09 { bits |= white }
        if byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\") { bits |= inString }
        return bits
    }

    static let inIRI: UInt8 = 1
    static let alphanumeric: UInt8 = 2
    static let letter: UInt8 = 4
    static let inLabel: UInt8 = 8
    static let inScheme: UInt8 = 16
    static let white: UInt8 = 32
    static let inString: UInt8 = 64

    /// PN_CHARS_BASE beyond ASCII.
    static func isBase(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0xC0...0xD6, 0xD8...0xF6, 0xF8...0x2FF, 0x370...0x37D, 0x37F...0x1FFF, 0x200C...0x200D, 0x2070...0x218F,
            0x2C00...0x2FEF, 0x3001...0xD7FF, 0xF900...0xFDCF, 0xFDF0...0xFFFD, 0x10000...0xEFFFF:
            true
        default: false
        }
    }

    /// PN_CHARS beyond ASCII.
    static func isInLabel(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0xB7, 0x300...0x36F, 0x203F...0x2040: true
        default: isBase(scalar)
        }
    }

    /// What stands for itself behind a backslash in a string, ECHAR, or nil.
    static func unescaped(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "t"): 0x09
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "\\"): byte
        default: nil
        }
    }

    /// The value of a hexadecimal digit, or nil.
    static func hexadecimal(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A")) + 10
        default: nil
        }
    }
}
