import BenchResults
import BenchVerdict

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
        var bars = Dictionary(grouping: data.targets.filter { $0.harderBar != nil }, by: \.barVerdict)
            .mapValues(\.count)
        bars[.notMeasured] = nil
        let reached = bars[.met] ?? 0
        let judged = bars.values.reduce(0, +)
        let ours =
            judged == 0
            ? "None of our own, harder bars was judged."
            : "Of our own, harder bars \(reached) of \(judged) judged are met."
        blocks.append(.paragraph([.strong(summary), .text(" " + ours)]))
        if !judgedRows.isEmpty {
            blocks.append(table(judgedRows))
            blocks.append(
                .paragraph(
                    .plain(
                        "Documented is what the documentation promises"
                            + (hasBars
                                ? ", our bar what we hold ourselves to where that is harder; the text of a target names one of"
                                    + " the two." : ".")
                            + " Of several arms that a target is about, the worst is shown. A ratio meets a threshold when its"
                            + " whole interval does; any other figure by its median. Where the interval contains the"
                            + " threshold, this run alone cannot tell."
                    )))
        }
        if judgedRows.count < data.targets.count {
            blocks.append(
                .paragraph(
                    .plain("The targets that this run did not measure stand at the end, each with its reason.")))
        }
        return blocks
    }

    /// The rows that have a verdict, on the documented figure or on our bar.
    private var judgedRows: [TargetRow] {
        data.targets.filter { $0.verdict != .notMeasured || $0.barVerdict != .notMeasured && $0.harderBar != nil }
    }

    /// Whether a target that is shown has a bar that is harder than what is documented.
    private var hasBars: Bool { judgedRows.contains { $0.harderBar != nil } }

    /// The targets that were not measured.
    func appendix() -> [Document.Block] {
        let judged = judgedRows
        let rest = data.targets.filter { row in !judged.contains(row) }
        guard !rest.isEmpty else { return [] }
        return [
            .heading(2, "Appendix: targets that this run did not measure"),
            .details("\(Wording.count(rest.count, "target")), with the reasons", [unmeasured(rest)]),
        ]
    }

    private func table(_ rows: [TargetRow]) -> Document.Block {
        var columns: [Document.Table.Column] = [
            .init(title: "Target", alignment: .left), .init(title: "Verdict", alignment: .left),
            .init(title: "Measured (95 % interval)", alignment: .right),
            .init(title: "Documented", alignment: .right),
        ]
        if hasBars {
            columns += [.init(title: "Our bar", alignment: .right), .init(title: "Bar", alignment: .left)]
        }
        columns.append(.init(title: "Measured at", alignment: .left))
        return .table(
            .init(
                columns: columns,
                rows: rows.map { row in
                    let bar = row.harderBar
                    var cells: [[Document.Inline]] = [
                        [.code(row.target), .lineBreak] + .sentence(row.claim, as: { .aside($0) }),
                        [.verdict(Self.verdict(row.verdict))] + doubt(row, row.threshold),
                        measured(row), .plain(Self.condition(row, row.threshold)),
                    ]
                    if hasBars {
                        cells += [
                            .plain(bar.map { Self.condition(row, $0) } ?? "–"),
                            [.verdict(bar == nil ? .none : Self.verdict(row.barVerdict))]
                                + (bar.map { doubt(row, $0) } ?? []),
                        ]
                    }
                    return cells + [place(row)]
                }))
    }

    /// The arm that was judged, the one that it was divided by, and how much was run.
    private func place(_ row: TargetRow) -> [Document.Inline] {
        let scale = row.scale.isEmpty ? "–" : row.scale
        guard let evaluation = evaluation(of: row), let arm = evaluation.arm else { return .plain(scale) }
        var text = Self.words(arm)
        if let reference = evaluation.reference { text += ", against \(Self.words(reference))" }
        return [.text(text), .lineBreak, .aside(scale)]
    }

    /// `strata/glibc/bump/2` as people say it: `strata on glibc, bump, 2 threads`.
    private static func words(_ label: String) -> String {
        let parts = label.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4 else { return label }
        let tail = parts[3].split(separator: "/", maxSplits: 1).map(String.init)
        var words = ["\(parts[0]) on \(parts[1])"]
        if parts[2] != "-" { words.append(parts[2]) }
        if let threads = tail.first.flatMap({ Int($0) }) { words.append(Wording.count(threads, "thread")) }
        return (words + tail.dropFirst()).joined(separator: ", ")
    }

    /// A word beside the verdict where the interval contains the figure that was to be reached.
    private func doubt(_ row: TargetRow, _ threshold: Double) -> [Document.Inline] {
        guard row.measured != nil, let evaluation = evaluation(of: row), evaluation.n > 1,
            let low = evaluation.ciLow, let high = evaluation.ciHigh, low < threshold, threshold < high
        else { return [] }
        return [.lineBreak, .aside("the interval contains the threshold")]
    }

    /// `≥ 3 ×`.
    private static func condition(_ row: TargetRow, _ threshold: Double) -> String {
        let sign = [">=": "≥", "<=": "≤", "==": "="][row.comparison] ?? row.comparison
        return "\(sign) \(withThings(Unit(named: row.unit).shortText(threshold), row.unit))"
    }

    /// A rate says of what: `963 k entities/s`.
    private static func withThings(_ text: String, _ unit: String) -> String {
        guard Unit(named: unit) == .rate, unit.count > 2, text.hasSuffix("/s") else { return text }
        return "\(text.dropLast(2)) \(unit)"
    }

    private func unmeasured(_ rows: [TargetRow]) -> Document.Block {
        .table(
            .init(
                columns: [
                    .init(title: "Target", alignment: .left), .init(title: "Documented", alignment: .right),
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
    private func measured(_ row: TargetRow) -> [Document.Inline] {
        guard let value = row.measured else { return .plain("–") }
        guard let evaluation = evaluation(of: row), let low = evaluation.ciLow, let high = evaluation.ciHigh,
            evaluation.n > 1
        else { return .plain(Self.text(value, row.unit)) }
        return [
            .text(Self.text(value, row.unit)), .lineBreak,
            .aside("\(Self.text(low, row.unit)) to \(Self.text(high, row.unit))"),
        ]
    }

    /// A measured figure with as many digits as its threshold: a verdict on 1.27 ns cannot be read from `1 ns`.
    private static func text(_ value: Double, _ name: String) -> String {
        let unit = Unit(named: name)
        return withThings(
            unit == .nanoseconds && abs(value) < 100 ? unit.shortText(value) : unit.text(value), name)
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
