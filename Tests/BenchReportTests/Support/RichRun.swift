import BenchResults

@testable import BenchReport

/// A run with all that a scenario can have: roles and an open loop, a sweep, several threads, a drain, rounds that were
/// repeated, counts and a gate. Its figures follow from the arms by simple rules, with a little scatter.
enum RichRun {
    static let allocators = ["glibc", "jemalloc", "mimalloc"]

    /// Speed relative to glibc.
    static let speeds = ["glibc": 1.0, "jemalloc": 1.2, "mimalloc": 1.3]

    /// What stays resident 5 s after the drain, of the peak.
    static let keptShares: [String: Double] = ["glibc": 0.9, "jemalloc": 0.4, "mimalloc": 0.2]

    static func arm(
        _ allocator: String, strategy: String = "direct", threads: Int = 1, parameters: String = ""
    ) -> ArmKey {
        ArmKey(subject: "strata", allocator: allocator, strategy: strategy, threads: threads, parameters: parameters)
    }

    private static func row(
        _ scenario: String, _ phase: String, _ arm: ArmKey, _ block: Int, _ metric: String, _ value: Double,
        unit: String = "operations/s", direction: Direction = .higher, role: String = "", operation: String = "get"
    ) -> SampleRow {
        SampleRow(
            run: "rich", scenario: scenario, scenarioHash: "2222222222222222", phase: phase, role: role,
            operation: operation, subject: arm.subject, allocator: arm.allocator,
            allocatorOptions: arm.allocatorOptions, strategy: arm.strategy, threads: arm.threads,
            parameters: arm.parameters, block: block, metric: metric, value: value, unit: unit, direction: direction)
    }

    /// Readers beside a writer with an open loop, after a load by one thread.
    static func epochReaders(blocks: Int = 8, seed: UInt64 = 3) -> [SampleRow] {
        var random = SyntheticRun.Generator(state: seed)
        var rows: [SampleRow] = []
        for block in 0..<blocks {
            for allocator in allocators {
                let speed = (speeds[allocator] ?? 1) * (1 + 0.01 * random.normal())
                let single = arm(allocator)
                let scenario = "epoch-readers"
                rows.append(row(scenario, "load", single, block, "throughput", 4e5 * speed, operation: "insert"))
                var both = single
                both.threads = 2
                let phase = "read-while-writing"
                rows.append(
                    row(scenario, phase, both, block, "throughput", 3e6 * speed, role: "readers", operation: "mix"))
                rows.append(
                    row(scenario, phase, both, block, "throughput", 2e4, role: "writer", operation: "update"))
                for (metric, value) in [
                    ("service_p50", 800.0), ("service_p90", 1500), ("service_p99", 9000), ("response_p50", 900),
                    ("response_p90", 4000), ("response_p99", 90_000),
                ] {
                    rows.append(
                        row(
                            scenario, phase, both, block, metric, value / speed, unit: "ns", direction: .lower,
                            role: "writer", operation: "update"))
                }
                rows.append(
                    row(
                        scenario, phase, both, block, "schedule_late_share", 0.001, unit: "fraction",
                        direction: .lower, role: "writer", operation: "update"))
                rows.append(
                    row(
                        scenario, phase, both, block, "planned_rate", 20_000, direction: .none, role: "writer",
                        operation: "update"))
                rows.append(
                    row(
                        scenario, phase, both, block, "resident_bytes_peak", 9e7 / speed, unit: "bytes",
                        direction: .lower, role: "readers", operation: "mix"))
            }
        }
        return rows
    }

