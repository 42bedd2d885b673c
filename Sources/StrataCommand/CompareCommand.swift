import ArgumentParser
import BenchDriver
import BenchResults
import BenchVerdict
import BenchWorkload

/// The grid of allocators; or two stored runs.
struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "Compare allocators on scenarios, or one stored run with another.",
        discussion: """
            Of scenarios: measures the allocators of the scenario (where it names one, glibc, jemalloc, mimalloc and \
            tcmalloc), with each strategy, and a placebo: the reference under a second name, which has to tie, or nothing \
            is ranked. At least \(Self.fewestBlocks) blocks, unless --blocks says otherwise.

            Of two folders of runs (compare RUN_A RUN_B): what changed from A to B, paired by block number. Writes \
            nothing; ends with 5 when the two have nothing in common to compare.
            """)

    @OptionGroup var options: ScenarioOptions
    @OptionGroup var running: RunOptions

    /// Below this number of blocks intervals that hold for a whole grid are too wide to tell much.
    private static let fewestBlocks = 8
    /// The allocators of a scenario that names only one.
    private static let usualAllocators = ["glibc", "jemalloc", "mimalloc", "tcmalloc"]

    func run() throws {
        let words = options.workloads
        if words.count == 2, words.allSatisfy(StoredRun.isRun) { return try compareRuns(words[0], words[1]) }
        if let folder = words.first(where: StoredRun.isRun) {
            if words.count == 2, let other = words.first(where: { !StoredRun.isRun($0) }),
                (try? WorkloadCatalog.paths([other])) == nil
            {
                throw CommandFailure(
                    "\(other) is not the folder of a run: it holds no \(RunFile.samples.rawValue)",
                    exitCode: CommandFailure.Code.invalidInput)
            }
            throw CommandFailure(
                "\(folder) is the folder of a run: name two runs to compare them, or scenarios to measure",
                exitCode: CommandFailure.Code.usage)
        }
        try compareAllocators()
    }

    // MARK: Allocators

    private func compareAllocators() throws {
        let scenarios = try options.scenarios().map(widened)
        let (directory, outcome, verdict) = try running.measure(
            scenarios, profile: options.profile.rawValue, customAllocators: options.customAllocators)
        if running.json {
            try Terminal.printJSON(verdict)
        } else if let grids = verdict.grids {
            print(GridTable.text(grids), terminator: "")
            print("report: \(directory.path)/report.html")
        } else {
            print("There is nothing to compare: only one allocator ran.")
        }
        try RunOptions.end(outcome, directory)
    }

    /// A scenario with the arms of a grid, for what the user did not say.
    private func widened(_ scenario: Scenario) -> Scenario {
        var scenario = scenario
        scenario.arms = arms(of: scenario)
        if options.blocks == nil, scenario.blocks < Self.fewestBlocks { scenario.blocks = Self.fewestBlocks }
        scenario.maximumBlocks = max(scenario.maximumBlocks, scenario.blocks)
        for place in scenario.points.indices {
            scenario.points[place].scenario.arms = scenario.arms
            scenario.points[place].scenario.blocks = scenario.blocks
            scenario.points[place].scenario.maximumBlocks = scenario.maximumBlocks
        }
        return scenario
    }

    private func arms(of scenario: Scenario) -> ArmsSpecification {
        var arms = scenario.arms
        if options.allocators == nil {
            let custom = options.customAllocators
            let own = arms.allocators.filter { custom[$0] == nil }
            let usual = own.count > 1 ? own : own + Self.usualAllocators.filter { !own.contains($0) }
            arms.allocators = usual + custom.keys.sorted()
        }
        // The first allocator is the one that a placebo repeats.
        arms.allocators.removeAll { $0 == Arms.placebo }
        if let place = arms.allocators.firstIndex(of: "glibc") {
            arms.allocators.insert(arms.allocators.remove(at: place), at: 0)
        }
        arms.allocators.append(Arms.placebo)
        guard scenario.command.isEmpty else { return arms }
        if options.subjects == nil, arms.subjects.contains("strata") { arms.subjects = ["strata"] }
        let isStrategySaid = options.strategies != nil || options.set.contains { $0.contains("strateg") }
        if !isStrategySaid, arms.strategies.count == 1 {
            let known = ScenarioVocabulary.standard.strategies
            arms.strategies += known.filter { !arms.strategies.contains($0) }
        }
        return arms
    }

    // MARK: Runs

    private func compareRuns(_ first: String, _ second: String) throws(CommandFailure) {
        if let one = try? RunDirectory(opening: first), let other = try? RunDirectory(opening: second),
            let difference = StoredGate.machineDifference(one, try? other.readEnvironment().machine)
        {
            throw CommandFailure(difference, exitCode: CommandFailure.Code.incomparable)
        }
        let (before, after) = (try StoredRun.samples(first), try StoredRun.samples(second))
        // A folder that holds samples only can be compared too, with the usual tolerance.
        let scenarios = (try? StoredRun(first).scenarios()) ?? []
        let comparison = RunComparison(
            of: after, relativeTo: before, tolerances: StoredRun.tolerances(scenarios))
        guard !comparison.rows.isEmpty else {
            throw CommandFailure(
                "\(first) and \(second) cannot be compared: \(Self.reason(comparison))",
                exitCode: CommandFailure.Code.incomparable)
        }
        for name in comparison.differingScenarios {
            Terminal.note("warning: \(name) is left out: it has another hash in each run, so that its work differs")
        }
        for name in comparison.missingScenarios { Terminal.note("warning: only one of the runs has \(name)") }
        for place in comparison.differingAnswers {
            Terminal.note("warning: \(place) is left out: its answers differ")
        }
        if running.json { return try Terminal.printJSON(comparison.rows) }
        print(comparison.table(), terminator: "")
        print(comparison.sentence(second, relativeTo: first))
    }

    private static func reason(_ comparison: RunComparison) -> String {
        if !comparison.differingScenarios.isEmpty {
            return
                "\(comparison.differingScenarios.joined(separator: ", ")) has another hash in each, so that the work "
                + "differs; run the same scenario with the same profile and overrides"
        }
        if !comparison.differingAnswers.isEmpty {
            return "the answers of \(comparison.differingAnswers.joined(separator: ", ")) differ"
        }
        return "they have no scenario, phase and arm in common"
    }
}
