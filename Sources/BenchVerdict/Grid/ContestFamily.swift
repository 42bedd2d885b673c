import BenchResults
import BenchStatistics
import Glibc

/// A number of contests whose intervals hold all at once with 95 %.
///
/// Each interval is Student's for the mean of the paired logarithms, at the level `1 - 0.05 / size` (Bonferroni). Few
/// blocks leave no other way so far out in the tails: resamples end at the range, and the trimmed mean's t misses its
/// level there (of 400 families of equal sides with 8 blocks it told 36 apart instead of 20). A wild block only widens
/// an interval of the mean.
///
/// Bonferroni holds whatever the contests have in common, and since a family counts *all* pairs of contenders, the
/// leader may be picked after looking at the blocks: the pairs that it takes part in are among those that hold.
struct ContestFamily {
    /// The number of contests.
    let size: Int
    /// The fraction by which two sides may differ and still tie.
    let tolerance: Double
    /// Which way the ratio gets better.
    var direction = Direction.higher
    /// The fraction beyond which a side is better for sure, where that is more than the tolerance.
    var margin = 0.0

    /// The probability that any interval of a family misses.
    static let error = 0.05
    /// With fewer pairs than this there is no interval.
    static let fewestPairs = 3
    /// What needs more pairs than this is as good as never settled.
    static let mostPairs = 1000

    /// The contest of two sides given as logarithms by block, or nil when they share no block.
    func contest(
        _ contender: (name: String, blocks: [Int: Double]), _ rival: (name: String, blocks: [Int: Double])
    ) -> GridDocument.Contest? {
        let differences = logRatios(contender.blocks, to: rival.blocks)
        guard let center = center(differences) else { return nil }
        guard let interval = interval(differences) else {
            return GridDocument.Contest(
                contender: contender.name, rival: rival.name, n: differences.count, ratio: exp(center), low: nil,
                high: nil, verdict: .unresolved)
        }
        let verdict = verdict(interval.low, interval.high)
        return GridDocument.Contest(
            contender: contender.name, rival: rival.name, n: differences.count, ratio: exp(center), low: interval.low,
            high: interval.high, verdict: verdict,
            pairsToSettle: verdict == .unresolved ? pairsToSettle(differences) : nil)
    }

    /// With how many pairs the interval would lie clear of the tolerance's edges, should mean and scatter stay what they
    /// are; nil where `mostPairs` are not enough. Takes O(log(mostPairs)) evaluations of a quantile.
    func pairsToSettle(_ differences: [Double]) -> Int? {
        guard differences.count >= Self.fewestPairs, let mean = center(differences) else { return nil }
        let distance = (mean.magnitude - log(1 + tolerance)).magnitude
        let deviation = standardDeviation(differences, around: mean)
        func isSettled(_ count: Int) -> Bool {
            criticalValue(count) * deviation / Double(count).squareRoot() < distance
        }
        guard isSettled(Self.mostPairs) else { return nil }
        var (open, settled) = (differences.count, Self.mostPairs)
        while settled - open > 1 {
            let middle = (open + settled) / 2
            if isSettled(middle) { settled = middle } else { open = middle }
        }
        return settled
    }

    /// What an interval comes to: the band of a tie is symmetric in the logarithm, so that swapping the sides swaps
    /// the verdict.
    private func verdict(_ low: Double, _ high: Double) -> ComparisonVerdict {
        let edge = 1 + max(tolerance, margin)
        if low > edge { return direction == .higher ? .faster : .slower }
        if high < 1 / edge { return direction == .higher ? .slower : .faster }
        return low >= 1 / (1 + tolerance) && high <= 1 + tolerance ? .tie : .unresolved
    }

    /// All pairs of sides, each once, in the order of the sides.
    func contests(_ sides: [(name: String, blocks: [Int: Double])]) -> [GridDocument.Contest] {
        sides.indices.flatMap { first in
            sides[(first + 1)...].compactMap { contest(sides[first], $0) }
        }
    }

    private func interval(_ differences: [Double]) -> (low: Double, high: Double)? {
        let count = differences.count
        guard count >= Self.fewestPairs, let mean = center(differences) else { return nil }
        let standardError = standardDeviation(differences, around: mean) / Double(count).squareRoot()
        guard standardError > 0 else { return (exp(mean), exp(mean)) }
        let half = standardError * criticalValue(count)
        return (exp(mean - half), exp(mean + half))
    }

    /// How many standard errors an interval of so many pairs extends to each side.
    private func criticalValue(_ count: Int) -> Double {
        StudentDistribution(degrees: Double(count - 1)).value(exceededWith: Self.error / Double(max(size, 1)) / 2)
    }

    private func standardDeviation(_ differences: [Double], around mean: Double) -> Double {
        let squares = differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (squares / Double(differences.count - 1)).squareRoot()
    }
}

/// The differences of logarithms over the blocks that both have, in the order of the blocks.
func logRatios(_ blocks: [Int: Double], to reference: [Int: Double]) -> [Double] {
    blocks.sorted { $0.key < $1.key }.compactMap { block, value in reference[block].map { value - $0 } }
}

/// Where some logarithms of ratios lie: their mean. Nil for none.
func center(_ logRatios: [Double]) -> Double? {
    logRatios.isEmpty ? nil : logRatios.reduce(0, +) / Double(logRatios.count)
}

/// How many pairs so many sides make.
func pairCount(_ sides: Int) -> Int { sides * (sides - 1) / 2 }
