extension Node {
    /// The scalar as it was written, whatever it looks like: for names that may read as a number or as null.
    public func scalarText() throws(DocumentError) -> String {
        guard case .scalar(let text, _) = content else { throw expected("a single value") }
        return text
    }

    /// Text: quoted, or plain and neither a number, nor a truth value, nor null.
    public func string() throws(DocumentError) -> String {
        guard case .scalar(let text, let isPlain) = content, !isNull else { throw expected("text") }
        if isPlain, isNumber(text) || isTruthValue(text) {
            throw error("expected text, found \(kindDescription)", suggestion: "write \"\(text)\"")
        }
        return text
    }

    /// A decimal integer, underscores between digits allowed, within `range`.
    public func integer(in range: ClosedRange<Int> = .min ... .max) throws(DocumentError) -> Int {
        let digits = try integerText()
        guard let value = Int(digits) else { throw error("the number \(digits) is too large") }
        guard range.contains(value) else { throw outOfRange(value, range) }
        return value
    }

    /// A decimal integer from 0 to 2^64 - 1, underscores between digits allowed.
    public func unsignedInteger() throws(DocumentError) -> UInt64 {
        let digits = try integerText()
        if digits.hasPrefix("-") { throw error("the value must be at least 0, found \(digits)") }
        guard let value = UInt64(digits) else { throw error("the number \(digits) is too large") }
        return value
    }

    /// A finite decimal number, underscores between digits allowed, within `range`.
    public func double(
        in range: ClosedRange<Double> = -Double.greatestFiniteMagnitude ... .greatestFiniteMagnitude
    ) throws(DocumentError) -> Double {
        guard case .scalar(let text, isPlain: true) = content, let value = parseDecimal(text) else {
            throw expected("a number")
        }
        guard range.contains(value) else { throw outOfRange(value, range) }
        return value
    }

    /// `true` or `false`.
    public func bool() throws(DocumentError) -> Bool {
        guard case .scalar(let text, isPlain: true) = content, isTruthValue(text) else {
            throw expected("`true` or `false`")
        }
        return text.lowercased() == "true"
    }

    /// One of a closed set of words.
    ///
    /// - Parameter what: what the words are, for the message: `unknown <what> ...`.
    public func choice(of words: [String], _ what: String) throws(DocumentError) -> String {
        let text = try scalarText()
        guard words.contains(text) else {
            throw error("unknown \(what) \"\(text)\"", suggestion: suggestion(for: text, among: words))
        }
        return text
    }

    /// The elements of a list.
    public func list() throws(DocumentError) -> [Node] {
        guard case .sequence(let elements) = content else { throw expected("a list") }
        return elements
    }

    /// The error that another type was expected here.
    public func expected(_ what: String, suggestion: String? = nil) -> DocumentError {
        error("expected \(what), found \(kindDescription)", suggestion: suggestion)
    }

    private func integerText() throws(DocumentError) -> String {
        guard case .scalar(let text, isPlain: true) = content, !text.isEmpty else { throw expected("a whole number") }
        if let digits = parseDigits(text) { return digits }
        var advice: String?
        if let digits = parseDigits(text.filter { $0 != "," }) { advice = "write \(digits) without commas" }
        throw expected("a whole number", suggestion: advice)
    }
}

extension Node {
    func outOfRange(_ value: Int, _ range: ClosedRange<Int>) -> DocumentError {
        if value < range.lowerBound { return error("the value must be at least \(range.lowerBound), found \(value)") }
        return error("the value must be at most \(range.upperBound), found \(value)")
    }

    func outOfRange(_ value: Double, _ range: ClosedRange<Double>) -> DocumentError {
        if value < range.lowerBound { return error("the value must be at least \(range.lowerBound), found \(value)") }
        return error("the value must be at most \(range.upperBound), found \(value)")
    }
}

/// The digits of a decimal integer with its sign and without underscores, or nil.
func parseDigits(_ text: String) -> String? {
    let body = text.first == "-" || text.first == "+" ? text.dropFirst() : text[...]
    guard isDigitGroup(body) else { return nil }
    return (text.first == "-" ? "-" : "") + body.filter { $0 != "_" }
}

/// A finite number in decimal notation, or nil. Neither hexadecimal nor infinity counts as one.
func parseDecimal(_ text: String) -> Double? {
    let allowed = text.unicodeScalars.allSatisfy { ("0"..."9").contains($0) || "+-._eE".unicodeScalars.contains($0) }
    guard allowed, !text.hasPrefix("_"), !text.hasSuffix("_"), !text.contains("__") else { return nil }
    guard let value = Double(text.filter { $0 != "_" }), value.isFinite else { return nil }
    return value
}

/// Whether the text is digits with single underscores between them.
func isDigitGroup(_ text: Substring) -> Bool {
    var previousWasDigit = false
    for byte in text.utf8 {
        let isDigit = byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
        guard isDigit || (byte == UInt8(ascii: "_") && previousWasDigit) else { return false }
        previousWasDigit = isDigit
    }
    return previousWasDigit
}
