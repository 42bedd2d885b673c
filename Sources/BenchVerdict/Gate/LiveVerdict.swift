import BenchResults
import BenchStatistics
import Glibc

/// Collects what a live gate found and says what it comes to.
struct LiveVerdict {
    var baseline: String
    var candidate: String
    /// Why the two sides cannot be compared, as sentences.
    var incomparable: [String] = []
    private var tests: [GateDocument.Test] = []
    private var controls: [GateDocument.Control] = []
    private var regressions: [String] = []
    private var timeRegressions: [String] = []
    private var doubts: [String] = []
    private var notes: [String] = []

    init(baseline: String, candidate: String) {
        self.baseline = baseline
        self.candidate = candidate
    }

    /// Adds the first tier.
    mutating func add(_ counts: CountTier) {
        tests += counts.tests
        counts.planted.map { controls.append($0) }
        doubts += counts.notes
        for test in counts.tests where test.outcome == .regression {
            regressions.append(Self.sentence(test) + " in all \(test.n) repetitions.")
        }
    }

    /// Adds the second tier.
    mutating func add(
        _ screen: Screen, _ confirming: Confirmation, policy: GatePolicy, criticals: CriticalValues
    ) {
        addControls(screen, confirming, policy: policy)
        let fresh = Dictionary(confirming.look.readings.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        for reading in screen.look.readings {
            let isSuspect = screen.suspects.contains(reading.key)
            let shown = isSuspect && confirming.isComplete ? fresh[reading.key] ?? reading : reading
            let outcome = outcome(shown, isSuspect: isSuspect, screen, confirming)
            let test = test(shown, outcome, tests: screen.look.readings.count, policy: policy)
            tests.append(test)
            if isSuspect { describe(test, screened: reading, isComplete: confirming.isComplete) }
        }
        let unresolved = screen.look.readings.count { reading in
            !screen.suspects.contains(reading.key) && !(screen.isJudged && reading.isInside)
        }
        if !screen.isJudged {
            doubts.append("Some times have fewer than \(policy.fewestRounds) rounds when the budget ends.")
        } else if unresolved > 0 {
            doubts.append(
                "\(unresolved) of \(screen.look.readings.count) times still span their bound when the rounds end.")
        }
    }

    private func outcome(
        _ reading: TimeLook.Reading, isSuspect: Bool, _ screen: Screen, _ confirming: Confirmation
    ) -> GateDocument.Test.Outcome {
        guard screen.isJudged else { return .unresolved }
        if isSuspect {
            if confirming.confirmed.contains(reading.key) { return .regression }
            return confirming.isComplete && reading.isInside ? .pass : .unresolved
        }
        return reading.isImprovement ? .improvement : reading.isInside ? .pass : .unresolved
    }

    private func test(
        _ reading: TimeLook.Reading, _ outcome: GateDocument.Test.Outcome, tests: Int, policy: GatePolicy
    ) -> GateDocument.Test {
        func fraction(_ logarithm: Double) -> Double { max(-1, min(expm1(logarithm), 1e6)) }
        return GateDocument.Test(
            scenario: reading.key.scenario, phase: reading.key.phase, subject: reading.operation,
            metric: reading.key.metric, tier: "time", n: reading.effect?.n ?? 0,
            change: fraction(reading.effect?.center ?? 0), low: fraction(reading.low), high: fraction(reading.high),
            tolerance: fraction(reading.tolerance), noise: reading.noise.map(fraction),
            adjustedProbability: reading.adjusted,
            detectable: reading.detectable(tests: tests, level: policy.lastLookLevel).map(fraction), outcome: outcome)
    }

    private mutating func describe(_ test: GateDocument.Test, screened: TimeLook.Reading, isComplete: Bool) {
        switch test.outcome {
        case .regression:
            timeRegressions.append(Self.sentence(test) + ", confirmed by \(test.n) fresh rounds.")
        case .pass, .improvement:
            let first = percent(expm1(screened.effect?.center ?? 0))
            notes.append(
                "\(Self.name(test)) looked \(first) worse, and \(test.n) fresh rounds did not confirm it: "
                    + "\(percent(test.change)).")
        case .unresolved:
            doubts.append(
                isComplete
                    ? "\(Self.name(test)) is suspected, and fresh rounds can neither confirm nor clear it."
                    : "\(Self.name(test)) is suspected, and there were no fresh rounds to confirm it.")
        }
    }

    private mutating func addControls(_ screen: Screen, _ confirming: Confirmation, policy: GatePolicy) {
        let look = screen.look
        controls.append(
            GateDocument.Control(
                name: "repeat", isSound: screen.isRepeatSound && confirming.isRepeatSound,
                text: look.repeated.isEmpty
                    ? "The arm `repeat` is missing in some phases."
                    : repeatText(screen, confirming, policy: policy)))
        let seen = look.planted.count { $0 <= screen.level }
        let blind = zip(look.readings, look.planted).filter { $0.1 > screen.level }.map(\.0.key)
        var text = "The planted slowdown is seen in \(seen) of \(look.planted.count) times"
        text +=
            blind.isEmpty ? "." : ", not in \(Self.list(blind.map { "\($0.metric) of \($0.scenario)/\($0.phase)" }))."
        controls.append(
            GateDocument.Control(
                name: "planted-time", isSound: screen.isPlantedSound,
                text: look.planted.isEmpty ? "The arm `planted` is missing in some phases." : text))
    }

    private func repeatText(_ screen: Screen, _ confirming: Confirmation, policy: GatePolicy) -> String {
        func flagged(_ look: TimeLook, _ level: Double) -> [String] {
            zip(look.readings, look.repeated).filter { $0.1 <= level }.map {
                "\($0.0.key.metric) of \($0.0.key.scenario)/\($0.0.key.phase)"
            }
        }
        let found = flagged(screen.look, screen.level)
        if !found.isEmpty { return "The baseline differs from itself in \(Self.list(found))." }
        if !confirming.isRepeatSound {
            return "In the fresh rounds the baseline differs from itself in "
                + "\(Self.list(flagged(confirming.look, policy.stageLevel)))."
        }
        let noise = screen.look.readings.compactMap(\.noise).max() ?? 0
        return "The baseline agrees with itself; its noise is at most \(percent(expm1(min(noise, 10))))."
    }

    /// What it comes to.
    ///
    /// A count beyond its tolerance is a regression whatever else is in doubt. A time needs its controls.
    func document() -> GateDocument {
        func document(_ verdict: GateDocument.Verdict, _ reasons: [String]) -> GateDocument {
            GateDocument(
                verdict: verdict, reasons: reasons, tests: tests, controls: controls, baseline: baseline,
                candidate: candidate)
        }
        guard incomparable.isEmpty else { return document(.incomparable, incomparable) }
        guard !tests.isEmpty else { return document(.inconclusive, ["Nothing was measured on both sides."] + doubts) }
        let unsound = controls.filter { !$0.isSound }.map { "The control `\($0.name)` fails: \($0.text)" }
        let reach = detectability()
        if !regressions.isEmpty {
            // Suspicions that nothing vouches for are doubts beside a certainty.
            let times = unsound.isEmpty ? timeRegressions : []
            return document(.regression, regressions + times + unsound + notes + doubts + reach)
        }
        if !unsound.isEmpty { return document(.inconclusive, unsound + timeRegressions + doubts + notes + reach) }
        if !timeRegressions.isEmpty { return document(.regression, timeRegressions + notes + doubts + reach) }
        if !doubts.isEmpty { return document(.inconclusive, doubts + notes + reach) }
        return document(.pass, ["Nothing is worse than its tolerance allows."] + notes + reach)
    }

    private func detectability() -> [String] {
        ["count", "time"].compactMap { tier in
            let sizes = tests.filter { $0.tier == tier }.compactMap(\.detectable).sorted()
            guard let best = sizes.first, let worst = sizes.last, let middle = median(sizes) else { return nil }
            let what = tier == "count" ? "in counts" : "in time"
            return "The smallest change \(what) that this run would have noticed is \(percent(best)) at best, "
                + "\(percent(middle)) at the median and \(percent(worst)) at worst."
        }
    }

    private static func name(_ test: GateDocument.Test) -> String {
        "\(test.metric) of \(test.scenario)/\(test.phase)"
    }

    private static func sentence(_ test: GateDocument.Test) -> String {
        "\(name(test)) is \(percent(test.change)) worse (\(percent(test.low)) to \(percent(test.high)), "
            + "tolerance \(percent(test.tolerance)))"
    }

    private static func list(_ names: [String]) -> String {
        let shown = names.prefix(3).joined(separator: ", ")
        return names.count > 3 ? "\(shown) and \(names.count - 3) more" : shown
    }
}

extension TimeLook.Reading {
    /// The effect, as a logarithm, that would be suspected with a probability of about 95 % if the test were the first
    /// of all in Holm's order: bound, critical value and the reach of the sample's own error.
    func detectable(tests: Int, level: Double) -> Double? {
        guard let effect else { return nil }
        let student = StudentDistribution(degrees: Double(effect.degrees))
        let critical = student.value(exceededWith: level / Double(max(1, tests)))
        return bound + (critical + student.value(exceededWith: 0.05)) * effect.standardError
    }
}
