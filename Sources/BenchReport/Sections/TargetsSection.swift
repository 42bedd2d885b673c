import BenchResults

/// The documented targets, each with its measured figure, its verdict and our own bar.
struct TargetsSection {
    var data: RunData

    /// What the targets come to, in one sentence.
    var summary: String {
        let count = Dictionary(grouping: data.targets, by: \.verdict).mapValues(\.count)
        let missed = count[.missed] ?? 0
        let open = count[.notMeasured] ?? 0
        return "Of \(data.targets.count) documented targets \(count[.met] ?? 0) are met, \(missed) missed and"
            + " \(open) not measured in this run."
    }

    func blocks() -> [Document.Block] {
        var blocks: [Document.Block] = [.heading(2, "Documented targets")]
        guard !data.targets.isEmpty else {
            blocks.append(.paragraph(.plain("No target was judged: the run holds no targets.csv, or an empty one.")))
            return blocks
        }
        var bars = Dictionary(grouping: data.targets.filter { $0.bar != nil }, by: \.barVerdict).mapValues(\.count)
        bars[.notMeasured] = nil
        let reached = bars[.met] ?? 0
        let judged = bars.values.reduce(0, +)
        let ours =
            judged == 0
            ? "None of our own, harder bars was judged."
            : "Of our own, harder bars \(reached) of \(judged) judged are met."
        blocks.append(.paragraph([.strong(summary), .text(" " + ours)]))
        let judgedRows = data.targets.filter {
            $0.verdict != .notMeasured || $0.barVerdict != .notMeasured && $0.bar != nil
        }
        if !judgedRows.isEmpty { blocks.append(table(judgedRows)) }
        let rest = data.targets.filter { row in !judgedRows.contains(row) }
        if !rest.isEmpty {
            blocks.append(.details("Not measured in this run (\(rest.count))", [unmeasured(rest)]))
        }
        return blocks
    }

    private func table(_ rows: [TargetRow]) -> Document.Block {
        let columns: [Document.Table.Column] = [
            .init(title: "Target", alignment: .left), .init(title: "Verdict", alignment: .left),
            .init(title: "Measured (95 % interval)", alignment: .right), .init(title: "Claimed", alignment: .right),
            .init(title: "Our bar", alignment: .right), .init(title: "Bar", alignment: .left),
            .init(title: "Measured at", alignment: .left),
        ]
        return .table(
            .init(
                columns: columns,
                rows: rows.map { row in
                    let unit = Unit(named: row.unit)
                    let bar = row.bar.map { Self.condition(row, $0) }
                    return [
                        [.code(row.target), .lineBreak] + .sentence(row.claim, as: { .aside($0) }),
                        [.verdict(Self.verdict(row.verdict))],
                        measured(row, unit), .plain(Self.condition(row, row.threshold)), .plain(bar ?? "–"),
                        [.verdict(row.bar == nil ? .none : Self.verdict(row.barVerdict))],
                        .plain(row.scale.isEmpty ? "–" : row.scale),
                    ]
                }))
    }

    /// `≥ 3 ×`.
    private static func condition(_ row: TargetRow, _ threshold: Double) -> String {
        let sign = [">=": "≥", "<=": "≤", "==": "="][row.comparison] ?? row.comparison
        return "\(sign) \(Unit(named: row.unit).shortText(threshold))"
    }

    private func unmeasured(_ rows: [TargetRow]) -> Document.Block {
        .table(
            .init(
                columns: [
                    .init(title: "Target", alignment: .left), .init(title: "Claimed", alignment: .right),
                    .init(title: "Why not", alignment: .left),
                ],
                rows: rows.map { row in
                    let reason = evaluation(of: row)?.reason ?? "the run does not measure it"
                    return [
                        [.code(row.target), .lineBreak] + .sentence(row.claim, as: { .aside($0) }),
                        .plain(Self.condition(row, row.threshold)),
                        .sentence(reason),
                    ]
                }))
    }

    /// The figure with its interval, where the run wrote one down.
    private func measured(_ row: TargetRow, _ unit: Unit) -> [Document.Inline] {
        guard let value = row.measured else { return .plain("–") }
        guard let evaluation = evaluation(of: row), let low = evaluation.ciLow, let high = evaluation.ciHigh,
            evaluation.n > 1
        else { return .plain(Self.text(value, unit)) }
        return [
            .text(Self.text(value, unit)), .lineBreak, .aside("\(Self.text(low, unit)) to \(Self.text(high, unit))"),
        ]
    }

    /// A measured figure with as many digits as its threshold: a verdict on 1.27 ns cannot be read from `1 ns`.
    private static func text(_ value: Double, _ unit: Unit) -> String {
        unit == .nanoseconds && abs(value) < 100 ? unit.shortText(value) : unit.text(value)
    }

    private func evaluation(of row: TargetRow) -> TargetEvaluation? {
        data.verdict?.targets.first { $0.row.target == row.target }
    }

    private static func verdict(_ verdict: TargetVerdict) -> Document.Verdict {
        switch verdict {
        case .met: .met
        case .missed: .missed
        case .notMeasured: .notMeasured
        }
    }
}
