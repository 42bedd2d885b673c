import BenchMeasurement
import BenchResults
import BenchWorkload
import Foundation
import Testing

@testable import BenchDriver

@Suite("Disturbed rounds")
struct DisturbanceTests {
    private static func row(
        seconds: Double = 2, reference: Double? = nil, stolen: Double? = nil, pressure: Double? = nil
    ) -> BlockRow {
        BlockRow(
            scenario: "s", arm: "a", block: 0, attempt: 0, position: 0, startSeconds: 0, seconds: seconds,
            referenceNanoseconds: reference, stolenSeconds: stolen, cpuPressureSeconds: pressure, kept: true)
    }

    @Test("Stolen time disturbs beyond 2 % of all processors' time, but not within two ticks of the kernel's count")
    func stolen() {
        let limits = Disturbance()
        func reason(_ seconds: Double, _ stolen: Double, _ processors: Int) -> String? {
            limits.reason(
                for: Self.row(seconds: seconds, stolen: stolen), processors: processors, references: [])
        }
        #expect(reason(2, 0.08, 2) == nil)
        #expect(reason(2, 0.09, 2) == "2 % of the processors' time was stolen")
        #expect(reason(2, 0.09, 4) == nil)
        #expect(reason(0.1, 0.02, 1) == nil)
        #expect(reason(0.1, 0.03, 1) == "30 % of the processors' time was stolen")
    }

    @Test("A slow reference loop disturbs when five of them are known")
    func reference() {
        let limits = Disturbance()
        let usual: [Double] = [90, 100, 100, 100, 500]
        func reason(_ value: Double, _ references: [Double]) -> String? {
            limits.reason(for: Self.row(reference: value), processors: 2, references: references)
        }
        #expect(reason(130, usual) == nil)
        #expect(reason(131, usual) == "the reference loop was 31 % slower than it usually is")
        #expect(reason(131, Array(usual.prefix(4))) == nil)
    }

    @Test("Waiting for a processor disturbs beyond a quarter of the time; what is not told never does")
    func pressure() {
        let limits = Disturbance()
        func reason(_ row: BlockRow) -> String? { limits.reason(for: row, processors: 2, references: []) }
        #expect(reason(Self.row(pressure: 0.5)) == nil)
        #expect(reason(Self.row(pressure: 0.6)) == "for 30 % of the time some task waited for a processor")
        #expect(reason(Self.row()) == nil && reason(Self.row(seconds: 0, pressure: 1)) == nil)
    }

    @Test("Who runs more threads than there are processors waits for itself, which disturbs nothing")
    func ownThreads() throws {
        let folder = try TestFolder()
        for (threads, isDisturbed) in [(2, true), (3, false)] {
            let job = try TestJob.make(try TestScenario.make(threads: [threads]), in: folder, threads: threads)
            var round = Round(block: 0, attempt: 0, isWarmup: false)
            round.entries = [
                Round.Entry(
                    job: job, position: 0, startSeconds: 0, seconds: 1,
                    conditions: SystemConditions(processorPressureMicroseconds: 600_000),
                    state: .finished(campaignResult(job)))
            ]
            let reason = round.disturbance(Disturbance(), processors: 2, references: [])
            #expect((reason != nil) == isDisturbed)
        }
    }

    @Test("A round is repeated once, and of all rounds a quarter")
    func quota() {
        let limits = Disturbance()
        #expect(limits.allowsRepeat(attempt: 0, repeated: 0, rounds: 4))
        #expect(!limits.allowsRepeat(attempt: 1, repeated: 0, rounds: 40))
        #expect(!limits.allowsRepeat(attempt: 0, repeated: 1, rounds: 7))
        #expect(limits.allowsRepeat(attempt: 0, repeated: 1, rounds: 8))
        #expect(!limits.allowsRepeat(attempt: 0, repeated: 0, rounds: 3))
    }

