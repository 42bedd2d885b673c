import BenchMeasurement
import BenchResults
import BenchWorkload
import Foundation
import Glibc

extension CampaignSession {
    /// No more blocks than this settle beside the one that runs: their memory and their looks at it must not be felt.
    private static let settlingAtMost = 8
    /// Nor may they hold more than this share of the machine's memory.
    private static let settlingMemoryShare: UInt64 = 4

    /// Runs all arms of a block, one after the other; what settles is left to itself. The round is then the last of
    /// those that are pending. Where arms differ it ends early: what was measured is still kept as evidence.
    mutating func runRound(
        _ block: Int, attempt: Int = 0, isWarmup: Bool = false, _ run: inout ScenarioRun
    ) throws(Stop) {
        run.pending.append(Round(block: block, attempt: attempt, isWarmup: isWarmup))
        let place = run.pending.count - 1
        for (position, arm) in Arms.order(run.arms, block: block).enumerated() where allocators.isRunnable(arm) {
            if interruption?.isRequested == true { throw .status(.interrupted) }
            try makeRoom(&run)
            let job = makeJob(run, arm, block, isWarmup: isWarmup)
            let entry = try runEntry(job, position, attempt: attempt, run)
            run.pending[place].entries.append(entry)
            runsDone += 1
            run.runsDone += 1
            try stopWhereArmsDiffer(run.pending[place], &run)
        }
        guard let last = run.pending[place].entries.last(where: { !$0.isLeftOut }) else {
            var reasons: [String] = []
            for reason in allocators.entries.compactMap(\.skipped) where !reasons.contains(reason) {
                reasons.append(reason)
            }
            let told = reasons.joined(separator: "; ")
            throw .status(.failed(DriverError("\(run.entry.scenario.name): no arm is left to run: \(told)")))
        }
        for row in run.pending[place].rows(isKept: true) where isWarmup { remember(row) }
        progress(position(run, last.job, place: last.position, attempt: attempt, moment: .blockFinished))
    }

    /// Runs one arm's block as far as it needs the machine.
    private mutating func runEntry(
        _ job: BlockJob, _ place: Int, attempt: Int, _ run: ScenarioRun
    ) throws(Stop) -> Round.Entry {
        do throws(DriverError) {
            _ = try Self.makeFolder(job.scratchDirectory)
        } catch {
            throw .fatal(error)
        }
        progress(position(run, job, place: place, attempt: attempt, moment: .setUp))
        // The time counts from outside the readings, which may wait for a processor: their window is never longer.
        let (startSeconds, started, before) = (MonotonicClock.secondsSinceEpoch(), MonotonicClock.now(), conditions())
        let begun = launcher.begin(job) { phase in
            progress(position(run, job, place: place, attempt: attempt, moment: .phase(phase)))
        }
        let change = before.flatMap { before in conditions()?.since(before) }
        let seconds = Double(MonotonicClock.now() - started) / 1e9
        let state: Round.Entry.State
        switch begun {
        case .settling(let block): state = .settling(block)
        case .ended(let outcome): state = try take(outcome, of: job)
        }
        return Round.Entry(
            job: job, position: place, startSeconds: startSeconds, seconds: seconds, conditions: change, state: state)
    }

    /// Enters what a block came to.
    private mutating func take(_ outcome: LaunchOutcome, of job: BlockJob) throws(Stop) -> Round.Entry.State {
        defer { try? FileManager.default.removeItem(atPath: job.folder) }
        switch outcome {
        case .interrupted: throw .status(.interrupted)
        case .failed(let error): throw .status(.failed(error))
        case .finished(let result):
            guard allocators.prove(job.arm, result) else { return .leftOut }
            note(result, of: job)
            self.outcome.conflicts += ledger.enter(result, of: job)
            return .finished(result)
        }
    }

