import BenchResults
import BenchVerdict
import Testing

@Suite struct GateTimeTests {
    private func outcomes(_ document: GateDocument) -> [String: GateDocument.Test.Outcome] {
        Dictionary(uniqueKeysWithValues: document.tests.map { ("\($0.phase) \($0.metric)", $0.outcome) })
    }

    @Test(arguments: [UInt64(1), 2, 3])
    func theSameProgramPassesEarly(seed: UInt64) {
        let run = runGate(Rounds(seed: seed))
        #expect(run.document.verdict == .pass, "\(run.document.reasons), seed \(seed)")
        #expect(run.screened == 8 && run.confirmed == 0, "seed \(seed)")
        #expect(run.document.controls.map(\.name) == ["repeat", "planted-time"])
        #expect(run.document.controls.allSatisfy { $0.isSound })
        #expect(run.document.tests.count == 4 && run.document.tests.allSatisfy { $0.outcome == .pass && $0.n == 8 })
        #expect(run.document.baseline == "main" && run.document.candidate == "branch")
    }

    @Test(arguments: [UInt64(1), 2, 3])
    func aSlowPhaseIsSuspectedThenConfirmedThenARegression(seed: UInt64) throws {
        var rounds = Rounds(seed: seed)
        rounds.slowdowns = ["scan": 0.15]
        let run = runGate(rounds)
        #expect(run.document.verdict == .regression, "\(run.document.reasons), seed \(seed)")
        #expect(run.confirmed == 8)
        let outcomes = outcomes(run.document)
        #expect(outcomes["scan time"] == .regression && outcomes["scan cpu_time"] == .regression, "seed \(seed)")
        #expect(outcomes["get time"] == .pass && outcomes["get cpu_time"] == .pass, "seed \(seed)")
        let slow = try #require(run.document.tests.first { $0.outcome == .regression })
        #expect(slow.change > 0.12 && slow.change < 0.18 && slow.low > slow.tolerance && slow.tier == "time")
        #expect(try #require(slow.adjustedProbability) <= 0.1)
        #expect(run.document.reasons.contains { $0.contains("s/scan") && $0.contains("confirmed by 8 fresh rounds") })
    }

    @Test func aSuspicionThatFreshRoundsDoNotShareIsCleared() {
        var rounds = Rounds(seed: 5)
        rounds.slowdowns = ["scan": 0.15]
        let run = runGate(rounds) { $0.slowdowns = [:] }
        #expect(run.document.verdict == .pass, "\(run.document.reasons)")
        #expect(run.document.reasons.contains { $0.contains("8 fresh rounds did not confirm it") })
    }

    @Test func aSuspicionWithoutTimeToConfirmIsInconclusive() {
        var rounds = Rounds(seed: 6)
        rounds.slowdowns = ["scan": 0.15]
        let run = runGate(rounds, budget: 8)
        #expect(run.document.verdict == .inconclusive && run.confirmed == 0)
        #expect(run.document.reasons.contains { $0.contains("no fresh rounds to confirm it") })
    }

    @Test func aBudgetThatEndsWhileConfirmingJudgesTheRoundsThereAre() {
        var rounds = Rounds(seed: 6)
        rounds.slowdowns = ["scan": 0.15]
        let some = runGate(rounds, budget: 12)
        #expect(some.document.verdict == .regression && some.confirmed == 4)
        let few = runGate(rounds, budget: 11)
        #expect(few.document.verdict == .inconclusive && few.confirmed == 3)
    }

