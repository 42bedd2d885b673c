import BenchResults
import BenchVerdict

/// What a reader is to do, how sure that is, and what could not be told: the first thing on the page.
struct VerdictSection {
    var data: RunData
    /// The allocators of each scenario that has several.
    var grids: [GridDocument]

    func blocks() -> [Document.Block] {
        guard !data.samples.isEmpty else { return [] }
        var blocks: [Document.Block] = [.heading(2, "Verdict")]
        if grids.isEmpty {
            blocks.append(
                .paragraph(
                    .plain("The run compares no allocators: no scenario ran on two of them. The figures follow below."))
            )
            return blocks + [terms]
        }
        if grids.count > 1, let sentence = overallSentence(grids) { blocks.append(.paragraph([.strong(sentence)])) }
        blocks.append(
            .list(grids.map { grid in [.strong("\(grid.scenario):"), .text(" ")] + .sentence(grid.sentence) }))
        if let table { blocks.append(table) }
        blocks.append(.paragraph([.strong("How sure this is."), .text(" ")] + .sentence(certainty)))
        blocks.append(.paragraph([.strong("What could not be told."), .text(" ")] + .sentence(open)))
        blocks.append(terms)
        return blocks
    }

    // MARK: The table

    private var table: Document.Block? {
        let reference = Set(grids.map(\.reference))
        let versus = reference.count == 1 ? reference.first ?? "" : "the reference"
        let delays = RunData.unique(grids.flatMap(\.memory).map(\.metric)).compactMap(Drain.delay)
        var columns: [Document.Table.Column] = [
            .init(title: "Scenario, arm", alignment: .left), .init(title: "Allocator", alignment: .left),
            .init(title: "Throughput × \(versus) (95 %)", alignment: .right),
            .init(title: "Verdict", alignment: .left), .init(title: "Peak memory", alignment: .right),
        ]
        if !delays.isEmpty { columns.append(.init(title: "After the drain", alignment: .right)) }
        let rows = grids.flatMap { grid in
            grid.standings.flatMap { standing in
                standing.order.map { contender in
                    row(contender, standing, grid) + (delays.isEmpty ? [] : [drained(contender, standing, grid)])
                }
            }
        }
        guard !rows.isEmpty else { return nil }
        return .table(.init(columns: columns, rows: rows))
    }

    private func row(
        _ contender: String, _ standing: GridDocument.Standing, _ grid: GridDocument
    ) -> [[Document.Inline]] {
        let isReference = contender == grid.reference
        let contest = isReference ? nil : standing.contest(contender, grid.reference)
        let verdict = isReference ? "reference" : contest?.verdict.rawValue ?? "–"
        let ratio =
            isReference
            ? Unit.ratio.text(1)
            : Wording.ratio(contest?.ratio, low: contest?.low, high: contest?.high, pairs: contest?.n ?? 0)
        let peak = grid.memory.first {
            $0.metric == "resident_bytes_peak" && $0.contender == contender && $0.subject == standing.subject
                && $0.strategy == standing.strategy
        }
        return [
            .plain("\(grid.scenario), \(arm(standing))"), .plain(contender), .plain(ratio), .plain(verdict),
            .plain(memory(peak, isReference: isReference)),
        ]
    }

    private func drained(
        _ contender: String, _ standing: GridDocument.Standing, _ grid: GridDocument
    ) -> [Document.Inline] {
        let own = grid.memory.filter {
            Drain.delay(of: $0.metric) != nil && $0.contender == contender && $0.subject == standing.subject
                && $0.strategy == standing.strategy
        }
        guard let last = own.max(by: { Drain.seconds($0.metric) < Drain.seconds($1.metric) }) else {
            return .plain("–")
        }
        let delay = Drain.delay(of: last.metric).map { " at \(Drain.text($0))" } ?? ""
        return .plain(memory(last, isReference: contender == grid.reference) + delay)
    }

    /// `84.1 MB, 0.98 ×`.
    private func memory(_ figure: GridDocument.MemoryFigure?, isReference: Bool) -> String {
        guard let figure else { return "–" }
        let bytes = Unit.bytes.text(figure.value)
        guard !isReference, let ratio = figure.ratio else { return bytes }
        return "\(bytes), \(Unit.ratio.text(ratio))"
    }

