import BenchResults

@testable import BenchReport

/// Runs of a few rows whose figures a person can check by head.
enum TinyRun {
    static func arm(_ allocator: String, subject: String = "strata", strategy: String = "bump") -> ArmKey {
        ArmKey(subject: subject, allocator: allocator, strategy: strategy, threads: 1)
    }

    static func row(
        _ arm: ArmKey, _ block: Int, _ value: Double, phase: String = "get", metric: String = "throughput",
        unit: String = "operations/s", direction: Direction = .higher, scenario: String = "tiny",
        digest: String = "00000000000000aa"
    ) -> SampleRow {
        SampleRow(
            run: "r1", scenario: scenario, scenarioHash: "1111111111111111", phase: phase, operation: "get",
            subject: arm.subject, allocator: arm.allocator, allocatorOptions: arm.allocatorOptions,
            strategy: arm.strategy, threads: arm.threads, parameters: arm.parameters, block: block, metric: metric,
            value: value, unit: unit, direction: direction, digest: digest)
    }

    static func run(_ samples: [SampleRow]) -> RunData {
        var data = RunData(name: "r1", samples: samples)
        data.verdict = VerdictDocument(
            run: "r1", complete: true, profile: "quick", targets: [], comparisons: [], digestConflicts: [])
        data.command = "strata bench tiny"
        return data
    }

    /// Two allocators, three blocks; jemalloc is exactly 1.5, 1.5 and 1.6 times as fast.
    static var twoAllocators: RunData {
        let (glibc, jemalloc) = (arm("glibc"), arm("jemalloc"))
        return run([
            row(glibc, 0, 1000), row(jemalloc, 0, 1500), row(glibc, 1, 2000), row(jemalloc, 1, 3000),
            row(glibc, 2, 1000), row(jemalloc, 2, 1600),
        ])
    }

    /// Two allocators and eight blocks in which jemalloc is exactly 1.5 times as fast: any interval is that ratio.
    static var eightPairs: RunData {
        run(
            (0..<8).flatMap { block in
                [row(arm("glibc"), block, 1000), row(arm("jemalloc"), block, 1500)]
            })
    }

    static func chart(_ data: RunData, _ name: String) -> Chart? { ChartSet(data).charts.first { $0.name == name } }
}
