import Glibc

/// Reads a WordNet data file line by line, as `wndb(5WN)` describes it, on bytes.
///
/// A line is `offset lex_filenum ss_type w_cnt word lex_id [word lex_id ...] p_cnt [pointer ...] [frames] | gloss`. The
/// word count and the lex_ids are hexadecimal, the pointer count and the frames' counts decimal. Each deviation is an
/// error that tells the line, the column and what was expected.
struct SynsetParser {
    let bytes: UnsafePointer<UInt8>
    let path: String
    let partOfSpeech: PartOfSpeech
    private let count: Int
    /// The next byte to read.
    private var cursor = 0
    /// Behind the last byte of the line, where its newline stands.
    private var lineEnd = 0
    private var lineStart = 0
    /// The number of the line that was read last, from 1.
    private(set) var line = 0

    /// A parser at the first synset of `bytes`, whose opening lines, the licence, begin with a space.
    init(_ bytes: UnsafeRawBufferPointer, path: String, partOfSpeech: PartOfSpeech) throws(GraphDataError) {
        guard let base = bytes.baseAddress else {
            throw GraphDataError("is empty; expected the synsets of WordNet", path: path, line: 1, column: 1)
        }
        self.bytes = base.assumingMemoryBound(to: UInt8.self)
        self.path = path
        self.partOfSpeech = partOfSpeech
        count = bytes.count
        while cursor < count, self.bytes[cursor] == space {
            try beginLine()
            cursor = lineEnd + 1
        }
        if cursor >= count {
            throw GraphDataError("ends before its first synset", path: path, line: line + 1, column: 1)
        }
    }

    /// Reads the next line into `synset`; `false` at the end of the file.
    mutating func next(into synset: inout Synset) throws(GraphDataError) -> Bool {
        if cursor >= count { return false }
        try beginLine()
        try readHead(&synset)
        try readWords(&synset)
        try readPointers(&synset)
        if partOfSpeech == .verb { try readFrames(words: synset.words.count) }
        try readGloss(&synset)
        cursor = lineEnd + 1
        return true
    }

    /// An error at a byte of the current line: what was expected there, and what stands there.
    func expected(_ what: String, at position: Int) -> GraphDataError {
        var found = ""
        var index = position
        while index < lineEnd, index - position < 24, index == position || bytes[index] != space {
            found.unicodeScalars.append(Unicode.Scalar(bytes[index]))
            index += 1
        }
        return GraphDataError(
            "expected \(what), found \(position >= lineEnd ? "the end of the line" : "`\(found)`")",
            path: path, line: line, column: position - lineStart + 1)
    }

    // MARK: Lines

    private mutating func beginLine() throws(GraphDataError) {
        line += 1
        lineStart = cursor
        guard let newline = memchr(bytes + cursor, 10, count - cursor) else {
            lineEnd = count
            throw GraphDataError(
                "the last line has no end: the file is truncated", path: path, line: line,
                column: count - lineStart + 1)
        }
        lineEnd = UnsafeRawPointer(newline) - UnsafeRawPointer(bytes)
        try checkText()
    }

    /// Refuses control characters and bytes beyond ASCII, eight bytes at a time.
    private func checkText() throws(GraphDataError) {
        let ones: UInt64 = 0x0101_0101_0101_0101
        var index = lineStart
        while index + 8 <= lineEnd {
            let word = UnsafeRawPointer(bytes + index).loadUnaligned(as: UInt64.self)
            // The borrow of a byte below 32 sets its upper bit, as does a byte from 128 on.
            if ((word &- ones &* 32) | word) & (ones &* 128) != 0 { break }
            index += 8
        }
        while index < lineEnd {
            guard bytes[index] >= 32, bytes[index] < 127 else {
                throw GraphDataError(
                    "expected ASCII text, found the byte \(bytes[index])", path: path, line: line,
                    column: index - lineStart + 1)
            }
            index += 1
        }
    }

    // MARK: Fields

    private mutating func readHead(_ synset: inout Synset) throws(GraphDataError) {
        let digits = cursor..<cursor + 8
        synset.offset = UInt32(try number(8, radix: 10, "the synset's offset of eight decimal digits"))
        synset.digits = digits
        try skipSpace()
        let filePosition = cursor
        synset.lexicographerFile = try number(2, radix: 10, "the lexicographer file's number of two decimal digits")
        guard WordNetFormat.lexicographerFile(synset.lexicographerFile, belongsTo: partOfSpeech) else {
            throw expected("the number of a lexicographer file of this part of speech", at: filePosition)
        }
        try skipSpace()
        guard cursor < lineEnd, let type = SynsetType(letter: bytes[cursor], in: partOfSpeech) else {
            let letters =
                partOfSpeech == .adjective ? "`a` or `s`" : "`\(Character(Unicode.Scalar(partOfSpeech.letter)))`"
            throw expected("the synset type \(letters)", at: cursor)
        }
        synset.type = type
        cursor += 1
        try skipSpace()
    }

