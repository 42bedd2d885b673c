import BenchMeasurement
import BenchResults
import BenchWorkload
import Foundation
import Glibc

/// A running campaign: what is left to do, and what came of it so far.
struct CampaignSession {
    private let plan: CampaignPlan
    private let launcher: any BlockLauncher
    private let interruption: Interruption?
    private let strategies: (String) -> Bool
    private let progress: (CampaignProgress) -> Void
    private let directory: RunDirectory

    private let start = MonotonicClock.now()
    private var ledger = AnswerLedger()
    private var latencies = LatencyCollection()
    private var allocators: [String: AllocatorLibrary] = [:]
    private var outcome = CampaignOutcome(
        status: .complete, completeBlocks: [:], allocators: [], skippedPhases: [], conflicts: [], warnings: [],
        elapsedNanoseconds: 0)
    private var jobNumber = 0

    init(
        plan: CampaignPlan, launcher: any BlockLauncher, interruption: Interruption?,
        strategies: @escaping (String) -> Bool, progress: @escaping (CampaignProgress) -> Void,
        directory: RunDirectory
    ) {
        self.plan = plan
        self.launcher = launcher
        self.interruption = interruption
        self.strategies = strategies
        self.progress = progress
        self.directory = directory
    }

    /// Why the campaign goes no further.
    private enum Stop: Error {
        case status(CampaignOutcome.Status)
        /// The run's folder or the scratch folder failed.
        case fatal(DriverError)
    }

    mutating func run() throws(DriverError) -> CampaignOutcome {
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
        outcome.elapsedNanoseconds = MonotonicClock.now() - start
        return outcome
    }

    private mutating func runScenario(_ number: Int) throws(Stop) {
        let entry = plan.scenarios[number]
        let scenario = entry.scenario
        let arms = Arms.expand(scenario.arms, strategies: strategies)
        for arm in arms { findAllocator(of: arm) }
        let deadline = blockDeadline(scenariosLeft: plan.scenarios.count - number)
        outcome.completeBlocks[scenario.name] = 0
        for block in 0..<scenario.warmupBlocks where MonotonicClock.now() < deadline {
            _ = try runBlock(entry, number, arms, block, isWarmup: true)
        }
        for block in 0..<scenario.blocks {
            if block > 0, MonotonicClock.now() >= deadline {
                outcome.status = .budgetUsedUp
                warn("\(scenario.name): the budget was used up after \(block) of \(scenario.blocks) blocks")
                return
            }
            let results = try runBlock(entry, number, arms, block, isWarmup: false)
            try keep(results)
            if !outcome.conflicts.isEmpty { throw .status(.conflict) }
            outcome.completeBlocks[scenario.name] = block + 1
        }
    }

    /// The time after which no further block of the next scenario begins: its share of what is left of the budget.
    private func blockDeadline(scenariosLeft: Int) -> UInt64 {
        guard let budget = plan.budgetNanoseconds else { return .max }
        let now = MonotonicClock.now()
        let end = start &+ budget
        return now + (end > now ? (end - now) / UInt64(scenariosLeft) : 0)
    }

    /// Runs all arms of a block. Ends early where arms differ: what was measured is still worth keeping as evidence.
    private mutating func runBlock(
        _ entry: CampaignScenario, _ number: Int, _ arms: [ArmKey], _ block: Int, isWarmup: Bool
    ) throws(Stop) -> [(job: BlockJob, result: BlockResult)] {
        var results: [(job: BlockJob, result: BlockResult)] = []
        var isAnyLeft = false
        for (place, arm) in Arms.order(arms, block: block).enumerated() where isRunnable(arm) {
            if interruption?.isRequested == true { throw .status(.interrupted) }
            let job = makeJob(entry, arm, arms, block, isWarmup: isWarmup)
            let result: BlockResult
            switch try launch(job, number, place: place, armCount: arms.count) {
            case .finished(let finished): result = finished
            case .interrupted: throw .status(.interrupted)
            case .failed(let error): throw .status(.failed(error))
            }
            guard prove(arm, result) else { continue }
            isAnyLeft = true
            note(result, of: job)
            let conflicts = ledger.enter(result, of: job)
            outcome.conflicts += conflicts
            results.append((job, result))
            if !conflicts.isEmpty { break }
        }
        guard isAnyLeft else {
            let reasons = outcome.allocators.compactMap(\.skipped).joined(separator: "; ")
            throw .status(.failed(DriverError("\(entry.scenario.name): no arm is left to run: \(reasons)")))
        }
        if isWarmup, !outcome.conflicts.isEmpty { throw .status(.conflict) }
        return results
    }

    private mutating func launch(
        _ job: BlockJob, _ number: Int, place: Int, armCount: Int
    ) throws(Stop) -> LaunchOutcome {
        do throws(DriverError) {
            _ = try Self.makeFolder(job.scratchDirectory)
        } catch {
            throw .fatal(error)
        }
        defer { try? FileManager.default.removeItem(atPath: job.folder) }
        progress(position(number, job, place: place, armCount: armCount, phase: nil))
        return launcher.launch(job) { phase in
            progress(position(number, job, place: place, armCount: armCount, phase: phase))
        }
    }

