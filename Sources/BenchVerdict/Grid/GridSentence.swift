import BenchResults

/// What a reader should do about the allocator of one scenario, as one sentence made from the contests.
///
/// The strategies of the scenario's main subject (`strata` where it ran) are told one after the other; strategies that
/// say the same are told together.
struct GridSentence {
    private let grid: GridDocument

    init(_ grid: GridDocument) { self.grid = grid }

    /// The sentence, with its stop.
    var text: String {
        if let refusal = grid.refusal { return "\(refusal)." }
        let standings = mainStandings(grid)
        guard !standings.isEmpty else {
            return "No phase was measured with all allocators, so that nothing can be said about them."
        }
        guard grid.blocks >= ContestFamily.fewestPairs else {
            let count = blockText(grid.blocks)
            return "\(count) cannot tell allocators apart; run at least 8."
        }
        // Strategies where it matters first, then where it does not, then where the run cannot tell.
        let ordered = [true, false, nil].flatMap { matters in standings.filter { $0.matters == matters } }
        if ordered.count > 1, ordered.allSatisfy({ $0.matters == false }) {
            return "On this workload the choice of the allocator does not matter under any strategy: differences above "
                + "\(largestText(ordered.flatMap(\.contests))) are excluded\(floor)."
        }
        if ordered.allSatisfy({ $0.matters == nil }) {
            let anywhere = ordered.count > 1 ? " under any strategy" : ""
            return "With \(blockText(grid.blocks)) this run cannot tell \(joined(grid.contenders)) apart\(anywhere); "
                + "\(possibleText(ordered.flatMap(\.contests)))\(floor)."
        }
        let parts = ordered.map { standing in
            let told = statement(standing)
            return ordered.count == 1 ? told : "with the \(standing.strategy) strategy \(told)"
        }
        return "On this workload \(parts.joined(separator: "; "))\(floor)."
    }

    private var floor: String {
        grid.placebo.isEmpty ? " (provisional: without a placebo nothing shows that the run itself is sound)" : ""
    }

    /// What one strategy comes to, as a clause.
    private func statement(_ standing: GridDocument.Standing) -> String {
        guard let choice = standing.speedChoice else { return "nothing was measured" }
        guard choice.outcome == .taken, let best = choice.taken.first else {
            return choice.outcome == .indifferent
                ? "the choice of the allocator does not matter (differences above "
                    + "\(largestText(choice.contests)) are excluded)" + leanest(standing.order, standing)
                : "\(blockText(grid.blocks)) cannot tell \(joined(standing.order)) apart; "
                    + possibleText(choice.contests)
        }
        var clauses: [String] = []
        if choice.taken.count > 1 {
            clauses.append("\(joined(choice.taken)) tie" + leanest(choice.taken, standing))
        } else if choice.open.isEmpty {
            clauses.append("\(best) is the fastest" + price(best, choice, standing))
        } else {
            clauses.append("take \(best)" + price(best, choice, standing))
        }
        for contest in choice.beaten {
            clauses.append(
                "\(contest.rival) is \(ratioText(contest)) x slower (\(intervalText(contest)))"
                    + kept(contest.rival, than: best, standing))
        }
        if !choice.open.isEmpty {
            let names = choice.open.map(\.rival)
            clauses.append(
                "\(joined(names)) \(names.count == 1 ? "is" : "are") not told apart from it "
                    + "(\(possibleText(choice.open)))")
        }
        return joined(clauses, by: ", and", between: ", ")
    }

    // MARK: Memory

    /// What a slower contender keeps, where that is more or less than the leader for sure.
    private func kept(_ name: String, than leader: String, _ standing: GridDocument.Standing) -> String {
        guard let contest = standing.memory(name, leader), let place = keptText(standing) else { return "" }
        switch contest.verdict {
        case .slower: return " and keeps \(ratioText(contest)) x as much memory \(place)"
        case .faster: return " but keeps \(ratioText(contest)) x as much memory \(place)"
        case .tie, .unresolved: return ""
        }
    }

