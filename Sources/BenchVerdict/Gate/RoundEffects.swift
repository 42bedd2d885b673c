import BenchResults
import BenchStatistics
import Glibc

/// What one round says about one test: logarithms of ratios of times, medians over the round's slices.
struct ArmEffects: Sendable, Hashable {
    /// The candidate over the baseline.
    var candidate: Double
    /// The baseline's repetition over the baseline.
    var repeated: Double?
    /// The candidate with its planted slowdown over the candidate.
    var planted: Double?
    /// The same over the baseline: the gate's answer to it as a candidate.
    var plantedOverBaseline: Double?
}

/// The rounds of one scenario.
struct ScenarioRounds: Sendable {
    /// The tests of the scenario, sorted.
    var tests: [GateTestKey] = []
    /// The operation of each test.
    var operations: [String] = []
    /// Round by round, for each test; nil where the round lacks the phase, the baseline or the candidate.
    var rounds: [[ArmEffects?]] = []
}

/// The slices of one stage of one or more runs, reduced to an effect for each round, arm and test.
struct RoundTable: Sendable {
    /// Scenario to its rounds.
    private(set) var scenarios: [String: ScenarioRounds] = [:]

    /// The metrics of time.
    static let metrics = ["cpu_time", "time"]

    private struct Place: Hashable {
        var round: Int
        var phase: String
    }

    private struct SliceKey: Hashable {
        var operation: String
        var slice: Int
    }

    private typealias Times = [String: (wall: Int, processor: Int)]

    /// Takes O(slices).
    init(_ slices: some Sequence<SliceRow>) {
        var grouped: [String: [Place: [SliceKey: Times]]] = [:]
        for row in slices {
            let place = Place(round: row.round, phase: row.phase)
            let key = SliceKey(operation: row.operation, slice: row.slice)
            grouped[row.scenario, default: [:]][place, default: [:]][key, default: [:]][row.arm] =
                (row.wallNanoseconds, row.cpuNanoseconds)
        }
        for (scenario, places) in grouped {
            scenarios[scenario] = Self.rounds(of: scenario, places)
        }
    }

    private static func rounds(of scenario: String, _ places: [Place: [SliceKey: Times]]) -> ScenarioRounds {
        var result = ScenarioRounds()
        for phase in Set(places.keys.map(\.phase)).sorted() {
            let operations = Set(places.filter { $0.key.phase == phase }.values.flatMap { $0.keys.map(\.operation) })
            for metric in metrics {
                result.tests.append(GateTestKey(scenario: scenario, phase: phase, metric: metric))
                result.operations.append(operations.sorted().joined(separator: "+"))
            }
        }
        result.rounds = Set(places.keys.map(\.round)).sorted().map { round in
            result.tests.map { test in
                places[Place(round: round, phase: test.phase)].flatMap { effects(of: test.metric, $0) }
            }
        }
        return result
    }

    private static func effects(of metric: String, _ slices: [SliceKey: Times]) -> ArmEffects? {
        func effect(_ arm: String, over reference: String) -> Double? {
            median(
                slices.values.compactMap { times in
                    guard let own = times[arm], let other = times[reference] else { return nil }
                    let (time, base) = metric == "time" ? (own.wall, other.wall) : (own.processor, other.processor)
                    // A slice below the clock's resolution says nothing about a ratio.
                    return time > 0 && base > 0 ? log(Double(time) / Double(base)) : nil
                })
        }
        return effect("candidate", over: "baseline").map { candidate in
            ArmEffects(
                candidate: candidate, repeated: effect("repeat", over: "baseline"),
                planted: effect("planted", over: "candidate"),
                plantedOverBaseline: effect("planted", over: "baseline"))
        }
    }

    /// How many rounds a scenario has. Takes O(1).
    func count(of scenario: String) -> Int { scenarios[scenario]?.rounds.count ?? 0 }

    /// The effects of all tests with their tolerances, sorted by test.
    func series(_ policy: GatePolicy) -> [TestSeries] {
        scenarios.sorted { $0.key < $1.key }.flatMap { _, rounds in
            rounds.tests.indices.map { index in
                var series = TestSeries(
                    key: rounds.tests[index], operation: rounds.operations[index],
                    tolerance: policy.timeTolerance(of: rounds.tests[index]))
                for round in rounds.rounds { round[index].map { series.append($0) } }
                return series
            }
        }
    }
}

/// The effects of one test over its rounds.
struct TestSeries: Sendable {
    var key: GateTestKey
    var operation: String
    /// By how much the time may be worse, as a fraction.
    var tolerance: Double
    var candidate: [Double] = []
    var repeated: [Double] = []
    var planted: [Double] = []

    init(key: GateTestKey, operation: String, tolerance: Double) {
        self.key = key
        self.operation = operation
        self.tolerance = tolerance
    }

    /// Adds a round.
    mutating func append(_ effects: ArmEffects) {
        candidate.append(effects.candidate)
        effects.repeated.map { repeated.append($0) }
        effects.planted.map { planted.append($0) }
    }
}
