import BenchResults
import Foundation

@testable import BenchReport

/// A run with figures of a realistic size and scatter, the same for the same seed.
struct SyntheticRun {
    struct Generator {
        var state: UInt64

        mutating func uniform() -> Double {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            z ^= z >> 31
            return Double(z >> 11) / Double(1 << 53)
        }

        mutating func normal() -> Double {
            (-2 * log(uniform() + 1e-12)).squareRoot() * cos(2 * .pi * uniform())
        }
    }

    struct Phase {
        var name: String
        var operation: String
        /// Items a second of `strata` on glibc.
        var rate: Double
        /// How many times as fast as `standard`.
        var speedup: Double
        var unit = "operations/s"
        /// Samples of latency in each arm.
        var samples: Int
        /// How much the allocator matters, 0 for not at all.
        var weight: Double
    }

    static let wordnet = [
        Phase(name: "load", operation: "insert", rate: 1.4e6, speedup: 3.1, samples: 1800, weight: 1),
        Phase(
            name: "write", operation: "serialize", rate: 3.1e6, speedup: 42, unit: "entities/s", samples: 1, weight: 0.2
        ),
        Phase(name: "open", operation: "open", rate: 9_100, speedup: 31_000, samples: 3, weight: 0.1),
        Phase(name: "verify", operation: "verify", rate: 61, speedup: 4, samples: 3, weight: 0),
        Phase(name: "get", operation: "get", rate: 31e6, speedup: 11, samples: 150_000, weight: 0.02),
        Phase(name: "neighbors", operation: "neighbors", rate: 17e6, speedup: 8.2, samples: 120_000, weight: 0.05),
        Phase(name: "hops", operation: "traverse", rate: 210_000, speedup: 12, samples: 20_000, weight: 0.3),
        Phase(name: "similar", operation: "similar", rate: 640, speedup: 6.3, samples: 2_000, weight: 0.05),
        Phase(name: "scan", operation: "scan", rate: 420e6, speedup: 60, unit: "entities/s", samples: 5, weight: 0),
    ]

    var scenario = "wordnet"
    var phases = SyntheticRun.wordnet
    var arms: [ArmKey]
    var blocks = 7
    var seed: UInt64 = 1

    /// Two subjects on four allocators, `strata` with two strategies: twelve arms.
    static let twelve: [ArmKey] = ["glibc", "jemalloc", "mimalloc", "tcmalloc"].flatMap { allocator in
        [
            ArmKey(subject: "strata", allocator: allocator, strategy: "bump", threads: 1),
            ArmKey(subject: "strata", allocator: allocator, strategy: "direct", threads: 1),
            ArmKey(subject: "standard", allocator: allocator, strategy: "-", threads: 1),
        ]
    }

    /// Two subjects on one allocator.
    static let two = [
        ArmKey(subject: "strata", allocator: "glibc", strategy: "bump", threads: 1),
        ArmKey(subject: "standard", allocator: "glibc", strategy: "-", threads: 1),
    ]

    func make() -> RunData {
        var data = RunData(name: "20260314-091500-1a2b3c4", samples: [])
        var random = Generator(state: seed)
        for block in 0..<blocks {
            let weather = exp(0.02 * random.normal())
            for arm in arms { add(arm, block, weather, &random, &data) }
        }
        for phase in phases where phase.samples > 1 {
            for arm in arms { data.histograms.append(histogram(phase, arm, &random)) }
        }
        data.environment = Self.environment(data.name)
        data.command = "strata bench --profile quick wordnet"
        return data
    }

    private func factor(_ arm: ArmKey, _ phase: Phase) -> Double {
        let allocator: Double = ["jemalloc": 0.16, "mimalloc": 0.27, "tcmalloc": 0.19][arm.allocator] ?? 0
        var factor = 1 + allocator * phase.weight
        if arm.subject == "standard" { factor = (1 + allocator * 0.8) / phase.speedup }
        if arm.subject == "strata", arm.strategy == "direct" { factor = (1 + allocator) * (1 - 0.3 * phase.weight) }
        return factor
    }

