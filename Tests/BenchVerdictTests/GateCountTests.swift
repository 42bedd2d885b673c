import BenchResults
import BenchVerdict
import Testing

@Suite struct GateCountTests {
    private func judged(_ rows: [CountRow], _ policy: GatePolicy = suitePolicy()) throws -> GateDocument {
        let step = gateStep(
            slices: [], counts: rows, policy: policy, isBudgetLeft: true, baseline: "main", candidate: "branch")
        guard case .done(let document) = step else {
            Issue.record("not done: \(step)")
            throw GateIsNotDone()
        }
        return document
    }

    private struct GateIsNotDone: Error {}

    private func instructions(_ candidate: [Double], baseline: [Double] = [1e6, 1e6, 1_000_001]) -> [CountRow] {
        counts(["baseline": baseline, "candidate": candidate, "planted": candidate.map { $0 * 1.03 }])
    }

    @Test func equalCountsPass() throws {
        let document = try judged(instructions([1e6, 1e6, 1e6]))
        #expect(document.verdict == .pass)
        #expect(
            document.controls.map(\.name) == ["planted-instructions"] && document.controls.allSatisfy { $0.isSound })
        let test = try #require(document.tests.first)
        #expect(test.tier == "count" && test.n == 3 && test.tolerance == 0.005 && test.outcome == .pass)
    }

    @Test func threePercentFailsHard() throws {
        let document = try judged(instructions([1.03e6, 1.03e6, 1.03e6]))
        #expect(document.verdict == .regression)
        #expect(try (#require(document.tests.first).change - 0.03).magnitude < 1e-3)
        #expect(document.reasons.first?.contains("in all 3 repetitions") == true)
    }

    @Test func someRepetitionsBeyondAreUnresolved() throws {
        let document = try judged(instructions([1.03e6, 1e6, 1.03e6]))
        #expect(document.verdict == .inconclusive)
        #expect(document.tests.map(\.outcome) == [.unresolved])
    }

    @Test func fewerAreAnImprovement() throws {
        let document = try judged(instructions([0.9e6, 0.9e6]))
        #expect(document.verdict == .pass && document.tests.map(\.outcome) == [.improvement])
    }

    @Test func aBaselineThatDoesNotRepeatProvesNothing() throws {
        let apart = try judged(instructions([1.03e6, 1.03e6], baseline: [1e6, 1.002e6]))
        #expect(apart.verdict == .inconclusive)
        #expect(apart.reasons.contains { $0.contains("does not agree with itself") })
        let once = try judged(instructions([1.03e6], baseline: [1e6]))
        #expect(once.verdict == .inconclusive && once.reasons.contains { $0.contains("counted once") })
    }

    @Test func oneMoreAllocationFails() throws {
        let rows = instructions([1e6, 1e6])
        let same = rows + counts(["baseline": [500, 500], "candidate": [500, 500]], metric: "allocations")
        #expect(try judged(same).verdict == .pass)
        let more = rows + counts(["baseline": [500, 500], "candidate": [501, 501]], metric: "allocations")
        #expect(try judged(more).verdict == .regression)
        let first = rows + counts(["baseline": [0, 0], "candidate": [1, 1]], metric: "allocations")
        #expect(try judged(first).verdict == .regression)
    }

    @Test func onlyNamedCountsAreJudgedBesideTheUsual() throws {
        let rows =
            instructions([1e6, 1e6]) + counts(["baseline": [10, 10], "candidate": [90, 90]], metric: "system_calls")
        #expect(try judged(rows).tests.map(\.metric) == ["instructions"])
        #expect(try judged(rows, suitePolicy(["s": ["system_calls": 0.1]])).verdict == .regression)
        #expect(
            try judged(instructions([1.03e6, 1.03e6]), suitePolicy(["s": ["instructions": 0.05]])).verdict
                == .inconclusive)
    }

    @Test func withoutThePlantedRiseNothingPasses() throws {
        let missing = counts(["baseline": [1e6, 1e6], "candidate": [1e6, 1e6]])
        #expect(try judged(missing).verdict == .inconclusive)
        let blind = counts(["baseline": [1e6, 1e6], "candidate": [1e6, 1e6], "planted": [1e6, 1e6]])
        #expect(try judged(blind).verdict == .inconclusive)
    }

    @Test func aCountedRegressionStandsWhateverTheTimesSay() {
        let rows = instructions([1.03e6, 1.03e6])
        #expect(runGate(Rounds(seed: 1), counts: rows).document.verdict == .regression)
        var drifting = Rounds(seed: 2)
        drifting.drift = 0.2
        let run = runGate(drifting, counts: rows)
        #expect(run.document.verdict == .regression)
        #expect(run.document.reasons.contains { $0.contains("The control `repeat` fails") })
        #expect(run.document.tests.map(\.tier).sorted() == ["count", "time", "time", "time", "time"])
    }

    @Test func timesAndCountsPassTogether() {
        let run = runGate(Rounds(seed: 3), counts: instructions([1e6, 1e6]))
        #expect(run.document.verdict == .pass, "\(run.document.reasons)")
        #expect(run.document.controls.count == 3)
    }
}
