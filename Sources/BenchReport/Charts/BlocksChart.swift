import BenchResults

/// Every block's throughput, a dot each, so that a reader can see what the medians and intervals stand on.
struct BlocksChart {
    var scenario: String
    /// The throughput rows of the scenario.
    var samples: [SampleRow]
    var names: ArmNames

    func make() -> ChartResult {
        let name = Chart.name(scenario, "blocks")
        let title = "\(scenario): throughput of every block"
        let drawn = samples.filter { $0.scenario == scenario && $0.metric == "throughput" && $0.value.isFinite }
        guard !drawn.isEmpty else {
            return .leftOut(LeftOutChart(name: name, reason: "samples.csv holds no throughput of this scenario"))
        }
        var file = DataFile(
            title: title,
            columns: [
                .init(name: "throughput", meaning: "of one block, in the unit of the last column but two"),
                .init(name: "row", meaning: "the arm's number from the top"),
                .init(name: "block", meaning: "number of the block"),
                .init(name: "unit", meaning: "unit of the throughput"),
                .init(name: "phase", meaning: "name of the phase"),
                .init(name: "arm", meaning: "subject/allocator/strategy/threads"),
            ])
        let split = PanelSplit(drawn, names: names)
        let columns = split.columns
        var panels: [Panel] = []
        for part in split.parts {
            if let panel = panel(part, split, columns, &file) { panels.append(panel) }
        }
        guard !panels.isEmpty else {
            return .leftOut(LeftOutChart(name: name, reason: "no throughput of this scenario is a positive number"))
        }
        let common = names.common.isEmpty ? "" : " All with \(names.common)."
        let figure = Figure(
            name: name, title: title,
            subtitle:
                "A dot is a block; further right is faster. Each panel has its own axis, which does not start at 0."
                + common,
            legend: [], panels: panels, columns: Swift.min(panels.count, columns))
        return .chart(Chart(figure: figure, data: file, scenario: scenario, kind: .blocks))
    }

    private func panel(
        _ part: PanelSplit.Part, _ split: PanelSplit, _ columns: Int, _ file: inout DataFile
    ) -> Panel? {
        guard
            let x = Axis.linear(
                part.rows.first?.unit ?? "", covering: part.rows.map(\.value), unit: .rate, targetTicks: 3,
                mostTicks: columns > 2 ? 2 : 3, leastSpan: 0.2)
        else { return nil }
        var plots: [String] = []
        for (number, row) in split.rowNames.enumerated() {
            let dots = part.rows.filter { split.rowName($0.arm) == row }.sorted { $0.block < $1.block }
            guard let arm = dots.first?.arm else { continue }
            let index = file.add(
                "\(part.title): \(arm.label)",
                rows: dots.map {
                    [
                        .number($0.value), .number(Double(number + 1)), .number(Double($0.block)), .text($0.unit),
                        .text($0.phase), .text(arm.label),
                    ]
                })
            plots.append(
                "FILE index \(index) using 1:2 with points \(names.style(of: names.series(of: arm)).outline) notitle")
        }
        let rows = split.rowNames
        return Panel(
            title: part.title, x: x, y: Axis.rows("", rows), height: Swift.max(36, Double(rows.count) * 18),
            plots: plots, bands: Panel.bands(rows: rows.count))
    }
}
