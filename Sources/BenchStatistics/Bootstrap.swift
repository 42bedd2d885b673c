import Glibc

/// The bootstrap of the median, expanded so that few values keep the stated level. The unit that is drawn is the block
/// (one process), never the operation, because the variance between processes is several times the variance inside one.
///
/// The distribution of the median over all resamples is computed, not drawn: its atoms are order statistics (for an
/// even number of values: means of two), with probabilities in closed form (Maritz and Jarrett 1978). So there is no
/// seed and no error of a simulation. Two things make the level hold where the plain percentile bootstrap misses it:
/// the tails follow Student's t instead of the normal law (the expanded percentile bootstrap of Hesterberg 2015), and
/// an end that falls between two atoms is interpolated, on the scale of normal quantiles.
///
/// Coverage of the 95 % interval in percent, simulated over 20,000 samples each (standard error 0.15), beside that of the
/// plain percentile bootstrap of normal values (6,000 samples). For 5 values it is the range's:
///
/// |  n | normal | Laplace | lognormal | exponential | AR(1), 0.3 | plain |
/// | -: | -----: | ------: | --------: | ----------: | ---------: | ----: |
/// |  5 |   93.7 |    94.0 |      93.5 |        93.6 |       87.1 |  93.5 |
/// |  6 |   96.6 |    96.8 |      96.8 |        96.6 |       91.5 |  93.5 |
/// |  7 |   98.3 |    98.1 |      98.1 |        98.2 |       94.4 |  87.0 |
/// |  8 |   97.2 |    97.5 |      97.2 |        97.2 |       92.0 |  93.2 |
/// |  9 |   97.9 |    98.1 |      97.8 |        98.0 |       93.3 |  96.2 |
/// | 10 |   96.2 |    96.2 |      96.1 |        96.2 |       90.1 |  93.7 |
/// | 11 |   97.3 |    97.5 |      97.3 |        97.4 |       92.7 |  93.5 |
/// | 12 |   95.3 |    95.7 |      95.7 |        95.6 |       89.4 |  93.3 |
/// | 13 |   97.1 |    96.8 |      97.2 |        96.9 |       91.9 |  91.4 |
/// | 14 |   96.3 |    96.1 |      96.3 |        96.4 |       89.7 |  93.8 |
/// | 15 |   96.1 |    96.3 |      96.4 |        96.3 |       90.6 |  92.2 |
/// | 20 |   95.2 |    95.2 |      95.3 |        95.2 |       88.4 |  93.9 |
/// | 25 |   95.6 |    95.7 |      95.9 |        95.8 |       89.4 |  95.5 |
/// | 30 |   95.3 |    95.1 |      95.2 |        95.1 |       88.3 |  93.9 |
///
/// Blocks that depend on their predecessor carry less than their number says, and no interval of the values alone can
/// know: that is the column of the autoregressive values, and the reason why arms rotate and are paired.
public struct Bootstrap: Sendable, Hashable {
    /// The share of intervals that are meant to hold the true median.
    public var level: Double

    /// With fewer values than this there is no confidence interval at 95 %: even the range of five values misses the
    /// median once in 16 times. The range stands in and says so.
    public static let fewestValues = 6

    /// A bootstrap.
    ///
    /// - Parameter level: above 0 and below 1.
    public init(level: Double = 0.95) {
        precondition(level > 0 && level < 1, "a level lies between 0 and 1")
        self.level = level
    }

    /// The interval of the median of some values, whatever their order. With fewer than `fewestValues` it is their
    /// range; nil for no values.
    ///
    /// Takes O(n log n) and about 40 atoms for each square root of n. No value may be NaN.
    public func median(_ values: some Collection<Double>) -> Interval? {
        let sorted = sortedNumbers(values)
        guard let first = sorted.first, let last = sorted.last else { return nil }
        guard sorted.count >= Self.fewestValues else { return Interval(low: first, high: last, method: .range) }
        guard first < last else { return Interval(low: first, high: last, method: .bootstrap) }
        let atoms = MedianDistribution(sorted: sorted)
        let student = StudentDistribution(degrees: Double(sorted.count - 1))
        let reach = student.value(exceededWith: (1 - level) / 2)
        return Interval(low: atoms.value(atScore: -reach), high: atoms.value(atScore: reach), method: .bootstrap)
    }
}

