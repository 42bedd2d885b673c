public import BenchResults
import BenchStatistics
import Glibc

/// The gate over two runs that were recorded before, from their samples alone.
///
/// Blocks are paired by number. Judged are the metrics that the scenario's tolerance names, and without it
/// `throughput` (3 %), `instructions`, `allocations` and `allocated_bytes`; latencies only where they are
/// named. What lies beyond its tolerance with the whole 95 % interval is a regression. An interval that spans the
/// tolerance tells nothing, and neither does the range of one or two pairs, unless the figure is a count that repeats
/// exactly; of three to five pairs the interval is Student's. Each figure is judged at 95 % by itself, without a
/// correction for their number. The subject `null` is ignored. Runs are incomparable when a scenario's hash differs,
/// when they answered the same work differently, or when they have nothing in common.
///
/// Takes O(samples) and a bootstrap for each metric of each arm.
///
/// - Parameters:
///   - baseline: the samples of the baseline.
///   - candidate: the samples of the candidate.
///   - tolerances: scenario to metric to fraction: 0.03 is 3 %.
///   - baselineName: the baseline as a person would name it.
///   - candidateName: the candidate as a person would name it.
public func judgeStoredRuns(
    baseline: [SampleRow], candidate: [SampleRow], tolerances: [String: [String: Double]], baselineName: String,
    candidateName: String
) -> GateDocument {
    StoredRuns(
        baseline: baseline.filter { $0.subject != "null" }, candidate: candidate.filter { $0.subject != "null" },
        named: tolerances
    ).document(baselineName, candidateName)
}

/// Two recorded runs side by side.
struct StoredRuns {
    var baseline: [SampleRow]
    var candidate: [SampleRow]
    /// Scenario to metric to fraction.
    var named: [String: [String: Double]]

    /// What is judged where a scenario says nothing.
    static let tolerances = ["throughput": 0.03].merging(GatePolicy.countTolerances) { first, _ in first }
    /// Metrics that can repeat exactly, so that no interval is needed.
    static let counts: Set = [
        "instructions", "allocations", "allocated_bytes", "temporary_allocations", "system_calls",
    ]

    private struct Finding {
        var test: GateDocument.Test
        var reason: String?
    }

    func document(_ baselineName: String, _ candidateName: String) -> GateDocument {
        func document(
            _ verdict: GateDocument.Verdict, _ reasons: [String], _ tests: [GateDocument.Test] = []
        ) -> GateDocument {
            GateDocument(
                verdict: verdict, reasons: reasons, tests: tests, baseline: baselineName, candidate: candidateName)
        }
        let apart = differences()
        guard apart.isEmpty else { return document(.incomparable, apart) }
        let findings = findings()
        guard !findings.isEmpty else {
            return document(.incomparable, ["The runs have no judged metric of an arm and block in common."])
        }
        let tests = findings.map(\.test)
        let reasons = findings.compactMap(\.reason)
        let lost = missing()
        if tests.contains(where: { $0.outcome == .regression }) {
            return document(.regression, reasons + lost.sentences, tests)
        }
        if tests.contains(where: { $0.outcome == .unresolved }) || lost.isOfSharedArms {
            return document(.inconclusive, reasons + lost.sentences, tests)
        }
        return document(.pass, ["Nothing is worse than its tolerance allows."] + lost.sentences, tests)
    }

    /// Why the runs cannot be compared, as sentences.
    private func differences() -> [String] {
        func hashes(_ rows: [SampleRow]) -> [String: Set<String>] {
            rows.reduce(into: [:]) { $0[$1.scenario, default: []].insert($1.scenarioHash) }
        }
        let (left, right) = (hashes(baseline), hashes(candidate))
        let shared = left.keys.filter { right[$0] != nil }.sorted()
        if shared.isEmpty { return ["The runs have no scenario in common."] }
        let changed = shared.filter { left[$0] != right[$0] }
        if !changed.isEmpty {
            return changed.map {
                "The scenario \($0) is not the same in both runs: its hash is "
                    + "\((left[$0] ?? []).sorted().joined(separator: ", ")) there and "
                    + "\((right[$0] ?? []).sorted().joined(separator: ", ")) here."
            }
        }
        return digestConflicts(renamed(baseline, "baseline") + renamed(candidate, "candidate")).map {
            "The runs answered the same work differently: \($0)."
        }
    }

    /// The rows with the side written before the subject, so that a conflict of answers names it.
    private func renamed(_ rows: [SampleRow], _ side: String) -> [SampleRow] {
        rows.map { row in
            var copy = row
            copy.subject = "\(side) \(row.subject)"
            return copy
        }
    }

    private func findings() -> [Finding] {
        let references = table(baseline)
        return table(candidate).series.compactMap { series in
            guard series.direction != .none, let tolerance = tolerance(series.key),
                let reference = references[series.key]
            else { return nil }
            let pairs = series.pairs(over: reference)
            return pairs.isEmpty ? nil : finding(series, pairs, tolerance)
        }
    }

    /// What the baseline had and the candidate has not: a figure of an arm that the candidate measured is a hole in the
    /// judgement, a whole arm or scenario that it did not ask for is only told.
    private func missing() -> (sentences: [String], isOfSharedArms: Bool) {
        let found = table(candidate)
        let lost = table(baseline).series.filter { series in
            guard series.direction != .none, tolerance(series.key) != nil else { return false }
            return found[series.key].map { $0.pairs(over: series).isEmpty } ?? true
        }.map(\.key)
        guard let first = lost.first else { return ([], false) }
        let arms = Set(candidate.map { "\($0.scenario)\u{0}\($0.arm.label)" })
        let shared = lost.first { arms.contains("\($0.scenario)\u{0}\($0.arm.label)") }
        let told = shared ?? first
        let more = lost.count > 1 ? " and \(lost.count - 1) more figures" : ""
        let sentence =
            "Not judged, because the candidate's run lacks it: \(told.metric) of \(told.scenario)/\(told.phase) "
            + "(\(told.arm.label))\(more)."
        return ([sentence], shared != nil)
    }

