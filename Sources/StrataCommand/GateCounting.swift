import BenchDriver
import BenchMeasurement
import BenchResults
import BenchWorkload
import Foundation

/// The counts of a gate: what the programs do on the reduced plan, whatever the machine does meanwhile.
struct GateCounting {
    /// The rise in instructions that the run must notice in itself.
    static let plantedShare = 0.03
    /// Instructions of a turn of planted work, at least, in an optimized build.
    private static let instructionsPerTurn = 5.0
    /// Counts that the gate judges by default. System calls are told by `bench --count`.
    private static let purposes: [BlockJob.Purpose] = [.instructions, .allocations]

    let scratch: ScratchFolder
    let profile: String
    let customAllocators: [String: String]
    let interruption: Interruption
    /// What the candidate is loaded with, where the gate is tried out.
    var plant: GatePlant?

    /// Counts a scenario of all arms but `repeat`, which the repetitions of `baseline` stand for.
    ///
    /// - Parameters:
    ///   - arms: of them the first with each name is counted; `planted` with more instructions instead of more time.
    ///   - datasets: where the reduced scenario's data set is built.
    /// - Returns: the counts, what each function contributed, and sentences about what was left out. Nothing where no
    ///   phase of the scenario does a fixed amount of work.
    func count(
        _ scenario: Scenario, _ arms: [GateArm], datasets: inout DatasetCatalog
    ) throws(CommandFailure) -> CountingOutcome {
        let reduced = scenario.reduced()
        guard let dataset = reduced.dataset, !reduced.phases.isEmpty else { return CountingOutcome() }
        let path = try datasets.path(for: dataset) { _, _ in }
        var first = arms.filter { $0.name == "baseline" || $0.name == "candidate" && plant != .instructions }
        for index in first.indices { first[index].planted = first[index].name == "candidate" ? plant?.counted : nil }
        var plan = CountingPlan(
            run: "gate", profile: profile, scenario: reduced, scenarioHash: scenario.hash, datasetPath: path,
            arms: try countingArms(scenario, first), purposes: Self.purposes, scratchDirectory: scratch.path)
        var outcome = try run(plan)
        guard !outcome.isInterrupted, let turns = Self.plantedTurns(outcome) else { return outcome }
        // The arm `planted` does so much more than the candidate, whatever that does itself.
        var slowed = arms.filter { $0.name == "planted" || $0.name == "candidate" && plant == .instructions }
        for index in slowed.indices {
            let isDouble = slowed[index].name == "planted" && plant == .instructions
            slowed[index].planted = BlockJob.PlantedLoad(
                turnsPerBatch: isDouble ? 2 * turns : turns,
                leakedBytesPerBatch: plant?.counted?.leakedBytesPerBatch ?? 0)
        }
        plan.arms = try countingArms(scenario, slowed)
        plan.purposes = [.instructions]
        let rise = try run(plan)
        outcome.counts += rise.counts
        outcome.isInterrupted = rise.isInterrupted
        return outcome
    }

    private func run(_ plan: CountingPlan) throws(CommandFailure) -> CountingOutcome {
        try failing { try CountingDriver(plan: plan, interruption: interruption).run() }
    }

    private func countingArms(
        _ scenario: Scenario, _ arms: [GateArm]
    ) throws(CommandFailure) -> [CountingPlan.Arm] {
        let key = try failing { try LockstepDriver.arm(of: scenario) }
        let library = try failing { try AllocatorLibrary.find(key.allocator, custom: customAllocators) }
        return arms.map {
            CountingPlan.Arm(
                name: $0.name, key: key, allocator: library, executable: $0.executable, planted: $0.planted)
        }
    }

    /// Turns per batch that are the planted share of the phase with the cheapest batches, and less of any other; nil
    /// where no instructions were counted.
    private static func plantedTurns(_ outcome: CountingOutcome) -> Int? {
        let costs = outcome.counts.compactMap { row -> Double? in
            guard row.metric == "instructions", let batches = outcome.batches[row.phase], batches > 0 else {
                return nil
            }
            return row.value / Double(batches)
        }
        return costs.min().map { Int(($0 * plantedShare / instructionsPerTurn).rounded(.up)) }
    }
}
