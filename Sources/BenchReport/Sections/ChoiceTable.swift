import BenchResults
import BenchVerdict

/// What to take on each workload under each strategy: for speed, for memory, proven against whom, and what is open.
struct ChoiceTable {
    var grids: [GridDocument]
    /// Allocators that might give memory back later than the run watched (see `DrainNote`).
    var late: [String] = []

    /// Nil where nothing is ranked.
    var block: Document.Block? {
        let rows = grids.flatMap { grid in grid.standings.map { row($0, grid) } }
        guard !rows.isEmpty else { return nil }
        let titles = [
            "Workload, strategy", "Take for speed", "Proven faster than (joint 95 %)", "Not told apart from",
            "Take for memory", "Proven smaller than (joint 95 %)",
        ]
        return .table(
            .init(columns: titles.map { .init(title: $0, alignment: .left) }, rows: rows, stacksWhenNarrow: true))
    }

    private func row(_ standing: GridDocument.Standing, _ grid: GridDocument) -> [[Document.Inline]] {
        let isProvisional = grid.placebo.isEmpty
        var row: [[Document.Inline]] = [.plain("\(grid.scenario), \(Wording.arm(standing))")]
        let speed = standing.speedChoice
        row.append(Self.take(speed, isProvisional: isProvisional, reference: grid.reference))
        row.append(Self.lines((speed?.beaten ?? []).map(Self.proof)))
        row.append(.plain(Self.open(speed)))
        let moments = Self.moments(standing)
        row.append(
            Self.joined(
                moments.map { moment in
                    Self.take(moment.choice, isProvisional: isProvisional, reference: nil) + [.text(", \(moment.when)")]
                }))
        row.append(
            Self.joined(
                moments.map { moment in
                    let isDrained = standing.memoryMetric.flatMap(Drain.delay) != nil && moment.isKept
                    let proofs = moment.choice.beaten.map { contest in
                        Self.proof(contest) + (isDrained && late.contains(contest.rival) ? " so far" : "")
                    }
                    return proofs.isEmpty ? .plain("–") : .plain("\(moment.when): \(proofs.joined(separator: ", "))")
                }))
        return row
    }

    /// The choices by memory, each with the moment that it is about.
    static func moments(
        _ standing: GridDocument.Standing
    ) -> [(when: String, choice: Choice, isKept: Bool)] {
        let kept = standing.memoryMetric.map { metric in
            Drain.delay(of: metric).map { "\(Drain.text($0)) after the drain" } ?? "at the peak"
        }
        return [(kept, standing.memoryChoice, true), ("at the peak", standing.peakChoice, false)].compactMap {
            when, choice, isKept in
            when.flatMap { when in choice.map { (when, $0, isKept) } }
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
        let names =
            choice.outcome == .taken
            ? Wording.joined(contests.map(\.rival))
            : contests.count == choice.contests.count
                ? "any from any" : Wording.joined(contests.map { "\($0.contender) from \($0.rival)" })
        let limit = Choice.notExcluded(contests).map { "differences above \(Wording.difference($0)) are excluded" }
        return "\(names); \(limit ?? "no difference is excluded")"
    }

    private static func lines(_ texts: [String]) -> [Document.Inline] {
        texts.isEmpty ? .plain("–") : joined(texts.map { .plain($0) })
    }

    private static func joined(_ parts: [[Document.Inline]]) -> [Document.Inline] {
        guard let first = parts.first else { return .plain("–") }
        return parts.dropFirst().reduce(first) { $0 + [.lineBreak] + $1 }
    }
}