    private func arm(_ standing: GridDocument.Standing) -> String {
        standing.strategy == "-" ? standing.subject : "\(standing.subject)/\(standing.strategy)"
    }

    // MARK: Certainty

    private var certainty: String {
        let counts = RunData.unique(grids.map { "\($0.blocks)" })
        let blocks = counts.count == 1 ? Wording.count(grids[0].blocks, "block") : "\(Wording.joined(counts)) blocks"
        var sentences = ["Every ratio rests on \(blocks) of each arm, paired in time."]
        if let worst = grids.compactMap(\.noiseFloor).max() {
            sentences.append(
                "The noise floor is \(Wording.difference(worst)): so far may the reference under a second name, a placebo,"
                    + " lie from itself in this run.")
        } else if let floor = data.environment?.noiseFloor?["throughput"] {
            sentences.append("The noise floor is \(Wording.difference(floor)): so far did two equal arms differ.")
        } else {
            sentences.append(
                "The noise floor is not known: no placebo ran (the reference under a second name, which has to tie)"
                    + ", so that nothing but the intervals guards against a difference of the machine's own.")
        }
        let tolerances = RunData.unique(grids.map { Unit.fraction.shortText($0.tolerance) })
        sentences.append("A tie lies within \(Wording.joined(tolerances)).")
        let standings = grids.flatMap(\.standings)
        if let least = standings.map(\.stability.leader).min(), grids.contains(where: { $0.blocks > 1 }) {
            sentences.append(
                "When the blocks are drawn again at random, the same allocator leads in at least"
                    + " \(Unit.fixed((least * 100).rounded(.down), 0)) % of the draws of every arm.")
        }
        return sentences.joined(separator: " ")
    }

    private var open: String {
        var sentences: [String] = []
        for grid in grids {
            for standing in grid.standings {
                let pairs = standing.contests.filter { $0.verdict == .unresolved }
                guard !pairs.isEmpty else { continue }
                let place = "\(grid.scenario), \(arm(standing))"
                // What is excluded for all pairs together is what a reader can rely on.
                let limits = pairs.map { $0.notExcluded ?? .infinity }
                let limit = limits.max().flatMap { $0.isFinite ? $0 : nil }
                let excluded = limit.map { "; differences above \(Wording.difference($0)) are excluded" } ?? ""
                if pairs.count == standing.contests.count {
                    sentences.append("\(place): no pair of allocators\(excluded).")
                } else {
                    let told = pairs.map { "\($0.contender) from \($0.rival)" }
                    sentences.append("\(place): \(Wording.joined(told))\(excluded).")
                }
            }
            let places = grid.rankings.filter { ranking in ranking.contests.contains { $0.verdict == .unresolved } }
            if grid.isRanked, !places.isEmpty {
                sentences.append(
                    "\(grid.scenario), phase by phase: in \(places.count) of \(grid.rankings.count) the fastest is not"
                        + " told from every other.")
            }
        }
        if sentences.isEmpty { return "Every pair of allocators is resolved." }
        return sentences.joined(separator: " ")
    }

    // MARK: Words

    private var terms: Document.Block {
        .details(
            "What the words mean",
            [
                .list([
                    [
                        .strong("Arm:"),
                        .text(
                            " one way to run the workload: a subject (the store under test), the allocator behind its"
                                + " malloc, the subject's own allocation strategy, a number of threads."),
                    ],
                    [
                        .strong("Block:"),
                        .text(
                            " all phases of an arm, once, in a fresh process. Blocks with one number ran next to each"
                                + " other in time and are compared as a pair, so that what disturbs both cancels."),
                    ],
                    [
                        .strong("Interval:"),
                        .text(
                            " where the true ratio lies with 95 % confidence, as far as the blocks tell. Where allocators"
                                + " are ranked, all intervals of a scenario hold together with 95 %."),
                    ],
                    [
                        .strong("Faster, slower, tie, unresolved:"),
                        .text(
                            " the whole interval lies beyond the tolerance, or inside it, or it does neither: the run"
                                + " cannot tell."),
                    ],
                ])
            ])
    }
}
