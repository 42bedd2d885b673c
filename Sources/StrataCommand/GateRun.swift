import BenchDriver
import BenchResults
import BenchSubjects
import BenchVerdict
import BenchWorkload
import Foundation
import GraphData

/// A live gate from data sets to verdict: rounds of all scenarios in turn, until the judge has seen enough.
struct GateRun {
    /// The slowdown that the run must notice in itself.
    static let plantedShare = 0.10
    /// The part of the budget after which nothing but suspects is measured: what is left is theirs.
    private static let screeningShare = 0.8

    private let scenarios: [Scenario]
    private let arms: [GateArm]
    private let baseline: String
    private let candidate: String
    private let directory: RunDirectory
    private let profile: String
    private let customAllocators: [String: String]
    private let budgetNanoseconds: UInt64
    private let commit: (name: String, isDirty: Bool)?
    private let isQuiet: Bool
    private let plant: GatePlant?

    private var policy = GatePolicy()
    private var progress: ProgressLine
    private let started = ContinuousClock.now
    private var slices: [SliceRow] = []
    private var counts: [CountRow] = []
    private var functions: [FunctionRow] = []
    private var rounds: [String: Int] = [:]
    private var notes: [String] = []
    private var datasetPaths: [String: String] = [:]

    /// A gate of two programs.
    ///
    /// - Parameters:
    ///   - baseline: the program to compare with.
    ///   - candidate: the program to judge.
    ///   - plant: what the candidate is loaded with, to try the gate out.
    ///   - mostRounds: of a scenario, before suspects are confirmed; nil for what the judge takes.
    init(
        scenarios: [Scenario], baseline: String, candidate: String, directory: RunDirectory, profile: String,
        customAllocators: [String: String], budgetNanoseconds: UInt64, mostRounds: Int?,
        commit: (name: String, isDirty: Bool)?, isQuiet: Bool, plant: GatePlant? = nil
    ) {
        // A gate has one arm for each program; of a sweep it takes the first point.
        self.scenarios = scenarios.map { $0.points.first?.scenario ?? $0 }
        arms = [
            GateArm(name: "baseline", executable: baseline), GateArm(name: "repeat", executable: baseline),
            GateArm(name: "candidate", executable: candidate, planted: plant?.measured),
            GateArm(
                name: "planted", executable: candidate,
                planted: plant?.plantedMeasured ?? BlockJob.PlantedLoad(timeShare: Self.plantedShare)),
        ]
        self.plant = plant
        self.baseline = baseline
        self.candidate = candidate
        self.directory = directory
        self.profile = profile
        self.customAllocators = customAllocators
        self.budgetNanoseconds = budgetNanoseconds
        self.commit = commit
        self.isQuiet = isQuiet
        if let mostRounds { policy.mostRounds = mostRounds }
        progress = ProgressLine(isWanted: !isQuiet)
        for scenario in scenarios {
            policy.tolerances[scenario.name] = scenario.tolerance
            if !scenario.points.isEmpty { note("\(scenario.name): of the sweep only the first point is compared") }
            if scenario.dataset == nil { note("\(scenario.name): a program of its own is not compared") }
        }
    }

    /// Measures and judges. What is measured goes to the folder round by round.
    mutating func run(_ interruption: Interruption) throws(CommandFailure) -> GateDocument {
        defer { progress.clear() }
        let scratch = try ScratchFolder(at: directory.path(of: ".scratch"))
        let driver = LockstepDriver(
            profile: profile, customAllocators: customAllocators, scratchDirectory: scratch.path,
            interruption: interruption)
        try failing { try driver.check(arms) }
        try buildDatasets(scratch, interruption)
        try count(interruption)
        var document = try measure(driver)
        progress.clear()
        document.seconds = Double((ContinuousClock.now - started).components.seconds)
        if counts.isEmpty { note("nothing was counted: only times were judged") }
        document.reasons += notes
        let difference = GateDifference.text(document, functions)
        if let difference { print(difference + "\n") }
        try GateOutput.keep(document, in: directory, difference: difference)
        return document
    }

    /// The first tier: what the programs do, whatever the machine does meanwhile.
    private mutating func count(_ interruption: Interruption) throws(CommandFailure) {
        // Its path has one length wherever the run's folder is: paths are strings that are allocated and copied.
        let folder = try ScratchFolder()
        var datasets = DatasetCatalog(folder: folder.path)
        let counting = GateCounting(
            scratch: folder, profile: profile, customAllocators: customAllocators, interruption: interruption,
            plant: plant)
        for scenario in scenarios where datasetPaths[scenario.name] != nil {
            progress.show("counting \(scenario.name)")
            if !isQuiet, !progress.isShown { Terminal.note("counting \(scenario.name)") }
            let outcome = try counting.count(scenario, arms, datasets: &datasets)
            guard !outcome.isInterrupted else { throw CommandFailure("interrupted; no round was finished") }
            for text in outcome.leftOut { note(text) }
            counts += outcome.counts
            functions += outcome.functions
            try failing {
                try directory.append(outcome.counts, to: .counts)
                try directory.append(outcome.functions, to: .functions)
            }
        }
    }

