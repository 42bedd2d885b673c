import BenchResults
import BenchVerdict

/// An open loop's percentiles: the time of the service alone, and the response from the planned send time on. Where the
/// two part, operations waited for those before them.
struct OpenLoopChart {
    var scenario: String
    var samples: [SampleRow]
    var names: ArmNames

    /// The percentiles that rows hold, as 1 / (1 - percentile).
    private static let depths: [(suffix: String, inverse: Double)] = [
        ("p50", 2), ("p90", 10), ("p99", 100), ("p999", 1_000), ("p9999", 10_000),
    ]

    private static let kinds: [(prefix: String, dash: String)] = [("response", "solid"), ("service", "(6,4)")]

    func make() -> ChartResult {
        let name = Chart.name(scenario, "open-loop")
        let wanted = Set(Self.kinds.flatMap { kind in Self.depths.map { "\(kind.prefix)_\($0.suffix)" } })
        let rows = samples.filter { wanted.contains($0.metric) && $0.value > 0 && $0.value.isFinite }
        guard !rows.isEmpty else {
            return .leftOut(
                LeftOutChart(name: name, reason: "no phase of this scenario has an open loop with valid latencies"))
        }
        let summaries = summarize(rows)
        var file = DataFile(
            title: title,
            columns: [
                .init(name: "inverse", meaning: "1 / (1 - percentile): 2 is the median, 100 the 99th percentile"),
                .init(name: "latency", meaning: "in nanoseconds; median over the blocks"),
                .init(name: "low", meaning: "lower end of its interval"),
                .init(name: "high", meaning: "upper end of its interval"),
            ])
        let deepest =
            Self.depths.filter { depth in rows.contains { $0.metric.hasSuffix("_\(depth.suffix)") } }
            .map(\.inverse).max() ?? 10
        let x = Axis.percentiles(upTo: deepest)
        guard let y = Axis.logarithmic("time", covering: summaries.map(\.median), unit: .nanoseconds) else {
            return .leftOut(LeftOutChart(name: name, reason: "no latency is above zero"))
        }
        var panels: [Panel] = []
        for (place, label) in Placement.all(rows) {
            for group in names.panels {
                var plots: [String] = []
                for arm in names.arms where names.panel(of: arm) == group {
                    let own = summaries.filter {
                        $0.arm == arm && $0.phase == place.phase && $0.role == place.role
                            && $0.operation == place.operation
                    }
                    plots += self.plots(own, arm, label, &file)
                }
                guard !plots.isEmpty else { continue }
                let title = [label, group].filter { !$0.isEmpty }.joined(separator: ": ")
                panels.append(Panel(title: title, x: x, y: y, height: 220, plots: plots))
            }
        }
        guard !panels.isEmpty else {
            return .leftOut(LeftOutChart(name: name, reason: "no arm has two percentiles of an open loop"))
        }
        let grey = SeriesStyle(colour: "#555555", point: 7, pointSize: 0.75, dash: "solid")
        let dashed = SeriesStyle(colour: "#666666", point: 7, pointSize: 0.75, dash: "(6,4)")
        let figure = Figure(
            name: name, title: title,
            subtitle: "Response counts from the planned send time, service from the start of the work; where they part,"
                + " operations waited. Lower is better; points are medians over the blocks."
                + (names.common.isEmpty ? "" : " All with \(names.common)."),
            legend: names.legend(of: Set(rows.map { names.series(of: $0.arm) }), .point) + [
                LegendEntry(label: "response", style: grey, sample: .line),
                LegendEntry(label: "service", style: dashed, sample: .line),
            ], panels: panels, columns: Swift.min(2, panels.count))
        return .chart(Chart(figure: figure, data: file, scenario: scenario, kind: .openLoop))
    }

    private func plots(_ rows: [SummaryRow], _ arm: ArmKey, _ label: String, _ file: inout DataFile) -> [String] {
        var plots: [String] = []
        for (prefix, dash) in Self.kinds {
            let points = Self.depths.compactMap { depth in
                rows.first { $0.metric == "\(prefix)_\(depth.suffix)" }.map { (depth.inverse, $0) }
            }
            guard points.count >= 2 else { continue }
            let index = file.add(
                "\(label): \(arm.label), \(prefix)",
                rows: points.map { [.number($0.0), .number($0.1.median), .number($0.1.ciLow), .number($0.1.ciHigh)] })
            let style = names.style(of: names.series(of: arm))
            plots += [
                "FILE index \(index) using 1:2 with lines lw 2 dt \(dash) lc rgb '\(style.colour)' notitle",
                "FILE index \(index) using 1:2 with points \(style.mark) notitle",
            ]
        }
        return plots
    }

    private var title: String { "\(scenario): open loop, time of service and of response" }
}
