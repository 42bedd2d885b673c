import BenchResults
import BenchWorkload
import Foundation
import Synchronization
import Testing

@testable import BenchDriver

@Suite("Blocks whose memory settles", .serialized)
struct SettlingTests {
    /// A setting with a phase that settles.
    private func setting(blocks: Int, warmupBlocks: Int = 0, budget: UInt64? = nil) throws -> CampaignSetting {
        try CampaignSetting(
            subjects: ["echo", "recording"], blocks: blocks, warmupBlocks: warmupBlocks, budget: budget
        ) { scenario in
            scenario.phases[scenario.phases.count - 1].settleNanoseconds = 1_000_000_000
        }
    }

    @Test("Others run while blocks settle, eight at most, and all rows are in at the end")
    func others() throws {
        let setting = try setting(blocks: 10, warmupBlocks: 1)
        let log = SettlingLog()
        let outcome = try setting.run(SettlingLauncher(log))
        #expect(outcome.status == .complete && outcome.completeBlocks == ["example": 10])
        let seen = log.value
        #expect(seen.mostSettling == 8 && seen.settling == 0 && seen.abandoned == 0)
        #expect(try setting.directory.readSamples().rows.map(\.block) == (0..<10).flatMap { [$0, $0] })
        #expect(try setting.blocks().count == 20)
        #expect(!FileManager.default.fileExists(atPath: setting.scratch))
    }

    @Test("A warm-up block does not settle")
    func warmup() throws {
        let setting = try setting(blocks: 1, warmupBlocks: 2)
        let launcher = ScriptedLauncher { .finished(campaignResult($0)) }
        _ = try setting.run(launcher)
        let settles = launcher.jobs.map { $0.scenario.phases.last?.settleNanoseconds }
        #expect(settles == [nil, nil, nil, nil, 1_000_000_000, 1_000_000_000])
    }

    @Test("A round with a block that still settles is not kept when the campaign ends early, and the block is ended")
    func endsEarly() throws {
        let setting = try setting(blocks: 4)
        let log = SettlingLog()
        let outcome = try setting.run(
            SettlingLauncher(log) { $0.block == 2 ? .failed(DriverError("it fell over")) : nil })
        #expect(outcome.status == .failed(DriverError("it fell over")))
        let seen = log.value
        #expect(seen.abandoned == 4 && seen.settling == 0)
        #expect(outcome.completeBlocks == ["example": 0])
        #expect(!FileManager.default.fileExists(atPath: setting.directory.path(of: .samples)))
        #expect(!FileManager.default.fileExists(atPath: setting.scratch))
    }

    @Test("What a settled block came to can fail, differ and be disturbed as any other's")
    func results() throws {
        let failing = try setting(blocks: 2)
        let failed = try failing.run(
            SettlingLauncher(SettlingLog()) { _ in
                nil
            } result: {
                $0.block == 1 ? .failed(DriverError("it fell over late")) : .finished(campaignResult($0))
            })
        #expect(failed.status == .failed(DriverError("it fell over late")))
        #expect(failed.completeBlocks == ["example": 1])

        let differing = try setting(blocks: 2)
        let conflict = try differing.run(
            SettlingLauncher(SettlingLog()) { _ in
                nil
            } result: {
                .finished(
                    campaignResult($0, digest: $0.arm.subject == "echo" ? "00000000000000ff" : "00000000000000aa"))
            })
        #expect(conflict.status == .conflict && conflict.conflicts.count == 1)

        let disturbed = try setting(blocks: 4)
        let isFirst = Mutex(true)
        let log = SettlingLog()
        let repeated = try disturbed.run(
            SettlingLauncher(log) { _ in
                nil
            } result: { job in
                let isLate = job.block == 1 && isFirst.withLock { $0 }
                if isLate { isFirst.withLock { $0 = false } }
                return .finished(campaignResult(job, invalid: isLate ? "late" : nil))
            })
        #expect(repeated.status == .complete && repeated.repeatedRounds == 1)
        #expect(repeated.completeBlocks == ["example": 4] && log.value.settling == 0)
        let rows = try disturbed.blocks()
        #expect(rows.filter { !$0.kept }.map(\.block) == [1, 1])
        #expect(rows.filter(\.kept).map(\.block).sorted() == [0, 0, 1, 1, 2, 2, 3, 3])
    }

