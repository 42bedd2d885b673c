/// A statement of a line, taken apart: ranges are bytes of the line, in which escapes were replaced.
struct NTriple {
    /// What stands in the place of the object.
    enum Object {
        /// An entity, by its name.
        case entity(Range<Int>)
        /// A text without tag.
        case plain(Range<Int>)
        /// A text in a language, without the `@`.
        case tagged(Range<Int>, language: Range<Int>)
        /// A text with the IRI of its datatype.
        case typed(Range<Int>, datatype: Range<Int>)
    }

    /// The name of an entity: an IRI without its brackets, or a blank node's label with the `_:` before it.
    var subject: Range<Int>
    /// An IRI without its brackets.
    var predicate: Range<Int>
    var object: Object
}

/// Reads the one statement of a line as the W3C's grammar has it, RDF 1.1 N-Triples.
///
/// The bytes are valid UTF-8 without line ends. Escapes are replaced in place: each is longer than what it stands for,
/// so that the places of what follows stay.
struct NTriplesLine {
    private let bytes: UnsafeMutablePointer<UInt8>
    private let count: Int
    /// `NTriplesGrammar.classes`.
    private let classes: UnsafePointer<UInt8>
    private var cursor = 0

    /// What is wrong, and the byte in the line at which it is, from 0.
    struct Fault: Error {
        var message: String
        var position: Int
    }

    init(_ bytes: UnsafeMutablePointer<UInt8>, _ count: Int, classes: UnsafePointer<UInt8>) {
        self.bytes = bytes
        self.count = count
        self.classes = classes
    }

    /// The statement; nil where the line is blank or a comment.
    mutating func read() throws(Fault) -> NTriple? {
        skipWhite()
        if cursor == count || bytes[cursor] == UInt8(ascii: "#") { return nil }
        let subject = try readResource("the subject: an IRI in <> or a blank node `_:label`")
        skipWhite()
        guard peek() == UInt8(ascii: "<") else { throw expected("the predicate: an IRI in <>") }
        let predicate = try readIRI()
        skipWhite()
        let object: NTriple.Object
        if peek() == UInt8(ascii: "\"") {
            object = try readLiteral()
        } else {
            object = .entity(try readResource("the object: an IRI in <>, a blank node `_:label` or a \"literal\""))
        }
        skipWhite()
        guard peek() == UInt8(ascii: ".") else { throw expected("`.` at the end of the statement") }
        cursor += 1
        skipWhite()
        guard cursor == count || bytes[cursor] == UInt8(ascii: "#") else {
            throw expected("the end of the line or a comment behind the `.`; a statement has a line of its own")
        }
        return NTriple(subject: subject, predicate: predicate, object: object)
    }

    // MARK: Terms

    private mutating func readResource(_ what: String) throws(Fault) -> Range<Int> {
        switch peek() {
        case UInt8(ascii: "<"): return try readIRI()
        case UInt8(ascii: "_"): return try readLabel()
        default: throw expected(what)
        }
    }

    /// An IRI; the cursor is at its `<`. Relative ones are none here.
    private mutating func readIRI() throws(Fault) -> Range<Int> {
        let opening = cursor
        cursor += 1
        let start = cursor
        var target = cursor
        while true {
            // Up to the first escape nothing moves.
            while cursor < count, classes[Int(bytes[cursor])] & NTriplesGrammar.inIRI != 0 {
                if target != cursor { bytes[target] = bytes[cursor] }
                cursor += 1
                target += 1
            }
            guard cursor < count else { throw Fault(message: "this IRI is never closed", position: opening) }
            if bytes[cursor] == UInt8(ascii: ">") { break }
            guard bytes[cursor] == UInt8(ascii: "\\") else {
                throw expected("a character that an IRI may have, or `>`")
            }
            let escape = cursor
            let scalar = try readNumericEscape()
            if scalar < 0x80, classes[Int(scalar)] & NTriplesGrammar.inIRI == 0 {
                throw Fault(message: "this escape stands for a character that an IRI may not have", position: escape)
            }
            write(scalar, &target)
        }
        cursor += 1
        try requireScheme(start..<target, opening)
        return start..<target
    }

