import BenchResults
import BenchVerdict

/// The strategies of a subject against each other on the same allocator: throughput, peak, and what stays after a drain.
struct StrategySection {
    let scenario: String
    let standings: [GridDocument.StrategyStanding]
    /// Whose placebo says what of memory is ranked; nil without one.
    private let grid: GridDocument?

    /// Nil where the grid's subjects have one strategy each.
    init?(_ grid: GridDocument) {
        guard let standings = grid.strategies, !standings.isEmpty else { return nil }
        scenario = grid.scenario
        self.standings = standings
        self.grid = grid
    }

    /// Of a scenario that has no grid, since it ran on one allocator; nil where no subject has two strategies.
    init?(scenario: String, samples: [SampleRow], tolerances: Tolerances) {
        guard let standings = compareStrategies(samples, tolerances: tolerances) else { return nil }
        self.scenario = scenario
        self.standings = standings
        grid = nil
    }

    /// Two strategies of a subject, with how they stand on each allocator.
    private struct Pair: Hashable {
        var subject: String
        var strategy: String
        var base: String

        var text: String { "\(strategy) ÷ \(base)" }
    }

    /// Each strategy against the first one that the scenario names.
    private var pairs: [Pair] {
        var pairs: [Pair] = []
        for standing in standings {
            guard let base = standing.strategies.first else { continue }
            for strategy in standing.strategies.dropFirst() {
                let pair = Pair(subject: standing.subject, strategy: strategy, base: base)
                if !pairs.contains(pair) { pairs.append(pair) }
            }
        }
        return pairs
    }

    /// The sentence and the table.
    func blocks() -> [Document.Block] { [.paragraph(.plain(sentence)), table(isOnly: true)] }

    // MARK: The sentence

    /// What the strategies come to, a sentence for each pair.
    var sentence: String {
        let sentences = pairs.map { pair in
            let speed = told(pair, \.contests, faster: "faster", slower: "slower")
            let drained = held(pair, \.drained, standings.compactMap(\.drainedMetric).first)
            let peak = held(pair, \.peak, "resident_bytes_peak")
            var text = "On \(scenario) the strategy \(pair.strategy) is, against \(pair.base), \(speed)"
            if !peak.isEmpty { text += "; its memory at the peak is \(peak)" }
            if !drained.isEmpty { text += "; its memory after the drain is \(drained)" }
            return text + "."
        }
        return sentences.joined(separator: " ")
    }

    /// What a strategy holds at a moment; the bare ratios where the placebo forbids to rank them.
    private func held(
        _ pair: Pair, _ contests: (GridDocument.StrategyStanding) -> [GridDocument.Contest], _ metric: String?
    ) -> String {
        guard let metric, !isRanked(pair, metric) else {
            return told(pair, contests, faster: "smaller", slower: "larger")
        }
        let ratios = standings.filter { $0.subject == pair.subject }.compactMap {
            contests($0).contest(pair.strategy, pair.base)?.ratio
        }
        guard let least = ratios.min(), let most = ratios.max() else { return "" }
        return "\(Unit.ratio.text(least)) to \(Unit.ratio.text(most)) as large, which is not ranked, since the placebo"
            + " does not tie there"
    }

    private func isRanked(_ pair: Pair, _ metric: String) -> Bool {
        (grid?.memoryPlacebo ?? []).margin(metric, pair.subject, [pair.strategy, pair.base]) != nil
    }

