import BenchResults
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
        let choices = ChoiceTable(grids: grids).block
        if let choices { blocks += [choices, .paragraph(.plain(reading))] }
        blocks.append(.paragraph([.strong("How sure this is."), .text(" ")] + .sentence(certainty)))
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

    private var certainty: String {
        let counts = RunData.unique(grids.map { "\($0.blocks)" })
        let blocks = counts.count == 1 ? Wording.count(grids[0].blocks, "block") : "\(Wording.joined(counts)) blocks"
        var sentences = ["Every ratio rests on \(blocks) of each arm, paired in time."]
        let without = grids.filter(\.placebo.isEmpty).map(\.scenario)
        sentences += grids.compactMap(placebo)
        if !without.isEmpty {
            let place = without.count == grids.count ? "" : " on \(Wording.joined(without))"
            sentences.append(
                "No placebo ran\(place) (the reference under a second name, which has to tie with itself). Nothing but the"
                    + " intervals guards there against differences that are the machine's own: whatever is taken is"
                    + " provisional.")
        }
        if let settled = drained { sentences.append(settled) }
        return sentences.joined(separator: " ")
    }

    /// What the placebo shows on one workload; nil without one, or where it refuses the ranking.
    private func placebo(_ grid: GridDocument) -> String? {
        guard grid.isRanked, !grid.placebo.isEmpty else { return nil }
        let place = grids.count > 1 ? " on \(grid.scenario)" : ""
        var text =
            "The placebo\(place), \(grid.reference) under a second name, ties with \(grid.reference) at all"
            + " \(grid.placebo.count) places, as it has to."
        let wholes = grid.placebo.filter { $0.place.hasPrefix("all phases") }.map(\.contest)
        if let whole = Choice.notExcluded(wholes) {
            text += " Its interval reaches to \(Wording.difference(whole)) over all phases"
            if let worst = grid.noiseFloor { text += " and to \(Wording.difference(worst)) in the worst single one" }
            text += ": as noisy as that is this run"
            text += "."
        }
        return text
    }

    private var drained: String? {
        let names = Set(grids.map(\.scenario))
        return DrainNote(data.samples.filter { names.contains($0.scenario) }, environment: data.environment)?.text
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
            + " beside them is the geometric mean of paired blocks, like every ratio here."
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
