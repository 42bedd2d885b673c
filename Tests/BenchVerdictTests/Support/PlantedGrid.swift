import BenchResults
import BenchStatistics
import Glibc

/// Makes samples of a grid whose truth is known: throughput = base x effect x noise of the block x own noise.
struct PlantedGrid {
    /// The seed, to be printed by whoever fails.
    let seed: UInt64
    var blocks = 8
    /// The standard deviation of the logarithm of each value.
    var noise = 0.01
    var phases = ["load", "get"]
    var strategies = ["direct"]
    var threads = [1]
    var scenario = "million-inserts"
    /// Throughput by contender, strategy and phase; 1 is the reference's.
    var effect: (_ contender: String, _ strategy: String, _ phase: String) -> Double = { _, _, _ in 1 }
    /// Bytes at the peak by contender and strategy.
    var peak: (_ contender: String, _ strategy: String) -> Double = { _, _ in 1_000_000 }
    /// Bytes after the drain, or nil for none.
    var drained: ((_ contender: String, _ strategy: String) -> Double)?

    /// The samples of some allocators.
    func samples(_ contenders: [String]) -> [SampleRow] {
        var generator = SeededGenerator(seed: seed)
        var rows: [SampleRow] = []
        for block in 0..<blocks {
            for phase in phases {
                // What disturbs a round falls on all of its arms.
                let round = exp(Self.normal(&generator) * 0.3)
                for strategy in strategies {
                    for thread in threads {
                        for contender in contenders {
                            func add(_ metric: String, _ value: Double, _ unit: String, _ direction: Direction) {
                                rows.append(
                                    SampleRow(
                                        run: "run", scenario: scenario, scenarioHash: "hash", phase: phase,
                                        operation: phase, subject: "strata", allocator: contender,
                                        strategy: strategy, threads: thread, block: block, metric: metric,
                                        value: value, unit: unit, direction: direction, digest: "d-\(phase)"))
                            }
                            let own = exp(Self.normal(&generator) * noise)
                            add(
                                "throughput", 1e6 * round * own * effect(contender, strategy, phase), "operations/s",
                                .higher)
                            let peak = peak(contender, strategy) * exp(Self.normal(&generator) * 0.002)
                            add("resident_bytes_peak", peak, "bytes", .lower)
                            add("fragmentation_ratio", peak / 800_000, "ratio", .lower)
                            if let drained, phase == phases.last {
                                let left = drained(contender, strategy) * exp(Self.normal(&generator) * 0.002)
                                add("resident_bytes_after_100ms", left * 1.5, "bytes", .lower)
                                add("resident_bytes_after_30s", left, "bytes", .lower)
                            }
                        }
                    }
                }
            }
        }
        return rows
    }

    /// A normal deviate by the method of Box and Muller.
    static func normal(_ generator: inout SeededGenerator) -> Double {
        let first = Double.random(in: Double.leastNormalMagnitude..<1, using: &generator)
        let second = Double.random(in: 0..<1, using: &generator)
        return (-2 * log(first)).squareRoot() * cos(2 * .pi * second)
    }
}
