import BenchResults
import BenchVerdict

/// The throughput of each role of a phase, side by side: what readers and writers get beside each other.
struct RolesChart {
    var scenario: String
    var samples: [SampleRow]
    var names: ArmNames

    func make() -> ChartResult {
        let name = Chart.name(scenario, "roles")
        let rows = samples.filter { $0.metric == "throughput" && !$0.role.isEmpty && $0.value.isFinite }
        guard !rows.isEmpty else {
            return .leftOut(LeftOutChart(name: name, reason: "no phase of this scenario has roles"))
        }
        let summaries = summarize(rows)
        var file = DataFile(
            title: title,
            columns: [
                .init(name: "throughput", meaning: "of the role; median over the blocks"),
                .init(name: "low", meaning: "lower end of its interval"),
                .init(name: "high", meaning: "upper end of its interval"),
                .init(name: "row", meaning: "the arm's number from the top"),
                .init(name: "arm", meaning: "subject/allocator/strategy/threads"),
            ])
        let places = Placement.all(rows)
        let arms = names.arms.filter { arm in summaries.contains { $0.arm == arm } }
        let labels = RunData.unique(arms.map(names.name))
        var panels: [Panel] = []
        for (place, label) in places {
            let own = summaries.filter {
                $0.phase == place.phase && $0.role == place.role && $0.operation == place.operation
            }
            guard
                let x = Axis.linear(
                    "throughput", covering: own.flatMap { [$0.median, $0.ciHigh] }, unit: .rate, fromZero: true,
                    targetTicks: 3, mostTicks: 4)
            else { continue }
            var plots: [String] = []
            for row in own {
                guard let number = labels.firstIndex(of: names.name(of: row.arm)) else { continue }
                let index = file.add(
                    "\(label): \(row.arm.label)",
                    rows: [
                        [
                            .number(row.median), .number(row.ciLow), .number(row.ciHigh), .number(Double(number + 1)),
                            .text(row.arm.label),
                        ]
                    ])
                let style = names.style(of: names.series(of: row.arm))
                plots += [
                    "FILE index \(index) using 1:4:2:3 with xerrorbars pt 0 lw 1.6 lc rgb '\(style.colour)' notitle",
                    "FILE index \(index) using 1:4 with points \(style.mark) notitle",
                ]
            }
            panels.append(
                Panel(
                    title: label, x: x, y: Axis.rows("", labels), height: Swift.max(40, Double(labels.count) * 22),
                    plots: plots, bands: Panel.bands(rows: labels.count)))
        }
        guard !panels.isEmpty else {
            return .leftOut(LeftOutChart(name: name, reason: "no role of this scenario has a throughput"))
        }
        let figure = Figure(
            name: name, title: title,
            subtitle: "Roles of one phase ran at the same time. Further right is faster. "
                + Estimate.whiskers(summaries.map(Estimate.init))
                + (names.common.isEmpty ? "" : " All with \(names.common)."),
            legend: [], panels: panels, columns: Swift.min(2, panels.count))
        return .chart(Chart(figure: figure, data: file, scenario: scenario, kind: .roles))
    }

    private var title: String { "\(scenario): throughput of the roles" }
}
