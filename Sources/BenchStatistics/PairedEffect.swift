import Glibc

/// How a candidate stands to a reference over pairs of blocks that ran side by side in time.
///
/// Each pair gives one logarithm of candidate / reference. What disturbs both halves of a pair alike cancels, and a
/// ratio and its inverse are treated alike.
public struct PairedEffect: Sendable, Hashable {
    /// The number of pairs.
    public var pairs: Int
    /// The median of the logarithms.
    public var medianLogRatio: Double
    /// The Hodges-Lehmann estimate of the logarithms, as a second opinion.
    public var hodgesLehmannLogRatio: Double
    /// The interval of the median logarithm.
    public var logInterval: Interval

    /// Candidate divided by reference: the geometric reading of the median.
    public var ratio: Double { exp(medianLogRatio) }
    /// The interval of `ratio`.
    public var interval: Interval {
        Interval(low: exp(logInterval.low), high: exp(logInterval.high), method: logInterval.method)
    }

    /// The effect over pairs of values, or nil when there is no pair or a value is not above zero, so that no
    /// logarithm is.
    ///
    /// Takes the time of the bootstrap and O(n^2 log n) for the Hodges-Lehmann estimate.
    public init?(
        _ pairs: [(candidate: Double, reference: Double)], bootstrap: Bootstrap = Bootstrap()
    ) {
        var logarithms: [Double] = []
        logarithms.reserveCapacity(pairs.count)
        for (candidate, reference) in pairs {
            // The ratio first: equal values are exactly 1, and a whole ratio comes back whole from its logarithm.
            let ratio = candidate / reference
            guard candidate > 0, reference > 0, ratio > 0, ratio.isFinite else { return nil }
            logarithms.append(log(ratio))
        }
        guard let center = median(logarithms), let second = hodgesLehmann(logarithms),
            let interval = bootstrap.median(logarithms)
        else { return nil }
        self.pairs = logarithms.count
        medianLogRatio = center
        hodgesLehmannLogRatio = second
        logInterval = interval
    }
}