    private func add(
        _ arm: ArmKey, _ block: Int, _ weather: Double, _ random: inout Generator, _ data: inout RunData
    ) {
        var offsetLive = 0
        for phase in phases {
            let rate = phase.rate * factor(arm, phase) * weather * exp(0.025 * random.normal())
            func row(_ metric: String, _ value: Double, _ unit: String, _ direction: Direction) {
                data.samples.append(
                    SampleRow(
                        run: data.name, scenario: scenario, scenarioHash: "00112233445566ff", phase: phase.name,
                        operation: phase.operation, subject: arm.subject, allocator: arm.allocator,
                        allocatorOptions: arm.allocatorOptions, strategy: arm.strategy, threads: arm.threads,
                        parameters: arm.parameters, block: block, metric: metric, value: value, unit: unit,
                        direction: direction, digest: arm.subject == "null" ? "-" : "0123456789abcdef"))
            }
            row("throughput", rate, phase.unit, .higher)
            let p50 = 1e9 / rate * 0.9
            if phase.samples >= 20 { row("latency_p50", p50, "ns", .lower) }
            if phase.samples >= 1000 { row("latency_p99", p50 * 4.2 * exp(0.1 * random.normal()), "ns", .lower) }
            let size = arm.subject == "standard" ? 310e6 : 84e6
            let slack: Double = ["jemalloc": 1.09, "mimalloc": 1.06, "tcmalloc": 1.11][arm.allocator] ?? 1.03
            row("resident_bytes_peak", (size * slack * exp(0.004 * random.normal())).rounded(), "bytes", .lower)
            if arm.allocator != "mimalloc" { row("live_bytes", size.rounded(), "bytes", .lower) }
            row("minor_faults", (size * slack / 4096).rounded(), "count", .lower)
            guard block < 2 else { continue }
            let seconds = phase.name == "load" ? 117_659 / rate : 0.08
            let isLoad = phase.name == "load"
            for step in 0...(isLoad ? 30 : 6) {
                let share = Double(step) / (isLoad ? 30 : 6)
                let live = isLoad ? Int(size * share) : offsetLive
                data.timeline.append(
                    TimelineRow(
                        scenario: scenario, phase: phase.name, arm: arm.label, seconds: seconds * share,
                        operations: Int(share * 117_659), liveBytes: arm.allocator == "mimalloc" ? nil : live,
                        residentBytes: Int(Double(live) * slack) + 1_200_000, block: block))
                if isLoad { offsetLive = live }
            }
        }
    }

    private func histogram(_ phase: Phase, _ arm: ArmKey, _ random: inout Generator) -> RunData.Histogram {
        let p50 = 0.9e9 / (phase.rate * factor(arm, phase))
        var steps: [PercentileChart.Step] = []
        var survivors = 1.0
        while survivors > 0.5 / Double(phase.samples) {
            let depth = -log10(survivors)
            let value = p50 * (0.6 + 0.55 * depth + 0.45 * depth * depth) * exp(0.03 * random.normal())
            steps.append(
                .init(
                    nanoseconds: Swift.max(value, steps.last?.nanoseconds ?? 0).rounded(), inverse: 1 / survivors,
                    count: Int(Double(phase.samples) * (1 - survivors))))
            survivors *= 0.88
        }
        steps.append(.init(nanoseconds: (steps.last?.nanoseconds ?? p50) * 3, inverse: .infinity, count: phase.samples))
        return RunData.Histogram(
            scenario: scenario, phase: phase.name, role: "", operation: phase.operation,
            curve: .init(arm: arm, steps: steps))
    }

