extension MemoryConfiguration {
    /// The keys that ``init(keys:)`` takes.
    public static let keys = [
        "arena_size", "max_entities", "cache_size", "string_interner_capacity", "zero_copy_buffer_size", "gc_threshold",
        "allocation_strategy", "quantization_levels", "memory_soft_limit", "memory_hard_limit", "garbage_limit",
    ]

    /// A configuration from text. Sizes are whole numbers of bytes, or numbers with `KiB`, `MiB` or `GiB`; counts are
    /// whole numbers, shares numbers or percentages; digits may be grouped by `_`.
    ///
    /// - Throws: `invalidArgument` naming the key, for a key that is unknown, a value that is out of bounds, or two
    ///   values that cannot stand together.
    public init(keys: [String: String]) throws(StrataError) {
        self.init()
        for (key, text) in keys.sorted(by: { $0.key < $1.key }) {
            switch key {
            case "arena_size": arenaSize = try Self.size(key, text)
            case "max_entities": maxEntities = try Self.integer(key, text)
            case "cache_size": cacheSize = try Self.size(key, text)
            case "string_interner_capacity": stringInternerCapacity = try Self.integer(key, text)
            case "zero_copy_buffer_size": zeroCopyBufferSize = try Self.size(key, text)
            case "gc_threshold": gcThreshold = try Self.share(key, text)
            case "allocation_strategy":
                guard let value = AllocationStrategy(rawValue: text) else {
                    throw Self.refusal(key, text, AllocationStrategy.allCases.map(\.rawValue).joined(separator: " or "))
                }
                allocationStrategy = value
            case "quantization_levels": quantizationLevels = try Self.integer(key, text)
            case "memory_soft_limit": memorySoftLimit = try Self.size(key, text)
            case "memory_hard_limit": memoryHardLimit = try Self.size(key, text)
            case "garbage_limit": garbageLimit = try Self.size(key, text)
            default:
                throw StrataError(
                    .invalidArgument, "the configuration has no key '\(key)'",
                    remedy: "use one of \(Self.keys.joined(separator: ", "))")
            }
        }
        // Refusals of values show them as they were written.
        do throws(StrataError) { try validate() } catch {
            guard let key = Self.keys.first(where: { error.message.hasPrefix("\($0) cannot be ") }),
                let text = keys[key], let remedy = error.remedy
            else { throw error }
            throw StrataError(.invalidArgument, "\(key) cannot be '\(text)'", remedy: remedy)
        }
    }

    private static func integer(_ key: String, _ text: String) throws(StrataError) -> Int {
        guard let digits = ungrouped(text), let value = Int(digits) else { throw refusal(key, text, "a whole number") }
        return value
    }

    private static func share(_ key: String, _ text: String) throws(StrataError) -> Double {
        let isPercentage = text.hasSuffix("%")
        guard let digits = ungrouped(isPercentage ? String(text.dropLast()) : text), let value = Double(digits) else {
            throw refusal(key, text, "a number over 0 and at most 1")
        }
        return isPercentage ? value / 100 : value
    }

    /// The units of sizes, longest first: `B` ends the others.
    private static let units: [(suffix: String, shift: Int)] = [("KiB", 10), ("MiB", 20), ("GiB", 30), ("B", 0)]

    private static func size(_ key: String, _ text: String) throws(StrataError) -> Int {
        let unit = units.first { text.hasSuffix($0.suffix) } ?? ("", 0)
        var number = Substring(text).dropLast(unit.suffix.count)
        if !unit.suffix.isEmpty, number.hasSuffix(" ") { number = number.dropLast() }
        guard let digits = ungrouped(String(number)), let bytes = bytes(digits, unit.shift) else {
            throw refusal(key, text, "a size such as 64MiB, or a whole number of bytes")
        }
        return bytes
    }

    /// A decimal number times a power of two; nil when it is no whole number of bytes below 2^63.
    private static func bytes(_ digits: String, _ shift: Int) -> Int? {
        if let whole = Int(digits) {
            let (bytes, overflow) = whole.multipliedReportingOverflow(by: 1 << shift)
            return overflow ? nil : bytes
        }
        // Only digits and one point: Double also reads "nan", "0x1p3" and "1e3".
        guard shift > 0, digits.utf8.allSatisfy({ (48...57).contains($0) || $0 == UInt8(ascii: ".") }),
            let value = Double(digits)
        else { return nil }
        return Int(exactly: value * Double(1 << shift))
    }

    /// The text without the `_` between its digits; nil when one stands elsewhere.
    private static func ungrouped(_ text: String) -> String? {
        guard text.utf8.contains(UInt8(ascii: "_")) else { return text }
        let groups = text.split(separator: "_", omittingEmptySubsequences: false)
        guard groups.allSatisfy({ $0.utf8.first.map { $0 >= 48 } == true && $0.utf8.last.map { $0 <= 57 } == true })
        else { return nil }
        return groups.joined()
    }
}
