public import BenchResults
import BenchStatistics

/// Two stored runs against each other: what changed from the first to the second.
public struct RunComparison: Sendable {
    /// A ratio for each series that both have, B divided by A, in the order of B.
    public var rows: [ComparisonRow]
    /// Scenarios that both have with different hashes: their work differs, and nothing of them is compared.
    public var differingScenarios: [String]
    /// Scenarios that only one of the two has.
    public var missingScenarios: [String]
    /// Phases whose answers differ between the runs, as `scenario/phase`; nothing of them is compared.
    public var differingAnswers: [String]

    /// Compares run B with run A, paired by block number.
    ///
    /// Blocks of two runs did not run side by side, so that what changed on the machine in between is part of each
    /// ratio: two runs of one commit show how much that is. Metrics without a better side and the subject `null` are
    /// left out. Takes O(samples) and a bootstrap for each series.
    public init(of candidate: [SampleRow], relativeTo baseline: [SampleRow], tolerances: Tolerances = Tolerances()) {
        func hashes(_ rows: [SampleRow]) -> [String: Set<String>] {
            rows.reduce(into: [:]) { $0[$1.scenario, default: []].insert($1.scenarioHash) }
        }
        let (before, after) = (hashes(baseline), hashes(candidate))
        differingScenarios = after.keys.filter { name in
            before[name].map { $0.isDisjoint(with: after[name] ?? []) } ?? false
        }.sorted()
        missingScenarios = Set(before.keys).symmetricDifference(after.keys).sorted()

        let first = SeriesTable(baseline.map { Self.renamed($0, "A") })
        let second = SeriesTable(candidate.map { Self.renamed($0, "A") })
        let ledger = AnswerLedger(baseline + candidate)
        var conflicts: [String] = []
        rows = []
        for series in second.series {
            let key = series.key
            guard series.direction != .none, key.arm.subject != "null", let other = first[key] else { continue }
            if ledger.isConflicting(key) {
                let place = "\(key.scenario)/\(key.phase)"
                if !conflicts.contains(place) { conflicts.append(place) }
                continue
            }
            rows.append(comparisonRow(series, with: other, tolerance: tolerances[key.metric, in: key.scenario]))
        }
        differingAnswers = conflicts
    }

    /// The rows that changed for sure, the largest change first.
    public var changes: [ComparisonRow] {
        rows.filter { $0.verdict == .faster || $0.verdict == .slower }.sorted { size($0) > size($1) }
    }

    private func size(_ row: ComparisonRow) -> Double {
        guard let ratio = row.ratio, ratio > 0 else { return 0 }
        return max(ratio, 1 / ratio)
    }

    /// What it comes to, in one sentence.
    ///
    /// - Parameters:
    ///   - candidate: the name of the second run.
    ///   - baseline: the name of the first run.
    public func sentence(_ candidate: String, relativeTo baseline: String) -> String {
        guard !rows.isEmpty else { return "\(candidate) and \(baseline) have nothing in common to compare." }
        func count(_ verdict: ComparisonVerdict) -> Int { rows.count { $0.verdict == verdict } }
        var text =
            "Of \(rows.count) figures of \(candidate), \(count(.faster)) are better than in \(baseline), "
            + "\(count(.slower)) worse, \(count(.tie)) tie and \(count(.unresolved)) are unresolved"
        if let worst = changes.first(where: { $0.verdict == .slower }), let ratio = worst.ratio {
            text += "; the worst is \(worst.metric) of \(worst.scenario)/\(worst.phase) on \(worst.arm.label), "
            text += "\(factorText(ratio)) x"
        }
        return text + "."
    }

    /// The changes as a table for a terminal; `all` shows the rows that tie or are unresolved too.
    public func table(all: Bool = false) -> String {
        let doubtful = rows.filter { row in
            row.verdict == .unresolved && (row.ratio.map { max($0, 1 / $0) > 1 + row.tolerance } ?? true)
        }
        let shown = all ? rows : changes + doubtful.sorted { size($0) > size($1) }
        guard !shown.isEmpty else {
            let unresolved = rows.count { $0.verdict == .unresolved }
            return unresolved == 0
                ? "no figure changed beyond its tolerance\n"
                : "no figure changed for sure; \(unresolved) of \(rows.count) are unresolved\n"
        }
        let header = ["scenario", "phase", "arm", "metric", "B / A", "95 % interval", "pairs", "verdict"]
        let cells = shown.map { row in
            let role = row.role.isEmpty ? "" : "/\(row.role)"
            let interval =
                if let low = row.ciLow, let high = row.ciHigh { "\(factorText(low)) to \(factorText(high))" } else {
                    "-"
                }
            return [
                row.scenario, row.phase + role, row.arm.label, "\(row.metric) (\(row.operation))",
                row.ratio.map(factorText) ?? "-", interval, String(row.n), row.verdict.rawValue,
            ]
        }
        return alignedColumns([header] + cells).joined(separator: "\n") + "\n"
    }

    /// A row with the run's name of the other side, so that the series of both have one key.
    private static func renamed(_ row: SampleRow, _ run: String) -> SampleRow {
        var row = row
        row.run = run
        return row
    }
}
