public import BenchResults
import BenchStatistics
import Glibc

/// How often the gate is wrong and how often it sees, by resampling the rounds of recorded gate runs of a program
/// against itself.
///
/// A synthetic gate run draws rounds with replacement, within each scenario and whole: all arms and phases of a round
/// stay together, so that what they share stays shared. It then goes the whole way of a live gate, with looks after
/// each round, early stops, controls and confirmation. Slices are reduced to round effects once; a decision costs
/// O(tests * rounds * looks). The same seed gives the same rates.
public struct GateStudy: Sendable {
    /// A rate with its 95 % interval of Wilson.
    public struct Rate: Codable, Sendable, Hashable {
        /// Decisions that came out REGRESSION.
        public var hits: Int
        /// Decisions that came out INCONCLUSIVE.
        public var inconclusive: Int
        public var decisions: Int
        /// `hits / decisions` and the ends of its interval.
        public var rate, low, high: Double

        init(hits: Int, inconclusive: Int, decisions: Int) {
            self.hits = hits
            self.inconclusive = inconclusive
            self.decisions = decisions
            rate = Double(hits) / Double(decisions)
            (low, high) = wilsonInterval(hits: hits, trials: decisions)
        }
    }

    /// Which recorded arm plays the candidate.
    public enum Relabelling: Sendable, Hashable {
        /// The candidate itself: in a run of a program against itself, a second baseline.
        case none
        /// The repetition and the candidate change places.
        case repeatAsCandidate
    }

    private let policy: GatePolicy
    private let criticals: CriticalValues
    /// The pooled rounds of each scenario.
    private let scenarios: [ScenarioRounds]
    /// The count tier's verdict of each run for the candidate, and with `planted` as the candidate.
    private let countVerdicts: [(candidate: GateDocument.Verdict, planted: GateDocument.Verdict)]

    /// A study of recorded runs.
    ///
    /// - Parameters:
    ///   - runs: the slices of each run; rounds of both stages are pooled.
    ///   - counts: the counts of each run, or empty.
    ///   - policy: the policy of the synthetic runs.
    public init(runs: [[SliceRow]], counts: [[CountRow]] = [], policy: GatePolicy) {
        self.policy = policy
        criticals = CriticalValues(rounds: max(policy.mostRounds, policy.confirmingRounds))
        var pooled: [String: ScenarioRounds] = [:]
        for run in runs {
            for stage in Set(run.map(\.stage)).sorted() {
                for (name, rounds) in RoundTable(run.lazy.filter { $0.stage == stage }).scenarios {
                    if pooled[name] == nil {
                        pooled[name] = rounds
                    }
                    // Runs of one suite have the same tests; another suite's rounds do not mix in.
                    else if pooled[name]?.tests == rounds.tests {
                        pooled[name]?.rounds += rounds.rounds
                    }
                }
            }
        }
        // Only whole rounds can stand for a round.
        scenarios = pooled.sorted { $0.key < $1.key }.compactMap { _, all in
            var whole = all
            whole.rounds = all.rounds.filter { $0.allSatisfy { $0?.isComplete == true } }
            return whole.rounds.isEmpty ? nil : whole
        }
        countVerdicts = counts.filter { !$0.isEmpty }.map { rows in
            (Self.countVerdict(rows, policy), Self.countVerdict(Self.plantedAsCandidate(rows), policy))
        }
    }

    /// The number of tests of time in a decision.
    public var tests: Int { scenarios.reduce(0) { $0 + $1.tests.count } }

    /// The number of whole rounds that decisions draw from, by scenario.
    public var rounds: [String: Int] {
        Dictionary(
            uniqueKeysWithValues: scenarios.compactMap { scenario in
                scenario.tests.first.map { ($0.scenario, scenario.rounds.count) }
            })
    }

    /// How often a program is called worse than itself, counts included where the study has them.
    public func falseAlarms(decisions: Int, seed: UInt64, relabelling: Relabelling = .none) -> Rate {
        rate(decisions: decisions, seed: seed) { generator in
            let counted =
                countVerdicts.isEmpty ? .pass : countVerdicts[generator.index(below: countVerdicts.count)].candidate
            if counted == .regression { return counted }
            let timed = decision(&generator) { effects, _ in
                guard relabelling == .repeatAsCandidate, let repeated = effects.repeated else { return effects }
                var swapped = effects
                (swapped.candidate, swapped.repeated) = (repeated, effects.candidate)
                return swapped
            }
            return timed == .pass ? counted : timed
        }
    }

