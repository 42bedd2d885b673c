import BenchResults
import BenchVerdict

/// The figures behind the choice: every allocator against the reference, as a whole and phase by phase, with its memory.
struct FiguresTable {
    var data: RunData
    var grids: [GridDocument]

    /// Blocks that differ by more than this are told with their range.
    private static let evenness = 1.05

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
                rows: rows.map { row in kept.map { row[$0] } }))
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
            .plain(isReference ? "reference" : contest?.verdict.rawValue ?? "–"),
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

    /// `84.1 MB`, with the range of the blocks where they differ, and `0.98 × (0.97 to 0.99)`.
    private func memory(
        _ metric: String, _ contests: [GridDocument.Contest], _ contender: String, _ standing: GridDocument.Standing,
        _ grid: GridDocument
    ) -> [Document.Inline] {
        guard
            let figure = grid.memory.first(where: {
                $0.metric == metric && $0.contender == contender && $0.subject == standing.subject
                    && $0.strategy == standing.strategy
            })
        else { return .plain("–") }
        var text = Unit.bytes.text(figure.value)
        let values = data.samples.lazy.filter {
            $0.scenario == grid.scenario && $0.metric == metric && $0.subject == standing.subject
                && $0.strategy == standing.strategy && $0.arm.contender == contender
        }
        // The largest of any phase counts in each block, as in the figure itself.
        let blocks = Dictionary(grouping: values, by: \.block).compactMap { $0.value.map(\.value).max() }
        if let least = blocks.min(), let most = blocks.max(), least > 0, most > least * Self.evenness {
            text += " [\(Unit.bytes.text(least)) to \(Unit.bytes.text(most))]"
        }
        guard contender != grid.reference, let contest = contests.contest(contender, grid.reference) else {
            return .plain(text)
        }
        let ratio = Wording.ratio(contest.ratio, low: contest.low, high: contest.high, pairs: contest.n)
        return [.text(text), .lineBreak, .aside(ratio)]
    }
}
