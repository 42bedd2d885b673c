import BenchDriver
import BenchResults
import BenchVerdict
import BenchWorkload
import Foundation

/// Counts this program now, and judges it by the counts that a stored run kept. Times of another sitting are not judged:
/// on a shared machine they differ by a quarter without anybody's doing.
struct CountGate {
    let scenarios: [Scenario]
    let baseline: RunDirectory
    let directory: RunDirectory
    let profile: String
    let customAllocators: [String: String]
    let isQuiet: Bool

    func run(_ interruption: Interruption) throws(CommandFailure) -> GateDocument {
        let started = ContinuousClock.now
        let environment = try RunEnvironment.describe(
            run: directory.name, profile: profile, entities: [:], commit: RunEnvironment.commit())
        if let difference = StoredGate.machineDifference(baseline, environment.machine) {
            throw CommandFailure(difference, exitCode: CommandFailure.Code.incomparable)
        }
        // Its path has one length wherever the run's folder is: paths are strings that are allocated and copied.
        let scratch = try ScratchFolder()
        var datasets = DatasetCatalog(folder: scratch.path)
        let counting = GateCounting(
            scratch: scratch, profile: profile, customAllocators: customAllocators, interruption: interruption)
        let arms = [
            GateArm(name: "candidate", executable: try GateCommand.ownExecutable()),
            GateArm(
                name: "planted", executable: try GateCommand.ownExecutable(),
                planted: BlockJob.PlantedLoad(timeShare: GateRun.plantedShare)),
        ]
        let stored = try readingInput { try baseline.read(CountRow.self, from: .counts) }
        for warning in stored.warnings { Terminal.note("warning: \(warning)") }
        var policy = GatePolicy()
        var counts: [CountRow] = []
        let known = (try? baseline.read(FunctionRow.self, from: .functions).rows) ?? []
        var functions: [FunctionRow] = []
        var leftOut: [String] = []
        for whole in scenarios {
            // Of a sweep the first point stands for all.
            let scenario = whole.points.first?.scenario ?? whole
            var key = try failing { try LockstepDriver.arm(of: scenario) }
            key.parameters = whole.points.first?.parameters ?? ""
            let label = key.label
            let before = stored.rows.filter { $0.scenario == scenario.name && $0.arm == label }
            guard !before.isEmpty else {
                leftOut.append("Not judged: the baseline has no counts of \(scenario.name) with \(label).")
                continue
            }
            policy.tolerances[scenario.name] = scenario.tolerance
            if !isQuiet { Terminal.note("counting \(scenario.name)") }
            let outcome = try counting.count(scenario, arms, datasets: &datasets)
            guard !outcome.isInterrupted else { throw CommandFailure("interrupted before the counts were complete") }
            for text in outcome.leftOut where !isQuiet { Terminal.note(text) }
            // What was not counted now is not missing on one side: it is not compared.
            let metrics = Set(outcome.counts.map(\.metric))
            counts += before.filter { metrics.contains($0.metric) }.map { row in
                var row = row
                row.arm = "baseline"
                return row
            }
            counts += outcome.counts
            functions += outcome.functions
            functions += known.filter { $0.scenario == scenario.name && $0.arm == label }.map { row in
                var row = row
                row.arm = "baseline"
                return row
            }
        }
        guard !counts.isEmpty else {
            throw CommandFailure(
                "\(baseline.path) has no counts of these scenarios in \(RunFile.counts.rawValue): store a baseline with "
                    + "`strata bench --count --out \(baseline.path)`",
                exitCode: CommandFailure.Code.incomparable)
        }
        try failing {
            try directory.write(environment)
            try RunRecord.write(scenarios: scenarios, to: directory)
            try directory.append(counts, to: .counts)
        }
        let step = gateStep(
            slices: [], counts: counts, policy: policy, isBudgetLeft: false, baseline: baseline.path,
            candidate: "this strata")
        guard case .done(var document) = step else {
            throw CommandFailure("the gate asks for times, which cannot be compared with a stored run")
        }
        document.reasons.append(
            "Counts alone were judged: times of another sitting say nothing. For times, compare two programs.")
        document.reasons += leftOut
        let difference = GateDifference.text(document, functions)
        if let difference { print(difference + "\n") }
        document.seconds = Double((ContinuousClock.now - started).components.seconds)
        try GateOutput.keep(document, in: directory, difference: difference)
        return document
    }
}