    /// How often a slowdown in time is called a regression.
    ///
    /// - Parameters:
    ///   - effect: the slowdown as a fraction, added to the candidate in both times of one phase, drawn afresh for each
    ///     decision; nil takes the recorded planted arm as the candidate, which is slower in all phases.
    public func power(effect: Double? = nil, decisions: Int, seed: UInt64) -> Rate {
        let phases = scenarios.flatMap { Set($0.tests.map { [$0.scenario, $0.phase] }) }.sorted {
            $0.lexicographicallyPrecedes($1)
        }
        return rate(decisions: decisions, seed: seed) { generator in
            let slow = phases.isEmpty ? [] : phases[generator.index(below: phases.count)]
            return decision(&generator) { effects, key in
                var changed = effects
                if let effect {
                    if slow == [key.scenario, key.phase] { changed.candidate += log1p(effect) }
                } else {
                    changed.candidate = effects.plantedOverBaseline ?? effects.candidate
                }
                return changed
            }
        }
    }

    /// How often the recorded planted rise in instructions is called a regression, over the recorded runs: counts
    /// repeat, so that there is nothing to resample. Nil without counts.
    public var countPower: Rate? {
        guard !countVerdicts.isEmpty else { return nil }
        return Rate(
            hits: countVerdicts.count { $0.planted == .regression },
            inconclusive: countVerdicts.count { $0.planted == .inconclusive }, decisions: countVerdicts.count)
    }

    private func rate(
        decisions: Int, seed: UInt64, _ decide: (inout SeededGenerator) -> GateDocument.Verdict
    ) -> Rate {
        precondition(decisions > 0, "a rate needs decisions")
        var generator = SeededGenerator(seed: seed)
        var (hits, inconclusive) = (0, 0)
        for _ in 0..<decisions {
            switch decide(&generator) {
            case .regression: hits += 1
            case .inconclusive, .incomparable: inconclusive += 1
            case .pass: break
            }
        }
        return Rate(hits: hits, inconclusive: inconclusive, decisions: decisions)
    }

    /// One synthetic gate run over the times.
    private func decision(
        _ generator: inout SeededGenerator, _ relabel: (ArmEffects, GateTestKey) -> ArmEffects
    ) -> GateDocument.Verdict {
        var series = scenarios.map { scenario in
            scenario.tests.map { TestSeries(key: $0, operation: "", tolerance: policy.timeTolerance(of: $0)) }
        }
        func draw(_ index: Int, _ generator: inout SeededGenerator, into series: inout [TestSeries]) {
            let round = scenarios[index].rounds[generator.index(below: scenarios[index].rounds.count)]
            for (test, effects) in round.enumerated() {
                if let effects { series[test].append(relabel(effects, series[test].key)) }
            }
        }
        for index in scenarios.indices {
            for _ in 0..<policy.fewestRounds { draw(index, &generator, into: &series[index]) }
        }
        var screen = Screen(series.flatMap { $0 }, policy: policy, criticals: criticals)
        while true {
            var isMeasured = false
            for index in scenarios.indices {
                guard let first = series[index].first, screen.open.contains(first.key.scenario),
                    first.candidate.count < policy.mostRounds
                else { continue }
                draw(index, &generator, into: &series[index])
                isMeasured = true
            }
            if !isMeasured { break }
            screen = Screen(series.flatMap { $0 }, policy: policy, criticals: criticals)
        }
        var fresh: [TestSeries] = []
        if screen.areControlsSound {
            for index in scenarios.indices {
                var again = scenarios[index].tests.map {
                    TestSeries(key: $0, operation: "", tolerance: policy.timeTolerance(of: $0))
                }
                guard again.contains(where: { screen.suspects.contains($0.key) }) else { continue }
                for _ in 0..<policy.confirmingRounds { draw(index, &generator, into: &again) }
                fresh += again.filter { screen.suspects.contains($0.key) }
            }
        }
        let confirming = Confirmation(
            fresh, suspects: screen.suspects, policy: policy, criticals: criticals, isLast: true)
        return Self.verdict(screen, confirming)
    }

    /// The verdict of `LiveVerdict` on times, without its sentences. A test holds the two together.
    static func verdict(_ screen: Screen, _ confirming: Confirmation) -> GateDocument.Verdict {
        guard screen.areControlsSound, confirming.isRepeatSound else { return .inconclusive }
        if !confirming.confirmed.isEmpty { return .regression }
        let isClear = screen.look.readings.allSatisfy { $0.isInside || screen.suspects.contains($0.key) }
        let areCleared =
            screen.suspects.isEmpty || confirming.isComplete && confirming.look.readings.allSatisfy(\.isInside)
        return isClear && areCleared ? .pass : .inconclusive
    }

    private static func countVerdict(_ rows: [CountRow], _ policy: GatePolicy) -> GateDocument.Verdict {
        var verdict = LiveVerdict(baseline: "", candidate: "")
        verdict.add(CountTier(rows, policy: policy))
        return verdict.document().verdict
    }

    private static func plantedAsCandidate(_ rows: [CountRow]) -> [CountRow] {
        rows.compactMap { row in
            guard row.arm == "planted" || row.arm == "baseline" else { return nil }
            var changed = row
            if row.arm == "planted" { changed.arm = "candidate" }
            return changed
        }
    }
}

extension ArmEffects {
    /// Whether all four arms took part.
    var isComplete: Bool { repeated != nil && planted != nil && plantedOverBaseline != nil }
}
