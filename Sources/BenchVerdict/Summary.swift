public import BenchResults
import BenchStatistics

/// The statistics of each metric of each arm over its blocks, in the order in which the samples first name them.
///
/// A block that occurs twice counts once, with its last value. The interval is a 95 % bootstrap over blocks; with
/// fewer than `Bootstrap.fewestValues` blocks (`n` says so) it is the range. Takes O(samples) and a bootstrap for each row.
public func summarize(_ samples: [SampleRow]) -> [SummaryRow] {
    SeriesTable(samples).series.map { series in
        let values = series.values
        let center = median(values) ?? 0
        let interval = Bootstrap().median(values)
        let key = series.key
        return SummaryRow(
            run: key.run, scenario: key.scenario, scenarioHash: key.scenarioHash, phase: key.phase, role: key.role,
            operation: key.operation, subject: key.arm.subject, allocator: key.arm.allocator,
            allocatorOptions: key.arm.allocatorOptions, strategy: key.arm.strategy, threads: key.arm.threads,
            parameters: key.arm.parameters, metric: key.metric, unit: key.unit, direction: series.direction,
            n: values.count, median: center, ciLow: interval?.low ?? center, ciHigh: interval?.high ?? center,
            min: values.min() ?? center, max: values.max() ?? center, mad: medianAbsoluteDeviation(values) ?? 0)
    }
}
