import BenchDriver
import BenchReport
import BenchResults
import BenchSubjects
import BenchVerdict
import BenchWorkload
import Foundation
import GraphData

/// One run from data sets to report: prepares, drives, judges, writes.
struct BenchRun {
    let scenarios: [Scenario]
    let targets: [TargetDefinition]
    let directory: RunDirectory
    let profile: String
    let customAllocators: [String: String]
    let budgetNanoseconds: UInt64?
    let commit: (name: String, isDirty: Bool)?
    /// Whether to count beside measuring.
    var counts = false
    let isQuiet: Bool
    let showsProgress: Bool

    /// Runs; when that fails before there is anything to keep, the run's folder goes again.
    ///
    /// - Returns: how the campaign ended, and what its samples come to.
    func run(
        _ interruption: Interruption, orRemoving directory: RunDirectory
    ) throws(CommandFailure) -> (CampaignOutcome, VerdictDocument) {
        do throws(CommandFailure) { return try run(interruption) } catch {
            // Does nothing to a folder that holds something.
            rmdir(directory.path)
            throw error
        }
    }

    private func run(_ interruption: Interruption) throws(CommandFailure) -> (CampaignOutcome, VerdictDocument) {
        for scenario in scenarios {
            do throws(DriverError) { try CampaignPlan.check(scenario) } catch {
                throw CommandFailure("\(error)", exitCode: CommandFailure.Code.invalidInput)
            }
        }
        let scratch = try ScratchFolder(at: directory.path(of: ".scratch"))
        var progress = ProgressLine(isWanted: showsProgress)
        var datasets = DatasetCatalog(folder: scratch.path)
        var planned: [CampaignScenario] = []
        for scenario in scenarios {
            planned.append(
                try datasets.campaign(scenario) { title, row in
                    progress.show("building the data set of \(scenario.name): \(row) entities of \(title)")
                    if interruption.isRequested { endBeforeTheFirstBlock(scratch) }
                })
        }
        var environment = try RunEnvironment.describe(
            run: directory.name, profile: profile, entities: try Self.entities(planned), commit: commit)
        try record(environment)

        let driver = CampaignDriver(
            plan: CampaignPlan(
                run: directory.name, profile: profile, scenarios: planned, customAllocators: customAllocators,
                scratchDirectory: scratch.path, budgetNanoseconds: budgetNanoseconds,
                isSettled: { isSettled($1, precision: $0.precision ?? 0) }),
            launcher: ProcessLauncher(interruption: interruption), interruption: interruption,
            strategies: { SubjectCatalog().strategies($0).count > 1 }
        ) { state in
            progress.show(ProgressText.bar(state, width: Terminal.errorColumns - 1))
            // Where there is no terminal, a line for each block is enough.
            if showsProgress, !progress.isShown, state.moment == .blockFinished, !state.isWarmup {
                Terminal.note(ProgressText.line(state))
            }
        }
        let outcome = try failing { try driver.run(into: directory) }
        progress.clear()
        var countWarnings: [String] = []
        if outcome.isComplete || outcome.status == .budgetUsedUp {
            countWarnings = try counts ? counting().run(scenarios, interruption) : countAllocations(interruption)
        }

        RunEnvironment.complete(&environment, with: outcome)
        environment.warnings += outcome.warnings + countWarnings
        for skipped in outcome.skippedPhases {
            environment.warnings.append(
                "Phase `\(skipped.phase)` of \(skipped.scenario) was left out for \(skipped.subject): \(skipped.reason)"
            )
        }
        try failing { try directory.write(environment) }
        for allocator in environment.allocators {
            if let reason = allocator.skipped { Terminal.note("skipped allocator \(allocator.name): \(reason)") }
        }
        if !isQuiet { for warning in environment.warnings { Terminal.note("warning: \(warning)") } }
        return (outcome, try judge(outcome, environment))
    }

    private func counting() -> CountingRun {
        CountingRun(
            directory: directory, profile: profile, customAllocators: customAllocators, isQuiet: isQuiet,
            showsProgress: showsProgress)
    }

    /// Counts the allocations that some target is about: timed blocks cannot tell them.
    private func countAllocations(_ interruption: Interruption) throws(CommandFailure) -> [String] {
        let wanted = targets.filter { $0.metric == CountingMetric.allocations }
        let counted = scenarios.filter { scenario in wanted.contains { $0.scenario == scenario.name } }
        guard !counted.isEmpty else { return [] }
        var passes = counting()
        passes.repetitions = 1
        passes.purposes = [.allocations]
        let subjects = wanted.compactMap(\.arm.subject)
        if subjects.count == wanted.count { passes.subjects = Set(subjects) }
        return try passes.run(counted, interruption)
    }

    /// Ends the command while a data set is built: nothing was measured, and nothing stays behind.
    private func endBeforeTheFirstBlock(_ scratch: ScratchFolder) -> Never {
        scratch.remove()
        rmdir(directory.path)
        Terminal.note("strata: interrupted before the first block; nothing was measured")
        exit(CommandFailure.Code.harness)
    }

    /// What can be said before the first block: scenarios, command, environment.
    private func record(_ environment: Environment) throws(CommandFailure) {
        try failing {
            try directory.write(environment)
            try RunRecord.write(scenarios: scenarios, to: directory)
        }
    }

    private func judge(
        _ outcome: CampaignOutcome, _ environment: Environment
    ) throws(CommandFailure) -> VerdictDocument {
        try failing {
            // A run that was stopped before its first block has no rows; its tables are empty, and say so.
            if !FileManager.default.fileExists(atPath: directory.path(of: .samples)) {
                try directory.appendSamples([])
            }
            let samples = try directory.readSamples()
            let tolerances = StoredRun.tolerances(scenarios)
            let verdict = BenchVerdict.judge(
                samples.rows, targets: targets, scale: RunScale(environment) ?? RunScale(profile: .standard),
                tolerances: tolerances, run: directory.name,
                complete: outcome.isComplete, warnings: samples.warnings + environment.warnings)
            try directory.write(summarize(samples.rows), to: .summary)
            try directory.write(verdict.targets.map(\.row), to: .targets)
            try directory.write(verdict.comparisons, to: .comparison)
            try directory.write(verdict)
            if !samples.rows.isEmpty {
                let report = try Report.write(run: directory, tolerances: tolerances)
                ReportNotes.show(report)
            }
            return verdict
        }
    }

    /// How many entities the data set of each scenario holds, the largest where a sweep has several.
    private static func entities(_ scenarios: [CampaignScenario]) throws(CommandFailure) -> [String: Int] {
        var entities: [String: Int] = [:]
        for scenario in scenarios {
            for path in Set(scenario.datasetPaths.values).union([scenario.datasetPath]) where !path.isEmpty {
                let count = try failing { try MappedDataset(path: path) }.entityCount
                entities[scenario.scenario.name] = max(entities[scenario.scenario.name] ?? 0, count)
            }
        }
        return entities
    }
}