    private mutating func stopWhereArmsDiffer(_ round: Round, _ run: inout ScenarioRun) throws(Stop) {
        guard !outcome.conflicts.isEmpty else { return }
        if !round.isWarmup { try keep(round, &run) }
        throw .status(.conflict)
    }

    private mutating func makeJob(_ run: ScenarioRun, _ arm: ArmKey, _ block: Int, isWarmup: Bool) -> BlockJob {
        jobNumber += 1
        // All folders' names have one length, as all environments have: see ChildEnvironment.
        let digits = String(jobNumber)
        let name = "block-" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
        var work = run.entry.work(of: arm)
        if isWarmup {
            // Nobody looks at what the memory of a warm-up settles to.
            for index in work.scenario.phases.indices { work.scenario.phases[index].settleNanoseconds = nil }
        }
        return BlockJob(
            run: plan.run, profile: plan.profile, scenario: work.scenario, scenarioHash: run.hash, arm: arm,
            allocator: allocators.library(of: arm, in: run.entry.scenario), block: block, isWarmup: isWarmup,
            reportsSingleThreadPhases: Arms.reportsSingleThreadPhases(arm, among: run.arms),
            datasetPath: work.datasetPath, folder: "\(plan.scratchDirectory)/\(name)", parentProcess: getpid())
    }

    private func position(
        _ run: ScenarioRun, _ job: BlockJob, place: Int, attempt: Int, moment: CampaignProgress.Moment
    ) -> CampaignProgress {
        let scenario = job.scenario
        var phase: String?
        if case .phase(let name) = moment { phase = name }
        let blocks = run.entry.scenario.warmupBlocks + run.blockCount(for: job.block, isWarmup: false)
        let planned = max(run.runsDone, run.arms.count * blocks)
        let later = plan.scenarios.indices.dropFirst(run.number + 1).reduce(0) { sum, number in
            let scenario = plan.scenarios[number].scenario
            return sum + arms[number].count * (scenario.warmupBlocks + scenario.blocks)
        }
        return CampaignProgress(
            scenario: scenario.name, scenarioNumber: run.number + 1, scenarioCount: plan.scenarios.count,
            block: job.block + 1, blockCount: run.blockCount(for: job.block, isWarmup: job.isWarmup),
            isWarmup: job.isWarmup, isRepeated: attempt > 0, arm: job.arm, armNumber: place + 1,
            armCount: run.arms.count, moment: moment, phase: phase,
            phaseNumber: (scenario.phases.firstIndex { $0.name == phase } ?? -1) + 1,
            phaseCount: max(1, scenario.phases.count), scenarioRunsDone: run.runsDone, scenarioRunsPlanned: planned,
            runsDone: runsDone, laterRunsPlanned: later, scenarioNanoseconds: MonotonicClock.now() - run.start,
            elapsedNanoseconds: MonotonicClock.now() - start, budgetNanoseconds: plan.budgetNanoseconds)
    }

    // MARK: Settling

    /// Waits for the oldest of the blocks that settle while there are too many of them, or they hold too much.
    private mutating func makeRoom(_ run: inout ScenarioRun) throws(Stop) {
        while true {
            let settling = run.pending.flatMap(\.entries).compactMap(\.settling)
            guard !settling.isEmpty else { return }
            let held = settling.reduce(0) { $0 + $1.residentBytes }
            let memory = UInt64(max(1, sysconf(Int32(_SC_PHYS_PAGES)))) * UInt64(sysconf(Int32(_SC_PAGESIZE)))
            guard settling.count >= Self.settlingAtMost || held > memory / Self.settlingMemoryShare else { return }
            guard let place = run.pending.firstIndex(where: { !$0.isOver }) else { return }
            try finishOldest(place, &run)
        }
    }

    /// Waits for the first block of a round that settles.
    private mutating func finishOldest(_ place: Int, _ run: inout ScenarioRun) throws(Stop) {
        guard let index = run.pending[place].entries.firstIndex(where: { $0.settling != nil }),
            let block = run.pending[place].entries[index].settling
        else { return }
        run.pending[place].entries[index].state = .leftOut
        let job = run.pending[place].entries[index].job
        run.pending[place].entries[index].state = try take(block.finish(), of: job)
        try stopWhereArmsDiffer(run.pending[place], &run)
    }

