import BenchMeasurement
import BenchResults
import BenchWorkload
import Foundation
import Synchronization
import Testing

@testable import BenchDriver

@Suite("A campaign", .serialized)
struct CampaignTests {
    @Test("Arms are the product of the lists, and strategies apply where the caller says so")
    func arms() throws {
        let scenario = try TestScenario.make(
            subjects: ["echo", "null"], allocators: ["glibc", "jemalloc"], threads: [1, 2])
        let arms = Arms.expand(scenario.arms) { $0 == "echo" }
        #expect(arms.count == 2 * 2 * 2 + 2 * 2)
        #expect(Set(arms).count == arms.count)
        #expect(arms.filter { $0.subject == "null" }.allSatisfy { $0.strategy == "direct" })
        #expect(Set(arms.filter { $0.subject == "echo" }.map(\.strategy)) == ["direct", "bump"])
        // One of those that differ in threads only reports the phases on one thread.
        let reporting = arms.filter { Arms.reportsSingleThreadPhases($0, among: arms) }
        #expect(reporting.allSatisfy { $0.threads == 1 } && reporting.count == arms.count / 2)
    }

    @Test("Arms that are compared stand side by side: subjects innermost, for one allocator, threads and strategy")
    func neighbours() throws {
        let scenario = try TestScenario.make(
            subjects: ["echo", "recording", "null"], allocators: ["glibc", "jemalloc"], threads: [1, 2])
        let arms = Arms.expand(scenario.arms) { $0 != "null" }
        #expect(
            arms.prefix(10).map(\.label) == [
                "echo/glibc/direct/1", "recording/glibc/direct/1", "null/glibc/direct/1", "echo/glibc/bump/1",
                "recording/glibc/bump/1", "echo/glibc/direct/2", "recording/glibc/direct/2", "null/glibc/direct/2",
                "echo/glibc/bump/2", "recording/glibc/bump/2",
            ])
        #expect(arms.count == 20 && arms.suffix(10).allSatisfy { $0.allocator == "jemalloc" })
    }

    @Test("The order turns round in odd blocks and rotates after each pair of blocks")
    func rotation() {
        func orders(_ arms: [ArmKey], _ blocks: Int) -> [String] {
            (0..<blocks).map { Arms.order(arms, block: $0).map { $0.subject + $0.allocator }.joined(separator: " ") }
        }
        func arms(_ subjects: [String], _ allocators: [String]) -> [ArmKey] {
            allocators.flatMap { allocator in
                subjects.map { ArmKey(subject: $0, allocator: allocator, strategy: "direct", threads: 1) }
            }
        }
        #expect(orders(arms(["a", "b"], [""]), 5) == ["a b", "b a", "b a", "a b", "a b"])
        #expect(
            orders(arms(["a", "b", "c"], [""]), 6) == ["a b c", "c b a", "b c a", "a c b", "c a b", "b a c"])
        #expect(
            orders(arms(["a", "b"], ["1", "2"]), 5) == [
                "a1 b1 a2 b2", "b2 a2 b1 a1", "a2 b2 a1 b1", "b1 a1 b2 a2", "b1 a1 b2 a2",
            ])
        #expect(Arms.order([], block: 3).isEmpty)
    }

    @Test("Two subjects of one allocator are neighbours in every block, and each is first of the two as often")
    func balance() throws {
        let scenario = try TestScenario.make(
            subjects: ["echo", "recording"], allocators: ["glibc", "jemalloc", "mimalloc", "tcmalloc"])
        let arms = Arms.expand(scenario.arms) { _ in false }
        for block in 0..<16 {
            let order = Arms.order(arms, block: block)
            #expect(Set(order) == Set(arms) && order.count == arms.count)
            for allocator in scenario.arms.allocators {
                let places = order.indices.filter { order[$0].allocator == allocator }
                #expect(places.count == 2 && places[1] == places[0] + 1, "block \(block)")
            }
        }
        for block in stride(from: 0, to: 16, by: 2) {
            #expect(Arms.order(arms, block: block) == Arms.order(arms, block: block + 1).reversed())
        }
        #expect(Set((0..<16).compactMap { Arms.order(arms, block: $0).first }) == Set(arms))
    }

    @Test("All blocks of all arms run in a rotated order; rows, timeline and histograms are in the run's folder")
    func complete() throws {
        let setting = try CampaignSetting(subjects: ["echo", "recording"], blocks: 3, warmupBlocks: 1)
        let launcher = ScriptedLauncher()
        let seen = Mutex<[CampaignProgress]>([])
        let outcome = try setting.run(launcher) { progress in seen.withLock { $0.append(progress) } }
        #expect(outcome.status == .complete && outcome.isComplete)
        #expect(outcome.completeBlocks == ["example": 3])
        #expect(
            launcher.jobs.map(\.arm.subject) == [
                "echo", "recording", "echo", "recording", "recording", "echo", "recording", "echo",
            ])
        #expect(launcher.jobs.map(\.isWarmup) == [true, true] + Array(repeating: false, count: 6))
        #expect(Set(launcher.jobs.map(\.folder.count)).count == 1)
        #expect(Set(launcher.jobs.map(\.folder)).count == 8)

        let rows = try setting.directory.readSamples().rows
        #expect(Set(rows.map(\.block)) == [0, 1, 2])
        #expect(Set(rows.map(\.digest)).count == 1)
        for subject in ["echo", "recording"] {
            #expect(rows.count { $0.subject == subject && $0.metric == "throughput" } == 3)
        }
        #expect(!(try setting.directory.read(TimelineRow.self, from: .timeline).rows.isEmpty))
        let name = HistogramFiles.name(
            scenario: "example", phase: "load", arm: launcher.jobs[0].arm, operation: "insert")
        // 300 inserts make 5 samples in each of 3 blocks; the warm-up block does not count.
        #expect(try setting.directory.readText("histograms/\(name).hgrm").contains("Total count    =           15"))
        #expect(
            try setting.directory.readText("histograms/\(name).hlog").split(separator: "\n").count {
                $0.hasPrefix("Tag=")
            } == 3)
        #expect(outcome.allocators.map(\.library.name) == ["glibc"])
        #expect(outcome.allocators[0].identity != nil && outcome.allocators[0].skipped == nil)
        #expect(outcome.clockNanoseconds != nil && outcome.conditions != nil)

        let progress = seen.withLock { $0 }
        #expect(progress.count == 20)
        let moments: [CampaignProgress.Moment] = [.setUp, .phase("load"), .setUp, .phase("load"), .blockFinished]
        #expect(progress.map(\.moment) == Array(repeating: moments, count: 4).flatMap { $0 })
        #expect(progress.last?.scenarioRunsDone == 8 && progress.last?.scenarioRunsPlanned == 8)
        #expect(
            progress.last?.block == 3 && progress.last?.blockCount == 3 && progress.dropLast().last?.phaseNumber == 1)
        #expect(progress.first?.isWarmup == true && progress.first?.armCount == 2)
        #expect(!FileManager.default.fileExists(atPath: setting.scratch))

        let blocks = try setting.blocks()
        #expect(blocks.map(\.block) == [0, 0, 1, 1, 2, 2] && blocks.map(\.position) == [0, 1, 0, 1, 0, 1])
        #expect(blocks.map(\.arm) == launcher.jobs.dropFirst(2).map(\.arm.label))
        #expect(blocks.allSatisfy { $0.kept && $0.attempt == 0 && $0.seconds > 0 && $0.startSeconds > 1e9 })
    }

    @Test("A missing allocator is named and left out, and the other arms go on")
    func missingAllocator() throws {
        let setting = try CampaignSetting(allocators: ["glibc", "mine"], custom: ["mine": "/no/such/library.so"])
        let outcome = try setting.run(ScriptedLauncher())
        #expect(outcome.status == .complete)
        let mine = try #require(outcome.allocators.first { $0.library.name == "mine" })
        #expect(mine.skipped?.contains("/no/such/library.so") == true && mine.identity == nil)
        #expect(Set(try setting.directory.readSamples().rows.map(\.allocator)) == ["glibc"])
    }

    @Test("An allocator that a child cannot prove is left out from then on")
    func unprovenAllocator() throws {
        let library = try AllocatorIdentity.ofProcess().path
        let setting = try CampaignSetting(allocators: ["glibc", "mine"], custom: ["mine": library])
        let launcher = ScriptedLauncher { job in
            guard job.arm.allocator == "mine" else { return nil }
            return .finished(BlockResult(status: .unproven(reason: "another library owns malloc")))
        }
        let outcome = try setting.run(launcher)
        #expect(outcome.status == .complete)
        #expect(outcome.allocators.first { $0.library.name == "mine" }?.skipped == "another library owns malloc")
        #expect(launcher.jobs.count { $0.arm.allocator == "mine" } == 1)
        #expect(try setting.directory.readSamples().rows.allSatisfy { $0.allocator == "glibc" })
    }

    @Test("With no allocator left the campaign fails with the reasons")
    func noArmLeft() throws {
        let setting = try CampaignSetting(allocators: ["mine"], custom: ["mine": "/no/such/library.so"])
        let outcome = try setting.run(ScriptedLauncher())
        guard case .failed(let error) = outcome.status else {
            Issue.record("the status is \(outcome.status)")
            return
        }
        #expect(error.message.contains("no arm is left") && error.message.contains("/no/such/library.so"))
    }

    @Test("A failed or interrupted block costs that block only", arguments: [true, false])
    func endsEarly(isInterrupted: Bool) throws {
        let setting = try CampaignSetting(subjects: ["echo", "poor"], blocks: 3)
        let launcher = ScriptedLauncher { job in
            guard job.block == 1, job.arm.subject == "echo" else { return nil }
            return isInterrupted ? .interrupted : .failed(DriverError("it fell over"))
        }
        let outcome = try setting.run(launcher)
        #expect(outcome.status == (isInterrupted ? .interrupted : .failed(DriverError("it fell over"))))
        #expect(!outcome.isComplete)
        #expect(outcome.completeBlocks == ["example": 1])
        // In block 1 the other arm was first and had finished: its rows have no partner and are not kept.
        #expect(launcher.jobs.count == 4)
        #expect(Set(try setting.directory.readSamples().rows.map(\.block)) == [0])
        #expect(
            !(try FileManager.default.contentsOfDirectory(atPath: setting.directory.path(of: "histograms"))).isEmpty)
        #expect(!FileManager.default.fileExists(atPath: setting.scratch))
    }

    @Test(
        "Arms that answer or plan differently stop the campaign at once, and the evidence is kept",
        arguments: ["answers", "plans"])
    func conflicts(what: String) throws {
        let setting = try CampaignSetting(subjects: ["echo", "poor", "recording"], blocks: 3)
        let launcher = ScriptedLauncher { job in
            let isOdd = job.arm.subject == "poor"
            return .finished(
                what == "answers"
                    ? scriptedResult(job, digest: isOdd ? "00000000000000ff" : "00000000000000aa")
                    : scriptedResult(job, plan: isOdd ? "00000000000000ff" : "00000000000000bb"))
        }
        let outcome = try setting.run(launcher)
        #expect(outcome.status == .conflict)
        #expect(launcher.jobs.count == 2)
        let conflict = try #require(outcome.conflicts.first)
        #expect(outcome.conflicts.count == 1 && conflict.what == what && conflict.phase == "load")
        #expect(conflict.description.contains("poor/glibc/direct/1 in block 0"))
        #expect(conflict.description.contains("echo/glibc/direct/1 in block 0"))
        #expect(conflict.description.contains("00000000000000ff"))
        #expect(try setting.directory.readSamples().rows.count == 2)
    }

    @Test("A digest that changes from block to block is a conflict, one of `-` never")
    func conflictsBetweenBlocks() throws {
        for (digests, expected) in [
            (["00000000000000aa", "00000000000000ab"], CampaignOutcome.Status.conflict),
            (["-", "00000000000000ab"], .complete),
            (["00000000000000aa", "-"], .complete),
        ] {
            let setting = try CampaignSetting(blocks: 2)
            let outcome = try setting.run(ScriptedLauncher { .finished(scriptedResult($0, digest: digests[$0.block])) })
            #expect(outcome.status == expected, "\(digests)")
        }
    }

    @Test("A budget that is used up leaves each scenario its first block, without warm-up")
    func budget() throws {
        let setting = try CampaignSetting(blocks: 5, warmupBlocks: 2, scenarios: ["one", "two"], budget: 0)
        let launcher = ScriptedLauncher { .finished(scriptedResult($0)) }
        let outcome = try setting.run(launcher)
        #expect(outcome.status == .budgetUsedUp)
        #expect(outcome.completeBlocks == ["one": 1, "two": 1])
        #expect(launcher.jobs.allSatisfy { !$0.isWarmup } && launcher.jobs.count == 2)
        #expect(outcome.warnings.count == 2)
        let ample = try CampaignSetting(blocks: 2, budget: 1 << 60)
        #expect(try ample.run(ScriptedLauncher { .finished(scriptedResult($0)) }).status == .complete)
    }

    @Test("Phases whose pace was not steady when they began are named, when that was often")
    func unsteady() throws {
        for (share, isSaid) in [(2, true), (12, false)] {
            let setting = try CampaignSetting(blocks: 12)
            let outcome = try setting.run(
                ScriptedLauncher { job in
                    var result = campaignResult(job)
                    var row = result.rows[0]
                    (row.metric, row.unit, row.direction) = ("is_steady", "flag", .none)
                    row.value = job.block.isMultiple(of: share) ? 0 : 1
                    result.rows.append(row)
                    return .finished(result)
                })
            let warning = outcome.warnings.first { $0.contains("not steady") }
            #expect((warning?.hasSuffix("when the measurement began: `load` 6 of 12 times") == true) == isSaid)
            #expect((warning != nil) == isSaid)
        }
    }

    @Test("Phases that a subject cannot do are named once")
    func skippedPhases() throws {
        let setting = try CampaignSetting(
            subjects: ["poor"], blocks: 2,
            phases: TestScenario.phases("{ name: near, operations: { similar: 1 }, count: 2 }"))
        let outcome = try setting.run(ScriptedLauncher())
        #expect(outcome.skippedPhases.map(\.phase) == ["near"])
        #expect(outcome.skippedPhases.first?.reason == "the subject `poor` cannot do `similar`")
    }
}
