import BenchDriver
import BenchResults
import BenchWorkload
import Synchronization

/// Runs blocks in this process, or as a script says, and writes down what it was asked to do.
final class ScriptedLauncher: BlockLauncher, Sendable {
    private let asked = Mutex<[BlockJob]>([])
    private let factory = TestFactory()
    private let script: @Sendable (BlockJob) -> LaunchOutcome?

    /// - Parameter script: what becomes of a job, or nil to run it in this process.
    init(_ script: @escaping @Sendable (BlockJob) -> LaunchOutcome? = { _ in nil }) { self.script = script }

    var jobs: [BlockJob] { asked.withLock { $0 } }

    func launch(_ job: BlockJob, phase: (String) -> Void) -> LaunchOutcome {
        asked.withLock { $0.append(job) }
        if let outcome = script(job) { return outcome }
        var own = job
        for name in job.scenario.phases.map(\.name) { phase(name) }
        do throws(DriverError) {
            own.allocator = try TestJob.owner()
            return .finished(try BlockWorker.run(job: own, factory: factory))
        } catch {
            return .failed(error)
        }
    }
}

/// A finished block with one row and the given digests of the phase `load`.
func scriptedResult(_ job: BlockJob, digest: String = "00000000000000aa", plan: String = "00000000000000bb")
    -> BlockResult
{
    BlockResult(
        status: .done,
        phases: [BlockResult.Phase(name: "load", operation: "insert", threads: 1, digest: digest, planHash: plan)],
        rows: [
            SampleRow(
                run: job.run, scenario: job.scenario.name, scenarioHash: job.scenarioHash, phase: "load",
                operation: "insert", subject: job.arm.subject, allocator: job.arm.allocator,
                strategy: job.arm.strategy, threads: 1, block: job.block, metric: "throughput", value: 1,
                unit: "operations/s", direction: .higher, digest: digest)
        ])
}