    @Test("A disturbed round is run again by all arms in the same order, and what it came to does not count")
    func repeated() throws {
        let setting = try CampaignSetting(subjects: ["echo", "recording"], blocks: 8)
        let tries = Tries()
        let launcher = ScriptedLauncher { job in
            let attempt = tries.count(job)
            let isSlow = job.block == 6 && job.arm.subject == "echo" && attempt == 0
            return .finished(
                campaignResult(job, throughput: isSlow ? 1 : 2, reference: isSlow ? 200 : 100))
        }
        let outcome = try setting.run(launcher)
        #expect(outcome.status == .complete && outcome.completeBlocks == ["example": 8])
        #expect(outcome.repeatedRounds == 1 && outcome.disturbedRounds == 0)
        #expect(launcher.jobs.count == 18)
        let again = launcher.jobs.filter { $0.block == 6 }.map(\.arm.subject)
        #expect(again.count == 4 && again.prefix(2) == again.suffix(2))
        let samples = try setting.directory.readSamples().rows
        #expect(samples.count == 16 && samples.allSatisfy { $0.value == 2 })
        let aside = try setting.directory.read(SampleRow.self, from: .disturbed).rows
        #expect(aside.map(\.block) == [6, 6] && Set(aside.map(\.value)) == [1, 2])
        let blocks = try setting.blocks().filter { $0.block == 6 }
        #expect(blocks.map(\.kept) == [false, false, true, true] && blocks.map(\.attempt) == [0, 0, 1, 1])
        #expect(blocks.first { $0.arm.hasPrefix("echo") }?.referenceNanoseconds == 200)
        #expect(outcome.warnings.count == 1)
        #expect(outcome.warnings[0].contains("1 round was disturbed and repeated for all arms: block 7, echo/"))
    }

    @Test("A round that stays disturbed is kept and said, and only a quarter of the rounds is repeated")
    func kept() throws {
        let setting = try CampaignSetting(blocks: 5)
        let launcher = ScriptedLauncher { .finished(campaignResult($0, invalid: "2 % of the sends were late")) }
        let outcome = try setting.run(launcher)
        #expect(outcome.completeBlocks == ["example": 5] && launcher.jobs.map(\.block) == [0, 0, 1, 2, 3, 4])
        #expect(outcome.repeatedRounds == 1 && outcome.disturbedRounds == 5)
        #expect(
            outcome.warnings.contains {
                $0.contains("5 rounds were disturbed and kept all the same")
                    && $0.contains("phase `load` of echo/glibc/direct/1: 2 % of the sends were late")
                    && $0.hasSuffix("; and so on")
            })
        #expect(try setting.directory.readSamples().rows.map(\.block) == [0, 1, 2, 3, 4])
    }

    @Test("Without limits every round is kept")
    func noLimits() throws {
        var setting = try CampaignSetting(blocks: 5)
        setting.plan.disturbance = nil
        let launcher = ScriptedLauncher { .finished(campaignResult($0, invalid: "late")) }
        let outcome = try setting.run(launcher)
        #expect(launcher.jobs.count == 5 && outcome.disturbedRounds == 0)
        #expect(!FileManager.default.fileExists(atPath: setting.directory.path(of: .disturbed)))
    }

    @Test("After the planned blocks others follow until the samples settle, or there are no more to be had")
    func adaptive() throws {
        for (settledAt, expected, isSaid) in [(4, 4, false), (2, 2, false), (99, 6, true)] {
            var setting = try CampaignSetting(subjects: ["echo", "recording"], blocks: 2) {
                $0.maximumBlocks = 6
                $0.precision = 0.03
            }
            setting.plan.isSettled = { scenario, samples in
                scenario.name == "example" && Set(samples.map(\.block)).count >= settledAt
            }
            let outcome = try setting.run(ScriptedLauncher { .finished(campaignResult($0)) })
            #expect(outcome.status == .complete && outcome.completeBlocks == ["example": expected])
            #expect(Set(try setting.directory.readSamples().rows.map(\.block)) == Set(0..<expected))
            #expect(outcome.warnings.contains { $0.contains("had not settled to within 3 %") } == isSaid)
        }
    }

    @Test("Without a precision nobody asks, and a budget ends the search")
    func adaptiveLimits() throws {
        var plain = try CampaignSetting(blocks: 2) { $0.maximumBlocks = 6 }
        plain.plan.isSettled = { _, _ in false }
        #expect(
            try plain.run(ScriptedLauncher { .finished(campaignResult($0)) }).completeBlocks == ["example": 2])
        var short = try CampaignSetting(blocks: 1, budget: 0) {
            $0.maximumBlocks = 6
            $0.precision = 0.03
        }
        short.plan.isSettled = { _, _ in false }
        let outcome = try short.run(ScriptedLauncher { .finished(campaignResult($0)) })
        #expect(outcome.status == .complete && outcome.completeBlocks == ["example": 1])
        #expect(outcome.warnings.contains { $0.contains("budget was used up before the intervals had settled") })
    }
}

/// How often each job was run before.
private final class Tries: @unchecked Sendable {
    // One campaign, one thread.
    private var seen: [String: Int] = [:]

    func count(_ job: BlockJob) -> Int {
        defer { seen[job.label, default: 0] += 1 }
        return seen[job.label, default: 0]
    }
}
