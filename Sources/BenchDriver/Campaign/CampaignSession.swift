import BenchMeasurement
import BenchResults
import BenchWorkload
import Foundation
import Glibc

/// A running campaign: what is left to do, and what came of it so far.
struct CampaignSession {
    let plan: CampaignPlan
    let launcher: any BlockLauncher
    let interruption: Interruption?
    let progress: (CampaignProgress) -> Void
    let conditions: () -> SystemConditions?
    let directory: RunDirectory

    let start = MonotonicClock.now()
    let processors = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    /// The arms of each scenario.
    let arms: [[ArmKey]]
    var ledger = AnswerLedger()
    var latencies = LatencyCollection()
    var allocators: AllocatorLedger
    var schedules = ScheduleTally()
    /// The times of the reference loop in the run so far, ascending.
    var references: [Double] = []
    var outcome = CampaignOutcome(
        status: .complete, completeBlocks: [:], allocators: [], skippedPhases: [], conflicts: [], warnings: [],
        elapsedNanoseconds: 0)
    var jobNumber = 0
    /// The blocks of arms that were run so far, of all scenarios.
    var runsDone = 0

    init(
        plan: CampaignPlan, launcher: any BlockLauncher, interruption: Interruption?, strategies: (String) -> Bool,
        progress: @escaping (CampaignProgress) -> Void, conditions: @escaping () -> SystemConditions?,
        directory: RunDirectory
    ) {
        self.plan = plan
        self.launcher = launcher
        self.interruption = interruption
        self.progress = progress
        self.conditions = conditions
        self.directory = directory
        allocators = AllocatorLedger(custom: plan.customAllocators)
        arms = plan.scenarios.map { Arms.expand($0.scenario, strategies: strategies) }
    }

    /// The share of unsteady warm-ups of a phase from which on a reader should know.
    private static let unsteadyShare = 0.1

    /// Why the campaign goes no further.
    enum Stop: Error {
        case status(CampaignOutcome.Status)
        /// The run's folder or the scratch folder failed.
        case fatal(DriverError)
    }

    mutating func run() throws(DriverError) -> CampaignOutcome {
        for entry in plan.scenarios { try CampaignPlan.check(entry.scenario) }
        let madeScratch = try Self.makeFolder(plan.scratchDirectory)
        defer { if madeScratch { try? FileManager.default.removeItem(atPath: plan.scratchDirectory) } }
        do throws(Stop) {
            for number in plan.scenarios.indices { try runScenario(number) }
        } catch {
            switch error {
            case .status(let status): outcome.status = status
            case .fatal(let error): throw error
            }
        }
        try latencies.write(to: directory)
        outcome.allocators = allocators.entries
        outcome.elapsedNanoseconds = MonotonicClock.now() - start
        return outcome
    }

    private mutating func runScenario(_ number: Int) throws(Stop) {
        let entry = plan.scenarios[number]
        var run = ScenarioRun(
            entry: entry, number: number, arms: arms[number],
            deadline: blockDeadline(scenariosLeft: plan.scenarios.count - number))
        for arm in run.arms { allocators.find(arm, in: entry.scenario) }
        outcome.completeBlocks[entry.scenario.name] = 0
        do throws(Stop) {
            try runRounds(&run)
        } catch {
            for round in run.pending { round.abandon() }
            tell(run)
            throw error
        }
        tell(run)
    }

    /// The time after which no further block of the next scenario begins: its share of what is left of the budget.
    private func blockDeadline(scenariosLeft: Int) -> UInt64 {
        guard let budget = plan.budgetNanoseconds else { return .max }
        let now = MonotonicClock.now()
        let end = start &+ budget
        return now + (end > now ? (end - now) / UInt64(scenariosLeft) : 0)
    }

    private mutating func runRounds(_ run: inout ScenarioRun) throws(Stop) {
        let scenario = run.entry.scenario
        for block in 0..<scenario.warmupBlocks where MonotonicClock.now() < run.deadline {
            try runRound(block, isWarmup: true, &run)
            run.pending.removeAll()
        }
        var block = 0
        while true {
            if block >= scenario.blocks {
                try collect(&run, waits: true)
                guard wantsMore(run, after: block) else { return }
            }
            if block > 0, MonotonicClock.now() >= run.deadline {
                try collect(&run, waits: true)
                endForBudget(run, after: block)
                return
            }
            try runRound(block, &run)
            try collect(&run, waits: false)
            block += 1
        }
    }

    /// Whether the blocks so far leave open what they are to show.
    private mutating func wantsMore(_ run: ScenarioRun, after block: Int) -> Bool {
        let scenario = run.entry.scenario
        guard run.isAdaptive, let isSettled = plan.isSettled, !isSettled(scenario, run.samples) else { return false }
        if block >= scenario.maximumBlocks {
            warn("\(scenario.name): after \(block) blocks the intervals had not settled to within \(run.precision)")
        }
        return block < scenario.maximumBlocks
    }

