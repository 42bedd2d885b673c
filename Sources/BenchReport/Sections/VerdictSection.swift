import BenchResults
import BenchStatistics
import BenchVerdict
import BenchWorkload

/// What a reader is to do, how sure that is, and what would make it surer: the first thing on the page.
struct VerdictSection {
    var data: RunData
    /// The allocators of each scenario that has several.
    var grids: [GridDocument]

    func blocks() -> [Document.Block] {
        guard !data.samples.isEmpty else { return [] }
        var blocks: [Document.Block] = [.heading(2, "Verdict")]
        guard !grids.isEmpty else {
            blocks.append(
                .paragraph(
                    .plain("The run compares no allocators: no scenario ran on two of them. The figures follow below."))
            )
            return blocks + [terms]
        }
        if let sentence = overallSentence(grids) { blocks.append(.paragraph([.strong(Wording.signs(sentence))])) }
        let strategies = grids.compactMap(StrategySection.init)
        if !strategies.isEmpty {
            blocks.append(.paragraph(.plain(strategies.map(\.sentence).joined(separator: " "))))
        }
        for grid in grids {
            if let refusal = grid.refusal { blocks.append(.notice(.sentence("\(grid.scenario): \(refusal)."))) }
        }
        let choices = ChoiceTable(grids: grids, late: drained?.late ?? []).block
        if let choices { blocks += [choices, .paragraph(.plain(reading))] }
        blocks += [.heading(3, "How sure this is"), .list(certainty.map { .sentence($0) })]
        blocks += workloads + tables(of: strategies)
        if choices != nil { blocks += figures }
        blocks += next
        return blocks + [terms]
    }

    // MARK: How to read the table

    private var reading: String {
        let memory = RunData.unique(
            grids.flatMap { grid in
                RunData.unique(["resident_bytes_peak"] + grid.standings.compactMap(\.memoryMetric)).map {
                    Unit.fraction.shortText(data.tolerances[$0, in: grid.scenario])
                }
            })
        let speed = RunData.unique(grids.map { Unit.fraction.shortText($0.tolerance) })
        return
            "Speed is the composite throughput: the geometric mean over all phases of the workload, each of the same weight."
            + " A ratio is the geometric mean of the ratios of blocks that ran side by side. Proven means that the whole"
            + " interval lies beyond the tolerance (\(Wording.joined(speed)) of throughput, \(Wording.joined(memory)) of"
            + " memory). The intervals of a workload's composites hold all together with 95 %, and so do those of its memory."
    }

    // MARK: Certainty

    private var certainty: [String] {
        let counts = RunData.unique(grids.map { "\($0.blocks)" })
        let blocks = counts.count == 1 ? Wording.count(grids[0].blocks, "block") : "\(Wording.joined(counts)) blocks"
        var sentences = ["Every ratio rests on \(blocks) of each arm, paired in time."]
        let without = grids.filter(\.placebo.isEmpty).map(\.scenario)
        sentences += grids.compactMap(placebo) + grids.compactMap(smallest)
        if !without.isEmpty {
            let place = without.count == grids.count ? "" : " on \(Wording.joined(without))"
            sentences.append(
                "No placebo ran\(place) (the reference under a second name, which has to tie with itself). Nothing but the"
                    + " intervals guards there against differences that are the machine's own: whatever is taken is"
                    + " provisional.")
        }
        if let settled = drained?.text { sentences.append(settled) }
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
            ? " But \(reach): wider than the tolerance of \(tolerance). That shows only that larger differences are not the"
                + " machine's own; small ones cannot be told in this run, and what is not told apart need not be equal."
            : " And \(reach), within the tolerance of \(tolerance): what the machine does itself is smaller than what"
                + " counts as a difference."
        return text + placeboMemory(grid)
    }

    /// How far the placebo's bytes may be from the reference's: memory has no test of its own, and a reader takes
    /// allocators by it all the same. Empty where the run has too few blocks or no bytes.
    private func placeboMemory(_ grid: GridDocument) -> String {
        guard let placebo = grid.placebo.first?.contest.contender else { return "" }
        let kept = RunData.unique(grid.standings.compactMap(\.memoryMetric).filter { Drain.delay(of: $0) != nil })
        let parts = (["resident_bytes_peak"] + kept).compactMap { metric -> String? in
            let own = data.contest.samples.filter {
                $0.scenario == grid.scenario && $0.metric == metric
                    && [grid.reference, placebo].contains($0.arm.contender)
            }
            let reaches = compareAllocators(own, reference: grid.reference, tolerances: data.tolerances).compactMap {
                row -> Double? in
                guard row.arm.contender == placebo, row.n >= Bootstrap.fewestValues, let low = row.ciLow, low > 0,
                    let high = row.ciHigh
                else { return nil }
                return Swift.max(high, 1 / low) - 1
            }
            guard let most = reaches.max() else { return nil }
            let moment = Drain.delay(of: metric).map { "\(Drain.text($0)) after the drain" } ?? "at the peak"
            return "\(Wording.difference(most)) \(moment)"
        }
        return parts.isEmpty
            ? "" : " In memory its intervals reach, in the worst single place, to \(Wording.joined(parts))."
    }