    /// Closes the rounds whose blocks have all ended, and what is repeated for them.
    ///
    /// - Parameter waits: whether to wait for those that still settle.
    mutating func collect(_ run: inout ScenarioRun, waits: Bool) throws(Stop) {
        while let place = run.pending.firstIndex(where: { waits || $0.isReady }) {
            while !run.pending[place].isOver { try finishOldest(place, &run) }
            try close(run.pending.remove(at: place), &run)
        }
    }

    // MARK: What came of a round

    /// Keeps a round, or sets it aside and runs it again where it was disturbed.
    private mutating func close(_ round: Round, _ run: inout ScenarioRun) throws(Stop) {
        let scenario = run.entry.scenario
        let limits = plan.disturbance
        let reason = limits.flatMap {
            round.disturbance($0, processors: processors, references: references)
        }
        for row in round.rows(isKept: true) { remember(row) }
        if let limits, let reason {
            let told = "block \(round.block + 1), \(reason)"
            let rounds = max(scenario.blocks, round.block + 1)
            if limits.allowsRepeat(attempt: round.attempt, repeated: run.repeated.count, rounds: rounds),
                MonotonicClock.now() < run.deadline
            {
                run.repeated.append(told)
                try setAside(round)
                return try runRound(round.block, attempt: round.attempt + 1, &run)
            }
            run.disturbed.append(told)
        }
        try keep(round, &run)
        outcome.completeBlocks[scenario.name, default: 0] += 1
    }

    /// Enters the time of a block's reference loop.
    private mutating func remember(_ row: BlockRow) {
        guard let reference = row.referenceNanoseconds else { return }
        references.insert(reference, at: references.firstIndex { $0 > reference } ?? references.count)
    }

    /// Puts what a disturbed round came to where it does not count.
    private func setAside(_ round: Round) throws(Stop) {
        try write { () throws(ResultsError) in
            try directory.append(round.results.flatMap(\.result.rows), to: .disturbed)
            try directory.append(round.rows(isKept: false), to: .blocks)
        }
    }

    /// Puts a complete round into the run's folder.
    private mutating func keep(_ round: Round, _ run: inout ScenarioRun) throws(Stop) {
        let rows = round.results.flatMap(\.result.rows)
        try write { () throws(ResultsError) in
            try directory.appendSamples(rows)
            try directory.appendTimeline(round.results.flatMap(\.result.timeline))
            try directory.append(round.rows(isKept: true), to: .blocks)
        }
        run.countWarmUps(rows)
        if run.isAdaptive { run.samples += rows }
        for (job, result) in round.results {
            latencies.add(result, of: job)
            if let clock = result.clockNanoseconds {
                outcome.clockNanoseconds = max(outcome.clockNanoseconds ?? 0, clock)
            }
            if let conditions = result.conditions {
                outcome.conditions = outcome.conditions.map { $0.adding(conditions) } ?? conditions
            }
        }
    }

    private func write(_ body: () throws(ResultsError) -> Void) throws(Stop) {
        do throws(ResultsError) {
            try body()
        } catch {
            throw .fatal(DriverError("\(error)"))
        }
    }

    private mutating func note(_ result: BlockResult, of job: BlockJob) {
        for warning in result.warnings { warn(warning) }
        if !job.isWarmup { schedules.add(result, of: job) }
        for phase in result.phases {
            guard let reason = phase.skipped else { continue }
            let skipped = CampaignOutcome.SkippedPhase(
                scenario: job.scenario.name, phase: phase.name, subject: job.arm.subject, reason: reason)
            if !outcome.skippedPhases.contains(skipped) { outcome.skippedPhases.append(skipped) }
        }
    }
}
