import BenchStatistics

/// The screening stage at its present number of rounds.
struct Screen: Sendable {
    let look: TimeLook
    /// The scenarios that would gain by another round, whatever the limits say.
    let open: Set<String>
    /// The tests that need confirming, if the screening ends here.
    let suspects: Set<GateTestKey>
    /// Whether all tests have the rounds that a judgement needs.
    let isJudged: Bool
    /// The level at which the stage ends here.
    let level: Double

    /// Takes O(tests * rounds).
    init(_ series: [TestSeries], policy: GatePolicy, criticals: CriticalValues) {
        look = TimeLook(series, criticals: criticals)
        let short = Set(series.filter { $0.candidate.count < policy.fewestRounds }.map(\.key.scenario))
        isJudged = short.isEmpty
        guard isJudged else {
            (open, suspects, level) = (short, [], policy.lastLookLevel)
            return
        }
        let early = policy.earlyLookLevel
        var open = Set(look.readings.filter { !$0.isInside && $0.adjusted > early }.map(\.key.scenario))
        // A control that fails might be chance: more rounds of everything tell, as they do for a blind gate.
        let arms = !look.planted.isEmpty && !look.repeated.isEmpty
        if arms && (!look.seesPlanted(early) || look.flagsRepeat(policy.lastLookLevel)) {
            open = Set(series.map(\.key.scenario))
        }
        self.open = open
        level = open.isEmpty ? early : policy.lastLookLevel
        suspects = Set(look.suspects(level))
    }

    /// Whether the baseline agrees with itself and the planted slowdown is seen. A missing arm is no control.
    var areControlsSound: Bool { isRepeatSound && isPlantedSound }

    /// Whether the baseline agrees with itself.
    var isRepeatSound: Bool { isJudged && !look.repeated.isEmpty && !look.flagsRepeat(level) }

    /// Whether the planted slowdown is suspected.
    var isPlantedSound: Bool { isJudged && look.seesPlanted(level) }
}

/// The confirming stage: the suspects on fresh rounds alone.
struct Confirmation: Sendable {
    let look: TimeLook
    /// The rounds of the suspect that has the fewest; enough of them where there is no suspect.
    let rounds: Int
    /// Whether the rounds are enough for a judgement.
    let isComplete: Bool
    /// The suspects that the fresh rounds confirm.
    let confirmed: Set<GateTestKey>
    /// Whether the baseline agrees with itself in the fresh rounds.
    let isRepeatSound: Bool

    /// With fewer fresh rounds than this nothing is confirmed, even where the budget ends.
    static let fewestRounds = 4

    /// Takes O(suspects * rounds).
    ///
    /// - Parameter isLast: whether no further round will come, so that those that are there are judged.
    init(
        _ series: [TestSeries], suspects: Set<GateTestKey>, policy: GatePolicy, criticals: CriticalValues, isLast: Bool
    ) {
        look = TimeLook(series, criticals: criticals)
        let counts = Dictionary(series.map { ($0.key, $0.candidate.count) }, uniquingKeysWith: min)
        rounds = suspects.map { counts[$0] ?? 0 }.min() ?? .max
        // Before all fresh rounds are there nothing is confirmed: a look would need its share of the level.
        isComplete = rounds >= (isLast ? min(Self.fewestRounds, policy.confirmingRounds) : policy.confirmingRounds)
        confirmed = isComplete ? Set(look.suspects(policy.stageLevel)) : []
        isRepeatSound =
            suspects.isEmpty || !isComplete
            || (!look.repeated.isEmpty && !look.flagsRepeat(policy.stageLevel))
    }
}
