import BenchDriver
import BenchMeasurement
import BenchResults
import BenchWorkload
import Foundation
import GraphData

/// A folder for one test, removed with the value's last use.
final class TestFolder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "strata-driver-tests-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    func write(_ text: String, to name: String) throws -> String {
        try text.write(toFile: file(name), atomically: true, encoding: .utf8)
        return file(name)
    }
}

enum TestScenario {
    static let entities = 300

    /// A scenario over a small synthetic graph, with the given phases in YAML.
    static func make(
        name: String = "example", subjects: [String] = ["echo"], allocators: [String] = ["glibc"],
        threads: [Int] = [1], blocks: Int = 2, warmupBlocks: Int = 0, phases: String = loadPhase
    ) throws -> Scenario {
        let text = """
            name: \(name)
            title: Example
            description: For tests.
            dataset: { source: synthetic, entities: \(entities), edges_per_entity: 2, distinct_values: 10, \
            properties_per_entity: 1, embedding_dimensions: 4 }
            arms:
              subjects: [\(subjects.joined(separator: ", "))]
              allocators: [\(allocators.joined(separator: ", "))]
              strategies: [direct, bump]
              threads: \(threads)
            blocks: \(blocks)
            warmup_blocks: \(warmupBlocks)
            seed: 42
            phases:
            \(phases)
            """
        let vocabulary = ScenarioVocabulary.standard.adding(
            subjects: TestFactory().names + subjects, allocators: allocators)
        var scenario = try Scenario.parse(text: text, file: "\(name).yaml", vocabulary: vocabulary)
        // Tests count what is done to the subject; those of the warm-up ask for it.
        for index in scenario.phases.indices { scenario.phases[index].warmsUp = false }
        return scenario
    }

    static let loadPhase = "  - { name: load, operations: { insert: 1 } }"

    /// The phase that inserts all rows, then others in YAML.
    static func phases(_ others: String...) -> String {
        ([loadPhase] + others.map { "  - \($0)" }).joined(separator: "\n")
    }

    /// Builds the scenario's data set.
    static func dataset(in folder: TestFolder) throws -> String {
        let path = folder.file("dataset")
        if !FileManager.default.fileExists(atPath: path) {
            try DatasetBuilder.build(
                SyntheticSource(
                    SyntheticSpecification(
                        entities: entities, edgesPerEntity: 2, propertiesPerEntity: 1, distinctValues: 10,
                        embeddingDimensions: 4, seed: 42)), at: path)
        }
        return path
    }
}

enum TestJob {
    /// A job for the owner of this process's `malloc`, whoever that is.
    static func make(
        _ scenario: Scenario, in folder: TestFolder, subject: String = "echo", threads: Int = 1, block: Int = 0
    ) throws -> BlockJob {
        let job = BlockJob(
            run: "test-run", profile: "quick", scenario: scenario, scenarioHash: scenario.hash,
            arm: ArmKey(subject: subject, allocator: "glibc", strategy: "direct", threads: threads),
            allocator: try owner(), block: block, datasetPath: try TestScenario.dataset(in: folder),
            folder: folder.file("job"), parentProcess: getpid())
        try FileManager.default.createDirectory(atPath: job.scratchDirectory, withIntermediateDirectories: true)
        return job
    }

    /// The library that owns `malloc` in this process: tests may run under a preload.
    static func owner() throws(DriverError) -> AllocatorLibrary {
        do throws(MeasurementError) {
            let identity = try AllocatorIdentity.ofProcess()
            return AllocatorLibrary(name: "glibc", path: identity.kind == .glibc ? nil : identity.path)
        } catch {
            throw DriverError("\(error)")
        }
    }

    /// Runs phases on a subject in this process.
    static func run(
        _ phases: String, subject: String = "echo", threads: Int = 1, factory: TestFactory = TestFactory(),
        adjust: (inout BlockJob) -> Void = { _ in }
    ) throws -> BlockResult {
        let folder = try TestFolder()
        let scenario = try TestScenario.make(subjects: [subject], threads: [threads], phases: phases)
        var job = try make(scenario, in: folder, subject: subject, threads: threads)
        adjust(&job)
        return try BlockWorker.run(job: job, factory: factory)
    }
}

extension BlockResult {
    func phase(_ name: String) -> Phase? { phases.first { $0.name == name } }

    func value(_ metric: String, phase: String, operation: String? = nil) -> Double? {
        rows.first { $0.metric == metric && $0.phase == phase && (operation ?? $0.operation) == $0.operation }?.value
    }

    func metrics(phase: String, operation: String? = nil) -> Set<String> {
        Set(rows.filter { $0.phase == phase && (operation ?? $0.operation) == $0.operation }.map(\.metric))
    }
}
