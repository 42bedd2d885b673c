import ArgumentParser
import BenchDriver
import BenchMeasurement
import BenchResults
import BenchSubjects
import BenchWorkload
import Foundation

/// Where a scenario spends its time and its memory.
struct ProfileCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile", abstract: "Look at one arm of a scenario with a profiler.",
        discussion: """
            --cpu samples the stacks with perf; --instructions counts the functions of the reduced plan with \
            callgrind; --allocations and --heap follow every allocation with heaptrack. Without any of them, --cpu. \
            The first allocator, strategy, subject and number of threads that the options leave are taken, and the first \
            point of a sweep. Flame graphs are SVG; the .speedscope.json files open in speedscope, the .folded ones in \
            every tool for folded stacks. Compare with an earlier profile by --against.
            """)

    @OptionGroup var options: ScenarioOptions
    @Flag(help: "Where the processor's time goes.") var cpu = false
    @Flag(help: "Instructions by function.") var instructions = false
    @Flag(help: "Allocations by count, temporary ones apart.") var allocations = false
    @Flag(help: "The heap over time, and who holds it at its peak.") var heap = false
    @Option(help: "Samples a second, for --cpu.") var frequency = 999
    @Option(help: "Samples that are enough, for --cpu: blocks are run until there are so many, at most 20.")
    var samples = 2000
    @Option(help: "The profile's folder, new or empty.") var out: String?
    @Option(help: ArgumentHelp("An earlier profile to compare with.", valueName: "folder")) var against: String?

    func validate() throws {
        guard options.workloads.count == 1 else { throw ValidationError("name the one workload to profile") }
        guard (1...20_000).contains(frequency) else {
            throw ValidationError("--frequency lies between 1 and 20000")
        }
        guard samples > 0 else { throw ValidationError("--samples is at least 1") }
    }

    func run() throws {
        guard let whole = try options.scenarios(usual: .quick).first else { return }
        let point = whole.points.first ?? SweepPoint(parameters: "", scenario: whole)
        guard let specification = point.scenario.dataset else {
            throw CommandFailure(
                "\(whole.name) runs a program of its own: profile that program directly",
                exitCode: CommandFailure.Code.invalidInput)
        }
        let looksAtProcessor = cpu || !(instructions || allocations || heap)
        let kinds: [ProfileDriver.Kind] =
            (looksAtProcessor ? [.processor] : []) + (allocations || heap ? [.heap] : [])
        if let obstacle = kinds.lazy.compactMap({ ProfileDriver.obstacle(to: $0) }).first {
            throw CommandFailure(obstacle)
        }
        let arm = try self.arm(of: point)
        let earlier = try against.map { (folder) throws(CommandFailure) in try ProfileFolder(opening: folder) }
        let interruption = try failing { try Interruption() }
        let folder = try ProfileFolder(creating: out ?? Self.usualFolder(whole.name))
        do {
            let scratch = try ScratchFolder()
            var datasets = DatasetCatalog(folder: scratch.path)
            Terminal.note("profiling \(whole.name), arm \(arm.key.label)")
            let plan = ProfilePlan(
                run: "profile", profile: (options.chosenProfile ?? .quick).rawValue, scenario: point.scenario,
                datasetPath: try datasets.path(for: specification) { _, _ in }, arm: arm.key, allocator: arm.allocator,
                scratchDirectory: scratch.path)
            try failing { try folder.directory.write(text: whole.yaml(), to: "scenarios/\(whole.name).yaml") }
            try failing { try RunRecord.writeCommand(to: folder.directory) }
            let title = "\(whole.name) (\(arm.key.label))"
            if looksAtProcessor {
                let profile = try failing {
                    try ProfileDriver(plan: plan, interruption: interruption)
                        .sampleProcessor(frequency: frequency, samples: samples)
                }
                try ProfileText.processor(profile, title, folder, earlier)
            }
            if allocations || heap {
                let profile = try failing { try ProfileDriver(plan: plan, interruption: interruption).traceHeap() }
                if allocations { try ProfileText.allocations(profile, title, folder, earlier) }
                if heap { try ProfileText.heap(profile, title, folder, earlier) }
            }
            if instructions {
                let functions = try count(point.scenario, arm, &datasets, scratch, interruption)
                try ProfileText.instructions(functions, folder, earlier)
            }
        } catch {
            folder.removeIfEmpty()
            throw error
        }
        print("profile: \(folder.directory.path)")
    }

    private static func usualFolder(_ scenario: String) -> String {
        let name = RunDirectory.runName(
            secondsSinceEpoch: Int(Date().timeIntervalSince1970), commit: RunEnvironment.commit()?.name)
        return "results/profile-\(name)-\(scenario)"
    }

    /// The first arm that the options leave.
    private func arm(of point: SweepPoint) throws(CommandFailure) -> CountingPlan.Arm {
        let arms = Arms.expand(point.scenario.arms) { SubjectCatalog().strategies($0).count > 1 }
        guard var key = arms.first else {
            throw CommandFailure("the scenario has no arm", exitCode: CommandFailure.Code.invalidInput)
        }
        key.parameters = point.parameters
        let library = try failing { try AllocatorLibrary.find(key.allocator, custom: options.customAllocators) }
        return CountingPlan.Arm(name: key.label, key: key, allocator: library)
    }

    /// Instructions by function, on the reduced plan.
    private func count(
        _ scenario: Scenario, _ arm: CountingPlan.Arm, _ datasets: inout DatasetCatalog, _ scratch: ScratchFolder,
        _ interruption: Interruption
    ) throws(CommandFailure) -> [FunctionRow] {
        let reduced = scenario.reduced()
        guard let dataset = reduced.dataset, !reduced.phases.isEmpty else {
            throw CommandFailure("no phase of \(scenario.name) does a fixed amount of work, which could be counted")
        }
        let plan = CountingPlan(
            run: "profile", profile: "quick", scenario: reduced, scenarioHash: scenario.hash,
            datasetPath: try datasets.path(for: dataset) { _, _ in }, arms: [arm], repetitions: 1,
            purposes: [.instructions], scratchDirectory: scratch.path)
        let outcome = try failing { try CountingDriver(plan: plan, interruption: interruption).run() }
        if let reason = outcome.leftOut.first { throw CommandFailure(reason) }
        guard !outcome.isInterrupted else { throw CommandFailure("interrupted before the functions were counted") }
        return outcome.functions
    }
}