    static func environment(_ run: String) -> Environment {
        Environment(
            run: run, startedAt: "2026-03-14T09:15:00Z", profile: "quick", entities: ["wordnet": 117_659],
            machine: .init(
                cpuModel: "AMD EPYC 7B13", cores: 2, memoryBytes: 8_336_617_472, architecture: "x86_64",
                virtualization: "kvm"),
            kernel: "6.1.0-18-amd64", libc: "glibc 2.36", swiftVersion: "6.3.1",
            commit: "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d", dirty: false, buildFlags: ["-c", "release"],
            transparentHugePages: "madvise",
            allocators: [
                .init(
                    name: "glibc", path: "/lib/x86_64-linux-gnu/libc.so.6", version: "2.36",
                    ownsMalloc: "/lib/x86_64-linux-gnu/libc.so.6"),
                .init(
                    name: "jemalloc", path: "/lib/x86_64-linux-gnu/libjemalloc.so.2", version: "5.3.0",
                    ownsMalloc: "/lib/x86_64-linux-gnu/libjemalloc.so.2"),
                .init(
                    name: "mimalloc", path: "/lib/x86_64-linux-gnu/libmimalloc.so.2.0", version: "2.0.9",
                    ownsMalloc: "/lib/x86_64-linux-gnu/libmimalloc.so.2.0"),
                .init(
                    name: "snmalloc",
                    skipped: "libsnmalloc.so was not found; name the file with --allocator snmalloc=PATH"),
            ])
    }
}

extension SyntheticRun {
    /// Targets of each verdict, with figures that do not come from the samples.
    static let targets: [TargetRow] = [
        TargetRow(
            target: "serialization-throughput", source: "100,000+ entities/s",
            claim: "Serialization writes at least 100,000 entities a second.", scenario: "wordnet",
            metric: "throughput", comparison: ">=", threshold: 100_000, measured: 3_120_000, unit: "entities/s",
            verdict: .met, bar: 5_000_000, barVerdict: .missed, scale: "117,659 entities, quick"),
        TargetRow(
            target: "similarity", source: "3-10x faster, zero allocation",
            claim: "An exact top-10 is at least 3 times as fast as in the standard store.", scenario: "wordnet",
            metric: "throughput", comparison: ">=", threshold: 3, measured: 6.13, unit: "x", verdict: .met, bar: 6,
            barVerdict: .met, scale: "117,659 entities, quick"),
        TargetRow(
            target: "entity-access", source: "10-100x faster than standard",
            claim: "A random get is at least 10 times as fast as in the standard store.", scenario: "wordnet",
            metric: "throughput", comparison: ">=", threshold: 10, measured: 9.21, unit: "x", verdict: .missed, bar: 15,
            barVerdict: .missed, scale: "117,659 entities, quick"),
        TargetRow(
            target: "open-instant", source: "deserialization instant",
            claim: "Opening a snapshot up to the first read takes less than 1 ms.", scenario: "wordnet",
            metric: "latency_p50", comparison: "<", threshold: 1_000_000, measured: 109_890, unit: "ns",
            verdict: .met, bar: 150_000, barVerdict: .met, scale: "117,659 entities, quick"),
        TargetRow(
            target: "recovery", source: "automatic recovery from crashes",
            claim: "After a crash no acknowledged write is lost.", scenario: "recovery", metric: "lost_writes",
            comparison: "==", threshold: 0, measured: nil, unit: "count", verdict: .notMeasured, bar: nil,
            barVerdict: .notMeasured, scale: ""),
        TargetRow(
            target: "memory-footprint", source: "50-80 % reduction",
            claim: "The loaded store takes at least 50 % less resident memory than the standard store.",
            scenario: "wordnet", metric: "resident_bytes_peak", comparison: ">=", threshold: 0.5, measured: 0.729,
            unit: "fraction", verdict: .met, bar: 0.8, barVerdict: .missed, scale: "117,659 entities, quick"),
    ]

    /// The run with targets and a verdict, as a finished campaign leaves it.
    func finished(complete: Bool = true) -> RunData {
        var data = make()
        data.targets = Self.targets
        data.verdict = VerdictDocument(
            run: data.name, complete: complete, profile: "quick",
            targets: Self.targets.map { row in
                guard let measured = row.measured else {
                    return TargetEvaluation(row: row, reason: "the scenario `recovery` did not run")
                }
                return TargetEvaluation(row: row, n: 7, ciLow: measured * 0.97, ciHigh: measured * 1.02)
            }, comparisons: [], digestConflicts: [])
        return data
    }
}
