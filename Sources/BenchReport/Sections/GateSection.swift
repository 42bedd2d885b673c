import BenchResults

/// What a gate came to, where the run was one.
struct GateSection {
    var gate: GateDocument

    func blocks() -> [Document.Block] {
        var blocks: [Document.Block] = [.heading(2, "Gate")]
        var lead: [Document.Inline] = [
            .strong("\(gate.verdict.rawValue)."), .text(" Baseline \(gate.baseline), candidate \(gate.candidate)"),
        ]
        if let seconds = gate.seconds { lead.append(.text(", in \(Unit.seconds.shortText(seconds))")) }
        blocks.append(.paragraph(lead + [.text(".")]))
        if !gate.reasons.isEmpty { blocks.append(.list(gate.reasons.map { .sentence($0) })) }
        if !gate.controls.isEmpty {
            blocks.append(
                .table(
                    .init(
                        columns: ["Check of the gate itself", "Came out as it must", "Seen"]
                            .map { .init(title: $0, alignment: .left) },
                        rows: gate.controls.map { control in
                            [[.code(control.name)], .plain(control.isSound ? "yes" : "no"), .sentence(control.text)]
                        })))
        }
        let notable = gate.tests.filter { $0.outcome != .pass }
        if !notable.isEmpty { blocks.append(table(notable)) }
        let rest = gate.tests.filter { $0.outcome == .pass }
        if !rest.isEmpty { blocks.append(.details("Passed (\(rest.count))", [table(rest)])) }
        return blocks
    }

    private func table(_ tests: [GateDocument.Test]) -> Document.Block {
        func percent(_ value: Double?) -> String { value.map { Unit.fixed($0 * 100, 2) + " %" } ?? "–" }
        let columns: [Document.Table.Column] = [
            .init(title: "Scenario, phase", alignment: .left), .init(title: "Metric", alignment: .left),
            .init(title: "Outcome", alignment: .left), .init(title: "Worse by (95 %)", alignment: .right),
            .init(title: "Allowed", alignment: .right), .init(title: "Noise", alignment: .right),
            .init(title: "Smallest to be seen", alignment: .right),
        ]
        return .table(
            .init(
                columns: columns,
                rows: tests.map { test in
                    [
                        [.text("\(test.scenario), \(test.phase)"), .lineBreak, .aside(test.subject)],
                        .plain("\(test.metric) (\(test.tier))"),
                        test.outcome == .regression ? [.strong(test.outcome.rawValue)] : .plain(test.outcome.rawValue),
                        .plain("\(percent(test.change)) (\(percent(test.low)) to \(percent(test.high)))"),
                        .plain(percent(test.tolerance)), .plain(percent(test.noise)), .plain(percent(test.detectable)),
                    ]
                }))
    }
}
