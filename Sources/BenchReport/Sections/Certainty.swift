import BenchResults
import BenchVerdict

/// How sure the verdict is: what the ratios rest on, what the placebo shows, and which differences can be told at all.
struct Certainty {
    var data: RunData
    var grids: [GridDocument]
    /// What a longer wait after the drain might change; nil where nothing was read after one.
    var settled: String?

    var sentences: [String] {
        let counts = RunData.unique(grids.map { "\($0.blocks)" })
        let blocks = counts.count == 1 ? Wording.count(grids[0].blocks, "block") : "\(Wording.joined(counts)) blocks"
        var sentences = ["Every ratio rests on \(blocks) of each arm, paired in time."]
        let without = grids.filter(\.placebo.isEmpty).map(\.scenario)
        sentences += grids.compactMap(placebo) + grids.compactMap(memory) + grids.compactMap(smallest)
        if !without.isEmpty {
            let place = without.count == grids.count ? "" : " on \(Wording.joined(without))"
            sentences.append(
                "No placebo ran\(place) (the reference under a second name, which has to tie with itself). Nothing but the"
                    + " intervals guards there against differences that are the machine's own: whatever is taken is"
                    + " provisional.")
        }
        if let settled { sentences.append(settled) }
        return sentences
    }

    /// What the placebo shows on one workload; nil without one, or where it refuses the ranking.
    private func placebo(_ grid: GridDocument) -> String? {
        guard grid.isRanked, !grid.placebo.isEmpty else { return nil }
        let place = grids.count > 1 ? " on \(grid.scenario)" : ""
        let reference = grid.reference
        var text =
            "The placebo\(place), \(reference) under a second name, is told apart from \(reference) at none of"
            + " \(grid.placebo.count) places, as it has to be."
        let wholes = grid.placebo.filter { $0.place.hasPrefix("all phases") }.map(\.contest)
        guard let whole = Choice.notExcluded(wholes) else { return text }
        let worst = grid.noiseFloor.map { ", and in the worst single one to \(Wording.difference($0))" } ?? ""
        let tolerance = Unit.fraction.shortText(grid.tolerance)
        let reach = "its interval reaches to \(Wording.difference(whole)) over all phases\(worst)"
        text +=
            whole > grid.tolerance
            ? " But \(reach): wider than the tolerance of \(tolerance). Something that favours one arm by less than that might"
                + " have gone unseen. What is proven rests on the intervals of the pairs themselves, and what is not told"
                + " apart need not be equal."
            : " And \(reach), within the tolerance of \(tolerance): what the machine does itself is smaller than what"
                + " counts as a difference."
        return text
    }

    /// What the placebo shows of memory, which of it may therefore be ranked, and which may not.
    private func memory(_ grid: GridDocument) -> String? {
        guard grid.isRanked, let tests = grid.memoryPlacebo, !tests.isEmpty else { return nil }
        let place = grids.count > 1 ? " on \(grid.scenario)" : ""
        func told(_ test: GridDocument.MemoryPlaceboTest) -> String {
            let contest = test.contest
            var ratio = Unit.ratio.text(contest.ratio)
            if let low = contest.low, let high = contest.high {
                ratio += ", \(Unit.threeDigits(low)) to \(Unit.threeDigits(high))"
            }
            let arm = test.strategy == "-" ? test.subject : "\(test.subject)/\(test.strategy)"
            return "\(arm) \(Wording.moment(test.metric)) (\(ratio))"
        }
        let (passed, failed) = (tests.filter { $0.passes && $0.margin == nil }, tests.filter { !$0.passes })
        let near = tests.filter { $0.passes && $0.margin != nil }
        var text = "In memory\(place) the placebo "
        text +=
            passed.isEmpty
            ? "ties with \(grid.reference) nowhere."
            : "ties with \(grid.reference) for \(Wording.joined(passed.map(told)))."
        if let margin = near.compactMap(\.margin).max() {
            text +=
                " It does not quite tie for \(Wording.joined(near.map(told))): there a difference counts only where its whole"
                + " interval lies beyond what the placebo's reaches, \(Wording.difference(margin))."
        }
        if !failed.isEmpty {
            text +=
                " It differs, or might differ by more than a factor of two, for \(Wording.joined(failed.map(told))): one and the"
                + " same library does not keep one and the same there, so that memory is not ranked there, neither between"
                + " allocators nor between strategies. Its figures are told all the same."
        }
        return text
    }

    /// The smallest differences that the intervals of a workload can tell; nil where nothing is ranked.
    private func smallest(_ grid: GridDocument) -> String? {
        /// Over standings whose contests count from a fraction on of their own.
        func span(_ parts: [(contests: [GridDocument.Contest], edge: Double)]) -> String? {
            let ranges = parts.compactMap { Choice.smallestTold($0.contests, tolerance: $0.edge) }
            guard ranges.count == parts.count, let low = ranges.map(\.lowerBound).min(),
                let high = ranges.map(\.upperBound).max()
            else { return nil }
            let (least, most) = (Wording.difference(low), Wording.difference(high))
            return least == most ? least : "\(least) (up to \(most) for the pair that scatters most)"
        }
        guard grid.isRanked, let speed = span(grid.standings.map { ($0.contests, grid.tolerance) }) else { return nil }
        let place = grids.count > 1 ? " on \(grid.scenario)" : ""
        let metric = "resident_bytes_peak"
        let peaks = grid.standings.compactMap { standing -> (contests: [GridDocument.Contest], edge: Double)? in
            let own = standing.peakMemory ?? (standing.memoryMetric == metric ? standing.memory : [])
            let margin = (grid.memoryPlacebo ?? []).margin(metric, standing.subject, [standing.strategy])
            guard !own.isEmpty, let margin else { return nil }
            return (own, Swift.max(margin, data.tolerances[metric, in: grid.scenario]))
        }
        let memory = span(peaks).map { "; in memory at the peak it is \($0)" } ?? ""
        let open = grid.standings.flatMap(\.contests).filter { $0.verdict == .unresolved }
        let relation =
            Choice.notExcluded(open).map {
                " What stays possible for a pair that is not told apart (up to \(Wording.difference($0)) here) is another"
                    + " figure: what the pair was measured to differ by, and the reach of its interval on top."
            } ?? ""
        return
            "The smallest difference in speed over all phases that this run can tell\(place) is \(speed)\(memory): so much"
            + " two allocators have to be measured to differ by, for the whole interval to lie beyond the tolerance.\(relation)"
    }
}