    /// Allocation and drain by two strategies with one and two threads over a swept size.
    static func churn(blocks: Int = 6, seed: UInt64 = 4) -> [SampleRow] {
        var random = SyntheticRun.Generator(state: seed)
        var rows: [SampleRow] = []
        for block in 0..<blocks {
            for allocator in allocators {
                for strategy in ["bump", "direct"] {
                    for threads in [1, 2] {
                        for rowsCount in [200, 16_000] {
                            let effect = strategy == "bump" ? 1 : speeds[allocator] ?? 1
                            let speed = effect * (1 + 0.01 * random.normal())
                            let arm = arm(
                                allocator, strategy: strategy, threads: threads,
                                parameters: "dataset.entities=\(rowsCount)")
                            let rate = 1e6 * speed * Double(threads) / (1 + 0.2 * Double(threads - 1))
                            let scenario = "churn"
                            rows.append(
                                row(scenario, "churn", arm, block, "throughput", rate, operation: "allocate"))
                            let peak = 1e4 * Double(rowsCount) * (strategy == "bump" ? 1.1 : 1)
                            let kept = keptShares[allocator] ?? 1
                            for (metric, share) in [
                                ("resident_bytes_peak", 1.0), ("resident_bytes_after_100ms", 0.95),
                                ("resident_bytes_after_1s", (1 + kept) / 2), ("resident_bytes_after_5s", kept),
                            ] {
                                rows.append(
                                    row(
                                        scenario, "churn", arm, block, metric, peak * share, unit: "bytes",
                                        direction: .lower, operation: "allocate"))
                            }
                        }
                    }
                }
            }
        }
        return rows
    }

    /// The timeline of the readers' phase: two seconds whose second half is half as fast.
    static var timeline: [TimelineRow] {
        allocators.flatMap { allocator -> [TimelineRow] in
            var arm = arm(allocator)
            arm.threads = 2
            return (0...40).map { step in
                let seconds = Double(step) * 0.05
                let operations = step <= 20 ? step * 1000 : 20_000 + (step - 20) * 500
                return TimelineRow(
                    scenario: "epoch-readers", phase: "read-while-writing", arm: arm.label, seconds: seconds,
                    operations: operations, residentBytes: 1_000_000 * (step + 1), block: 0)
            }
        }
    }

    /// Sixteen rounds of which one was repeated; the reference loop is 10 % slower in the last third.
    static var blockRows: [BlockRow] {
        (0..<16).flatMap { block -> [BlockRow] in
            func row(_ attempt: Int, kept: Bool) -> BlockRow {
                BlockRow(
                    scenario: "epoch-readers", arm: "strata/glibc/direct/1", block: block, attempt: attempt,
                    position: 0, startSeconds: Double(block * 2 + attempt), seconds: 1.5,
                    referenceNanoseconds: block < 11 ? 1_000_000 : 1_100_000, stolenSeconds: 0.01, kept: kept)
            }
            return block == 3 ? [row(0, kept: false), row(1, kept: true)] : [row(0, kept: true)]
        }
    }

    static var counts: [CountRow] {
        [0, 1].flatMap { repetition in
            [
                ("instructions", 1_000_000.0, "instructions"), ("allocations", 250, "count"),
                ("operations", 1000, "count"),
            ]
            .map { metric, value, unit in
                CountRow(
                    scenario: "churn", scenarioHash: "2222222222222222", phase: "churn", operation: "allocate",
                    arm: "strata/glibc/direct/1", repetition: repetition, metric: metric,
                    value: metric == "instructions" ? value + Double(repetition) : value, unit: unit)
            }
        }
    }

    static var gate: GateDocument {
        GateDocument(
            verdict: .regression, reasons: ["`get` of wordnet takes 4 % more instructions"],
            tests: [
                .init(
                    scenario: "wordnet", phase: "get", subject: "get", metric: "instructions", tier: "count", n: 2,
                    change: 0.04, low: 0.04, high: 0.04, tolerance: 0.005, outcome: .regression),
                .init(
                    scenario: "wordnet", phase: "load", subject: "insert", metric: "wall_time", tier: "time", n: 9,
                    change: 0.001, low: -0.01, high: 0.012, tolerance: 0.05, noise: 0.02, detectable: 0.06,
                    outcome: .pass),
            ],
            controls: [.init(name: "repeat", isSound: true, text: "The baseline differs from itself by 0.2 %.")],
            baseline: "abc1234", candidate: "def5678", seconds: 200)
    }

    static func make() -> RunData {
        var data = RunData(name: "rich", samples: epochReaders() + churn())
        data.timeline = timeline
        data.blockRows = blockRows
        data.counts = counts
        data.gate = gate
        data.environment = SyntheticRun.environment("rich")
        data.command = "strata compare epoch-readers churn"
        data.verdict = VerdictDocument(
            run: "rich", complete: true, profile: "quick", targets: [], comparisons: [], digestConflicts: [])
        return data
    }
}