    /// What a leader keeps against the reference, where that is more for sure and the reference has no clause of its own.
    private func price(_ leader: String, _ choice: Choice, _ standing: GridDocument.Standing) -> String {
        guard let contest = standing.memory(leader, grid.reference), contest.verdict == .slower,
            let place = keptText(standing), !choice.beaten.contains(where: { $0.rival == grid.reference })
        else { return "" }
        return " at the price of \(ratioText(contest)) x the memory of \(grid.reference) \(place)"
    }

    /// Of several that are as fast, the one that keeps the least for sure.
    private func leanest(_ names: [String], _ standing: GridDocument.Standing) -> String {
        guard let place = keptText(standing) else { return "" }
        let least = names.first { name in
            names.allSatisfy { $0 == name || standing.memory(name, $0)?.verdict == .faster }
        }
        return least.map { ", of which \($0) keeps the least memory \(place)" } ?? ""
    }

    private func keptText(_ standing: GridDocument.Standing) -> String? {
        standing.memoryMetric.map { $0.hasPrefix("resident_bytes_after_") ? "after the drain" : "at its peak" }
    }
}

/// The standings that a sentence is about: those of `strata` where it ran, else those of the first subject.
func mainStandings(_ grid: GridDocument) -> [GridDocument.Standing] {
    let subject =
        grid.standings.contains { $0.subject == "strata" } ? "strata" : grid.standings.first?.subject
    return grid.standings.filter { $0.subject == subject }
}

// MARK: Words

/// `1.3`, `1.04`, `0.89`: three digits near 1, so that small differences stay visible.
func ratioText(_ contest: GridDocument.Contest) -> String { factorText(contest.ratio) }

func factorText(_ value: Double) -> String {
    guard value >= 0.1, value < 9.95 else { return quantityText(value, unit: "count") }
    let hundredths = Int((value * 100).rounded())
    let fraction = hundredths % 100
    if fraction == 0 { return "\(hundredths / 100)" }
    return "\(hundredths / 100)."
        + (fraction < 10 ? "0\(fraction)" : fraction % 10 == 0 ? "\(fraction / 10)" : "\(fraction)")
}

func intervalText(_ contest: GridDocument.Contest) -> String {
    guard let low = contest.low, let high = contest.high else { return "too few blocks for an interval" }
    return "\(factorText(low)) to \(factorText(high))"
}

/// A fraction rounded up to what is excluded for sure: `0.4 %`, `4 %`; as a factor from 100 % on: `2.5 x`.
func percentText(_ fraction: Double) -> String {
    let percent = fraction * 100
    if percent >= 100 { return "\(factorText(1 + fraction)) x" }
    if percent >= 1 {
        let whole = Int((percent - 1e-9).rounded(.up))
        return "\(whole) %"
    }
    let tenths = max(1, Int((percent * 10 - 1e-9).rounded(.up)))
    return tenths == 10 ? "1 %" : "0.\(tenths) %"
}

/// The largest difference that some contests do not exclude.
func largestText(_ contests: [GridDocument.Contest]) -> String {
    Choice.notExcluded(contests).map(percentText) ?? "any size"
}

/// What some contests that are not resolved leave possible.
func possibleText(_ contests: [GridDocument.Contest]) -> String {
    Choice.notExcluded(contests).map { "differences up to \(percentText($0)) stay possible" }
        ?? "any difference stays possible"
}

private func blockText(_ count: Int) -> String { count == 1 ? "1 block" : "\(count) blocks" }

/// `a`, `a and b`, `a, b and c`; `between` and the conjunction's own comma for longer parts.
func joined(_ words: [String], by conjunction: String = " and", between: String = ", ") -> String {
    guard words.count > 1, let last = words.last else { return words.first ?? "" }
    return words.dropLast().joined(separator: between) + "\(conjunction) " + last
}