    /// `slower for sure on glibc (0.68 ×) and not told apart on jemalloc`; empty where no allocator has such a contest.
    private func told(
        _ pair: Pair, _ contests: (GridDocument.StrategyStanding) -> [GridDocument.Contest], faster: String,
        slower: String
    ) -> String {
        let found = standings.filter { $0.subject == pair.subject }.compactMap { standing in
            contests(standing).contest(pair.strategy, pair.base).map { (standing.contender, $0) }
        }
        guard !found.isEmpty else { return "" }
        var parts: [String] = []
        for (verdict, word) in [(ComparisonVerdict.faster, faster), (.slower, slower)] {
            let own = found.filter { $0.1.verdict == verdict }
            guard !own.isEmpty else { continue }
            let ratios = own.map(\.1.ratio)
            let least = Unit.ratio.text(ratios.min() ?? 1)
            let most = Unit.ratio.text(ratios.max() ?? 1)
            let span = least == most ? least : "\(least) to \(most)"
            parts.append("\(word) for sure on \(Self.names(own.map(\.0), of: found.count)) (\(span))")
        }
        let ties = found.filter { $0.1.verdict == .tie }.map(\.0)
        if !ties.isEmpty { parts.append("the same on \(Self.names(ties, of: found.count))") }
        let open = found.filter { $0.1.verdict == .unresolved }.map(\.0)
        if !open.isEmpty {
            let isNone = open.count == found.count && open.count > 1
            let places = isNone ? "any of \(open.count) allocators" : Wording.joined(open)
            parts.append("not told apart on \(places)")
        }
        let slight = found.filter(\.1.isSlight).map { name, contest in
            let isMore = contest.ratio > 1
            let word = (faster == "faster") == isMore ? faster : slower
            return "\(word) on \(name), \(Unit.ratio.text(contest.ratio))"
        }
        if !slight.isEmpty { parts[parts.count - 1] += " (\(Wording.joined(slight)), but perhaps too little to count)" }
        return Wording.joined(parts)
    }

    private static func names(_ names: [String], of count: Int) -> String {
        names.count == count && count > 1 ? "all \(count) allocators" : Wording.joined(names)
    }

    // MARK: The table

    /// - Parameter isOnly: whether the workload needs no name, since no other stands beside it.
    func table(isOnly: Bool) -> Document.Block {
        let drained = standings.compactMap(\.drainedMetric).first.flatMap(Drain.delay).map(Drain.text)
        var rows: [[[Document.Inline]]] = []
        for pair in pairs {
            for standing in standings where standing.subject == pair.subject {
                var row: [[Document.Inline]] = [
                    .plain(isOnly ? standing.contender : "\(scenario), \(standing.contender)"), .plain(pair.text),
                    Self.cell(standing.contests.contest(pair.strategy, pair.base)), phases(standing, pair),
                    Self.cell(
                        standing.peak.contest(pair.strategy, pair.base),
                        isRanked: isRanked(pair, "resident_bytes_peak")),
                ]
                if drained != nil {
                    let isRanked = standing.drainedMetric.map { self.isRanked(pair, $0) } ?? true
                    row.append(Self.cell(standing.drained.contest(pair.strategy, pair.base), isRanked: isRanked))
                }
                rows.append(row)
            }
        }
        var columns: [Document.Table.Column] = [
            .init(title: isOnly ? "Allocator" : "Workload, allocator", alignment: .left),
            .init(title: "Strategies", alignment: .left),
            .init(title: "Composite throughput (joint 95 %)", alignment: .right),
            .init(title: "Phases", alignment: .left), .init(title: "Peak memory (joint 95 %)", alignment: .right),
        ]
        if let drained { columns.append(.init(title: "\(drained) after the drain (joint 95 %)", alignment: .right)) }
        return .table(.init(columns: columns, rows: rows, stacksWhenNarrow: true))
    }

    /// The ratio with its interval, strong where it is resolved, and why it is not where that is not plain to see.
    static func cell(_ contest: GridDocument.Contest?, isRanked: Bool = true) -> [Document.Inline] {
        guard let contest else { return .plain("–") }
        let text = Wording.ratio(contest.ratio, low: contest.low, high: contest.high, pairs: contest.n)
        if contest.isResolved { return [.strong(text)] }
        if !isRanked { return [.text(text), .lineBreak, .aside("not ranked")] }
        return contest.isSlight ? [.text(text), .lineBreak, .aside(Wording.slight)] : .plain(text)
    }

    /// The ratio of each phase, strong where it is resolved.
    private func phases(_ standing: GridDocument.StrategyStanding, _ pair: Pair) -> [Document.Inline] {
        let labels = PlaceLabels(standing.phases.map(\.place))
        var inlines: [Document.Inline] = []
        for phase in standing.phases {
            guard let contest = phase.contests.contest(pair.strategy, pair.base) else { continue }
            let isClear = contest.verdict == .faster || contest.verdict == .slower
            let text = "\(labels.label(phase.place)) \(Unit.threeDigits(contest.ratio))"
            if !inlines.isEmpty { inlines.append(.text(", ")) }
            inlines.append(isClear ? .strong(text) : .text(text))
        }
        return inlines.isEmpty ? .plain("–") : inlines
    }
}
