public import BenchResults
import BenchStatistics

/// By how much a metric may differ from the reference and still be a tie.
public struct Tolerances: Sendable, Hashable {
    /// Metric to fraction: 0.03 is 3 %.
    public var metrics: [String: Double]
    /// Scenario to metric to fraction, where scenarios differ; before ``metrics``.
    public var scenarios: [String: [String: Double]]
    /// The fraction for metrics that are not listed.
    public var fallback: Double

    /// Tolerances, 3 % where nothing is said.
    public init(
        metrics: [String: Double] = [:], scenarios: [String: [String: Double]] = [:], fallback: Double = 0.03
    ) {
        precondition(fallback >= 0 && metrics.values.allSatisfy { $0 >= 0 }, "a tolerance is not negative")
        self.metrics = metrics
        self.scenarios = scenarios
        self.fallback = fallback
    }

    /// The fraction of a metric in a scenario.
    public subscript(metric: String, in scenario: String) -> Double { scenarios[scenario]?[metric] ?? self[metric] }

    /// The tolerances of one scenario.
    public func of(scenario: String) -> Tolerances {
        Tolerances(metrics: metrics.merging(scenarios[scenario] ?? [:]) { $1 }, fallback: fallback)
    }

    /// The fraction of a metric.
    public subscript(metric: String) -> Double { metrics[metric] ?? fallback }
}

/// Each arm against one reference arm, metric by metric, paired by block.
///
/// The reference's own `parameters` are ignored: each point of a sweep is compared with the reference at that point.
/// Left out are: metrics without a better side, the subject `null`, phases whose answers differ, and arms of which
/// only one side has proven its answers. Takes O(samples) and a bootstrap for each row.
public func compare(
    _ samples: [SampleRow], reference: ArmKey, tolerances: Tolerances = Tolerances()
) -> [ComparisonRow] {
    compare(samples, tolerances: tolerances) { arm, _ in
        var partner = reference
        partner.parameters = arm.parameters
        return partner
    }
}

/// Each arm against itself on a reference allocator with default options: what an allocator is worth to a subject.
public func compareAllocators(
    _ samples: [SampleRow], reference: String = "glibc", tolerances: Tolerances = Tolerances()
) -> [ComparisonRow] {
    compare(samples, tolerances: tolerances) { arm, _ in
        var partner = arm
        partner.allocator = reference
        partner.allocatorOptions = ""
        return partner
    }
}

/// Each arm against a reference subject on the same allocator with the same options and threads. Where the reference
/// subject has no arm of the same strategy, its only or first strategy stands in, since strategies are the subjects'
/// own.
public func compareSubjects(
    _ samples: [SampleRow], reference: String = "standard", tolerances: Tolerances = Tolerances()
) -> [ComparisonRow] {
    compare(samples, tolerances: tolerances) { arm, arms in
        var partner = arm
        partner.subject = reference
        if arms.contains(partner) { return partner }
        return arms.filter {
            $0.subject == reference && $0.allocator == arm.allocator && $0.allocatorOptions == arm.allocatorOptions
                && $0.threads == arm.threads && $0.parameters == arm.parameters
        }.min()
    }
}

/// Each arm against the partner that `reference` names, given all arms of the samples.
private func compare(
    _ samples: [SampleRow], tolerances: Tolerances, reference: (ArmKey, Set<ArmKey>) -> ArmKey?
) -> [ComparisonRow] {
    let table = SeriesTable(samples)
    let ledger = AnswerLedger(samples)
    let arms = Set(table.series.map(\.key.arm))
    return table.series.compactMap { series in
        let key = series.key
        guard series.direction != .none, key.arm.subject != "null", let partner = reference(key.arm, arms),
            partner != key.arm, partner.subject != "null", let other = table[key.with(arm: partner)],
            ledger.areComparable(key, other.key)
        else { return nil }
        return comparisonRow(series, with: other, tolerance: tolerances[key.metric, in: key.scenario])
    }
}

/// A series against its partner, block by block.
func comparisonRow(_ series: Series, with reference: Series, tolerance: Double) -> ComparisonRow {
    let pairs = series.pairs(over: reference)
    let key = series.key
    func row(_ ratio: Double?, _ low: Double?, _ high: Double?, _ verdict: ComparisonVerdict) -> ComparisonRow {
        ComparisonRow(
            run: key.run, scenario: key.scenario, phase: key.phase, role: key.role, operation: key.operation,
            arm: key.arm, reference: reference.key.arm.label, metric: key.metric, unit: key.unit,
            direction: series.direction, n: pairs.count, ratio: ratio, ciLow: low, ciHigh: high,
            tolerance: tolerance, verdict: verdict)
    }
    // Equal figures are a tie even where they are zero, as page faults often are.
    if pairs.count >= fewestEqualPairs, pairs.allSatisfy({ $0.candidate == $0.reference }) {
        return row(1, 1, 1, .tie)
    }
    guard let effect = PairedEffect(pairs) else { return row(nil, nil, nil, .unresolved) }
    let interval = effect.interval
    let verdict = verdict(of: interval, direction: series.direction, tolerance: tolerance)
    return row(effect.ratio, interval.low, interval.high, verdict)
}

/// So many pairs without any difference are a tie: a figure that repeats needs no interval.
private let fewestEqualPairs = 3

/// What an interval of a ratio comes to. A range of too few pairs resolves nothing.
func verdict(of interval: Interval, direction: Direction, tolerance: Double) -> ComparisonVerdict {
    guard interval.method == .bootstrap, direction != .none else { return .unresolved }
    // The band is symmetric in the logarithm: 1 / (1 + t) ... 1 + t, so that swapping the arms swaps the verdict.
    let (lowerEdge, upperEdge) = (1 / (1 + tolerance), 1 + tolerance)
    if interval.low > upperEdge { return direction == .higher ? .faster : .slower }
    if interval.high < lowerEdge { return direction == .higher ? .slower : .faster }
    return interval.low >= lowerEdge && interval.high <= upperEdge ? .tie : .unresolved
}
