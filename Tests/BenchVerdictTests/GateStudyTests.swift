import BenchResults
import BenchVerdict
import Testing

@Suite struct GateStudyTests {
    /// Some recorded runs of a program against itself, ten rounds each.
    private func recorded(seed: UInt64, noise: Double = 0.02, planted: Double = 0.1, runs: Int = 4) -> [[SliceRow]] {
        (0..<runs).map { run in
            var rounds = Rounds(seed: seed + UInt64(run))
            rounds.noise = noise
            rounds.planted = planted
            rounds.slices = 1
            for round in 0..<10 { rounds.add(round) }
            return rounds.rows
        }
    }

    @Test func aQuietMachineGivesNoFalseAlarmAndSeesTenPercent() {
        let study = GateStudy(runs: recorded(seed: 1), policy: GatePolicy())
        #expect(study.tests == 4 && study.rounds == ["s": 40])
        let alarms = study.falseAlarms(decisions: 40, seed: 1)
        #expect(alarms.hits == 0 && alarms.inconclusive <= 1 && alarms.decisions == 40, "\(alarms)")
        let other = study.falseAlarms(decisions: 30, seed: 1, relabelling: .repeatAsCandidate)
        #expect(other.hits == 0, "\(other)")
        let planted = study.power(decisions: 25, seed: 2)
        #expect(planted.hits >= 24, "\(planted)")
        let added = study.power(effect: 0.1, decisions: 25, seed: 3)
        #expect(added.hits >= 24, "\(added)")
        let tiny = study.power(effect: 0.01, decisions: 25, seed: 4)
        #expect(tiny.hits == 0, "\(tiny)")
    }

    @Test func theSameSeedGivesTheSameRates() {
        let study = GateStudy(runs: recorded(seed: 5, noise: 0.08), policy: GatePolicy())
        let first = study.power(effect: 0.1, decisions: 20, seed: 9)
        #expect(first == study.power(effect: 0.1, decisions: 20, seed: 9))
        #expect(first.hits < 20 && first.hits + first.inconclusive > 0, "\(first)")
    }

    // Beyond the tolerance in all recorded rounds, a program that differs from itself is called so: the study tells
    // when recorded runs are no runs of one program.
    @Test func aBiasInTheRecordingsIsAFalseAlarm() {
        let runs = (0..<3).map { run in
            var rounds = Rounds(seed: 20 + UInt64(run))
            rounds.slices = 1
            rounds.slowdowns = ["get": 0.2]
            for round in 0..<10 { rounds.add(round) }
            return rounds.rows
        }
        let study = GateStudy(runs: runs, policy: GatePolicy())
        #expect(study.falseAlarms(decisions: 8, seed: 1).rate == 1)
        // As the repetition, the slow arm makes the control fail, so that nothing is believed.
        let swapped = study.falseAlarms(decisions: 8, seed: 1, relabelling: .repeatAsCandidate)
        #expect(swapped.hits == 0 && swapped.inconclusive == 8)
    }

    // Without noise each draw is the same round, so that study and gate must come to one verdict.
    @Test(arguments: [
        (0.0, 0.0, GateDocument.Verdict.pass), (0.12, 0, .regression), (0.12, 0.2, .inconclusive),
        (0, 0.2, .inconclusive),
    ])
    func aDecisionIsThatOfTheGate(slow: Double, drift: Double, verdict: GateDocument.Verdict) {
        var rounds = Rounds(seed: 1)
        rounds.noise = 0
        rounds.slowdowns = ["scan": slow]
        rounds.drift = drift
        #expect(runGate(rounds).document.verdict == verdict)
        for round in 0..<3 { rounds.add(round) }
        let rate = GateStudy(runs: [rounds.rows], policy: GatePolicy()).falseAlarms(decisions: 3, seed: 1)
        #expect(rate.hits == (verdict == .regression ? 3 : 0))
        #expect(rate.inconclusive == (verdict == .inconclusive ? 3 : 0))
    }

    @Test func countsTakePart() throws {
        let runs = recorded(seed: 40)
        let good = counts(["baseline": [1e6, 1e6], "candidate": [1e6, 1e6], "planted": [1.03e6, 1.03e6]])
        let bad = counts(["baseline": [1e6, 1e6], "candidate": [1.02e6, 1.02e6], "planted": [1.05e6, 1.05e6]])
        let study = GateStudy(runs: runs, counts: [good, good, good, bad], policy: GatePolicy())
        let alarms = study.falseAlarms(decisions: 40, seed: 1)
        #expect(alarms.hits > 2 && alarms.hits < 20, "\(alarms)")
        let power = try #require(study.countPower)
        #expect(power.hits == 4 && power.decisions == 4)
        #expect(GateStudy(runs: runs, policy: GatePolicy()).countPower == nil)
    }

    @Test func roundsThatLackAnArmAreLeftOut() {
        var rows = recorded(seed: 50, runs: 1)
        rows[0].removeAll { $0.round == 3 && $0.arm == "repeat" && $0.phase == "get" }
        #expect(GateStudy(runs: rows, policy: GatePolicy()).rounds == ["s": 9])
    }
}
