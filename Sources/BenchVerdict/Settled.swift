public import BenchResults
import BenchStatistics
import Glibc

/// The fewest pairs of blocks that can settle a ratio.
private let fewestPairs = 7

/// Whether more blocks would hardly change what the samples show: for each arm and phase, the 95 % interval of the
/// paired ratio of a metric to its reference is narrow.
///
/// The references are the subject `standard`, or the first one where it was not run, and the allocator `glibc`, or the
/// first one. An arm that is its own reference, and phases that cannot be compared, have nothing to settle. Takes
/// O(samples) and an interval for each ratio.
///
/// - Parameter precision: the largest half-width of the interval, as a fraction: 0.03 lets it reach from the ratio
///   divided by 1.03 to the ratio times 1.03.
public func isSettled(_ samples: [SampleRow], precision: Double, metric: String = "throughput") -> Bool {
    let rows = samples.filter { $0.metric == metric }
    func reference(_ name: String, _ key: (SampleRow) -> String) -> String {
        let names = rows.filter { $0.subject != "null" }.map(key)
        return names.contains(name) ? name : names.first ?? name
    }
    let ratios =
        compareSubjects(rows, reference: reference("standard", \.subject))
        + compareAllocators(rows, reference: reference("glibc", \.allocator))
    return ratios.allSatisfy { ratio in
        guard ratio.n >= fewestPairs, let low = ratio.ciLow, let high = ratio.ciHigh, low > 0 else { return false }
        return (log(high) - log(low)) / 2 < log(1 + precision)
    }
}
