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
            return blocks
        }
        if let sentence = overallSentence(grids) { blocks.append(.paragraph([.strong(Wording.signs(sentence))])) }
        let strategies = grids.compactMap(StrategySection.init)
        if !strategies.isEmpty {
            blocks.append(.paragraph(.plain(strategies.map(\.sentence).joined(separator: " "))))
        }
        for grid in grids {
            if let refusal = grid.refusal { blocks.append(.notice(.sentence("\(grid.scenario): \(refusal)."))) }
        }
        let choices = ChoiceTable(grids: grids, late: drained?.late ?? []).blocks
        if !choices.isEmpty { blocks += choices + [.paragraph(.plain(reading))] }
        let certainty = Certainty(data: data, grids: grids, settled: drained?.text)
        blocks += [.heading(3, "How sure this is"), .list(certainty.sentences.map { .sentence($0) })]
        blocks += workloads + tables(of: strategies) + arms
        if !choices.isEmpty { blocks += figures }
        return blocks + next
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
            + " memory): what differs by less does not count.\(hasMargin ? Self.marginRule : "") Not told apart is what"
            + " reaches into the tolerance, even where"
            + " 1 itself is excluded. The intervals of a workload's composites hold all together with 95 %, and so do those"
            + " of its memory."
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

    /// Whether memory counts somewhere only beyond what the placebo reaches.
    private var hasMargin: Bool {
        grids.contains { $0.memoryPlacebo?.contains { $0.passes && $0.margin != nil } ?? false }
    }

    private static let marginRule =
        " Where the placebo does not quite tie in memory, what it reaches takes the tolerance's place."

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
            + " one and the same allocator. Strong figures are proven: their whole interval lies beyond the tolerance."
            + "\(hasMargin ? Self.marginRule : "") An interval that excludes 1 and still reaches into the tolerance shows that"
            + " there is a difference, and not that it is large enough to count. Composites hold together with 95 %, and so"
            + " do memory and phases."
        let known = RunData.unique(
            sections.flatMap(\.standings).flatMap(\.strategies).filter { Terms.strategies[$0] != nil })
        let items = known.map { name -> [Document.Inline] in
            [.strong("\(name):"), .text(" ")] + .sentence(Terms.strategies[name] ?? "")
        }
        return [.heading(3, "Strategies against each other")] + (items.isEmpty ? [] : [.list(items)])
            + sections.map { $0.table(isOnly: false) } + [.paragraph(.plain(reading))]
    }

    /// Allocators and strategies together.
    private var arms: [Document.Block] {
        let contest = data.contest
        let tables = grids.compactMap { grid -> ArmChoiceTable? in
            let own = contest.samples.filter { $0.scenario == grid.scenario }
            return ArmChoiceTable(grid: grid, samples: own, tolerances: data.tolerances)
        }
        guard !tables.isEmpty else { return [] }
        return [.heading(3, "Allocator and strategy together")]
            + tables.flatMap { $0.blocks(namesScenario: grids.count > 1) }
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
}