    /// Refuses an IRI that does not begin with a scheme.
    private func requireScheme(_ iri: Range<Int>, _ opening: Int) throws(Fault) {
        var position = iri.lowerBound
        if position < iri.upperBound, classes[Int(bytes[position])] & NTriplesGrammar.letter != 0 {
            while position < iri.upperBound, classes[Int(bytes[position])] & NTriplesGrammar.inScheme != 0 {
                position += 1
            }
            if position < iri.upperBound, bytes[position] == UInt8(ascii: ":") { return }
        }
        throw Fault(
            message: "expected an absolute IRI such as <http://example.org/a>, found \(quote(opening))",
            position: opening)
    }

    /// A blank node's label; the cursor is at its `_`.
    private mutating func readLabel() throws(Fault) -> Range<Int> {
        let start = cursor
        guard cursor + 1 < count, bytes[cursor + 1] == UInt8(ascii: ":") else {
            throw expected("`_:` before a blank node's label")
        }
        cursor += 2
        let first = cursor
        // A full stop belongs to a label only where more of the label follows.
        var end = cursor
        while cursor < count {
            let byte = bytes[cursor]
            if byte < 0x80 {
                if classes[Int(byte)] & NTriplesGrammar.inLabel != 0, cursor > first || byte != UInt8(ascii: "-") {
                    cursor += 1
                    end = cursor
                } else if byte == UInt8(ascii: "."), cursor > first {
                    cursor += 1
                } else {
                    break
                }
            } else {
                let (scalar, length) = decode(cursor)
                guard cursor > first ? NTriplesGrammar.isInLabel(scalar) : NTriplesGrammar.isBase(scalar) else { break }
                cursor += length
                end = cursor
            }
        }
        guard end > first else { throw expected("a blank node's label") }
        cursor = end
        return start..<end
    }

    /// A literal with its tag; the cursor is at its quote.
    private mutating func readLiteral() throws(Fault) -> NTriple.Object {
        let opening = cursor
        cursor += 1
        let start = cursor
        var target = cursor
        while true {
            while cursor < count, classes[Int(bytes[cursor])] & NTriplesGrammar.inString != 0 {
                if target != cursor { bytes[target] = bytes[cursor] }
                cursor += 1
                target += 1
            }
            guard cursor < count else {
                throw Fault(
                    message: "this quote is never closed on its line; write line ends in texts as \\n",
                    position: opening)
            }
            if bytes[cursor] == UInt8(ascii: "\"") { break }
            if cursor + 1 < count, let byte = NTriplesGrammar.unescaped(bytes[cursor + 1]) {
                bytes[target] = byte
                target += 1
                cursor += 2
            } else {
                write(try readNumericEscape(), &target)
            }
        }
        cursor += 1
        let text = start..<target
        // White space may stand between a text and its tag, but not inside of the tag.
        let end = cursor
        skipWhite()
        if peek() == UInt8(ascii: "@") { return .tagged(text, language: try readLanguage()) }
        guard peek() == UInt8(ascii: "^") else {
            cursor = end
            return .plain(text)
        }
        guard cursor + 1 < count, bytes[cursor + 1] == UInt8(ascii: "^") else {
            throw expected("`^^` before a datatype")
        }
        cursor += 2
        skipWhite()
        guard peek() == UInt8(ascii: "<") else { throw expected("the datatype: an IRI in <>") }
        return .typed(text, datatype: try readIRI())
    }

    /// A language tag; the cursor is at its `@`.
    private mutating func readLanguage() throws(Fault) -> Range<Int> {
        cursor += 1
        let start = cursor
        while peek().map({ classes[Int($0)] & NTriplesGrammar.letter != 0 }) ?? false { cursor += 1 }
        guard cursor > start else { throw expected("a language such as `en` after the `@`") }
        while peek() == UInt8(ascii: "-") {
            cursor += 1
            let part = cursor
            while peek().map({ classes[Int($0)] & NTriplesGrammar.alphanumeric != 0 }) ?? false { cursor += 1 }
            guard cursor > part else { throw expected("letters or digits after the `-` of a language") }
        }
        return start..<cursor
    }