    private mutating func endForBudget(_ run: ScenarioRun, after block: Int) {
        let scenario = run.entry.scenario
        if block < scenario.blocks {
            outcome.status = .budgetUsedUp
            warn("\(scenario.name): the budget was used up after \(block) of \(scenario.blocks) blocks")
        } else {
            warn("\(scenario.name): the budget was used up before the intervals had settled to within \(run.precision)")
        }
    }

    // MARK: What a reader should know

    /// Says which rounds were disturbed.
    private mutating func tell(_ run: ScenarioRun) {
        func told(_ reasons: [String]) -> String {
            reasons.prefix(3).joined(separator: "; ") + (reasons.count > 3 ? "; and so on" : "")
        }
        func rounds(_ count: Int) -> String { count == 1 ? "1 round was" : "\(count) rounds were" }
        let name = run.entry.scenario.name
        outcome.repeatedRounds += run.repeated.count
        outcome.disturbedRounds += run.disturbed.count
        if !run.repeated.isEmpty {
            warn("\(name): \(rounds(run.repeated.count)) disturbed and repeated for all arms: \(told(run.repeated))")
        }
        if !run.disturbed.isEmpty {
            warn("\(name): \(rounds(run.disturbed.count)) disturbed and kept all the same: \(told(run.disturbed))")
        }
        let unsteady = run.warmUps.filter { Double($0.unsteady) > Self.unsteadyShare * Double($0.count) }
        if !unsteady.isEmpty {
            let phases = unsteady.map { "`\($0.phase)` \($0.unsteady) of \($0.count) times" }
            warn("\(name): the pace was not steady yet when the measurement began: \(phases.joined(separator: ", "))")
        }
        for sentence in schedules.sentences(scenario: name) { warn(sentence) }
    }

    mutating func warn(_ text: String) {
        if !outcome.warnings.contains(text) { outcome.warnings.append(text) }
    }

    /// Makes a folder with those above it. True when it was not there.
    static func makeFolder(_ path: String) throws(DriverError) -> Bool {
        if FileManager.default.fileExists(atPath: path) { return false }
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            return true
        } catch {
            throw DriverError("\(path): the folder cannot be made: \(error.localizedDescription)")
        }
    }
}

/// A scenario of a campaign on its way.
struct ScenarioRun {
    let entry: CampaignScenario
    /// Its place in the campaign, from 0.
    let number: Int
    let arms: [ArmKey]
    let hash: String
    /// The time after which no block begins.
    let deadline: UInt64
    let start = MonotonicClock.now()
    /// Rounds that are not closed: of which blocks still settle, or which have just been run.
    var pending: [Round] = []
    /// What was kept, where it is asked whether that is enough.
    var samples: [SampleRow] = []
    /// Why rounds were repeated, and why rounds that are kept should have been.
    var repeated: [String] = []
    var disturbed: [String] = []
    /// How often a phase was warmed up, and how often its pace was not steady at the end, as the rows say.
    var warmUps: [(phase: String, count: Int, unsteady: Int)] = []
    /// The blocks of arms that were run so far.
    var runsDone = 0

    init(entry: CampaignScenario, number: Int, arms: [ArmKey], deadline: UInt64) {
        self.entry = entry
        self.number = number
        self.arms = arms
        self.deadline = deadline
        hash = entry.scenario.hash
    }

    /// Whether the number of blocks depends on what comes out.
    var isAdaptive: Bool {
        entry.scenario.precision != nil && entry.scenario.maximumBlocks > entry.scenario.blocks
    }

    /// Counts the warm-ups among the rows of a round.
    mutating func countWarmUps(_ rows: [SampleRow]) {
        for row in rows where row.metric == "is_steady" {
            let place = warmUps.firstIndex { $0.phase == row.phase } ?? warmUps.count
            if place == warmUps.count { warmUps.append((row.phase, 0, 0)) }
            warmUps[place].count += 1
            if row.value == 0 { warmUps[place].unsteady += 1 }
        }
    }

    /// The precision that is wanted, for a reader.
    var precision: String { String(format: "%.3g %%", (entry.scenario.precision ?? 0) * 100) }

    /// How many blocks a block is one of: the planned ones, or, beyond them, as many as there may be.
    func blockCount(for block: Int, isWarmup: Bool) -> Int {
        let scenario = entry.scenario
        if isWarmup { return scenario.warmupBlocks }
        return block < scenario.blocks ? scenario.blocks : scenario.maximumBlocks
    }
}
