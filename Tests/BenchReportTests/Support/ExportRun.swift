import BenchResults

@testable import BenchReport

/// A run whose names hold what the formats of other tools part fields by: blanks, slashes, quotes, `<` and `&`.
enum ExportRun {
    static let plain = ArmKey(subject: "strata", allocator: "glibc", strategy: "bump", threads: 2)
    static let swept = ArmKey(
        subject: "strata", allocator: "jemalloc", allocatorOptions: "dirty_decay_ms:0,a=b", strategy: "bump",
        threads: 1,
        parameters: "dataset.entities=1000;keys=zipf(0.99) <&\">")

    static func row(
        _ arm: ArmKey, _ block: Int, _ metric: String, _ value: Double, _ unit: String, _ direction: Direction,
        phase: String = "read-while", role: String = "", operation: String = "get"
    ) -> SampleRow {
        SampleRow(
            run: "r1", scenario: "epoch-readers", scenarioHash: "1111111111111111", phase: phase, role: role,
            operation: operation, subject: arm.subject, allocator: arm.allocator,
            allocatorOptions: arm.allocatorOptions, strategy: arm.strategy, threads: arm.threads,
            parameters: arm.parameters, block: block, metric: metric, value: value, unit: unit, direction: direction)
    }

    static var samples: [SampleRow] {
        (0..<3).flatMap { block -> [SampleRow] in
            let step = Double(block)
            return [
                row(plain, block, "throughput", 1_000_000 + step, "operations/s", .higher),
                row(plain, block, "operations", 5000, "operations", .none),
                row(plain, block, "latency_p50", 100.5 + step, "ns", .lower),
                row(plain, block, "wall_time", 2e9 + step * 1e9, "ns", .lower),
                row(plain, block, "resident_bytes_peak", 4096 * (step + 1), "bytes", .lower),
                row(swept, block, "throughput", 1.5e16, "operations/s", .higher, role: "readers"),
                row(swept, block, "latency_p99", 1e-3, "ns", .lower, role: "readers", operation: "get batch/two"),
            ]
        }
    }

    static var source: ExportSource {
        ExportSource(
            name: "r1", samples: samples,
            targets: [
                target("fast", .met, 2), target("small", .missed, 0.5), target("later", .notMeasured, nil),
            ],
            environment: SyntheticRun.environment("r1"),
            verdict: VerdictDocument(
                run: "r1", complete: true, profile: "quick", targets: [], comparisons: [],
                digestConflicts: [
                    DigestConflict(
                        scenario: "epoch-readers", phase: "read-while", role: "", parameters: "",
                        answers: [
                            .init(digest: "00000000000000aa", arms: ["somebody/else/-/1 (blocks 0)"]),
                            .init(digest: "00000000000000bb", arms: ["\(swept.label) (blocks 0, 1)"]),
                        ])
                ]))
    }

    static func target(_ name: String, _ verdict: TargetVerdict, _ measured: Double?) -> TargetRow {
        TargetRow(
            target: name, source: "a \"source\"", claim: "at least 1 <x> & more", scenario: "epoch-readers",
            metric: "throughput", comparison: ">=", threshold: 1, measured: measured, unit: "x", verdict: verdict,
            bar: nil, barVerdict: .notMeasured, scale: "")
    }
}
