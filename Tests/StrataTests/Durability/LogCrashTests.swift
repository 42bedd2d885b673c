import Glibc
import Testing

@testable import Strata

/// The story that these tests are against: a store acknowledges a change, the machine loses its power, and the change is
/// gone, or, worse, one that came after it is there. Bytes were where they should be, in the system's memory; nobody had
/// synchronized the folder, so that the file had no name; or a retried `fsync` had said that all was well.
@Suite("The log after a crash")
struct LogCrashTests {
    /// Checks the log in the states that a crash may leave.
    struct Campaign {
        var generator: SplitMix64
        /// What the sampling of one crash is limited to.
        var limit: Int
        private(set) var stateCount = 0
        private(set) var problem: String?
        /// States that were checked, for the same records: different choices often lead to the same one.
        private var known: Set<State> = []

        private struct State: Hashable {
            let contents: [String: [UInt8]]
            let appended: Int
            let acknowledged: Int
            let snapshot: Int
        }

        init(seed: UInt64, limit: Int) {
            generator = SplitMix64(seed: seed)
            self.limit = limit
        }

        mutating func check(_ run: LogRun, _ point: CrashPoint, _ story: @autoclosure () -> String) {
            problem = problem ?? run.fault.map { "\(story()): \($0)" }
            var states: [SimulatedFileSystem] = []
            point.forEachState(limit: limit, using: &generator) { states.append($0) }
            for left in states where problem == nil {
                stateCount += 1
                let state = State(
                    contents: left.contents, appended: run.appended.count, acknowledged: run.acknowledged,
                    snapshot: run.snapshot)
                guard known.insert(state).inserted else { continue }
                problem = run.problem(after: left).map { "\(story()): \($0)" }
            }
        }

        /// Lets the power fail in each call of the last step, and after it.
        mutating func checkLastStep(_ steps: [LogStep]) {
            func run(_ loss: Int?, _ through: Int) -> (LogRun, SimulatedFileSystem) {
                let files = SimulatedFileSystem()
                if let loss { files.inject(.powerLoss, at: loss) }
                let run = LogRun(files)
                if through >= 0 { run.run(Array(steps[..<through])) }
                return (run, files)
            }
            let first = run(nil, steps.count - 1).1.callCount + 1
            let whole = run(nil, steps.count)
            check(whole.0, whole.1.crashPoint(), "after \(steps)")
            // A power loss in the calls before is that of a shorter history.
            for call in stride(from: first, through: whole.1.callCount, by: 1) {
                let (run, files) = run(call, steps.count)
                check(run, files.crashPoint(), "\(steps), call \(call)")
            }
        }
    }

    /// All states of all histories of up to two steps, and of up to three in the long run and for a part of them.
    @Test func everyStateOfShortHistories() {
        var campaign = Campaign(seed: 1, limit: 4096)
        for count in 0...2 {
            for steps in LogStep.histories(count) { campaign.checkLastStep(steps) }
        }
        let isLong = getenv("STRATA_LONG") != nil
        for (index, steps) in LogStep.histories(3).enumerated() where isLong || index % 18 == 7 {
            campaign.checkLastStep(steps)
        }
        #expect(campaign.problem == nil)
        #expect(campaign.stateCount > 500)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func sampledStatesOfLongHistories(seed: UInt64) {
        let states = getenv("STRATA_LONG") == nil ? 150 : 40_000
        var campaign = Campaign(seed: seed, limit: 4)
        while campaign.stateCount < states, campaign.problem == nil {
            let steps = (0..<(4 + campaign.generator.below(9))).map { _ in
                LogStep.allCases.randomElement(using: &campaign.generator)!
            }
            let files = SimulatedFileSystem()
            let calls = steps.count * 8
            files.inject(.powerLoss, at: 10 + campaign.generator.below(calls))
            let run = LogRun(files)
            // Durability that promises less loses more, and still leaves the first ones.
            if campaign.generator.chance(25) { run.configuration.durability = .none }
            run.run(steps)
            if run.configuration.durability == .none { run.forgetAcknowledgements() }
            campaign.check(run, files.crashPoint(), "seed \(seed), \(steps)")
        }
        #expect(campaign.problem == nil)
    }

    /// A crash while the log is opened after a crash.
    @Test(arguments: [11, 12] as [UInt64])
    func aCrashInTheRecovery(seed: UInt64) {
        var campaign = Campaign(seed: seed, limit: 6)
        for _ in 0..<(getenv("STRATA_LONG") == nil ? 8 : 2_000) {
            let steps = (0..<6).map { _ in LogStep.allCases.randomElement(using: &campaign.generator)! }
            let files = SimulatedFileSystem()
            files.inject(.powerLoss, at: 12 + campaign.generator.below(36))
            let run = LogRun(files)
            run.run(steps)
            let point = files.crashPoint()
            let number = campaign.generator.next()
            var call = 1
            while true {
                var again = SplitMix64(seed: number)
                let left = point.state(using: &again)
                left.inject(.powerLoss, at: call)
                let next = run.continued(on: left)
                next.open()
                campaign.check(next, left.crashPoint(), "seed \(seed), \(steps), recovery's call \(call)")
                if left.callCount < call { break }
                call += 3
            }
        }
        #expect(campaign.problem == nil)
    }

    /// Segments are let go, a call fails, the log is opened again in the same process, and the machine stops meanwhile: a
    /// file must not have been used again while its old name could come back.
    @Test func aCrashBehindAFailedDiscard() {
        var campaign = Campaign(seed: 3, limit: 5)
        func run(_ failing: Int, _ loss: Int) -> (LogRun, SimulatedFileSystem) {
            let files = SimulatedFileSystem()
            let run = LogRun(files)
            run.run([.large, .large, .small])
            files.inject(.failure(EIO), at: files.callCount + failing)
            run.perform(.discard)
            run.kill()
            files.removeFaults()
            files.inject(.powerLoss, at: files.callCount + loss)
            run.open()
            return (run, files)
        }
        var failing = 0
        while campaign.problem == nil {
            failing += 1
            if run(failing, .max / 2).1.faultCount == 0 { break }
            var loss = 0
            while campaign.problem == nil {
                loss += 1
                let (run, files) = run(failing, loss)
                // None of the changes since the last synchronization, which is what brings old names back, and others.
                let point = files.crashPoint()
                campaign.check(run, point, "call \(failing) failed, power lost in call \(loss)")
                let nothing = run.problem(after: point.state(0))
                #expect(nothing == nil, "call \(failing) failed, power lost in call \(loss)")
                if files.faultCount < 2 { break }
            }
        }
        #expect(campaign.problem == nil)
        #expect(failing > 5)
    }

    /// What would happen without one of the calls that bring things to stable storage: the campaign has to see it.
    @Test(arguments: OmittingFileSystem.Omitted.allCases)
    func aMissingSynchronizationIsFound(omitted: OmittingFileSystem.Omitted) {
        var campaign = Campaign(seed: 5, limit: 64)
        for steps in LogStep.histories(2) where campaign.problem == nil {
            let files = SimulatedFileSystem()
            let run = LogRun(OmittingFileSystem(files, omitted))
            run.run(steps)
            campaign.check(run, files.crashPoint(), "\(steps)")
        }
        #expect(campaign.problem != nil)
    }
}
