import BenchResults
import BenchVerdict

/// The figures behind the choice: every allocator against the reference, as a whole and phase by phase, with its memory.
struct FiguresTable {
    var data: RunData
    var grids: [GridDocument]

    /// The rows of the standings for which `isShown` holds, or nil without one.
    func block(where isShown: (GridDocument.Standing) -> Bool) -> Document.Block? {
        let rows = grids.flatMap { grid in
            grid.standings.filter(isShown).flatMap { standing in
                standing.order.map { row($0, standing, grid) }
            }
        }
        guard !rows.isEmpty else { return nil }
        let references = Set(grids.map(\.reference))
        let versus = references.count == 1 ? references.first ?? "" : "the reference"
        let titles: [(String, Document.Table.Alignment)] = [
            ("Workload, strategy", .left), ("Allocator", .left), ("Composite × \(versus) (joint 95 %)", .right),
            ("Against \(versus)", .left), ("Phases × \(versus)", .left), ("Peak memory", .right),
            ("After the drain", .right),
        ]
        let kept = titles.indices.filter { column in rows.contains { $0[column] != .plain("–") } }
        return .table(
            .init(
                columns: kept.map { .init(title: titles[$0].0, alignment: titles[$0].1) },
                rows: rows.map { row in kept.map { row[$0] } }, stacksWhenNarrow: true))
    }

    private func row(
        _ contender: String, _ standing: GridDocument.Standing, _ grid: GridDocument
    ) -> [[Document.Inline]] {
        let isReference = contender == grid.reference
        let contest = isReference ? nil : standing.contest(contender, grid.reference)
        let ratio =
            isReference
            ? Unit.ratio.text(1)
            : Wording.ratio(contest?.ratio, low: contest?.low, high: contest?.high, pairs: contest?.n ?? 0)
        let hasDrain = standing.memoryMetric.flatMap(Drain.delay) != nil
        let peaks = hasDrain ? standing.peakMemory ?? [] : standing.memory
        return [
            .plain("\(grid.scenario), \(Wording.arm(standing))"), .plain(contender), .plain(ratio),
            .plain(isReference ? "reference" : contest.map(Wording.verdict) ?? "–"),
            .plain(isReference ? "1" : phases(contender, standing, grid)),
            memory("resident_bytes_peak", peaks, contender, standing, grid),
            hasDrain ? memory(standing.memoryMetric ?? "", standing.memory, contender, standing, grid) : .plain("–"),
        ]
    }

    /// `fill 1.08, churn 1.57`.
    private func phases(_ contender: String, _ standing: GridDocument.Standing, _ grid: GridDocument) -> String {
        let own = grid.rankings.filter {
            $0.place.subject == standing.subject && $0.place.strategy == standing.strategy
        }
        let labels = PlaceLabels(own.map(\.place))
        let texts = own.compactMap { ranking -> String? in
            ranking.cells.first { $0.contender == contender }.map {
                "\(labels.label(ranking.place)) \(Unit.threeDigits($0.ratio))"
            }
        }
        return texts.isEmpty ? "–" : texts.joined(separator: ", ")
    }

    /// Whether the bytes of some workload are told for each number of threads.
    var namesThreads: Bool { grids.contains { threads($0.scenario).count > 1 } }

    /// The numbers of threads with which a workload's phases ran, where one and the same phase ran with several.
    private func threads(_ scenario: String) -> [Int] {
        var phases: [String: Set<Int>] = [:]
        for row in data.samples where row.scenario == scenario {
            phases["\(row.phase)\u{0}\(row.role)", default: []].insert(row.threads)
        }
        return Set(phases.values.filter { $0.count > 1 }.flatMap(\.self)).sorted()
    }

    /// `84.1 MB`, with the range of the blocks where they differ, a line for each number of threads, and
    /// `0.98 × (0.97 to 0.99)`.
    private func memory(
        _ metric: String, _ contests: [GridDocument.Contest], _ contender: String, _ standing: GridDocument.Standing,
        _ grid: GridDocument
    ) -> [Document.Inline] {
        let isKnown = grid.memory.contains {
            $0.metric == metric && $0.contender == contender && $0.subject == standing.subject
                && $0.strategy == standing.strategy
        }
        guard isKnown else { return .plain("–") }
        let rows = data.samples.filter {
            $0.scenario == grid.scenario && $0.metric == metric && $0.subject == standing.subject
                && $0.strategy == standing.strategy && $0.arm.contender == contender
        }
        let counts = threads(grid.scenario)
        let parts: [(name: String, bytes: BlockBytes)] =
            counts.count > 1
            ? counts.map { ("\(Wording.count($0, "thread")): ", BlockBytes(Self.rows(rows, threads: $0))) }
            : [("", BlockBytes(rows))]
        var cell: [Document.Inline] = []
        for (name, bytes) in parts {
            guard let median = bytes.median else { continue }
            if !cell.isEmpty { cell.append(.lineBreak) }
            cell.append(.text(name + Unit.bytes.text(median)))
            // A range beside it would make the column as wide as two.
            if let range = bytes.range { cell += [.lineBreak, .aside(range)] }
        }
        if contender != grid.reference, let contest = contests.contest(contender, grid.reference) {
            let ratio = Wording.ratio(contest.ratio, low: contest.low, high: contest.high, pairs: contest.n)
            let isRanked = grid.ranksMemory(metric, standing.subject, standing.strategy)
            let verdict = isRanked ? Wording.memoryVerdict(contest) : "not ranked"
            cell += [.lineBreak, .aside(ratio), .lineBreak, .aside(verdict)]
        }
        return cell
    }

    /// The rows of an arm with a number of threads; a phase without that number gives its smallest.
    private static func rows(_ rows: [SampleRow], threads: Int) -> [SampleRow] {
        let known = Dictionary(grouping: rows, by: \.phase).mapValues { Set($0.map(\.threads)) }
        return rows.filter { row in
            let choices = known[row.phase] ?? []
            return row.threads == (choices.contains(threads) ? threads : choices.min())
        }
    }
}
