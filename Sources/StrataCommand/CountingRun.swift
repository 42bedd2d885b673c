import BenchDriver
import BenchMeasurement
import BenchResults
import BenchSubjects
import BenchWorkload
import Foundation

/// Counts what scenarios do, on their reduced plans: `counts.csv`, `functions.csv`, and rows in `samples.csv`.
struct CountingRun {
    let directory: RunDirectory
    let profile: String
    let customAllocators: [String: String]
    let isQuiet: Bool
    let showsProgress: Bool
    /// How often each arm is counted.
    var repetitions = 2
    /// What is counted: all, or what a target asks for beside measuring.
    var purposes: [BlockJob.Purpose] = Self.allPurposes
    /// The subjects whose arms are counted; nil for all.
    var subjects: Set<String>?

    static let allPurposes: [BlockJob.Purpose] = [.instructions, .allocations, .systemCalls]

    /// Counts all arms of all scenarios that a count can be made of.
    ///
    /// - Returns: what was left out and why, in sentences, none twice.
    func run(_ scenarios: [Scenario], _ interruption: Interruption) throws(CommandFailure) -> [String] {
        // Its path has one length wherever the run's folder is: paths are strings that are allocated and copied.
        let scratch = try ScratchFolder()
        var datasets = DatasetCatalog(folder: scratch.path)
        var leftOut: [String] = []
        func note(_ text: String) { if !leftOut.contains(text) { leftOut.append(text) } }
        for scenario in scenarios {
            let points =
                scenario.points.isEmpty
                ? [SweepPoint(parameters: "", scenario: scenario)] : scenario.points
            for point in points where !interruption.isRequested {
                let reduced = point.scenario.reduced()
                guard let dataset = reduced.dataset, !reduced.phases.isEmpty else {
                    note("\(scenario.name) was not counted: no phase of it does a fixed amount of work")
                    continue
                }
                let path = try datasets.path(for: dataset) { _, _ in }
                let arms = try self.arms(of: point, note)
                guard !arms.isEmpty else { continue }
                let outcome = try count(
                    CountingPlan(
                        run: "gate", profile: profile, scenario: reduced, scenarioHash: point.scenario.hash,
                        datasetPath: path, arms: arms, repetitions: repetitions, purposes: purposes,
                        scratchDirectory: scratch.path),
                    interruption)
                for text in outcome.leftOut { note(text) }
                for (metric, spread) in outcome.spread().sorted(by: { $0.key < $1.key }) where spread > 1e-4 {
                    note(
                        "\(scenario.name): repeated counts of \(metric) differ by "
                            + "\((spread * 100).formatted(.number.precision(.significantDigits(2)))) %")
                }
                try keep(outcome, arms, scenarioHash: scenario.hash)
            }
        }
        if interruption.isRequested { note("counting was interrupted; the finished counts were kept") }
        return leftOut
    }

    /// The arms that differ in what they count: not those that differ in threads only.
    private func arms(
        of point: SweepPoint, _ note: (String) -> Void
    ) throws(CommandFailure) -> [CountingPlan.Arm] {
        var arms: [CountingPlan.Arm] = []
        // A placebo is another arm under a second name: it would count the same.
        for var key in Arms.expand(point.scenario.arms, strategies: { SubjectCatalog().strategies($0).count > 1 })
        where key.allocator != Arms.placebo && subjects?.contains(key.subject) != false {
            key.threads = 1
            key.parameters = point.parameters
            guard !arms.contains(where: { $0.key == key }) else { continue }
            do throws(MeasurementError) {
                let library = try AllocatorLibrary.find(key.allocator, custom: customAllocators)
                arms.append(CountingPlan.Arm(name: key.label, key: key, allocator: library))
            } catch {
                note("\(key.allocator) was not counted: \(error)")
            }
        }
        return arms
    }

    private func count(
        _ plan: CountingPlan, _ interruption: Interruption
    ) throws(CommandFailure) -> CountingOutcome {
        let isQuiet = isQuiet
        let showsLine = showsProgress && Terminal.errorIsTerminal
        if !isQuiet, !showsLine { Terminal.note("\(plan.scenario.name): counting \(plan.arms.count) arms") }
        let driver = CountingDriver(plan: plan, interruption: interruption) { state in
            // One call at a time, each a whole line over the one before.
            guard showsLine else { return }
            let text = "counting \(state.done + 1)/\(state.total)  \(state.label)"
            FileHandle.standardError.write(Data("\r\u{1B}[K\(text)".utf8))
        }
        defer { if showsLine { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) } }
        return try failing { try driver.run() }
    }

    /// Adds the rows to the run's tables.
    ///
    /// jemalloc tells the bytes that the whole plan asks for, in timed blocks: those of the reduced plan must not mix
    /// with them, and stand in `counts.csv` only.
    private func keep(
        _ outcome: CountingOutcome, _ arms: [CountingPlan.Arm], scenarioHash: String
    ) throws(CommandFailure) {
        let keys = Dictionary(arms.map { ($0.name, $0.key) }, uniquingKeysWith: { first, _ in first })
        let samples = outcome.counts.compactMap { count -> SampleRow? in
            guard let key = keys[count.arm], count.metric != "allocated_bytes" || key.allocator != "jemalloc" else {
                return nil
            }
            return SampleRow(
                run: directory.name, scenario: count.scenario, scenarioHash: scenarioHash, phase: count.phase,
                operation: count.operation, subject: key.subject, allocator: key.allocator,
                allocatorOptions: key.allocatorOptions, strategy: key.strategy, threads: key.threads,
                parameters: key.parameters, block: count.repetition, metric: count.metric, value: count.value,
                unit: count.unit, direction: .lower)
        }
        try failing {
            // Tables of counts stand for a run that counted everything, and are what another one is compared with.
            if purposes == Self.allPurposes {
                try directory.append(outcome.counts, to: .counts)
                try directory.append(outcome.functions, to: .functions)
            }
            try directory.appendSamples(samples)
        }
    }
}
