public import BenchResults

/// What all grids of a run come to; nil without a grid.
///
/// A workload that tells no allocators apart is named as such, and none is recommended for it. Strategies are told apart: an
/// allocator is to be taken over several workloads only where that holds under one and the same strategy.
public func overallSentence(_ grids: [GridDocument]) -> String? {
    grids.isEmpty ? nil : OverallSentence(grids).text
}

/// Makes the sentences over all workloads.
struct OverallSentence {
    /// A workload under one strategy, and what to take there.
    private struct Case {
        var scenario: String
        var strategy: String
        var reference: String
        var standing: GridDocument.Standing
        var choice: Choice
    }

    private let grids: [GridDocument]
    private let cases: [Case]
    private let namesStrategies: Bool

    init(_ grids: [GridDocument]) {
        self.grids = grids
        cases = grids.flatMap { grid in
            mainStandings(grid).compactMap { standing in
                standing.speedChoice.map {
                    Case(
                        scenario: grid.scenario, strategy: standing.strategy, reference: grid.reference,
                        standing: standing, choice: $0)
                }
            }
        }
        namesStrategies = Set(cases.map(\.strategy)).count > 1
    }

    /// The sentences, each with its stop.
    var text: String {
        let refused = grids.filter { !$0.isRanked }.map(\.scenario)
        guard !cases.isEmpty else {
            return
                "Nothing is ranked on \(joined(grids.map(\.scenario))): no allocator can be recommended from this run."
        }
        var sentences: [String] = []
        let told = cases.filter { $0.choice.outcome == .taken }
        let open = cases.filter { $0.choice.outcome == .open }
        let same = cases.filter { $0.choice.outcome == .indifferent }
        if told.isEmpty {
            let reference = grids[0].reference
            sentences.append(
                open.isEmpty
                    ? "The choice of the allocator does not matter on \(joined(scenarios(same))): differences above "
                        + "\(largestText(same.flatMap(\.choice.contests))) are excluded."
                    : "No allocator is shown to be faster than another: keep \(reference).")
        } else {
            var strategies: [String] = []
            for strategy in told.map(\.strategy) where !strategies.contains(strategy) { strategies.append(strategy) }
            let parts = strategies.map { strategy in advice(told.filter { $0.strategy == strategy }) }
            let isProvisional = grids.contains { grid in
                grid.placebo.isEmpty && told.contains { $0.scenario == grid.scenario }
            }
            let text = parts.joined(separator: "; ") + "."
            sentences.append(isProvisional ? "Provisional, for want of a placebo: \(text)" : capitalized(text))
        }
        if !open.isEmpty {
            let rest = told.isEmpty ? "" : ", so that none is recommended there: keep \(grids[0].reference)"
            sentences.append("On \(places(open)) no two allocators are told apart by speed\(rest).")
        }
        if !told.isEmpty, !same.isEmpty {
            sentences.append("On \(places(same)) the choice does not matter.")
        }
        if !refused.isEmpty { sentences.append("On \(joined(refused)) nothing is ranked: the placebo differs.") }
        return sentences.joined(separator: " ")
    }

    /// What to take under one strategy, over the workloads that tell allocators apart under it.
    private func advice(_ told: [Case]) -> String {
        let strategy = namesStrategies ? " with the \(told[0].strategy) strategy" : ""
        guard told.count > 1 else {
            return "on \(told[0].scenario)\(strategy) take \(taken(told[0]))"
        }
        let all = "on \(joined(told.map(\.scenario)))\(strategy)"
        // Taken somewhere, and beaten nowhere for sure.
        var names: [String] = []
        for name in told.flatMap(\.choice.taken) where !names.contains(name) { names.append(name) }
        let losses = told.flatMap { entry in
            entry.standing.contests.flatMap { contest -> [(name: String, entry: Case, contest: GridDocument.Contest)] in
                switch contest.verdict {
                case .faster: [(contest.rival, entry, contest)]
                case .slower: [(contest.contender, entry, contest.inverse)]
                case .tie, .unresolved: []
                }
            }
        }
        func wins(_ name: String) -> Int { told.count { $0.choice.taken.contains(name) } }
        let safe = names.filter { name in !losses.contains { $0.name == name } }
        guard let most = safe.map(wins).max() else {
            let worst = names.compactMap { name in
                losses.filter { $0.name == name }.max { $0.contest.ratio < $1.contest.ratio }
            }
            let parts = worst.map {
                "\($0.name) is \(ratioText($0.contest)) x slower than \($0.contest.contender) on \($0.entry.scenario)"
            }
            return "\(all) no allocator is best everywhere (\(joined(parts))): look at the workload that is like yours"
        }
        let best = safe.filter { wins($0) == most }
        return "\(all) take \(joined(best, by: " or")), slower than another for sure on none of them"
    }

    /// `mimalloc (1.54 x glibc, 1.16 to 2.06; not told apart from tcmalloc)`: against the reference, or else the slowest
    /// that is beaten.
    private func taken(_ entry: Case) -> String {
        let names = joined(entry.choice.taken, by: " or")
        let beaten = entry.choice.beaten
        guard
            let worst = beaten.first(where: { $0.rival == entry.reference }) ?? beaten.max(by: { $0.ratio < $1.ratio })
        else { return names }
        let level = entry.choice.open.map(\.rival)
        let rest = level.isEmpty ? "" : "; not told apart from \(joined(level))"
        return "\(names) (\(ratioText(worst)) x \(worst.rival), \(intervalText(worst))\(rest))"
    }

    private func scenarios(_ cases: [Case]) -> [String] {
        var names: [String] = []
        for name in cases.map(\.scenario) where !names.contains(name) { names.append(name) }
        return names
    }

    /// `wordnet`, or `wordnet with the bump strategy` where strategies differ.
    private func places(_ cases: [Case]) -> String {
        joined(
            scenarios(cases).map { name in
                let strategies = cases.filter { $0.scenario == name }.map(\.strategy)
                guard namesStrategies else { return name }
                return "\(name) with the \(joined(strategies)) \(strategies.count == 1 ? "strategy" : "strategies")"
            })
    }

    private func capitalized(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }
}
