import BenchResults
import Testing

@testable import BenchDriver

@Suite("Progress as text")
struct ProgressTextTests {
    private static func state(_ adjust: (inout CampaignProgress) -> Void = { _ in }) -> CampaignProgress {
        var state = CampaignProgress(
            scenario: "wordnet", scenarioNumber: 1, scenarioCount: 2, block: 3, blockCount: 7, isWarmup: false,
            isRepeated: false, arm: ArmKey(subject: "strata", allocator: "glibc", strategy: "bump", threads: 1),
            armNumber: 2, armCount: 2, moment: .phase("get"), phase: "get", phaseNumber: 2, phaseCount: 4,
            scenarioRunsDone: 6, scenarioRunsPlanned: 14, runsDone: 6, laterRunsPlanned: 10,
            scenarioNanoseconds: 30_000_000_000, elapsedNanoseconds: 36_000_000_000, budgetNanoseconds: nil)
        adjust(&state)
        return state
    }

    @Test("A finished block is a line with the time so far and what is left")
    func line() {
        #expect(ProgressText.line(Self.state()) == "wordnet: block 3 of 7 (30 s so far, about 40 s left)")
        #expect(
            ProgressText.line(Self.state { $0.isRepeated = true })
                == "wordnet: block 3 of 7, repeated (30 s so far, about 40 s left)")
        #expect(
            ProgressText.line(
                Self.state {
                    $0.scenarioRunsDone = 14
                    $0.block = 7
                }) == "wordnet: block 7 of 7 (30 s so far)")
        #expect(ProgressText.line(Self.state { $0.budgetNanoseconds = 46_000_000_000 }).contains("about 10 s left"))
    }

    @Test("The bar tells scenario, block, arm, phase, rate and time left")
    func bar() {
        // 6 runs and a quarter of 24; 40 s for this scenario, 6 s a run for the ten to come.
        #expect(
            ProgressText.bar(Self.state(), width: 200)
                == "[#####...............] 26 %  wordnet 1/2  block 3 of 7  arm 2/2 strata/glibc/bump/1  get  "
                + "10 runs/min  100 s left")
        #expect(
            ProgressText.bar(
                Self.state {
                    $0.runsDone = 0
                    $0.scenarioRunsDone = 0
                    $0.isWarmup = true
                    $0.phase = nil
                    $0.phaseNumber = 0
                }, width: 200)
                == "[....................] 0 %  wordnet 1/2  warm-up block 3 of 7  arm 2/2 strata/glibc/bump/1  set-up")
        let end = ProgressText.bar(
            Self.state {
                $0.runsDone = 24
                $0.scenarioRunsDone = 14
                $0.laterRunsPlanned = 0
            }, width: 200)
        #expect(end.hasPrefix("[####################] 100 %") && end.hasSuffix("0 s left"))
    }

    @Test("A bar is never wider than the terminal, and keeps the time left to the last")
    func width() {
        #expect(
            ProgressText.bar(Self.state(), width: 84)
                == "[##........] 26 %  wordnet 1/2  block 3 of 7  arm 2/2  get  10 runs/min  100 s left")
        for width in 0...130 {
            let bar = ProgressText.bar(Self.state(), width: width)
            #expect(bar.count <= width)
            if width >= 64 { #expect(bar.hasSuffix("100 s left"), "\(width): \(bar)") }
        }
    }

    @Test("Times have the precision of a guess")
    func times() {
        #expect(ProgressText.time(0.4) == "0 s" && ProgressText.time(119) == "119 s")
        #expect(ProgressText.time(150) == "3 min" && ProgressText.time(4_800) == "80 min")
        #expect(ProgressText.time(7_260) == "2 h 1 min")
    }
}