    /// The smallest differences that the intervals of a workload can tell; nil where nothing is ranked.
    private func smallest(_ grid: GridDocument) -> String? {
        func span(_ contests: [GridDocument.Contest], _ metric: String) -> String? {
            Choice.smallestTold(contests, tolerance: data.tolerances[metric, in: grid.scenario]).map { range in
                let (least, most) = (Wording.difference(range.lowerBound), Wording.difference(range.upperBound))
                return least == most ? least : "\(least) (up to \(most) for the pair that scatters most)"
            }
        }
        guard grid.isRanked, let speed = span(grid.standings.flatMap(\.contests), "throughput") else { return nil }
        let place = grids.count > 1 ? " on \(grid.scenario)" : ""
        let peaks = grid.standings.flatMap { standing in
            standing.peakMemory ?? (standing.memoryMetric == "resident_bytes_peak" ? standing.memory : [])
        }
        let memory = span(peaks, "resident_bytes_peak").map { "; in memory at the peak it is \($0)" } ?? ""
        return "The smallest difference in speed over all phases that this run can tell\(place) is \(speed)\(memory)."
    }

    private var drained: DrainNote? {
        let names = Set(grids.map(\.scenario))
        let standings = grids.flatMap { grid in
            grid.standings.map { standing in
                let arm = Wording.arm(standing)
                return (name: grids.count > 1 ? "\(grid.scenario), \(arm)" : arm, standing: standing)
            }
        }
        return DrainNote(
            data.samples.filter { names.contains($0.scenario) }, environment: data.environment, standings: standings)
    }

    // MARK: What was run

    private var workloads: [Document.Block] {
        let items = grids.compactMap { grid -> [Document.Inline]? in
            guard let workload = data.workloads[grid.scenario] else { return nil }
            let title = workload.title.isEmpty ? "" : " \(workload.title)."
            return [.strong("\(grid.scenario):"), .text("\(title) ")] + .sentence(Wording.signs(workload.summary) + ".")
        }
        return items.isEmpty ? [] : [.heading(3, "The workloads"), .list(items)]
    }

    // MARK: Strategies

    private func tables(of sections: [StrategySection]) -> [Document.Block] {
        guard !sections.isEmpty else { return [] }
        let reading =
            "A strategy is the store's own way of allocating, on top of the allocator. Here one is divided by the other on"
            + " one and the same allocator; strong figures are proven. Composites hold together with 95 %, and so do memory"
            + " and phases."
        return [.heading(3, "Strategies against each other")]
            + sections.map { $0.table(isOnly: false) } + [.paragraph(.plain(reading))]
    }

    // MARK: Figures

    private var figures: [Document.Block] {
        func tells(_ standing: GridDocument.Standing) -> Bool { standing.speedChoice?.outcome == .taken }
        let tables = FiguresTable(data: data, grids: grids)
        var blocks: [Document.Block] = []
        let reading =
            "Bytes are medians over the blocks; in brackets their range, where blocks differ by more than 5 %. The ratio"
            + " beside them is the geometric mean of paired blocks, like every ratio here"
            + (tables.namesThreads
                ? "; it is that of the number of threads with the most bytes in each block, like every ratio of memory"
                    + " above." : ".")
        if let table = tables.block(where: tells) {
            blocks += [.heading(3, "The figures behind it"), table, .paragraph(.plain(reading))]
        }
        if let table = tables.block(where: { !tells($0) }) {
            let title =
                blocks.isEmpty ? "The figures" : "The figures of workloads that tell no two allocators apart by speed"
            blocks.append(.details(title, blocks.isEmpty ? [table, .paragraph(.plain(reading))] : [table]))
        }
        return blocks
    }

    // MARK: What to run next

    private var next: [Document.Block] {
        let items = grids.compactMap { grid -> [Document.Block]? in
            let next = NextRun(data: data, grid: grid)
            guard let reason = next.reason else { return nil }
            return [.paragraph([.strong("\(grid.scenario):"), .text(" ")] + .sentence(reason))]
                + (next.command.map { [.code($0)] } ?? [])
        }
        guard !items.isEmpty else { return [] }
        return [.heading(3, "What to run next")] + items.flatMap(\.self)
    }

    // MARK: Words

    private var terms: Document.Block {
        func term(_ word: String, _ meaning: String) -> [Document.Inline] {
            [.strong("\(word):"), .text(" ")] + .sentence(meaning)
        }
        return .details(
            "What the words mean",
            [
                .list([
                    term(
                        "Arm",
                        "one way to run the workload: a subject (the store under test; `standard` is what a Swift programmer"
                            + " writes first), the allocator behind its malloc, the subject's own allocation strategy, a"
                            + " number of threads."),
                    term(
                        "Block",
                        "all phases of an arm, once, in a fresh process. Blocks with one number ran next to each other in"
                            + " time and are compared as a pair, so that what disturbs both cancels."),
                    term(
                        "Interval",
                        "where the true ratio lies with 95 % confidence, as far as the blocks tell. Joint: all intervals of a"
                            + " kind hold together with 95 %, so that none of them has to be distrusted for being one of"
                            + " many."),
                    term(
                        "Faster, slower, tie, unresolved",
                        "the whole interval lies beyond the tolerance, or inside it, or it does neither: the run cannot"
                            + " tell."),
                    term(
                        "Provisional",
                        "proven by the intervals, in a run without a placebo to show that equal arms tie in it."),
                ])
            ])
    }
}