    // MARK: Characters

    /// The character that `\u` with four or `\U` with eight digits stands for; the cursor is at the backslash.
    private mutating func readNumericEscape() throws(Fault) -> UInt32 {
        let start = cursor
        let kind = cursor + 1 < count ? bytes[cursor + 1] : 0
        let digits = kind == UInt8(ascii: "u") ? 4 : kind == UInt8(ascii: "U") ? 8 : 0
        var value: UInt32 = 0
        var isWhole = digits > 0
        for place in 0..<digits {
            guard start + 2 + place < count, let digit = NTriplesGrammar.hexadecimal(bytes[start + 2 + place]) else {
                isWhole = false
                break
            }
            value = value &<< 4 | digit
        }
        guard isWhole else {
            throw Fault(
                message:
                    "expected an escape: \\uXXXX, \\UXXXXXXXX, or in a text \\t \\b \\n \\r \\f \\\" \\' \\\\; found "
                    + quote(start), position: start)
        }
        guard Unicode.Scalar(value) != nil else {
            throw Fault(message: "\(quote(start)) stands for no character", position: start)
        }
        cursor = start + 2 + digits
        return value
    }

    /// Writes a character at `target`, which is before what is still to be read.
    private func write(_ scalar: UInt32, _ target: inout Int) {
        switch scalar {
        case 0..<0x80:
            bytes[target] = UInt8(scalar)
            target += 1
        case 0x80..<0x800:
            bytes[target] = UInt8(0xC0 | scalar >> 6)
            bytes[target + 1] = UInt8(0x80 | scalar & 0x3F)
            target += 2
        case 0x800..<0x10000:
            bytes[target] = UInt8(0xE0 | scalar >> 12)
            bytes[target + 1] = UInt8(0x80 | scalar >> 6 & 0x3F)
            bytes[target + 2] = UInt8(0x80 | scalar & 0x3F)
            target += 3
        default:
            bytes[target] = UInt8(0xF0 | scalar >> 18)
            bytes[target + 1] = UInt8(0x80 | scalar >> 12 & 0x3F)
            bytes[target + 2] = UInt8(0x80 | scalar >> 6 & 0x3F)
            bytes[target + 3] = UInt8(0x80 | scalar & 0x3F)
            target += 4
        }
    }

    /// The character beyond ASCII at a place, and its length. The line is valid UTF-8.
    private func decode(_ position: Int) -> (scalar: UInt32, length: Int) {
        let first = UInt32(bytes[position])
        func next(_ index: Int) -> UInt32 { UInt32(bytes[position + index] & 0x3F) }
        if first < 0xE0 { return ((first & 0x1F) << 6 | next(1), 2) }
        if first < 0xF0 { return ((first & 0x0F) << 12 | next(1) << 6 | next(2), 3) }
        return ((first & 0x07) << 18 | next(1) << 12 | next(2) << 6 | next(3), 4)
    }

    private func peek() -> UInt8? { cursor < count ? bytes[cursor] : nil }

    private mutating func skipWhite() {
        while cursor < count, classes[Int(bytes[cursor])] & NTriplesGrammar.white != 0 { cursor += 1 }
    }

    // MARK: Errors

    private func expected(_ what: String) -> Fault {
        Fault(
            message: "expected \(what); found \(cursor < count ? quote(cursor) : "the end of the line")",
            position: cursor)
    }

    /// What stands at a place, up to the next white space.
    private func quote(_ position: Int) -> String {
        var end = position
        while end < count, end == position || classes[Int(bytes[end])] & NTriplesGrammar.white == 0 { end += 1 }
        return "`\(TextBytes.excerpt(bytes + position, end - position))`"
    }
}
