import BenchStatistics
import Glibc

/// One look at the times of a stage: each test by itself, then all of them together.
///
/// The statistic of a test is the trimmed mean of its round effects (`TrimmedMean`), with Student's t. In 100 simulated
/// gate runs of a program against itself each, beside the plain mean: on heavy tails (t with 3 degrees, 4 %) 1 instead of
/// 16 ended INCONCLUSIVE. On normal effects of 4 % a tenth more in a single test was seen in 76 instead of 93; up to 3 %
/// there both see all. Heavy tails are what a shared machine has.
struct TimeLook: Sendable {
    /// One test in the look.
    struct Reading: Sendable {
        var key: GateTestKey
        var operation: String
        /// The candidate's effect; nil with fewer than two rounds.
        var effect: TrimmedMean?
        /// The 95 % interval of the effect, as logarithms.
        var low = -Double.infinity
        var high = Double.infinity
        /// The tolerance as a logarithm.
        var tolerance: Double
        /// By how much the baseline may differ from itself, as a logarithm; nil where it did not run twice.
        var noise: Double?
        /// A regression lies beyond this: the larger of tolerance and noise.
        var bound: Double
        /// The probability of the effect if the truth were the bound, corrected for all tests.
        var adjusted = 1.0
        /// Whether the whole interval is within the bound, or better.
        var isInside: Bool { high <= bound }
        /// Whether the whole interval is better than the bound.
        var isImprovement: Bool { high < -bound }
    }

    var readings: [Reading]
    /// For each test, the corrected probability of the planted slowdown if the truth were the bound; empty where an
    /// arm is missing.
    var planted: [Double]
    /// For each test, the corrected probability of the difference between baseline and repetition, to either side, if
    /// the truth were the tolerance; empty where an arm is missing.
    var repeated: [Double]

    /// Takes O(tests * rounds).
    init(_ series: [TestSeries], criticals: CriticalValues) {
        let pooled = Self.pooledNoise(series, criticals)
        readings = series.map { test in
            let tolerance = log1p(test.tolerance)
            let own = TrimmedMean(test.repeated).map { criticals.interval($0) }
            let noise = own.map { max($0.low.magnitude, $0.high.magnitude, pooled[PoolKey(test.key)] ?? 0) }
            var reading = Reading(
                key: test.key, operation: test.operation, effect: TrimmedMean(test.candidate), tolerance: tolerance,
                noise: noise, bound: max(tolerance, noise ?? 0))
            if let effect = reading.effect { (reading.low, reading.high) = criticals.interval(effect) }
            return reading
        }
        let raw = readings.map { $0.effect?.probability(beyond: $0.bound) ?? 1 }
        for (index, value) in MultipleTesting.holm(raw).enumerated() { readings[index].adjusted = value }

        let bounds = readings.map(\.bound)
        planted = Self.adjusted(series.map(\.planted)) { effect, index in effect.probability(beyond: bounds[index]) }
        repeated = Self.adjusted(series.map(\.repeated)) { effect, index in
            let tolerance = log1p(series[index].tolerance)
            // To either side: a baseline that is slower than itself would hide regressions.
            return min(1, 2 * min(effect.probability(beyond: tolerance), effect.mirrored(beyond: tolerance)))
        }
    }

    private static func adjusted(_ arms: [[Double]], _ probability: (TrimmedMean, Int) -> Double) -> [Double] {
        guard !arms.isEmpty, arms.allSatisfy({ $0.count >= 2 }) else { return [] }
        return MultipleTesting.holm(
            arms.enumerated().map { index, values in TrimmedMean(values).map { probability($0, index) } ?? 1 })
    }

    /// For each scenario and metric the noise over all phases at once: what shifts all phases alike, such as a place in
    /// the order, shows here before it shows in one of them.
    private static func pooledNoise(_ series: [TestSeries], _ criticals: CriticalValues) -> [PoolKey: Double] {
        var sums: [PoolKey: (effects: [Double], tests: Int)] = [:]
        for test in series where test.repeated.count >= 2 {
            let key = PoolKey(test.key)
            guard let sum = sums[key] else {
                sums[key] = (test.repeated, 1)
                continue
            }
            // Phases of one scenario share their rounds; one that lacks a round is left to its own noise.
            guard sum.effects.count == test.repeated.count else { continue }
            sums[key] = (zip(sum.effects, test.repeated).map { $0 + $1 }, sum.tests + 1)
        }
        return sums.compactMapValues { sum in
            TrimmedMean(sum.effects.map { $0 / Double(sum.tests) }).map {
                let interval = criticals.interval($0)
                return max(interval.low.magnitude, interval.high.magnitude)
            }
        }
    }

    private struct PoolKey: Hashable {
        var scenario, metric: String

        init(_ key: GateTestKey) { (scenario, metric) = (key.scenario, key.metric) }
    }

    /// Whether any planted slowdown would be suspected at a level; false where an arm is missing.
    func seesPlanted(_ level: Double) -> Bool { planted.contains { $0 <= level } }

    /// Whether the baseline differs from itself at a level.
    func flagsRepeat(_ level: Double) -> Bool { repeated.contains { $0 <= level } }

    /// The tests that are suspected at a level.
    func suspects(_ level: Double) -> [GateTestKey] { readings.filter { $0.adjusted <= level }.map(\.key) }
}

extension TrimmedMean {
    /// The probability of a center this high or higher if the truth were the bound. Centers below the bound, which are
    /// most, are not worth a distribution function: their probability is above a half and counts as 1.
    func probability(beyond bound: Double) -> Double {
        center <= bound ? 1 : probability(ofTruthAtMost: bound)
    }

    /// The same for a center this low or lower and the truth `-bound`.
    func mirrored(beyond bound: Double) -> Double {
        guard center < -bound else { return 1 }
        guard standardError > 0 else { return 0 }
        return StudentDistribution(degrees: Double(degrees)).probability(above: (-bound - center) / standardError)
    }
}

/// Critical values of Student's t, computed once for all degrees of freedom that a gate meets.
struct CriticalValues: Sendable {
    private let twoSided: [Double]

    /// - Parameter rounds: the most rounds; above it values are computed when they are asked for.
    init(rounds: Int) {
        twoSided = (1...max(1, rounds)).map { StudentDistribution(degrees: Double($0)).value(exceededWith: 0.025) }
    }

    /// The 95 % interval of a trimmed mean.
    func interval(_ mean: TrimmedMean) -> (low: Double, high: Double) {
        let critical =
            mean.degrees <= twoSided.count
            ? twoSided[mean.degrees - 1]
            : StudentDistribution(degrees: Double(mean.degrees)).value(exceededWith: 0.025)
        return (mean.center - critical * mean.standardError, mean.center + critical * mean.standardError)
    }
}
