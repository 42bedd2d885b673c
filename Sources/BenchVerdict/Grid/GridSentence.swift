public import BenchResults

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
        let floor = grid.placebo.isEmpty ? " (without a placebo, nothing shows that the run itself is sound)" : ""
        // Strategies where it matters first, then where it does not, then where the run cannot tell.
        let ordered = [true, false, nil].flatMap { matters in standings.filter { $0.matters == matters } }
        if ordered.count > 1, ordered.allSatisfy({ $0.matters == false }) {
            return "On this workload the choice of the allocator does not matter under any strategy: differences above "
                + "\(largestText(ordered.flatMap(\.contests))) are excluded\(floor)."
        }
        if ordered.allSatisfy({ $0.matters == nil }) {
            let anywhere = ordered.count > 1 ? " under any strategy" : ""
            return "With \(blockText(grid.blocks)) this run cannot tell \(joined(grid.contenders)) apart\(anywhere); "
                + "differences above \(largestText(ordered.flatMap(\.contests))) are excluded\(floor)."
        }
        let parts = ordered.map { standing in
            let told = statement(standing)
            return ordered.count == 1 ? told : "with the \(standing.strategy) strategy \(told)"
        }
        return "On this workload \(parts.joined(separator: "; "))\(floor)."
    }

    /// What one strategy comes to, as a clause.
    private func statement(_ standing: GridDocument.Standing) -> String {
        guard let leader = standing.order.first else { return "nothing was measured" }
        let others = standing.order.dropFirst().compactMap { standing.contest(leader, $0) }
        let slower = others.filter { $0.verdict == .faster }
        let ties = others.filter { $0.verdict == .tie }.map(\.rival)
        let unresolved = others.filter { $0.verdict != .tie && $0.verdict != .faster }
        if standing.matters == false {
            return "the choice of the allocator does not matter (differences above "
                + "\(largestText(standing.contests)) are excluded)" + leanest(standing.order, standing)
        }
        if standing.matters == nil {
            return "\(blockText(grid.blocks)) cannot tell \(joined(standing.order)) apart; differences above "
                + "\(largestText(standing.contests)) are excluded"
        }
        var clauses: [String] = []
        if !ties.isEmpty {
            clauses.append("\(joined([leader] + ties)) tie" + leanest([leader] + ties, standing))
        } else if unresolved.isEmpty {
            clauses.append("\(leader) is the fastest" + price(leader, standing))
        }
        if !unresolved.isEmpty {
            clauses.append(
                "\(leader) and \(joined(unresolved.map(\.rival))) cannot be told apart (differences above "
                    + "\(largestText(unresolved)) are excluded)")
        }
        for contest in slower {
            clauses.append(
                "\(contest.rival) is \(ratioText(contest)) x slower (\(intervalText(contest)))"
                    + kept(contest.rival, than: leader, standing))
        }
        // The leader is level with all, yet some pair behind it differs.
        if slower.isEmpty {
            for contest in standing.contests where contest.verdict == .faster {
                clauses.append(
                    "\(contest.rival) is \(ratioText(contest)) x slower than \(contest.contender) "
                        + "(\(intervalText(contest)))")
            }
        }
        return clauses.joined(separator: ", and ")
    }

    // MARK: Memory

    /// What a slower contender keeps, where that is more or less than the leader for sure.
    private func kept(_ name: String, than leader: String, _ standing: GridDocument.Standing) -> String {
        guard let contest = standing.memory(name, leader), let place = keptText(standing) else { return "" }
        switch contest.verdict {
        case .slower: return " and keeps \(ratioText(contest)) x the memory \(place)"
        case .faster: return " but keeps only \(ratioText(contest)) x the memory \(place)"
        case .tie, .unresolved: return ""
        }
    }

    /// What a leader keeps against the reference, where that is more for sure.
    private func price(_ leader: String, _ standing: GridDocument.Standing) -> String {
        guard let contest = standing.memory(leader, grid.reference), contest.verdict == .slower,
            let place = keptText(standing)
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

/// What all grids of a run come to, in one sentence; nil without a grid.
///
/// An allocator is to be taken when no scenario shows it to be slower than another one for sure.
public func overallSentence(_ grids: [GridDocument]) -> String? {
    guard !grids.isEmpty else { return nil }
    let ranked = grids.filter { $0.isRanked && !mainStandings($0).isEmpty }
    let refused = grids.count - ranked.count
    let aside = refused == 0 ? "" : "; \(refused) more \(refused == 1 ? "is" : "are") not ranked"
    let place = ranked.count == 1 ? "On 1 workload" : "Over \(ranked.count) workloads"
    guard !ranked.isEmpty else {
        return "None of \(grids.count == 1 ? "1 workload" : "\(grids.count) workloads") is ranked: no allocator can be "
            + "recommended from this run."
    }
    // Contender to where it is slower than some other, and by how much at worst.
    var losses: [String: [(scenario: String, contest: GridDocument.Contest)]] = [:]
    for grid in ranked {
        for contest in mainStandings(grid).flatMap(\.contests) {
            if contest.verdict == .faster { losses[contest.rival, default: []].append((grid.scenario, contest)) }
            if contest.verdict == .slower {
                losses[contest.contender, default: []].append((grid.scenario, contest.inverse))
            }
        }
    }
    var names: [String] = []
    for grid in ranked { for name in grid.contenders where !names.contains(name) { names.append(name) } }
    guard !losses.isEmpty else {
        let contests = ranked.flatMap(mainStandings).flatMap(\.contests)
        let same = contests.allSatisfy { $0.verdict == .tie }
        return same
            ? "\(place) the choice between \(joined(names)) does not matter: differences above "
                + "\(largestText(contests)) are excluded\(aside)."
            : "\(place) no allocator is slower than another for sure: keep \(ranked[0].reference); differences above "
                + "\(largestText(contests)) are excluded\(aside)."
    }
    let told = names.compactMap { name -> String? in
        guard let own = losses[name], let worst = own.max(by: { $0.contest.ratio < $1.contest.ratio }) else {
            return nil
        }
        let count = Set(own.map(\.scenario)).count
        return "\(name) in \(count) (at worst \(ratioText(worst.contest)) x, in \(worst.scenario))"
    }
    let best = names.filter { losses[$0] == nil }
    guard !best.isEmpty else {
        return "\(place) no allocator is best everywhere: slower than another for sure are \(joined(told)); look at "
            + "the workload that is like yours\(aside)."
    }
    return "\(place) take \(joined(best, by: "or")): slower than another for sure \(told.count == 1 ? "is" : "are") "
        + "\(joined(told))\(aside)."
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
private func largestText(_ contests: [GridDocument.Contest]) -> String {
    guard let largest = contests.map({ $0.notExcluded ?? .infinity }).max(), largest.isFinite else {
        return "any size"
    }
    return percentText(largest)
}

private func blockText(_ count: Int) -> String { count == 1 ? "1 block" : "\(count) blocks" }

/// `a`, `a and b`, `a, b and c`.
private func joined(_ words: [String], by conjunction: String = "and") -> String {
    guard words.count > 1, let last = words.last else { return words.first ?? "" }
    return words.dropLast().joined(separator: ", ") + " \(conjunction) " + last
}
