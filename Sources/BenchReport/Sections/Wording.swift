import BenchResults

/// How lists and numbers are said in sentences.
enum Wording {
    /// `1 phase`, `3 phases`.
    static func count(_ number: Int, _ noun: String) -> String { number == 1 ? "1 \(noun)" : "\(number) \(noun)s" }

    /// `a`, `a and b`, `a, b and c`.
    static func joined(_ words: [String]) -> String {
        guard words.count > 1, let last = words.last else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " and " + last
    }

    /// `1.17 × (1.15 to 1.19)`; the ratio alone where there is no interval.
    static func ratio(_ ratio: Double?, low: Double?, high: Double?, pairs: Int) -> String {
        guard let ratio else { return "–" }
        guard let low, let high, pairs > 1 else { return Unit.ratio.text(ratio) }
        return "\(Unit.ratio.text(ratio)) (\(Unit.threeDigits(low)) to \(Unit.threeDigits(high)))"
    }

    /// A fraction of a difference: `4 %`, `0.4 %`, never less than it is.
    static func difference(_ fraction: Double) -> String {
        // The noise of the last bits does not count: 3 % are 3 %.
        let percent = fraction * 100
        let places = percent >= 1 - 1e-9 ? 0 : 1
        let scale = places == 0 ? 1.0 : 10
        return "\(Unit.fixed(((percent - 1e-9) * scale).rounded(.up) / scale, places)) %"
    }
}

extension Wording {
    /// A sentence made for a terminal, with the sign that the report has for times.
    static func signs(_ text: String) -> String { text.replacing(" x ", with: " × ") }

    /// A subject with its strategy: `strata/bump`.
    static func arm(_ standing: GridDocument.Standing) -> String {
        standing.strategy == "-" ? standing.subject : "\(standing.subject)/\(standing.strategy)"
    }
}