/// The distribution of the median over all resamples of some values.
private struct MedianDistribution {
    /// The values that the median can take, ascending, each once.
    private var values: [Double] = []
    /// The normal quantile of the middle of each value's step.
    private var scores: [Double] = []

    init(sorted: [Double]) {
        var atoms = sorted.count % 2 == 1 ? Self.oddAtoms(sorted) : Self.evenAtoms(sorted)
        atoms.sort { $0.value < $1.value }
        let total = atoms.reduce(0) { $0 + $1.weight }
        var below = 0.0
        var index = 0
        while index < atoms.count {
            var weight = 0.0
            let value = atoms[index].value
            while index < atoms.count, atoms[index].value == value {
                weight += atoms[index].weight
                index += 1
            }
            values.append(value)
            scores.append(NormalDistribution.quantile(min(1, (below + weight / 2) / total)))
            below += weight
        }
    }

    /// The value whose step has this normal quantile at its middle, interpolated between the two nearest.
    func value(atScore score: Double) -> Double {
        guard let above = scores.firstIndex(where: { $0 >= score }) else { return values[values.count - 1] }
        guard above > 0 else { return values[0] }
        let (low, high) = (values[above - 1], values[above])
        let width = scores[above] - scores[above - 1]
        let share = width.isFinite ? (score - scores[above - 1]) / width : 1
        return share == 1 ? high : low + share * (high - low)
    }

    private typealias Atom = (value: Double, weight: Double)

    /// Atoms with less weight than this move no end of an interval.
    private static let leastWeight = 1e-13

    /// The probability that at least `wanted` of the draws fall on the first `rank` values.
    private static func share(of rank: Int, in count: Int, wanted: Int) -> Double {
        regularizedBeta(Double(rank) / Double(count), Double(wanted), Double(count - wanted + 1))
    }

    private static func oddAtoms(_ sorted: [Double]) -> [Atom] {
        let count = sorted.count
        var before = 0.0
        var atoms: [Atom] = []
        for rank in 1...count {
            let upTo = share(of: rank, in: count, wanted: (count + 1) / 2)
            if upTo - before > leastWeight { atoms.append((sorted[rank - 1], upTo - before)) }
            before = upTo
        }
        return atoms
    }

    /// Half of the draws fall on the first `lower` values and reach it, the other half start at `upper`; or both middle
    /// draws are the same value, which is what remains of the lower one's probability.
    private static func evenAtoms(_ sorted: [Double]) -> [Atom] {
        let (count, half) = (sorted.count, sorted.count / 2)
        let (n, h) = (Double(count), Double(half))
        let logWays = lgamma(n + 1) - 2 * lgamma(h + 1)
        /// The logarithm of the probability that `half` draws fall on `rank` values, one of them on the last.
        func logReach(_ rank: Int) -> Double {
            h * log(Double(rank) / n) + log1p(-pow(Double(rank - 1) / Double(rank), h))
        }
        var before = 0.0
        var atoms: [Atom] = []
        for lower in 1...count {
            let upTo = share(of: lower, in: count, wanted: half)
            let weight = upTo - before
            before = upTo
            if weight <= leastWeight { continue }
            var same = weight
            let logLower = logWays + logReach(lower)
            for upper in (lower + 1)..<max(lower + 1, count + 1) {
                let pair = exp(logLower + logReach(count - upper + 1))
                if pair <= leastWeight { break }
                same -= pair
                atoms.append((midpoint(sorted[lower - 1], sorted[upper - 1]), pair))
            }
            if same > leastWeight { atoms.append((sorted[lower - 1], same)) }
        }
        return atoms
    }
}
