public import BenchResults
import Glibc

/// How long a live gate measures, what it tolerates and how rarely it may be wrong.
public struct GatePolicy: Sendable {
    /// No time is judged on fewer rounds.
    public var fewestRounds = 8
    /// From here on a scenario is not measured further.
    public var mostRounds = 20
    /// The fresh rounds that confirm a suspicion.
    public var confirmingRounds = 8
    /// Scenario to metric to the fraction by which it may be worse. Metrics are `time` (of the clock), `cpu_time`,
    /// `instructions`, `allocations` and the others of counts; for the two times `throughput` speaks where they are
    /// silent.
    public var tolerances: [String: [String: Double]] = [:]
    /// The probability that a gate run calls any time a regression that is none.
    public var level = 0.01

    /// The policy by default: 8 to 20 rounds, 8 to confirm, 1 %.
    public init() {}

    /// By how much a time may be worse where the scenario says nothing.
    public static let timeTolerance = 0.05

    /// Counts that are judged in each scenario, with their tolerances where the scenario says nothing. Further ones
    /// are judged where the scenario names them.
    public static let countTolerances = ["instructions": 0.005, "allocations": 0, "allocated_bytes": 0.005]

    /// The fraction by which a time may be worse.
    func timeTolerance(of key: GateTestKey) -> Double {
        let named = tolerances[key.scenario] ?? [:]
        return named[key.metric] ?? named["throughput"] ?? Self.timeTolerance
    }

    /// The fraction by which a count may be worse, or nil when it is not judged.
    func countTolerance(scenario: String, metric: String) -> Double? {
        tolerances[scenario]?[metric] ?? Self.countTolerances[metric]
    }

    /// The level of each of the two stages. A false alarm needs both, and the second measures afresh, so that their
    /// probabilities multiply to `level`.
    var stageLevel: Double { level.squareRoot() }

    /// The level of the last look at the screening rounds: half of the stage's.
    var lastLookLevel: Double { stageLevel / 2 }

    /// The level of each look before the last: an equal share of the other half. By the union of all looks the stage
    /// keeps its level wherever it stops.
    var earlyLookLevel: Double { stageLevel / 2 / Double(max(1, mostRounds - fewestRounds)) }
}

/// One question of a gate: has this metric of this phase become worse?
public struct GateTestKey: Hashable, Sendable, Comparable {
    public var scenario, phase, metric: String

    public init(scenario: String, phase: String, metric: String) {
        self.scenario = scenario
        self.phase = phase
        self.metric = metric
    }

    /// By scenario, phase and metric.
    public static func < (left: GateTestKey, right: GateTestKey) -> Bool {
        (left.scenario, left.phase, left.metric) < (right.scenario, right.phase, right.metric)
    }
}

/// What a live gate does next.
public enum GateStep: Sendable {
    /// Measure another round of these scenarios, of the stage `screen`.
    case measure(scenarios: Set<String>)
    /// Measure another round of the scenarios of these suspects, of the stage `confirm`.
    case confirm(tests: [GateTestKey])
    /// Stop: this is the answer.
    case done(GateDocument)
}
