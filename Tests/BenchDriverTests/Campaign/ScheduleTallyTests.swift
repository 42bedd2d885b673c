import BenchMeasurement
import BenchResults
import BenchWorkload
import Testing

@testable import BenchDriver

@Suite("Open loops that did not keep their times")
struct ScheduleTallyTests {
    /// A block whose phase `load` had an open loop of a writer with these shares.
    private func block(_ job: BlockJob, late: Double, left: Double) -> BlockResult {
        var result = scriptedResult(job)
        result.phases[0].schedules = [BlockResult.Schedule(role: "writer", lateShare: late, leftShare: left)]
        return result
    }

    @Test("What blocks of one arm have in common is told once, with the range of their shares")
    func joined() throws {
        let left = [0.2, 0.005, 0.116]
        let setting = try CampaignSetting(blocks: 3)
        let outcome = try setting.run(ScriptedLauncher { .finished(block($0, late: 0, left: left[$0.block])) })
        let told = outcome.warnings.filter { $0.contains("does not keep up with the planned rate") }
        #expect(Set(told).count == told.count && !told.isEmpty)
        for sentence in told {
            #expect(sentence.contains("in 2 of 3 blocks 11.6 to 20.0 % of the operations of the role `writer`"))
            #expect(sentence.hasPrefix("example, phase `load`, "))
        }
        #expect(!outcome.warnings.contains { $0.contains("late") })
    }

    @Test("Late generators are told, and what lies within the tolerance is not")
    func late() throws {
        let setting = try CampaignSetting(blocks: 2)
        let outcome = try setting.run(ScriptedLauncher { .finished(block($0, late: 0.25, left: 0.01)) })
        let told = outcome.warnings.filter { $0.contains("the generator began 25.0 % of the operations") }
        #expect(!told.isEmpty && told.allSatisfy { $0.contains("in each of 2 blocks") })
        #expect(!outcome.warnings.contains { $0.contains("keep up") })
    }
}
