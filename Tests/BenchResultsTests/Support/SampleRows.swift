import BenchResults

/// A row with plain values, to be changed where a test needs it.
func sampleRow(block: Int = 0, metric: String = "throughput", value: Double = 1) -> SampleRow {
    SampleRow(
        run: "20250102T030405Z-abcdef0", scenario: "wordnet", scenarioHash: "0123456789abcdef", phase: "get",
        operation: "get", subject: "strata", allocator: "glibc", strategy: "bump", threads: 1, block: block,
        metric: metric, value: value, unit: "operations/s", direction: .higher, digest: "00000000000000ff")
}