    private mutating func readWords(_ synset: inout Synset) throws(GraphDataError) {
        synset.words.removeAll(keepingCapacity: true)
        let countPosition = cursor
        let wordCount = try number(2, radix: 16, "the word count of two hexadecimal digits")
        guard wordCount > 0 else { throw expected("a word count above 0", at: countPosition) }
        try skipSpace()
        for _ in 0..<wordCount {
            let start = cursor
            while cursor < lineEnd, bytes[cursor] != space { cursor += 1 }
            guard cursor > start else { throw expected("a word", at: start) }
            let end = partOfSpeech == .adjective ? endWithoutMarker(start..<cursor) : cursor
            guard end > start else { throw expected("a word before its marker", at: start) }
            synset.words.append(start..<end)
            try skipSpace()
            _ = try number(1, radix: 16, "the word's lex_id of one hexadecimal digit")
            try skipSpace()
        }
    }

    /// The end of an adjective without the marker of its place: `(a)`, `(p)` or `(ip)`.
    private func endWithoutMarker(_ word: Range<Int>) -> Int {
        guard bytes[word.upperBound - 1] == UInt8(ascii: ")") else { return word.upperBound }
        for marker in ["(a)", "(p)", "(ip)"] as [StaticString] {
            let length = marker.utf8CodeUnitCount
            if word.count >= length, memcmp(bytes + word.upperBound - length, marker.utf8Start, length) == 0 {
                return word.upperBound - length
            }
        }
        return word.upperBound
    }

    private mutating func readPointers(_ synset: inout Synset) throws(GraphDataError) {
        synset.pointers.removeAll(keepingCapacity: true)
        let pointerCount = try number(3, radix: 10, "the pointer count of three decimal digits")
        try skipSpace()
        for _ in 0..<pointerCount {
            let start = cursor
            while cursor < lineEnd, bytes[cursor] != space { cursor += 1 }
            let symbol: UInt16
            switch cursor - start {
            case 1: symbol = UInt16(bytes[start])
            case 2: symbol = UInt16(bytes[start]) | UInt16(bytes[start + 1]) << 8
            default: throw expected("a pointer symbol", at: start)
            }
            guard let relation = WordNetFormat.relation(symbol, of: partOfSpeech) else {
                throw expected("a pointer symbol of this part of speech", at: start)
            }
            try skipSpace()
            let position = cursor
            let offset = UInt32(try number(8, radix: 10, "the target's offset of eight decimal digits"))
            try skipSpace()
            guard cursor < lineEnd, let target = PartOfSpeech(letter: bytes[cursor]) else {
                throw expected("the target's part of speech `n`, `v`, `a` or `r`", at: cursor)
            }
            cursor += 1
            try skipSpace()
            let senses = cursor
            let source = try number(2, radix: 16, "source and target word of four hexadecimal digits")
            let word = try number(2, radix: 16, "the target word's number of two hexadecimal digits")
            guard source <= synset.words.count, (source == 0) == (word == 0) else {
                throw expected("0000 or the numbers of a word here and one there", at: senses)
            }
            try skipSpace()
            synset.pointers.append(
                Synset.Pointer(relation: relation, partOfSpeech: target, offset: offset, position: position))
        }
    }

    private mutating func readFrames(words: Int) throws(GraphDataError) {
        let frameCount = try number(2, radix: 10, "the verb's frame count of two decimal digits")
        try skipSpace()
        for _ in 0..<frameCount {
            guard cursor < lineEnd, bytes[cursor] == UInt8(ascii: "+") else {
                throw expected("`+` before a verb frame", at: cursor)
            }
            cursor += 1
            try skipSpace()
            let framePosition = cursor
            let frame = try number(2, radix: 10, "a frame's number of two decimal digits")
            guard (1...WordNetFormat.frameCount).contains(frame) else {
                throw expected("a frame's number from 01 to \(WordNetFormat.frameCount)", at: framePosition)
            }
            try skipSpace()
            let wordPosition = cursor
            let word = try number(2, radix: 16, "the frame's word of two hexadecimal digits")
            guard word <= words else { throw expected("00 or the number of a word of this synset", at: wordPosition) }
            try skipSpace()
        }
    }

    private mutating func readGloss(_ synset: inout Synset) throws(GraphDataError) {
        guard cursor < lineEnd, bytes[cursor] == UInt8(ascii: "|") else {
            throw expected("`|` before the gloss", at: cursor)
        }
        cursor += 1
        // Some glosses open with two spaces, most close with two.
        while cursor < lineEnd, bytes[cursor] == space { cursor += 1 }
        var end = lineEnd
        while end > cursor, bytes[end - 1] == space { end -= 1 }
        guard end > cursor else { throw expected("a gloss", at: lineEnd) }
        synset.gloss = cursor..<end
    }

    // MARK: Tokens

    private mutating func skipSpace() throws(GraphDataError) {
        guard cursor < lineEnd, bytes[cursor] == space else { throw expected("a space", at: cursor) }
        cursor += 1
    }

    /// A number of exactly `digits` digits.
    private mutating func number(_ digits: Int, radix: Int, _ what: String) throws(GraphDataError) -> Int {
        var value = 0
        for index in cursor..<cursor + digits {
            guard index < lineEnd, let digit = Self.digit(bytes[index]), digit < radix else {
                throw expected(what, at: cursor)
            }
            value = value * radix + digit
        }
        cursor += digits
        return value
    }

    private static func digit(_ byte: UInt8) -> Int? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(byte - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(byte - UInt8(ascii: "A")) + 10
        default: nil
        }
    }
}

private let space = UInt8(ascii: " ")
