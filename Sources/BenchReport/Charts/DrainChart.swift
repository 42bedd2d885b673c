import BenchResults
import BenchVerdict

/// How much memory an allocator gives back: resident bytes at their peak and some time after the drain.
struct DrainChart {
    var scenario: String
    var samples: [SampleRow]
    var names: ArmNames

    func make() -> ChartResult {
        let name = Chart.name(scenario, "drain")
        let drained = samples.filter { Drain.delay(of: $0.metric) != nil && $0.value.isFinite }
        guard !drained.isEmpty else {
            return .leftOut(LeftOutChart(name: name, reason: "no phase of this scenario settles after a drain"))
        }
        let metrics = RunData.unique(drained.map(\.metric)).sorted { Drain.seconds($0) < Drain.seconds($1) }
        let places = Placement.all(drained)
        let peaks = samples.filter { row in
            row.metric == "resident_bytes_peak" && places.contains { $0.place.phase == row.phase }
        }
        let summaries = summarize(drained + peaks)
        var file = DataFile(
            title: title,
            columns: [
                .init(name: "column", meaning: "0 for the phase's peak, then the delays in their order"),
                .init(name: "bytes", meaning: "private resident bytes, less those before set-up; median of the blocks"),
                .init(name: "low", meaning: "lower end of its interval"),
                .init(name: "high", meaning: "upper end of its interval"),
                .init(name: "metric", meaning: "name of the metric"),
            ])
        let columns = ["resident_bytes_peak"] + metrics
        let labels = ["peak"] + metrics.map { Drain.delay(of: $0).map(Drain.text) ?? $0 }
        guard summaries.contains(where: { $0.median > 0 }) else {
            return .leftOut(LeftOutChart(name: name, reason: "no arm ever held a byte more than before set-up"))
        }
        var panels: [Panel] = []
        for (place, label) in places {
            for group in names.panels {
                var plots: [String] = []
                var bytes: [Double] = []
                for arm in names.arms where names.panel(of: arm) == group {
                    let own = summaries.filter { $0.arm == arm && $0.phase == place.phase }
                    let rows = columns.enumerated().compactMap { column, metric in
                        own.first { $0.metric == metric }.map { (Double(column), $0) }
                    }
                    guard rows.contains(where: { $0.0 > 0 }) else { continue }
                    bytes += rows.flatMap { [$0.1.median, $0.1.ciHigh] }
                    let series = names.series(of: arm)
                    let shift = shift(of: series)
                    let index = file.add(
                        "\(label): \(arm.label)",
                        rows: rows.map { column, row in
                            [
                                .number(column + shift), .number(row.median), .number(row.ciLow), .number(row.ciHigh),
                                .text(row.metric),
                            ]
                        })
                    let style = names.style(of: series)
                    plots += [
                        "FILE index \(index) using 1:2 with lines \(style.line) notitle",
                        "FILE index \(index) using 1:2:3:4 with yerrorbars pt 0 lw 1.4 lc rgb '\(style.colour)' notitle",
                        "FILE index \(index) using 1:2 with points \(style.mark) notitle",
                    ]
                }
                guard !plots.isEmpty,
                    let y = Axis.linear(
                        "resident bytes", covering: bytes, unit: .bytes, fromZero: true, targetTicks: 4)
                else { continue }
                let title = [places.count > 1 ? label : "", group].filter { !$0.isEmpty }.joined(separator: ": ")
                panels.append(Panel(title: title, x: axis(labels), y: y, height: 180, plots: plots))
            }
        }
        guard !panels.isEmpty else {
            return .leftOut(LeftOutChart(name: name, reason: "no arm of this scenario has bytes after a drain"))
        }
        let figure = Figure(
            name: name, title: title,
            subtitle: "Lower is better: bytes that stay resident although the program has freed its memory. "
                + Estimate.whiskers(summaries.map(Estimate.init))
                + (names.common.isEmpty ? "" : " All with \(names.common)."),
            legend: names.legend(of: Set(names.series), .linePoint), panels: panels,
            columns: Swift.min(2, panels.count), sharesRows: false)
        return .chart(Chart(figure: figure, data: file, scenario: scenario, kind: .drain))
    }

    /// A little to the side for each series, so that whiskers do not hide each other.
    private func shift(of series: String) -> Double {
        let place = Double(names.series.firstIndex(of: series) ?? 0)
        let offset = (place - Double(names.series.count - 1) / 2) * Swift.min(0.07, 0.4 / Double(names.series.count))
        return (offset * 1e4).rounded() / 1e4
    }

    private func axis(_ labels: [String]) -> Axis {
        Axis(
            title: "after the drain", isLogarithmic: false, low: -0.4, high: Double(labels.count) - 0.6,
            ticks: labels.enumerated().map { .init(position: Double($0.offset), label: $0.element) }, hasGrid: false)
    }

    private var title: String { "\(scenario): memory at the peak and after the drain" }
}
