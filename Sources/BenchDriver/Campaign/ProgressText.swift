import BenchResults

/// Where a campaign is, as text for people.
public enum ProgressText {
    /// The line for a finished block: `wordnet: block 3 of 7 (28 s so far, about 40 s left)`. The time that is left is
    /// guessed from the blocks that were run.
    public static func line(_ state: CampaignProgress) -> String {
        var text = "\(state.scenario): \(block(state))"
        if state.isRepeated { text += ", repeated" }
        text += " (\(time(seconds(state.scenarioNanoseconds))) so far"
        if let left = secondsLeftOfScenario(state), left > 0 { text += ", about \(time(left)) left" }
        return text + ")"
    }

    /// One line with a bar, what runs now, how fast, and how long it will take:
    /// `[#####...............] 25 %  wordnet 1/5  block 3 of 7  arm 2/8 strata/glibc/bump/1  get  24 runs/min  40 s left`.
    ///
    /// - Parameter width: the columns of the terminal. What does not fit is left out, least missed first.
    public static func bar(_ state: CampaignProgress, width: Int) -> String {
        let done = Double(state.runsDone)
        let planned = done + Double(max(0, state.scenarioRunsPlanned - state.scenarioRunsDone) + state.laterRunsPlanned)
        // Within a run the phases count, as if they took equally long.
        let within = Double(max(0, state.phaseNumber - 1)) / Double(max(1, state.phaseCount))
        let share = planned > 0 ? min(1, (done + (done < planned ? within : 0)) / planned) : 0
        let arm = "arm \(state.armNumber)/\(state.armCount)"
        let label = " \(state.arm.label)"
        let phase = state.phase ?? "set-up"
        let rate = runsPerMinute(state).map { "\($0) runs/min" } ?? ""
        let left = secondsLeft(state).map { "\(time($0)) left" } ?? ""
        let variants: [(cells: Int, words: [String])] = [
            (20, [arm + label, phase, rate]), (10, [arm + label, phase, rate]), (10, [arm + label, phase]),
            (10, [arm, phase, rate]), (10, [arm, phase]), (10, [phase]), (10, []),
        ]
        var text = ""
        for (cells, words) in variants {
            let full = Int(share * Double(cells))
            let bar = "[\(String(repeating: "#", count: full))\(String(repeating: ".", count: cells - full))]"
            let begin = [
                "\(bar) \(Int(share * 100)) %", "\(state.scenario) \(state.scenarioNumber)/\(state.scenarioCount)",
                block(state),
            ]
            text = (begin + words + [left]).filter { !$0.isEmpty }.joined(separator: "  ")
            if text.count <= width { return text }
        }
        return String(text.prefix(max(0, width)))
    }

    /// Runs of one arm a minute, or nil before the first has ended.
    static func runsPerMinute(_ state: CampaignProgress) -> Int? {
        guard state.runsDone > 0, state.elapsedNanoseconds > 0 else { return nil }
        return Int((Double(state.runsDone) * 60 / seconds(state.elapsedNanoseconds)).rounded())
    }

    /// How long this scenario will take yet, in seconds, or nil while none of its blocks has been run.
    static func secondsLeftOfScenario(_ state: CampaignProgress) -> Double? {
        guard state.scenarioRunsDone > 0 else { return nil }
        let perRun = seconds(state.scenarioNanoseconds) / Double(state.scenarioRunsDone)
        return bounded(perRun * Double(max(0, state.scenarioRunsPlanned - state.scenarioRunsDone)), state)
    }

    /// How long the campaign will take yet, in seconds, or nil while nothing has been run. Scenarios to come are taken
    /// to be like those that were.
    static func secondsLeft(_ state: CampaignProgress) -> Double? {
        guard state.runsDone > 0 else { return nil }
        let perRun = seconds(state.elapsedNanoseconds) / Double(state.runsDone)
        let own = secondsLeftOfScenario(state) ?? perRun * Double(state.scenarioRunsPlanned)
        return bounded(own + perRun * Double(state.laterRunsPlanned), state)
    }

    private static func bounded(_ left: Double, _ state: CampaignProgress) -> Double {
        guard let budget = state.budgetNanoseconds else { return left }
        return min(left, max(0, seconds(budget) - seconds(state.elapsedNanoseconds)))
    }

    /// A time to the precision that a guess deserves: `40 s`, `3 min`, `1 h 20 min`.
    public static func time(_ seconds: Double) -> String {
        let whole = Int(seconds.rounded())
        if whole < 120 { return "\(whole) s" }
        let minutes = Int((seconds / 60).rounded())
        return minutes < 120 ? "\(minutes) min" : "\(minutes / 60) h \(minutes % 60) min"
    }

    private static func block(_ state: CampaignProgress) -> String {
        "\(state.isWarmup ? "warm-up block" : "block") \(state.block) of \(state.blockCount)"
    }

    private static func seconds(_ nanoseconds: UInt64) -> Double { Double(nanoseconds) / 1e9 }
}
