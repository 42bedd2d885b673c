import BenchDriver
import BenchMeasurement
import BenchReport
import BenchResults
import BenchVerdict
import BenchWorkload
import Foundation

/// What a run's folder tells about what was run, and what its samples come to.
struct StoredRun {
    let directory: RunDirectory
    let environment: Environment

    /// Opens a run.
    init(_ path: String) throws(CommandFailure) {
        let directory = try readingInput { try RunDirectory(opening: path) }
        self.directory = directory
        environment = try readingInput { try directory.readEnvironment() }
    }

    /// Whether a path is the folder of a run.
    static func isRun(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: "\(path)/\(RunFile.samples.rawValue)")
    }

    /// The samples of a run.
    static func samples(_ path: String) throws(CommandFailure) -> [SampleRow] {
        let read = try readingInput { try RunDirectory(opening: path).readSamples() }
        for warning in read.warnings { Terminal.note("warning: \(warning)") }
        return read.rows
    }

    /// The documented targets, where the project's folder is at hand.
    static func targets() throws(CommandFailure) -> [TargetDefinition] {
        guard let path = WorkloadCatalog.targets else { return [] }
        return try failing { try TargetCatalog(path: path) }.definitions
    }

    /// The libraries that the user gave names of their own, as the run found them.
    var customAllocators: [String: String] {
        let own = environment.allocators.filter {
            !AllocatorLibrary.knownNames.contains($0.name) && $0.name != Arms.placebo
        }
        return Dictionary(own.compactMap { entry in entry.path.map { (entry.name, $0) } }, uniquingKeysWith: { $1 })
    }

    /// The resolved scenarios of the folder, by name.
    func scenarios() throws(CommandFailure) -> [Scenario] {
        let folder = directory.path(of: "scenarios")
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
            .filter { $0.hasSuffix(".yaml") }.sorted()
        guard !names.isEmpty else {
            throw CommandFailure(
                "\(folder): the run holds no scenario", exitCode: CommandFailure.Code.invalidInput)
        }
        let vocabulary = ScenarioVocabulary.standard.adding(
            allocators: environment.allocators.map(\.name) + [Arms.placebo])
        var scenarios: [Scenario] = []
        for name in names {
            scenarios.append(try failing { try Scenario.load(path: "\(folder)/\(name)", vocabulary: vocabulary) })
        }
        return scenarios
    }

    /// The tolerances of the scenarios, each scenario's its own.
    static func tolerances(_ scenarios: [Scenario]) -> Tolerances {
        Tolerances(scenarios: Dictionary(scenarios.map { ($0.name, $0.tolerance) }, uniquingKeysWith: { $1 }))
    }

    /// The tolerances of the scenarios that a run kept, so that it is judged again as it was the first time; the usual
    /// ones for a folder that kept none.
    static func tolerances(of folder: String) -> Tolerances {
        (try? StoredRun(folder).scenarios()).map { tolerances($0) } ?? Tolerances()
    }

    /// Computes summary, targets, comparison, verdict and report again from the samples.
    @discardableResult
    static func judge(
        _ directory: RunDirectory, _ environment: Environment, _ scenarios: [Scenario], complete: Bool
    ) throws(CommandFailure) -> VerdictDocument {
        let targets = try targets()
        return try failing {
            let samples = try directory.readSamples()
            let tolerances = tolerances(scenarios)
            let verdict = BenchVerdict.judge(
                samples.rows, targets: targets, scale: RunScale(environment) ?? RunScale(profile: .standard),
                tolerances: tolerances, run: directory.name, complete: complete,
                warnings: samples.warnings + environment.warnings)
            try directory.write(summarize(samples.rows), to: .summary)
            try directory.write(verdict.targets.map(\.row), to: .targets)
            try directory.write(verdict.comparisons, to: .comparison)
            try directory.write(verdict)
            if !samples.rows.isEmpty { ReportNotes.show(try Report.write(run: directory, tolerances: tolerances)) }
            return verdict
        }
    }
}