    @Test("A worker hands back control with the word that it settles, and leaves its result later")
    func worker() throws {
        let folder = try TestFolder()
        let script = try folder.write(
            """
            echo settling >&3; echo load >&3; echo settling >&3
            while [ ! -e "\(folder.file("go"))" ]; do sleep 0.01; done
            cp "\(folder.file("prepared.json"))" "$(dirname "$1")/result.json"
            """, to: "worker.sh")
        var scenario = try TestScenario.make()
        scenario.phases[0].settleNanoseconds = 1_000_000_000
        let job = try TestJob.make(scenario, in: folder)
        try campaignResult(job).write(to: folder.file("prepared.json"))
        let launcher = ProcessLauncher(executable: "/bin/sh", arguments: [script])
        var phases: [String] = []
        guard case .settling(let block) = launcher.begin(job, phase: { phases.append($0) }) else {
            Issue.record("it did not settle")
            return
        }
        // The first one is a name like another: only after the last phase has begun does the word mean that.
        #expect(phases == ["settling", "load"])
        #expect(!block.isOver && block.residentBytes > 0)
        _ = try folder.write("", to: "go")
        guard case .finished(let result) = block.finish() else {
            Issue.record("it did not finish")
            return
        }
        #expect(result.rows == campaignResult(job).rows && block.isOver && block.residentBytes == 0)

        try FileManager.default.removeItem(atPath: folder.file("go"))
        guard case .settling(let other) = launcher.begin(job, phase: { _ in }) else {
            Issue.record("it did not settle")
            return
        }
        other.abandon()
        #expect(other.isOver)
    }
}

/// What a settling launcher has seen.
private final class SettlingLog: Sendable {
    struct Seen {
        var settling = 0
        var mostSettling = 0
        var abandoned = 0
    }

    private let seen = Mutex(Seen())

    var value: Seen { seen.withLock { $0 } }
    func update(_ body: (inout Seen) -> Void) { seen.withLock { body(&$0) } }
}

/// Lets every block settle until it is asked for.
private struct SettlingLauncher: BlockLauncher {
    struct Block: SettlingBlock {
        let log: SettlingLog
        let result: () -> LaunchOutcome

        var isOver: Bool { false }
        var residentBytes: UInt64 { 1 }
        func finish() -> LaunchOutcome {
            log.update { $0.settling -= 1 }
            return result()
        }
        func abandon() {
            log.update {
                $0.settling -= 1
                $0.abandoned += 1
            }
        }
    }

    let log: SettlingLog
    /// What becomes of a job at once, or nil where it settles.
    let script: (BlockJob) -> LaunchOutcome?
    let result: (BlockJob) -> LaunchOutcome

    init(
        _ log: SettlingLog, script: @escaping (BlockJob) -> LaunchOutcome? = { _ in nil },
        result: @escaping (BlockJob) -> LaunchOutcome = { .finished(campaignResult($0)) }
    ) {
        self.log = log
        self.script = script
        self.result = result
    }

    func launch(_ job: BlockJob, phase: (String) -> Void) -> LaunchOutcome { script(job) ?? result(job) }

    func begin(_ job: BlockJob, phase: (String) -> Void) -> LaunchStart {
        if let outcome = script(job) { return .ended(outcome) }
        guard job.scenario.phases.last?.settleNanoseconds != nil else { return .ended(result(job)) }
        log.update {
            $0.settling += 1
            $0.mostSettling = max($0.mostSettling, $0.settling)
        }
        return .settling(Block(log: log) { result(job) })
    }
}