    /// The series of a run under a name that both runs share.
    private func table(_ rows: [SampleRow]) -> SeriesTable {
        SeriesTable(
            rows.lazy.map { row in
                var copy = row
                copy.run = ""
                return copy
            })
    }

    private func tolerance(_ key: SeriesKey) -> Double? {
        named[key.scenario]?[key.metric] ?? Self.tolerances[key.metric]
    }

    private func finding(
        _ series: Series, _ pairs: [(candidate: Double, reference: Double)], _ tolerance: Double
    ) -> Finding {
        let key = series.key
        let role = key.role.isEmpty ? "" : "\(key.role)/"
        var test = GateDocument.Test(
            scenario: key.scenario, phase: key.phase, subject: "\(role)\(key.operation) \(key.arm.label)",
            metric: key.metric, tier: "time", n: pairs.count, change: 0, low: 0, high: 0, tolerance: tolerance,
            outcome: .unresolved)
        let name = "\(key.metric) of \(key.scenario)/\(key.phase) (\(key.arm.label))"
        if Self.counts.contains(key.metric), series.direction == .lower {
            let judged = CountJudgement(
                baseline: pairs.map(\.reference), candidate: pairs.map(\.candidate), tolerance: tolerance,
                demandsRepetition: false)
            // A count that does not repeat is a figure with noise, like any other.
            if judged.isRepeatable {
                test.tier = "count"
                (test.change, test.low, test.high) = (judged.change, judged.low, judged.high)
                (test.noise, test.outcome) = (judged.noise, judged.outcome)
                return Finding(test: test, reason: reason(name, test, judged.reason))
            }
        }
        if pairs.allSatisfy({ $0.candidate == $0.reference }) {
            test.outcome = .pass
            return Finding(test: test, reason: nil)
        }
        // Worse is above 1 in both directions: less throughput is more time an operation.
        let worse = series.direction == .higher ? pairs.map { ($0.reference, $0.candidate) } : pairs
        guard let effect = PairedEffect(worse) else {
            test.outcome = outcomeOfZeros(pairs, series.direction)
            let (before, after) = (pairs[pairs.count / 2].reference, pairs[pairs.count / 2].candidate)
            return Finding(
                test: test,
                reason: test.outcome == .improvement
                    ? nil : "\(name) went from \(before) to \(after): it has values of zero, so that no ratio is.")
        }
        let interval = interval(effect, worse)
        (test.change, test.low, test.high) = (effect.ratio - 1, interval.low - 1, interval.high - 1)
        test.detectable = tolerance + max(0, test.high - test.change, test.change - test.low)
        if test.high <= tolerance {
            // The better edge is that of the comparison: 1 / (1 + t).
            let isBetter = interval.method == .bootstrap && interval.high < 1 / (1 + tolerance)
            test.outcome = isBetter ? .improvement : .pass
        } else if interval.method == .bootstrap && test.low > tolerance {
            test.outcome = .regression
        }
        let few = "\(pairs.count) \(pairs.count == 1 ? "pair is" : "pairs are") too few for an interval"
        return Finding(
            test: test, reason: reason(name, test, interval.method == .range ? few : "the interval spans the tolerance")
        )
    }

    /// The interval of an effect; for pairs that are too few for a bootstrap, but three at least, Student's of the mean
    /// logarithm, which supposes that the logarithms are about normal.
    private func interval(_ effect: PairedEffect, _ pairs: [(candidate: Double, reference: Double)]) -> Interval {
        guard effect.interval.method == .range, pairs.count >= 3 else { return effect.interval }
        let logarithms = pairs.map { log($0.candidate / $0.reference) }
        let count = Double(logarithms.count)
        let mean = logarithms.reduce(0, +) / count
        let variance = logarithms.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
        let reach = StudentDistribution(degrees: count - 1).value(exceededWith: 0.025) * (variance / count).squareRoot()
        return Interval(low: exp(mean - reach), high: exp(mean + reach), method: .bootstrap)
    }

    /// What pairs come to that have no ratio, since some value is zero.
    private func outcomeOfZeros(
        _ pairs: [(candidate: Double, reference: Double)], _ direction: Direction
    ) -> GateDocument.Test.Outcome {
        let (isGone, wasNone) = (pairs.allSatisfy { $0.candidate == 0 }, pairs.allSatisfy { $0.reference == 0 })
        let hasCome = wasNone && pairs.allSatisfy { $0.candidate > 0 }
        switch direction {
        case .lower: return isGone ? .improvement : hasCome ? .regression : .unresolved
        case .higher: return isGone ? .regression : hasCome ? .improvement : .unresolved
        case .none: return .unresolved
        }
    }

    private func reason(_ name: String, _ test: GateDocument.Test, _ doubt: String?) -> String? {
        let figures =
            "\(name) is \(percent(test.change)) worse (\(percent(test.low)) to \(percent(test.high)), "
            + "tolerance \(percent(test.tolerance)))"
        switch test.outcome {
        case .regression: return figures + "."
        case .unresolved: return figures + (doubt.map { ": \($0)" } ?? "") + "."
        case .pass, .improvement: return nil
        }
    }
}
