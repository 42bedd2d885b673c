import BenchResults
import BenchVerdict

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
    /// Of an interval that excludes 1 and reaches into what does not count.
    static let slight = "not 1, but perhaps too little to count"

    /// What a contest of throughputs comes to, in a word or two.
    static func verdict(_ contest: GridDocument.Contest) -> String {
        switch contest.verdict {
        case .faster: "faster"
        case .slower: "slower"
        case .tie: "ties"
        case .unresolved:
            contest.isSlight
                ? "not told apart: \(contest.ratio > 1 ? "faster" : "slower"), but perhaps too little to count"
                : "not told apart"
        }
    }

    /// What a contest of bytes comes to, in a word or two.
    static func memoryVerdict(_ contest: GridDocument.Contest) -> String {
        switch contest.verdict {
        case .faster: "less"
        case .slower: "more"
        case .tie: "ties"
        case .unresolved: "not told apart"
        }
    }

    /// What some contests leave possible.
    static func possible(_ contests: [GridDocument.Contest]) -> String {
        Choice.notExcluded(contests).map { "differences up to \(difference($0)) stay possible" }
            ?? "any difference stays possible"
    }

    /// `1 s after the drain`, `at the peak`.
    static func moment(_ metric: String) -> String {
        Drain.delay(of: metric).map { "\(Drain.text($0)) after the drain" } ?? "at the peak"
    }

    /// Why a placebo forbids to rank memory: what it differs by, or how far it might.
    static func placebo(_ test: GridDocument.MemoryPlaceboTest, reference: String) -> String {
        let contest = test.contest
        let ratio = ratio(contest.ratio, low: contest.low, high: contest.high, pairs: contest.n)
        let holdsOne = (contest.low ?? 0) <= 1 && (contest.high ?? .infinity) >= 1
        return holdsOne
            ? "the placebo might differ from \(reference) by more than a factor of two there: \(ratio)"
            : "the placebo differs from \(reference) there: \(ratio)"
    }

    /// A sentence made for a terminal, with the sign that the report has for times.
    static func signs(_ text: String) -> String { text.replacing(" x ", with: " × ") }

    /// A subject with its strategy: `strata/bump`.
    static func arm(_ standing: GridDocument.Standing) -> String {
        standing.strategy == "-" ? standing.subject : "\(standing.subject)/\(standing.strategy)"
    }
}
