import BenchResults
import BenchVerdict

/// What to take on each workload under each strategy: for speed, for memory, proven against whom, and what is open.
struct ChoiceTable {
    var grids: [GridDocument]
    /// Allocators that might give memory back later than the run watched (see `DrainNote`).
    var late: [String] = []

    /// A table for speed, and one for memory where it was read; empty where nothing is ranked.
    var blocks: [Document.Block] {
        let speed = grids.flatMap { grid in grid.standings.map { self.speed($0, grid) } }
        let memory = grids.flatMap { grid in grid.standings.flatMap { self.memory($0, grid) } }
        func table(_ titles: [String], _ rows: [[[Document.Inline]]]) -> [Document.Block] {
            guard !rows.isEmpty else { return [] }
            let columns = titles.map { Document.Table.Column(title: $0, alignment: .left) }
            return [.table(.init(columns: columns, rows: rows, stacksWhenNarrow: true))]
        }
        return table(
            [
                "Workload, strategy", "Take for speed", "Proven faster than (joint 95 %)",
                "Not told apart in speed from",
            ], speed)
            + table(
                [
                    "Workload, strategy, moment", "Take for memory", "Proven smaller than (joint 95 %)",
                    "Not told apart in memory from",
                ], memory)
    }

    private func speed(_ standing: GridDocument.Standing, _ grid: GridDocument) -> [[Document.Inline]] {
        let choice = standing.speedChoice
        return [
            .plain("\(grid.scenario), \(Wording.arm(standing))"),
            Self.take(choice, isProvisional: grid.placebo.isEmpty, reference: grid.reference),
            Self.lines((choice?.beaten ?? []).map(Self.proof)), .plain(Self.open(choice)),
        ]
    }

    /// A row for each moment at which memory was read.
    private func memory(_ standing: GridDocument.Standing, _ grid: GridDocument) -> [[[Document.Inline]]] {
        Self.moments(standing).map { moment in
            let test = grid.memoryPlacebo(moment.metric, standing.subject, standing.strategy)
            let refusal = test.flatMap { $0.passes ? nil : Wording.placebo($0, reference: grid.reference) }
            let isDrained = Drain.delay(of: moment.metric) != nil
            let proofs = moment.choice.beaten.map { contest in
                Self.proof(contest) + (isDrained && late.contains(contest.rival) ? " so far" : "")
            }
            return [
                .plain("\(grid.scenario), \(Wording.arm(standing)), \(moment.when)"),
                refusal == nil
                    ? Self.take(moment.choice, isProvisional: grid.placebo.isEmpty, reference: nil)
                    : .plain("not ranked"),
                Self.lines(proofs), .plain(refusal ?? Self.open(moment.choice)),
            ]
        }
    }

    /// The choices by memory, each with the moment that it is about.
    private static func moments(
        _ standing: GridDocument.Standing
    ) -> [(when: String, choice: Choice, metric: String)] {
        [(standing.memoryMetric, standing.memoryChoice), ("resident_bytes_peak", standing.peakChoice)].compactMap {
            metric, choice in
            metric.flatMap { metric in choice.map { (Wording.moment(metric), $0, metric) } }
        }
    }

    private static func take(_ choice: Choice?, isProvisional: Bool, reference: String?) -> [Document.Inline] {
        guard let choice else { return .plain("not measured") }
        switch choice.outcome {
        case .taken:
            let names = choice.taken.joined(separator: " or ")
            return [.strong(names)] + (isProvisional ? [.text(" (provisional)")] : [])
        case .indifferent: return .plain("any: all tie")
        case .open: return .plain(reference.map { "nothing proven: keep \($0)" } ?? "nothing proven")
        }
    }

    /// `glibc 1.54 × (1.16 to 2.06)`.
    private static func proof(_ contest: GridDocument.Contest) -> String {
        "\(contest.rival) \(Wording.ratio(contest.ratio, low: contest.low, high: contest.high, pairs: contest.n))"
    }

    /// Whom the run does not tell from what is taken, or from each other where nothing is.
    private static func open(_ choice: Choice?) -> String {
        guard let choice else { return "–" }
        let contests = choice.outcome == .taken ? choice.open : choice.contests.filter { $0.verdict != .tie }
        guard !contests.isEmpty else { return "–" }
        return "\(names(choice, contests)); \(Wording.possible(contests))"
    }

    private static func names(_ choice: Choice, _ contests: [GridDocument.Contest]) -> String {
        if choice.outcome == .taken { return Wording.joined(contests.map(\.rival)) }
        let ties = choice.contests.filter { $0.verdict == .tie }
        if ties.isEmpty { return "any from any" }
        return ties.count < contests.count
            ? "any from any, but \(Wording.joined(ties.map { "\($0.contender) ties with \($0.rival)" }))"
            : Wording.joined(contests.map { "\($0.contender) from \($0.rival)" })
    }

    private static func lines(_ texts: [String]) -> [Document.Inline] {
        guard let first = texts.first else { return .plain("–") }
        return texts.dropFirst().reduce(.plain(first)) { $0 + [.lineBreak, .text($1)] }
    }
}
