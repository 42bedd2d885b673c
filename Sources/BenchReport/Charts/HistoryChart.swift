import BenchResults
import BenchStatistics
import BenchVerdict

/// The runs of a scenario over time: a panel for each series, its figures run by run, the level between two changes,
/// and a line where the figures changed.
struct HistoryChart {
    var scenario: String
    /// The series of the scenario, those to be shown first in front.
    var series: [HistorySeries]

    /// How many series one picture holds.
    static let mostPanels = 8

    func make() -> ChartResult {
        let name = Chart.name("history", scenario)
        let title = "\(scenario): runs over time"
        var file = DataFile(
            title: title,
            columns: [
                .init(name: "number", meaning: "of the run in its series, from 1"),
                .init(name: "median", meaning: "of the run's blocks, in the unit of the last column but two"),
                .init(name: "low", meaning: "lower end of the 95 % interval of the median"),
                .init(name: "high", meaning: "upper end of the 95 % interval of the median"),
                .init(name: "level", meaning: "median of the runs between two changes"),
                .init(name: "unit", meaning: "unit of the figures"),
                .init(name: "run", meaning: "the run's name"),
                .init(name: "commit", meaning: "the commit that was built"),
            ])
        let drawn = series.filter { $0.rows.count > 1 }
        guard !drawn.isEmpty else {
            return .leftOut(LeftOutChart(name: name, reason: "no series of this scenario has two runs"))
        }
        let panels = drawn.prefix(Self.mostPanels).compactMap { panel($0, &file) }
        let rest = drawn.count - panels.count
        let figure = Figure(
            name: name, title: title,
            subtitle: "A point is a run: the median of its blocks with its 95 % interval. Thick lines are the medians "
                + "between two changes; a dashed line is a change, with what it gains or costs."
                + (rest > 0 ? " Not drawn: \(rest) more series." : ""),
            legend: [], panels: panels)
        return .chart(Chart(figure: figure, data: file, scenario: scenario, kind: .history))
    }

    private func panel(_ series: HistorySeries, _ file: inout DataFile) -> Panel? {
        let figures = series.rows.map(\.figure)
        guard
            let y = Axis.linear(
                "", covering: figures.flatMap { [$0.median, $0.ciLow, $0.ciHigh] }, unit: Unit(named: series.key.unit),
                targetTicks: 4, leastSpan: 0.1)
        else { return nil }
        let levels = self.levels(of: series)
        let index = file.add(
            series.title,
            rows: series.rows.enumerated().map { place, row in
                [
                    .number(Double(place + 1)), .number(row.figure.median), .number(row.figure.ciLow),
                    .number(row.figure.ciHigh), .number(levels[place]), .text(row.figure.unit), .text(row.run),
                    .text(row.commit),
                ]
            })
        let style = SeriesStyle.others[0]
        var plots = [
            "FILE index \(index) using 1:2 with lines lw 1 lc rgb '\(style.colour)' notitle",
            "FILE index \(index) using 1:2:3:4 with yerrorbars pt 0 lw 1.2 lc rgb '\(style.colour)' notitle",
            "FILE index \(index) using 1:2 with points \(style.mark) notitle",
        ]
        // A level for itself, so that no slope joins it to the next.
        let bounds = [0] + series.changes.map(\.index) + [figures.count]
        for (low, high) in zip(bounds, bounds.dropFirst()) {
            plots.append(
                "FILE index \(index) every ::\(low)::\(high - 1) using 1:5 with lines lw 3 lc rgb '#D55E00' notitle")
        }
        let marks = series.changes.map { change in
            // On the side where the line runs lower, as far as there is room.
            let place = Double(change.index) / Double(figures.count)
            return Panel.Mark(
                position: Double(change.index) + 0.5, label: change.gain.map(Self.gain) ?? "change",
                isReference: false,
                isBefore: place > 0.85 || place > 0.15 && change.after > change.before)
        }
        return Panel(title: series.title, x: axis(series.rows), y: y, height: 130, plots: plots, marks: marks)
    }

    /// `12 % better`.
    static func gain(_ gain: Double) -> String {
        "\(Unit.threeDigits(gain.magnitude * 100)) % \(gain < 0 ? "worse" : "better")"
    }

    private func levels(of series: HistorySeries) -> [Double] {
        let values = series.rows.map(\.figure.median)
        let bounds = [0] + series.changes.map(\.index) + [values.count]
        return zip(bounds, bounds.dropFirst()).flatMap { low, high in
            Array(repeating: median(values[low..<high]) ?? 0, count: high - low)
        }
    }

    /// Runs by number, some of them with their day and commit.
    private func axis(_ rows: [HistoryRow]) -> Axis {
        let every = Swift.max(1, (rows.count + 4) / 5)
        let ticks = rows.enumerated().filter { $0.offset % every == 0 }.map { place, row in
            Axis.Tick(
                position: Double(place + 1),
                label: row.commit.isEmpty ? String(row.startedAt.prefix(10)) : String(row.commit.prefix(7)))
        }
        return Axis(
            title: "run, by commit", isLogarithmic: false, low: 0.5, high: Double(rows.count) + 0.5, ticks: ticks,
            hasGrid: false)
    }
}
