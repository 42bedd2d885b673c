import BenchDriver
import BenchMeasurement
import BenchResults
import BenchWorkload
import Foundation

/// A campaign in a folder of its own.
struct CampaignSetting {
    let folder: TestFolder
    let directory: RunDirectory
    var plan: CampaignPlan
    var scratch: String { plan.scratchDirectory }

    init(
        subjects: [String] = ["echo"], allocators: [String] = ["glibc"], blocks: Int = 2, warmupBlocks: Int = 0,
        scenarios: [String] = ["example"], phases: String = TestScenario.loadPhase, custom: [String: String] = [:],
        budget: UInt64? = nil, adjust: (inout Scenario) -> Void = { _ in }
    ) throws {
        let folder = try TestFolder()
        let path = try TestScenario.dataset(in: folder)
        plan = CampaignPlan(
            run: "test-run", profile: "quick",
            scenarios: try scenarios.map { name in
                var scenario = try TestScenario.make(
                    name: name, subjects: subjects, allocators: allocators, blocks: blocks,
                    warmupBlocks: warmupBlocks, phases: phases)
                adjust(&scenario)
                return CampaignScenario(scenario: scenario, datasetPath: path)
            }, customAllocators: custom, scratchDirectory: folder.file("scratch"), budgetNanoseconds: budget)
        directory = try RunDirectory(creating: folder.file("run"))
        self.folder = folder
    }

    /// Runs the campaign. The machine that the tests run on disturbs no round, whatever else it does.
    func run(
        _ launcher: any BlockLauncher, progress: @escaping (CampaignProgress) -> Void = { _ in }
    ) throws -> CampaignOutcome {
        try CampaignDriver(
            plan: plan, launcher: launcher, strategies: { _ in false }, progress: progress, conditions: { nil }
        ).run(into: directory)
    }

    func blocks() throws -> [BlockRow] { try directory.read(BlockRow.self, from: .blocks).rows }
}

/// A finished block of any arm with one figure.
func campaignResult(
    _ job: BlockJob, throughput: Double = 1, reference: Double? = nil, invalid: String? = nil,
    digest: String = "00000000000000aa"
) -> BlockResult {
    BlockResult(
        status: .done,
        phases: [
            BlockResult.Phase(
                name: "load", operation: "insert", threads: 1, digest: digest, planHash: "00000000000000bb",
                invalid: invalid)
        ],
        rows: [
            SampleRow(
                run: job.run, scenario: job.scenario.name, scenarioHash: job.scenarioHash, phase: "load",
                operation: "insert", subject: job.arm.subject, allocator: job.arm.allocator,
                allocatorOptions: job.arm.allocatorOptions, strategy: job.arm.strategy, threads: 1,
                parameters: job.arm.parameters, block: job.block, metric: "throughput", value: throughput,
                unit: "operations/s", direction: .higher, digest: digest)
        ], referenceNanoseconds: reference.map { [$0, $0] } ?? [])
}
