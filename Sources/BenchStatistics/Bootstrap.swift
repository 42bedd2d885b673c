/// The percentile bootstrap of the median. The unit that is drawn is the block (one process), never the operation,
/// because the variance between processes is several times the variance inside one.
public struct Bootstrap: Sendable, Hashable {
    /// The number of resamples.
    public var resamples: Int
    /// The share of intervals that are meant to hold the true median.
    public var level: Double
    /// The seed of the draws.
    public var seed: UInt64

    /// With fewer values than this there is no confidence interval; the range stands in for it and says so.
    public static let fewestValues = 3

    /// A bootstrap.
    ///
    /// - Parameters:
    ///   - resamples: at least 2,000, because the ends of a 95 % interval rest on one resample in forty.
    ///   - level: above 0 and below 1.
    public init(resamples: Int = 2000, level: Double = 0.95, seed: UInt64 = 0x5354_5241_5441) {
        precondition(resamples >= 2000, "too few resamples for the ends of an interval")
        precondition(level > 0 && level < 1, "a level lies between 0 and 1")
        self.resamples = resamples
        self.level = level
        self.seed = seed
    }

    /// The interval of the median of some values, whatever their order. With one or two values it is their range; nil
    /// for no values.
    ///
    /// Takes O(n log n + resamples * (n + log resamples)). No value may be NaN.
    public func median(_ values: some Collection<Double>) -> Interval? {
        let sorted = sortedNumbers(values)
        guard let first = sorted.first, let last = sorted.last else { return nil }
        guard sorted.count >= Self.fewestValues, first < last else {
            let method: Interval.Method = sorted.count < Self.fewestValues ? .range : .bootstrap
            return Interval(low: first, high: last, method: method)
        }
        var generator = SeededGenerator(seed: seed)
        var draws = [Int](repeating: 0, count: sorted.count)
        var medians: [Double] = []
        medians.reserveCapacity(resamples)
        for _ in 0..<resamples {
            for index in draws.indices { draws[index] = 0 }
            for _ in sorted.indices { draws[generator.index(below: sorted.count)] += 1 }
            medians.append(medianOfDraws(draws, from: sorted))
        }
        medians.sort()
        let tail = (1 - level) / 2
        guard let low = quantile(sorted: medians, tail), let high = quantile(sorted: medians, 1 - tail) else {
            return nil
        }
        return Interval(low: low, high: high, method: .bootstrap)
    }

    /// The median of a resample, given how often each of the sorted values was drawn. Takes O(n) and sorts nothing.
    private func medianOfDraws(_ draws: [Int], from sorted: [Double]) -> Double {
        let count = sorted.count
        let lowerRank = (count - 1) / 2
        var seen = 0
        var index = 0
        while true {
            seen += draws[index]
            if seen > lowerRank { break }
            index += 1
        }
        if count % 2 == 1 || seen > lowerRank + 1 { return sorted[index] }
        var next = index + 1
        while draws[next] == 0 { next += 1 }
        return midpoint(sorted[index], sorted[next])
    }
}
