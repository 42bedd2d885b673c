import BenchResults
import BenchVerdict
import BenchWorkload

/// The command that would settle what a workload's grid leaves open.
struct NextRun {
    var data: RunData
    var grid: GridDocument

    /// More blocks than this are not asked for.
    static let mostBlocks = 60
    /// With fewer the intervals of a grid are too wide to tell much.
    static let fewestBlocks = 8

    /// A pair under a strategy that the choice leaves open.
    private struct Open {
        var strategy: String
        var contest: GridDocument.Contest
    }

    /// What is open and matters: who might be as good as what is taken, or all pairs where nothing is.
    private var open: [Open] {
        standings.flatMap { standing -> [Open] in
            guard let choice = standing.speedChoice else { return [] }
            let contests = choice.outcome == .taken ? choice.open : choice.contests
            return contests.filter { $0.verdict == .unresolved }.map { Open(strategy: standing.strategy, contest: $0) }
        }
    }

    /// The standings that a comparison run again would have: those of `strata` where it ran.
    private var standings: [GridDocument.Standing] {
        let hasMain = grid.standings.contains { $0.subject == "strata" }
        return grid.standings.filter { !hasMain || $0.subject == "strata" }
    }

    /// What more blocks would settle.
    private var near: [Open] { open.filter { ($0.contest.pairsToSettle ?? .max) <= Self.mostBlocks } }

    /// What no affordable number of blocks would.
    private var far: [Open] { open.filter { ($0.contest.pairsToSettle ?? .max) > Self.mostBlocks } }

    /// Whether only longer phases are left to try: the run has its placebo, and more blocks would settle nothing.
    private var needsLongerPhases: Bool {
        near.isEmpty && !far.isEmpty && grid.isRanked && !grid.placebo.isEmpty && profile == "quick"
    }

    private var profile: String { data.environment?.profile ?? "default" }

    /// The number of blocks to ask for; nil where more of them are no use.
    var blocks: Int? {
        if let most = near.compactMap(\.contest.pairsToSettle).max() { return Swift.max(most, Self.fewestBlocks) }
        guard !grid.isRanked || grid.placebo.isEmpty || needsLongerPhases else { return nil }
        return Swift.max(grid.blocks, Self.fewestBlocks)
    }

    /// Why to run it, or why not; nil where nothing is left to settle.
    var reason: String? {
        guard blocks != nil || !far.isEmpty else { return nil }
        var sentences: [String] = []
        if !grid.isRanked {
            sentences.append("The placebo differs from its own twin: run it again on a quieter machine.")
        } else if grid.placebo.isEmpty {
            sentences.append("`strata compare` adds the placebo that this run lacks.")
        }
        if let blocks, !near.isEmpty {
            sentences.append(
                "\(Wording.count(blocks, "block")) would settle \(told(near)), should they scatter as these did.")
        }
        if !far.isEmpty {
            let limit = Choice.notExcluded(far.map(\.contest)).map {
                " Differences up to \(Wording.difference($0)) stay possible there."
            }
            sentences.append(
                "\(near.isEmpty ? "No" : "But no") number of blocks up to \(Self.mostBlocks) would settle \(told(far)): they"
                    + " are too close to the tolerance, or scatter too much.\(limit ?? "")")
        }
        if needsLongerPhases {
            sentences.append("Longer phases scatter less, so that the profile `default` may tell more than `quick`.")
        } else if let blocks, let seconds = seconds(blocks) {
            sentences.append("It takes about \(Self.minutes(seconds)).")
        }
        return sentences.joined(separator: " ")
    }

    /// `mimalloc against tcmalloc (direct) and mimalloc against jemalloc (direct)`; the number of pairs where they are
    /// many.
    private func told(_ open: [Open]) -> String {
        guard open.count <= 4 else { return "\(open.count) pairs" }
        let several = standings.count > 1
        return Wording.joined(
            open.map {
                "\($0.contest.contender) against \($0.contest.rival)" + (several ? " (\($0.strategy))" : "")
            })
    }

    // MARK: The command

    /// The command, with what the run's own command said about scenario and arms.
    var command: String? {
        guard let blocks else { return nil }
        var words = ["strata", "compare", scenarioWord]
        if profile != "default", !needsLongerPhases { words += ["--profile", profile] }
        words += carried
        let strategies = RunData.unique(standings.map(\.strategy)).filter { $0 != "-" }
        if !strategies.isEmpty, data.workloads[grid.scenario]?.command.isEmpty != false {
            words += ["--strategies", strategies.joined(separator: ",")]
        }
        return (words + ["--blocks", "\(blocks)"]).joined(separator: " ")
    }

    private var commandWords: [String] { Self.words(data.command ?? "") }

    /// The word by which the run named the scenario: a file where it was one.
    private var scenarioWord: String {
        commandWords.dropFirst(2).first { word in
            word == "\(grid.scenario).yaml" || word.hasSuffix("/\(grid.scenario).yaml")
        } ?? grid.scenario
    }

    /// Options of the run's command that change what is measured.
    private var carried: [String] {
        let known = ["--allocators", "--allocator", "--threads", "--seed", "--set", "--subjects"]
        var result: [String] = []
        let words = commandWords
        for (place, word) in words.enumerated() {
            if known.contains(where: { word.hasPrefix("\($0)=") }) {
                result.append(word)
            } else if known.contains(word), place + 1 < words.count {
                result += [word, words[place + 1]]
            }
        }
        return result
    }

    /// The words of a command line, quotes and all, so that they can be put together again.
    static func words(_ command: String) -> [String] {
        var words: [String] = []
        var word = ""
        var quote: Character?
        for character in command {
            if let open = quote {
                word.append(character)
                if character == open { quote = nil }
            } else if character.isWhitespace {
                if !word.isEmpty { words.append(word) }
                word = ""
            } else {
                if character == "'" || character == "\"" { quote = character }
                word.append(character)
            }
        }
        return word.isEmpty ? words : words + [word]
    }

    // MARK: How long it takes

    /// From the blocks of this run; nil where it did not write them down.
    private func seconds(_ blocks: Int) -> Double? {
        let subjects = Set(standings.map(\.subject))
        let own = data.blockRows.filter { row in
            row.scenario == grid.scenario && row.kept && subjects.contains(String(row.arm.prefix { $0 != "/" }))
        }
        guard !own.isEmpty else { return nil }
        let arms = Dictionary(grouping: own, by: \.arm).values.map { rows in
            rows.map(\.seconds).reduce(0, +) / Double(rows.count)
        }
        let whole = arms.reduce(0, +)
        // The placebo is one more contender.
        let contenders = Double(Swift.max(grid.contenders.count, 1))
        return whole * Double(blocks) * (grid.placebo.isEmpty ? (contenders + 1) / contenders : 1)
    }

    private static func minutes(_ seconds: Double) -> String {
        seconds < 90 ? "\(Int((seconds / 10).rounded(.up)) * 10) s" : "\(Int((seconds / 60).rounded(.up))) minutes"
    }
}
