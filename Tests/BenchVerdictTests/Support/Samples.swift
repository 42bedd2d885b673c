import BenchResults
import BenchVerdict

/// Builds the samples of a made-up run, one series at a time.
struct Samples {
    var rows: [SampleRow] = []

    /// Adds one value a block for a metric of an arm.
    mutating func add(
        _ values: [Double], subject: String = "strata", allocator: String = "glibc", strategy: String = "bump",
        threads: Int = 1, parameters: String = "", scenario: String = "million-inserts", phase: String = "get",
        operation: String = "get", metric: String = "throughput", unit: String = "operations/s",
        direction: Direction = .higher, digest: String? = nil
    ) {
        for (block, value) in values.enumerated() {
            rows.append(
                SampleRow(
                    run: "run", scenario: scenario, scenarioHash: "hash", phase: phase, operation: operation,
                    subject: subject, allocator: allocator, strategy: strategy, threads: threads,
                    parameters: parameters, block: block, metric: metric, value: value, unit: unit,
                    direction: direction, digest: digest ?? (subject == "null" ? SampleRow.noDigest : "d1")))
        }
    }
}

/// The arm of a made-up run.
func arm(
    _ subject: String = "strata", _ allocator: String = "glibc", strategy: String = "bump", parameters: String = ""
) -> ArmKey {
    ArmKey(subject: subject, allocator: allocator, strategy: strategy, threads: 1, parameters: parameters)
}
