public import BenchResults

/// What a live gate does next, from all that it has measured so far. The same rows always give the same step.
///
/// **Counts** fail hard (`CountTier`). **Time** is screened round by round: the unit is the round, four fresh processes
/// that run the same operations in step, and a round's effect on a test (a metric of a phase) is the median over its
/// slices of log(arm / baseline). A test is *suspected* when its effect lies beyond its bound, the larger of tolerance
/// and noise floor, with a probability that Holm's correction over all tests leaves below the stage's level; it is
/// *inside* when its whole 95 % interval is. A scenario whose tests are all one or the other is not measured further;
/// others go on to `policy.mostRounds` or the end of the budget. Suspects are then measured afresh and judged on the
/// fresh rounds alone, at their own noise floor. Both stages have the level `sqrt(policy.level)`, so that a false alarm,
/// which needs both, has `policy.level`; the looks of the screening share its level by their union.
///
/// **Controls**: the repetition of the baseline must not differ from it, and the planted slowdown, judged against the
/// candidate by the same rule, must be suspected. Otherwise no time is believed.
///
/// Simulated with 30 tests of independent round effects of the standard deviation sigma, in percent of 4,000 gate runs
/// of a program against itself and 1,000 in which both times of one phase are 10 % slower:
///
/// | effects           | sigma | false alarms | inconclusive | 10 % seen | not seen: inconclusive |
/// | ----------------- | ----: | -----------: | -----------: | --------: | ---------------------: |
/// | normal            |   1 % |            0 |            0 |       100 |                      0 |
/// | normal            |   2 % |            0 |            0 |       100 |                      0 |
/// | normal            |   3 % |            0 |            0 |      99.9 |                    0.1 |
/// | normal            |   4 % |            0 |          2.0 |      91.8 |                    8.2 |
/// | Student, 3 deg.   |   1 % |            0 |            0 |       100 |                      0 |
/// | Student, 3 deg.   |   2 % |            0 |            0 |       100 |                      0 |
/// | Student, 3 deg.   |   3 % |            0 |            0 |      99.9 |                    0.1 |
/// | Student, 3 deg.   |   4 % |            0 |          0.2 |      99.4 |                    0.6 |
///
/// 0 of 4,000 means below 0.1 %. In the worst case for the level, all 30 tests exactly at their tolerance, 0.4 to 0.55 %
/// of 2,000 gate runs are called a regression; nearly all others are inconclusive, as they must be.
///
/// Takes O(slices + counts + tests * rounds).
///
/// - Parameters:
///   - slices: all slices so far, of both stages.
///   - counts: all counts; without slices they are judged alone.
///   - isBudgetLeft: whether there is time for another round.
///   - baseline: the baseline as a person would name it.
///   - candidate: the candidate as a person would name it.
public func gateStep(
    slices: [SliceRow], counts: [CountRow], policy: GatePolicy, isBudgetLeft: Bool, baseline: String, candidate: String
) -> GateStep {
    var verdict = LiveVerdict(baseline: baseline, candidate: candidate)
    verdict.incomparable = differingWork(slices, counts)
    guard verdict.incomparable.isEmpty else { return .done(verdict.document()) }

    if !counts.isEmpty { verdict.add(CountTier(counts, policy: policy)) }
    if slices.isEmpty {
        if counts.isEmpty && isBudgetLeft && !policy.tolerances.isEmpty {
            return .measure(scenarios: Set(policy.tolerances.keys))
        }
        return .done(verdict.document())
    }

    let criticals = CriticalValues(rounds: max(policy.mostRounds, policy.confirmingRounds))
    let screened = RoundTable(slices.lazy.filter { $0.stage != "confirm" })
    let fresh = RoundTable(slices.lazy.filter { $0.stage == "confirm" })
    let screen = Screen(screened.series(policy), policy: policy, criticals: criticals)
    // Once fresh rounds exist the screening is over, whatever the budget says.
    if isBudgetLeft && fresh.scenarios.isEmpty {
        let scenarios = screen.open.filter { screened.count(of: $0) < policy.mostRounds }
        if !scenarios.isEmpty { return .measure(scenarios: scenarios) }
    }
    let suspects = screen.suspects
    let confirming = Confirmation(
        fresh.series(policy).filter { suspects.contains($0.key) }, suspects: suspects, policy: policy,
        criticals: criticals, isLast: !isBudgetLeft)
    if isBudgetLeft && confirming.rounds < policy.confirmingRounds && screen.areControlsSound {
        return .confirm(tests: suspects.sorted())
    }
    verdict.add(screen, confirming, policy: policy, criticals: criticals)
    return .done(verdict.document())
}

/// Where two arms of a scenario did not have the same work, as sentences.
private func differingWork(_ slices: [SliceRow], _ counts: [CountRow]) -> [String] {
    func sentences(_ hashes: [String: Set<String>], _ what: String) -> [String] {
        hashes.filter { $0.value.count > 1 }.keys.sorted().map {
            "The arms of \($0) \(what) different scenarios: their hashes differ."
        }
    }
    var (timed, counted): ([String: Set<String>], [String: Set<String>]) = ([:], [:])
    for row in slices { timed[row.scenario, default: []].insert(row.scenarioHash) }
    // The plan of counting is reduced, so that its hash is its own.
    for row in counts { counted[row.scenario, default: []].insert(row.scenarioHash) }
    return sentences(timed, "ran") + sentences(counted, "counted")
}