    @Test func toleranceOfTheScenarioDecides() {
        var rounds = Rounds(seed: 7)
        rounds.slowdowns = ["scan": 0.15]
        #expect(runGate(rounds, policy: suitePolicy(["s": ["throughput": 0.25]])).document.verdict == .inconclusive)
        rounds.planted = 0.5
        #expect(runGate(rounds, policy: suitePolicy(["s": ["throughput": 0.25]])).document.verdict == .pass)
        #expect(
            runGate(rounds, policy: suitePolicy(["s": ["throughput": 0.25, "time": 0.05]])).document.verdict
                == .regression)
    }

    @Test func aFasterCandidateIsAnImprovement() {
        var rounds = Rounds(seed: 8)
        rounds.slowdowns = ["get": -0.2]
        let run = runGate(rounds)
        #expect(run.document.verdict == .pass && run.confirmed == 0)
        #expect(outcomes(run.document)["get time"] == .improvement)
    }

    @Test func aBaselineThatDiffersFromItselfIsBelievedInNothing() {
        for drift in [0.15, -0.15] {
            var rounds = Rounds(seed: 9)
            rounds.drift = drift
            rounds.slowdowns = ["scan": 0.5]
            let run = runGate(rounds)
            #expect(run.document.verdict == .inconclusive && run.screened == 20 && run.confirmed == 0)
            #expect(run.document.controls.first { $0.name == "repeat" }?.isSound == false)
        }
    }

    @Test func aGateThatDoesNotSeeThePlantedSlowdownDoesNotPass() throws {
        var rounds = Rounds(seed: 10)
        rounds.planted = 0
        let run = runGate(rounds)
        #expect(run.document.verdict == .inconclusive && run.screened == 20)
        let control = try #require(run.document.controls.first { $0.name == "planted-time" })
        #expect(!control.isSound && control.text.contains("0 of 4 times"))
    }

    @Test(arguments: ["repeat", "planted"])
    func aMissingArmIsNoControl(arm: String) {
        var rounds = Rounds(seed: 11)
        rounds.arms.removeAll { $0 == arm }
        rounds.slowdowns = ["scan": 0.5]
        let run = runGate(rounds)
        #expect(run.document.verdict == .inconclusive)
        #expect(run.document.reasons.contains { $0.contains("The arm `\(arm)` is missing") })
    }

    @Test func noiseRaisesTheBoundAndKeepsMeasuring() {
        var rounds = Rounds(seed: 12)
        rounds.noise = 0.3
        let run = runGate(rounds)
        #expect(run.document.verdict == .inconclusive && run.screened == 20)
        #expect(run.document.tests.allSatisfy { ($0.noise ?? 0) > $0.tolerance && ($0.detectable ?? 0) > 0.2 })
    }

    @Test func onlyScenariosThatAreOpenAreMeasuredFurther() {
        var rounds = Rounds(seed: 13)
        for round in 0..<8 { rounds.add(round, scenario: "calm") }
        rounds.noise = 0.3
        for round in 0..<8 { rounds.add(round, scenario: "wild") }
        let step = gateStep(
            slices: rounds.rows, counts: [], policy: GatePolicy(), isBudgetLeft: true, baseline: "", candidate: "")
        guard case .measure(let scenarios) = step else {
            Issue.record("not another round: \(step)")
            return
        }
        #expect(scenarios == ["wild"])
    }

    @Test func tooFewRoundsAreNotJudged() {
        var rounds = Rounds(seed: 14)
        rounds.slowdowns = ["scan": 0.5]
        let run = runGate(rounds, budget: 5)
        #expect(run.document.verdict == .inconclusive && run.screened == 5)
        #expect(run.document.tests.allSatisfy { $0.outcome == .unresolved })
    }

    @Test func aGateBeginsWithItsScenariosAndEndsWithNothing() {
        let policy = suitePolicy(["a": [:], "b": [:]])
        let first = gateStep(
            slices: [], counts: [], policy: policy, isBudgetLeft: true, baseline: "", candidate: "")
        guard case .measure(let scenarios) = first else {
            Issue.record("not a first round: \(first)")
            return
        }
        #expect(scenarios == ["a", "b"])
        let last = gateStep(slices: [], counts: [], policy: policy, isBudgetLeft: false, baseline: "", candidate: "")
        guard case .done(let document) = last else {
            Issue.record("not done: \(last)")
            return
        }
        #expect(document.verdict == .inconclusive)
    }

    @Test func armsOfDifferentScenariosAreIncomparable() {
        var rounds = Rounds(seed: 15)
        rounds.add(0)
        rounds.add(1, hash: "other")
        let step = gateStep(
            slices: rounds.rows, counts: [], policy: GatePolicy(), isBudgetLeft: true, baseline: "", candidate: "")
        guard case .done(let document) = step else {
            Issue.record("not done: \(step)")
            return
        }
        #expect(document.verdict == .incomparable)
    }

    // One slice of a round in which an arm lost the processor does not move the round's median.
    @Test func aDisturbedSliceDoesNotMoveTheRound() {
        var rounds = Rounds(seed: 16)
        for round in 0..<8 { rounds.add(round) }
        for index in rounds.rows.indices where rounds.rows[index].arm == "candidate" && rounds.rows[index].slice == 2 {
            rounds.rows[index].wallNanoseconds *= 10
        }
        let step = gateStep(
            slices: rounds.rows, counts: [], policy: GatePolicy(), isBudgetLeft: false, baseline: "", candidate: "")
        guard case .done(let document) = step else {
            Issue.record("not done: \(step)")
            return
        }
        #expect(document.verdict == .pass, "\(document.reasons)")
    }
}