    private mutating func makeJob(
        _ entry: CampaignScenario, _ arm: ArmKey, _ arms: [ArmKey], _ block: Int, isWarmup: Bool
    ) -> BlockJob {
        jobNumber += 1
        // All folders' names have one length, as all environments have: see ChildEnvironment.
        let digits = String(jobNumber)
        let name = "block-" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
        return BlockJob(
            run: plan.run, profile: plan.profile, scenario: entry.scenario, scenarioHash: entry.scenario.hash,
            arm: arm, allocator: allocators[arm.allocator] ?? AllocatorLibrary(name: arm.allocator, path: nil),
            block: block, isWarmup: isWarmup,
            reportsSingleThreadPhases: Arms.reportsSingleThreadPhases(arm, among: arms),
            datasetPath: entry.datasetPath, folder: "\(plan.scratchDirectory)/\(name)", parentProcess: getpid())
    }

    private func position(
        _ number: Int, _ job: BlockJob, place: Int, armCount: Int, phase: String?
    ) -> CampaignProgress {
        let scenario = job.scenario
        return CampaignProgress(
            scenario: scenario.name, scenarioNumber: number + 1, scenarioCount: plan.scenarios.count,
            block: job.block + 1, blockCount: job.isWarmup ? scenario.warmupBlocks : scenario.blocks,
            isWarmup: job.isWarmup, arm: job.arm, armNumber: place + 1, armCount: armCount, phase: phase,
            phaseNumber: (scenario.phases.firstIndex { $0.name == phase } ?? -1) + 1,
            phaseCount: scenario.phases.count, elapsedNanoseconds: MonotonicClock.now() - start)
    }

    // MARK: What came of a block

    /// Puts a complete block into the run's folder.
    private mutating func keep(_ results: [(job: BlockJob, result: BlockResult)]) throws(Stop) {
        do throws(ResultsError) {
            try directory.appendSamples(results.flatMap(\.result.rows))
            try directory.appendTimeline(results.flatMap(\.result.timeline))
        } catch {
            throw .fatal(DriverError("\(error)"))
        }
        for (job, result) in results {
            latencies.add(result, of: job)
            if let clock = result.clockNanoseconds {
                outcome.clockNanoseconds = max(outcome.clockNanoseconds ?? 0, clock)
            }
            if let conditions = result.conditions {
                outcome.conditions = outcome.conditions.map { $0.adding(conditions) } ?? conditions
            }
        }
    }

    private mutating func note(_ result: BlockResult, of job: BlockJob) {
        for warning in result.warnings { warn(warning) }
        for phase in result.phases {
            guard let reason = phase.skipped else { continue }
            let skipped = CampaignOutcome.SkippedPhase(
                scenario: job.scenario.name, phase: phase.name, subject: job.arm.subject, reason: reason)
            if !outcome.skippedPhases.contains(skipped) { outcome.skippedPhases.append(skipped) }
        }
    }

    private mutating func warn(_ text: String) {
        if !outcome.warnings.contains(text) { outcome.warnings.append(text) }
    }

    // MARK: Allocators

    /// Looks for the library of an arm's allocator once, and notes it, found or not.
    private mutating func findAllocator(of arm: ArmKey) {
        guard place(of: arm) == nil else { return }
        var entry = CampaignOutcome.Allocator(
            library: AllocatorLibrary(name: arm.allocator, path: nil), options: arm.allocatorOptions)
        do throws(MeasurementError) {
            entry.library = try AllocatorLibrary.find(arm.allocator, custom: plan.customAllocators)
            allocators[arm.allocator] = entry.library
        } catch {
            entry.skipped = error.description
        }
        if !arm.allocatorOptions.isEmpty, arm.allocator != "jemalloc", entry.skipped == nil {
            entry.skipped = "options can be given to jemalloc only"
        }
        outcome.allocators.append(entry)
    }

    private func place(of arm: ArmKey) -> Int? {
        outcome.allocators.firstIndex { $0.library.name == arm.allocator && $0.options == arm.allocatorOptions }
    }

    private func isRunnable(_ arm: ArmKey) -> Bool {
        place(of: arm).map { outcome.allocators[$0].skipped == nil } ?? false
    }

    /// Notes what owned `malloc`. False where that is not the arm's library: its arms are left out from then on, and
    /// their rows, if any, stay what they are.
    private mutating func prove(_ arm: ArmKey, _ result: BlockResult) -> Bool {
        guard let place = place(of: arm) else { return false }
        if outcome.allocators[place].identity == nil { outcome.allocators[place].identity = result.allocator }
        guard case .unproven(let reason) = result.status else { return true }
        outcome.allocators[place].skipped = reason
        return false
    }

    /// Makes a folder with those above it. True when it was not there.
    private static func makeFolder(_ path: String) throws(DriverError) -> Bool {
        if FileManager.default.fileExists(atPath: path) { return false }
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            return true
        } catch {
            throw DriverError("\(path): the folder cannot be made: \(error.localizedDescription)")
        }
    }
}