    // MARK: Rounds

    /// Measures what the judge asks for, until it has its answer.
    private mutating func measure(_ driver: LockstepDriver) throws(CommandFailure) -> GateDocument {
        let compared = scenarios.filter { datasetPaths[$0.name] != nil }
        for _ in 0..<policy.fewestRounds {
            for scenario in compared where spent < budgetNanoseconds {
                try round(scenario, driver, stage: "screen", phases: nil)
            }
        }
        while true {
            // What the judge may still ask for from here on is the confirmation of what it suspects.
            if Double(spent) > Self.screeningShare * Double(budgetNanoseconds) {
                policy.mostRounds = min(policy.mostRounds, rounds.values.min() ?? policy.mostRounds)
            }
            let step = gateStep(
                slices: slices, counts: counts, policy: policy, isBudgetLeft: spent < budgetNanoseconds,
                baseline: baseline, candidate: candidate)
            switch step {
            case .done(let document): return document
            case .measure(let names):
                let wanted = compared.filter { names.contains($0.name) }
                guard !wanted.isEmpty else {
                    throw CommandFailure("the gate asks for scenarios that are not there: \(names.sorted())")
                }
                for scenario in wanted { try round(scenario, driver, stage: "screen", phases: nil) }
            case .confirm(let tests):
                for scenario in compared {
                    let phases = Set(tests.filter { $0.scenario == scenario.name }.map(\.phase))
                    if !phases.isEmpty { try round(scenario, driver, stage: "confirm", phases: phases) }
                }
            }
        }
    }

    private mutating func round(
        _ scenario: Scenario, _ driver: LockstepDriver, stage: String, phases: Set<String>?
    ) throws(CommandFailure) {
        guard let path = datasetPaths[scenario.name] else { return }
        let number = rounds[scenario.name, default: 0]
        rounds[scenario.name] = number + 1
        let title = "\(stage == "screen" ? "round" : "confirming round") \(number + 1) of \(scenario.name)"
        if !isQuiet, !progress.isShown { Terminal.note(title) }
        let seconds = spent / 1_000_000_000
        let round: LockstepRound
        do throws(DriverError) {
            round = try driver.round(
                scenario: scenario, datasetPath: path, arms: arms, number: number, stage: stage, phases: phases
            ) { phase in progress.show("\(title)  \(phase)  \(seconds) s") }
        } catch {
            guard error.kind == .interrupted else { throw CommandFailure(error) }
            throw CommandFailure(
                slices.isEmpty
                    ? "interrupted; no round was finished" : "interrupted; the finished rounds are in \(directory.path)"
            )
        }
        slices += round.rows
        try failing { try directory.append(round.rows, to: .slices) }
        for skipped in round.skipped where phases == nil {
            note("\(skipped.scenario): the phase `\(skipped.phase)` is not compared in time: \(skipped.reason)")
        }
    }

    private var spent: UInt64 {
        let passed = (ContinuousClock.now - started).components
        return UInt64(passed.seconds) * 1_000_000_000 + UInt64(passed.attoseconds / 1_000_000_000)
    }

    private mutating func note(_ text: String) { if !notes.contains(text) { notes.append(text) } }

    // MARK: Files

    private mutating func buildDatasets(
        _ scratch: ScratchFolder, _ interruption: Interruption
    ) throws(CommandFailure) {
        var datasets = DatasetCatalog(folder: scratch.path)
        var entities: [String: Int] = [:]
        for scenario in scenarios {
            guard let dataset = scenario.dataset else { continue }
            let path = try datasets.path(for: dataset) { title, row in
                progress.show("building the data set of \(scenario.name): \(row) entities of \(title)")
            }
            if interruption.isRequested { throw CommandFailure("interrupted; no round was finished") }
            datasetPaths[scenario.name] = path
            entities[scenario.name] = try failing { try MappedDataset(path: path) }.entityCount
        }
        guard !datasetPaths.isEmpty else {
            throw CommandFailure(
                "none of the scenarios has phases that can be compared", exitCode: CommandFailure.Code.invalidInput)
        }
        let environment = try RunEnvironment.describe(
            run: directory.name, profile: profile, entities: entities, commit: commit)
        for warning in environment.warnings { note("warning: \(warning)") }
        try failing {
            try directory.write(environment)
            try RunRecord.write(scenarios: scenarios, to: directory)
        }
    }
}
