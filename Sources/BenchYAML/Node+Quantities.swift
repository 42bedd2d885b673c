extension Node {
    /// A size in bytes: a number with `KiB`, `MiB` or `GiB`, or a bare whole number of bytes.
    public func byteCount(in range: ClosedRange<Int> = 0 ... .max) throws(DocumentError) -> Int {
        let (number, unit) = try quantity("a size", example: "64MiB")
        let factor: Double
        switch unit {
        case "", "B": factor = 1
        case "KiB": factor = 1024
        case "MiB": factor = 1_048_576
        case "GiB": factor = 1_073_741_824
        default: throw unknownUnit(number, unit, ["KiB", "MiB", "GiB"], example: sizeAdvice(number, unit))
        }
        let bytes = try wholeNumber(number, factor, "a size", "bytes")
        guard range.contains(bytes) else { throw outOfRange(bytes, range) }
        return bytes
    }

    /// A time in nanoseconds: a number with `ns`, `us`, `ms`, `s` or `m` (minutes).
    public func nanoseconds(in range: ClosedRange<Int> = 0 ... .max) throws(DocumentError) -> Int {
        let (number, unit) = try quantity("a time", example: "5s")
        let factor: Double
        switch unit {
        case "ns": factor = 1
        case "us": factor = 1e3
        case "ms": factor = 1e6
        case "s": factor = 1e9
        case "m": factor = 60e9
        case "": throw error("the time \(number) has no unit", suggestion: "write \(number)s, or ns, us, ms, m")
        default: throw unknownUnit(number, unit, ["ns", "us", "ms", "s", "m"], example: nil)
        }
        let value = try wholeNumber(number, factor, "a time", "nanoseconds")
        guard range.contains(value) else { throw outOfRange(value, range) }
        return value
    }

    /// A share: a percentage such as `3%`, or a fraction such as `0.03`.
    public func fraction(in range: ClosedRange<Double> = 0...1) throws(DocumentError) -> Double {
        let (number, unit) = try quantity("a share", example: "3%")
        guard unit.isEmpty || unit == "%" else { throw unknownUnit(number, unit, ["%"], example: nil) }
        guard let value = parseDecimal(number) else { throw expected("a share", suggestion: "such as 3%") }
        let share = unit == "%" ? value / 100 : value
        guard range.contains(share) else {
            let found = kindDescription
            throw error(
                "the share must be from \(range.lowerBound) to \(range.upperBound), found \(found)",
                suggestion: unit.isEmpty && range.contains(share / 100) ? "did you mean \(number)%?" : nil)
        }
        return share
    }

    /// How often something happens, per second: a number with `/s` or `/ms`, above 0 and at most `limit`.
    public func ratePerSecond(atMost limit: Double) throws(DocumentError) -> Double {
        let (number, unit) = try quantity("a rate", example: "20_000/s")
        let factor: Double
        switch unit {
        case "/s": factor = 1
        case "/ms": factor = 1000
        case "": throw error("the rate \(number) has no unit", suggestion: "write \(number)/s")
        default: throw unknownUnit(number, unit, ["/s", "/ms"], example: nil)
        }
        guard let value = parseDecimal(number) else { throw expected("a rate", suggestion: "such as 20_000/s") }
        let rate = value * factor
        guard rate > 0 else { throw error("a rate must be above 0, found \(number)\(unit)") }
        guard rate <= limit else {
            throw error("a rate must be at most \(Int(limit))/s, found \(number)\(unit)")
        }
        return rate
    }

    /// Splits a scalar into its number and its unit.
    private func quantity(_ what: String, example: String) throws(DocumentError) -> (number: String, unit: String) {
        guard case .scalar(let text, _) = content, !isNull else {
            throw expected(what, suggestion: "such as \(example)")
        }
        let isNumberPart: (Character) -> Bool = { ("0"..."9").contains($0) || "+-._".contains($0) }
        let number = String(text.prefix(while: isNumberPart))
        let unit = text.dropFirst(number.count).drop(while: { $0 == " " })
        guard parseDecimal(number) != nil else { throw expected(what, suggestion: "such as \(example)") }
        return (number, String(unit))
    }

    /// The number in the smallest unit, which it has to be a whole number of.
    private func wholeNumber(
        _ number: String, _ factor: Double, _ what: String, _ unit: String
    ) throws(DocumentError) -> Int {
        if let digits = parseDigits(number), let value = Int(digits) {
            if value < 0 { throw error("\(what) cannot be negative, found \(number)") }
            let product = value.multipliedReportingOverflow(by: Int(factor))
            if product.overflow { throw error("\(what) of \(kindDescription) is too large") }
            return product.partialValue
        }
        guard let value = parseDecimal(number) else { throw expected(what) }
        if value < 0 { throw error("\(what) cannot be negative, found \(number)") }
        let product = value * factor
        guard product < 0x1p62 else { throw error("\(what) of \(kindDescription) is too large") }
        guard product == product.rounded() else { throw error("\(number) is not a whole number of \(unit)") }
        return Int(product)
    }

    private func unknownUnit(_ number: String, _ unit: String, _ units: [String], example: String?) -> DocumentError {
        var advice = example
        if advice == nil, let nearest = nearestName(to: unit, in: units) {
            advice = "did you mean \(number)\(nearest)?"
        }
        return error(
            "unknown unit \"\(unit)\"", suggestion: advice ?? "known here: \(units.joined(separator: ", "))")
    }

    /// People write MB for MiB: say it straight.
    private func sizeAdvice(_ number: String, _ unit: String) -> String? {
        guard let first = unit.uppercased().first, "KMG".contains(first), unit.count <= 3 else { return nil }
        return "did you mean \(number)\(first)iB?"
    }
}
