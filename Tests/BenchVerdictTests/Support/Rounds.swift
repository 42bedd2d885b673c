import BenchResults
import BenchStatistics
import BenchVerdict
import Glibc

/// Builds the slices of a made-up lockstep gate, round by round, from a seed.
struct Rounds {
    var rows: [SliceRow] = []
    var generator: SeededGenerator
    /// The standard deviation of an arm's time over rounds, as a fraction.
    var noise = 0.01
    /// What the arm `planted` takes more than the candidate.
    var planted = 0.1
    /// Phase to what the candidate takes more than the baseline.
    var slowdowns: [String: Double] = [:]
    /// What the repetition takes more than the baseline.
    var drift = 0.0
    var phases = ["get", "scan"]
    var slices = 5
    var arms = ["baseline", "repeat", "candidate", "planted"]

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    /// Adds a round of a scenario.
    mutating func add(_ round: Int, scenario: String = "s", stage: String = "screen", hash: String = "hash") {
        for phase in phases {
            for (position, arm) in arms.enumerated() {
                let own: Double
                switch arm {
                case "repeat": own = 1 + drift
                case "candidate": own = 1 + (slowdowns[phase] ?? 0)
                case "planted": own = (1 + (slowdowns[phase] ?? 0)) * (1 + planted)
                default: own = 1
                }
                let time = 1e7 * own * exp(noise * normal() / 2.0.squareRoot())
                for slice in 0..<slices {
                    // What disturbs a slice disturbs all arms.
                    let shared = 1 + Double(slice) / 10
                    let wall = Int(time * shared)
                    rows.append(
                        SliceRow(
                            scenario: scenario, scenarioHash: hash, phase: phase, operation: phase, arm: arm,
                            round: round, stage: stage, slice: slice, position: position, operations: 1000,
                            wallNanoseconds: wall, cpuNanoseconds: wall * 9 / 10))
                }
            }
        }
    }

    private mutating func normal() -> Double {
        let first = Double(generator.next() >> 11) / 9_007_199_254_740_992
        let second = Double(generator.next() >> 11) / 9_007_199_254_740_992
        return sqrt(-2 * log(1 - first)) * cos(2 * Double.pi * second)
    }
}

/// The counts of one metric of a phase, a value a repetition.
func counts(
    _ arms: [String: [Double]], metric: String = "instructions", phase: String = "get", scenario: String = "s"
) -> [CountRow] {
    arms.sorted { $0.key < $1.key }.flatMap { arm, values in
        values.enumerated().map { repetition, value in
            CountRow(
                scenario: scenario, scenarioHash: "reduced", phase: phase, operation: phase, arm: arm,
                repetition: repetition, metric: metric, value: value, unit: "count")
        }
    }
}

/// What a gate did until it was done.
struct GateRun {
    var document: GateDocument
    var screened = 0
    var confirmed = 0
}

/// Runs a gate to its end as a driver does, on made-up rounds.
///
/// - Parameters:
///   - budget: how many rounds there is time for.
///   - confirming: changes the rounds before those that confirm.
func runGate(
    _ rounds: Rounds, counts: [CountRow] = [], policy: GatePolicy = suitePolicy(), budget: Int = 1000,
    confirming: (inout Rounds) -> Void = { _ in }
) -> GateRun {
    var rounds = rounds
    var run = GateRun(
        document: GateDocument(verdict: .pass, reasons: [], tests: [], baseline: "", candidate: ""))
    var number = 0
    while true {
        let step = gateStep(
            slices: rounds.rows, counts: number == 0 && !counts.isEmpty ? [] : counts, policy: policy,
            isBudgetLeft: number < budget, baseline: "main", candidate: "branch")
        switch step {
        case .measure(let scenarios):
            for scenario in scenarios.sorted() { rounds.add(number, scenario: scenario) }
            run.screened += 1
        case .confirm(let tests):
            if run.confirmed == 0 { confirming(&rounds) }
            for scenario in Set(tests.map(\.scenario)).sorted() {
                rounds.add(number, scenario: scenario, stage: "confirm")
            }
            run.confirmed += 1
        case .done(let document):
            run.document = document
            return run
        }
        number += 1
    }
}

/// A policy for made-up scenarios.
func suitePolicy(_ tolerances: [String: [String: Double]] = ["s": [:]]) -> GatePolicy {
    var policy = GatePolicy()
    policy.tolerances = tolerances
    return policy
}
