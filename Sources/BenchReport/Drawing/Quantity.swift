import Foundation

/// What a figure counts, and so how it is written for people.
enum Unit: Equatable, Sendable {
    /// Bytes, written with decimal SI prefixes: `43.1 MB`.
    case bytes
    /// Nanoseconds, written as ns, µs, ms or s.
    case nanoseconds
    /// Seconds, written as ns, µs, ms or s.
    case seconds
    /// Something a second: `12.3 M/s`.
    case rate
    /// Bytes a second: `1.73 GB/s`.
    case bandwidth
    /// How many times as much: `1.12 ×`.
    case ratio
    /// A share of one: `37.5 %`.
    case fraction
    /// A number of things, written with SI prefixes: `1.2 M`.
    case count
    /// Any other unit, written behind the number.
    case other(String)

    /// The unit that a row of the run's CSV names.
    init(named name: String) {
        switch name {
        case "bytes", "B": self = .bytes
        case "bytes/s", "B/s": self = .bandwidth
        case "ns", "nanoseconds": self = .nanoseconds
        case "s", "seconds": self = .seconds
        case "x", "ratio": self = .ratio
        case "fraction": self = .fraction
        case "count", "": self = .count
        default: self = name.hasSuffix("/s") ? .rate : .other(name)
        }
    }

    /// What stands behind the SI prefix.
    var symbol: String {
        switch self {
        case .bytes: "B"
        case .nanoseconds, .seconds: "s"
        case .rate: "/s"
        case .bandwidth: "B/s"
        case .ratio: "×"
        case .fraction: "%"
        case .count: ""
        case .other(let name): name
        }
    }

    /// The factor to the unit that `symbol` names.
    var factor: Double {
        switch self {
        case .nanoseconds: 1e-9
        case .fraction: 100
        default: 1
        }
    }

    /// Whether the symbol takes SI prefixes.
    private var isPrefixed: Bool {
        switch self {
        case .bytes, .nanoseconds, .seconds, .rate, .bandwidth, .count: true
        case .ratio, .fraction, .other: false
        }
    }

    /// The SI prefix for a value: its letter and its factor. Only times take prefixes below one.
    func prefix(for value: Double) -> (letter: String, factor: Double) {
        guard isPrefixed else { return ("", 1) }
        let size = abs(value * factor)
        let steps: [(String, Double)] = [("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3)]
        switch self {
        case .nanoseconds, .seconds:
            // A clock does not count below a nanosecond.
            for (letter, step) in [("", 1), ("m", 1e-3), ("µ", 1e-6)] where size >= step * 0.9995 {
                return (letter, step)
            }
            return ("n", 1e-9)
        default:
            for (letter, step) in steps where size >= step * 0.9995 { return (letter, step) }
            return ("", 1)
        }
    }

    /// A figure with three significant digits, its prefix and its symbol.
    func text(_ value: Double) -> String {
        guard value.isFinite else { return "–" }
        let prefix = prefix(for: value)
        let scaled = value * factor / prefix.factor
        let isWhole = prefix.factor == 1 && scaled == scaled.rounded() && abs(scaled) < 1e15
        // A byte and a nanosecond are not divided.
        let isAtom = self == .bytes && prefix.factor == 1 || self == .nanoseconds && prefix.letter == "n"
        let number: String
        switch self {
        case .bytes, .nanoseconds: number = isAtom ? Self.fixed(scaled, 0) : Self.threeDigits(scaled)
        case .count: number = isWhole ? Self.fixed(scaled, 0) : Self.threeDigits(scaled)
        default: number = Self.threeDigits(scaled)
        }
        return number + suffix(prefix.letter)
    }

    /// A figure with up to three significant digits, without the zeros at its end, which say nothing about a figure
    /// that was chosen: `3 %`, `1.5 ×`. Unlike in `text`, bytes and nanoseconds have decimals too: `1.3 ns`.
    func shortText(_ value: Double) -> String {
        guard value.isFinite else { return "–" }
        // Nothing is nothing in any unit, not so many nanoseconds.
        let prefix = value == 0 ? ("", 1) : prefix(for: value)
        var number = Self.threeDigits(value * factor / prefix.1)
        if number.contains(".") {
            while number.hasSuffix("0") { number.removeLast() }
            if number.hasSuffix(".") { number.removeLast() }
        }
        return number + suffix(prefix.0)
    }

    /// The prefix and symbol as they stand behind a number, with the space between.
    func suffix(_ letter: String) -> String {
        let name = letter + symbol
        if name.isEmpty { return "" }
        return name.hasPrefix("/") ? name : " " + name
    }

    /// A number with three significant digits, never in scientific notation.
    static func threeDigits(_ value: Double) -> String {
        let size = abs(value)
        if size >= 999.5 {
            let step = pow(10, log10(size).rounded(.down) - 2)
            return grouped((value / step).rounded() * step)
        }
        if size >= 99.95 || size == 0 { return fixed(value, 0) }
        if size >= 9.995 { return fixed(value, 1) }
        if size >= 0.9995 { return fixed(value, 2) }
        let places = Swift.min(12, 2 - Int(log10(size).rounded(.down)))
        return fixed(value, places)
    }

    /// A number with a given number of decimals.
    static func fixed(_ value: Double, _ places: Int) -> String {
        let text = String(format: "%.\(places)f", value)
        // What rounds to nothing has no sign.
        return text.hasPrefix("-") && !text.contains { ("1"..."9").contains($0) } ? String(text.dropFirst()) : text
    }

    /// A whole number with its thousands apart: `31,200`.
    static func grouped(_ value: Double) -> String {
        var digits = fixed(abs(value), 0)
        var text = ""
        while digits.count > 3 {
            text = "," + digits.suffix(3) + text
            digits.removeLast(3)
        }
        return (value < 0 ? "-" : "") + digits + text
    }
}
