public import BenchResults

/// Which contenders to take, by one measure under one strategy: the one rule that sentences and tables follow.
///
/// Only what an interval proves counts. A contender is out when some other is better than it for sure. Of the rest the
/// one is taken that is better than the most others for sure, the better-placed where that is even, and with it those
/// that tie with it. Where no pair is resolved there is nothing to take: all tie, or the run cannot tell.
public struct Choice: Sendable, Hashable {
    /// What the pairs come to.
    public enum Outcome: Sendable, Hashable {
        /// Some pair is resolved: take `taken`.
        case taken
        /// All pairs tie: the choice does not matter.
        case indifferent
        /// No pair is resolved, and not all tie: the run cannot tell.
        case open
    }

    public let outcome: Outcome
    /// What to take: one, or several that tie; empty unless the outcome is `taken`.
    public let taken: [String]
    /// The first of `taken` against each contender that it is better than for sure.
    public let beaten: [GridDocument.Contest]
    /// The first of `taken`, or the best-placed where nothing is taken, against each that it is not told apart from.
    public let open: [GridDocument.Contest]
    /// All pairs.
    public let contests: [GridDocument.Contest]

    /// The choice among contenders.
    ///
    /// - Parameters:
    ///   - order: the contenders, the best-placed first.
    ///   - contests: their pairs, each once; `faster` is the better one.
    public init?(order: [String], contests: [GridDocument.Contest]) {
        guard !contests.isEmpty, let first = order.first else { return nil }
        self.contests = contests
        func against(_ name: String, _ verdict: ComparisonVerdict) -> [GridDocument.Contest] {
            order.filter { $0 != name }.compactMap { contests.contest(name, $0) }.filter { $0.verdict == verdict }
        }
        let wins = Dictionary(order.map { ($0, against($0, .faster).count) }, uniquingKeysWith: { first, _ in first })
        let unbeaten = order.filter { against($0, .slower).isEmpty }
        guard wins.values.contains(where: { $0 > 0 }), let most = unbeaten.compactMap({ wins[$0] }).max(), most > 0,
            let best = unbeaten.first(where: { wins[$0] == most })
        else {
            outcome = contests.allSatisfy { $0.verdict == .tie } ? .indifferent : .open
            taken = []
            beaten = []
            open = against(first, .unresolved)
            return
        }
        outcome = .taken
        let ties = against(best, .tie).map(\.rival).filter(unbeaten.contains)
        taken = [best] + ties
        beaten = against(best, .faster)
        open = against(best, .unresolved)
    }

    /// The largest difference, as a fraction, that some contests do not exclude; nil where one has no interval.
    public static func notExcluded(_ contests: [GridDocument.Contest]) -> Double? {
        let limits = contests.map(\.notExcluded)
        return limits.contains { $0 == nil } ? nil : limits.compactMap(\.self).max()
    }

    /// How much better one side had to be, as a fraction, for each of some contests to be resolved: from the contest
    /// that needs the least to the one that needs the most. Nil where one has no interval.
    ///
    /// An interval keeps its width in the logarithm wherever it lies, so that its whole length beyond the tolerance
    /// asks for a ratio of `(1 + tolerance) * ratio / low`.
    public static func smallestTold(
        _ contests: [GridDocument.Contest], tolerance: Double
    ) -> ClosedRange<Double>? {
        var needed: [Double] = []
        for contest in contests {
            guard let low = contest.low, low > 0 else { return nil }
            needed.append((1 + tolerance) * Swift.max(1, contest.ratio / low) - 1)
        }
        guard let least = needed.min(), let most = needed.max() else { return nil }
        return least...most
    }
}

extension GridDocument.Contest {
    /// Whether there is a difference that may be too small to count: the interval excludes 1, but reaches into the
    /// tolerance.
    public var isSlight: Bool {
        guard verdict == .unresolved, let low, let high else { return false }
        return low > 1 || high < 1
    }

    /// Whether a side is better for sure.
    public var isResolved: Bool { verdict == .faster || verdict == .slower }
}

extension GridDocument.Standing {
    /// What to take for speed.
    public var speedChoice: Choice? { Choice(order: order, contests: contests) }

    /// What to take for little memory, by the metric of `memory`: after the drain where the run has that.
    public var memoryChoice: Choice? { Self.choice(memory) }

    /// What to take for a small peak, where `memory` is about another moment.
    public var peakChoice: Choice? { peakMemory.flatMap(Self.choice) }

    /// The contender that needs the least comes first.
    private static func choice(_ contests: [GridDocument.Contest]) -> Choice? {
        var names: [String] = []
        for name in contests.flatMap({ [$0.contender, $0.rival] }) where !names.contains(name) { names.append(name) }
        guard let first = names.first else { return nil }
        func ratio(_ name: String) -> Double { name == first ? 1 : contests.contest(name, first)?.ratio ?? .infinity }
        return Choice(order: names.sorted { ratio($0) < ratio($1) }, contests: contests)
    }
}
