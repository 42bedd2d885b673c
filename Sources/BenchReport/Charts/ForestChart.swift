import BenchResults
import BenchStatistics

/// Ratios with their intervals, a row for each phase: points with whiskers on a horizontal axis, and a line at 1.
struct ForestChart {
    /// One ratio.
    struct Point: Equatable, Sendable {
        var arm: ArmKey
        var row: String
        var ratio: Double
        var low: Double
        var high: Double
        var pairs: Int
        var tolerance: Double
        var verdict: ComparisonVerdict

        /// Whether the whole interval lies beyond the tolerance, on either side.
        var isClear: Bool { verdict == .faster || verdict == .slower }
    }

    var name: String
    var title: String
    /// What the figure shows, before the sentence about the whiskers.
    var lead: String
    var scenario: String
    var kind: Chart.Kind
    /// The title of the ratios' axis.
    var axisTitle: String
    var preferLogarithmic: Bool
    /// The rows from top to bottom.
    var rows: [String]
    var points: [Point]
    var names: ArmNames
    /// Why there is no chart when no point is left.
    var reasonWhenEmpty: String
    /// Whether the intervals hold all together, around geometric means; else each by itself, around medians.
    var isJoint = false

    func make() -> ChartResult {
        let drawn = points.filter { $0.ratio.isFinite && $0.ratio > 0 }
        guard !drawn.isEmpty else { return .leftOut(LeftOutChart(name: name, reason: reasonWhenEmpty)) }
        let ends = drawn.flatMap { [$0.ratio, $0.low, $0.high] }
        guard
            let axis = Axis.ratios(
                axisTitle, covering: ends, preferLogarithmic: preferLogarithmic, roomForTexts: hasTexts(drawn))
        else {
            return .leftOut(LeftOutChart(name: name, reason: "no ratio is a positive number"))
        }
        var file = DataFile(
            title: title,
            columns: [
                .init(
                    name: "ratio",
                    meaning: "\(axisTitle); \(isJoint ? "geometric mean" : "median") over the pairs of blocks"),
                .init(name: "low", meaning: "lower end of its interval"),
                .init(name: "high", meaning: "upper end of its interval"),
                .init(
                    name: "row", meaning: "height in the panel: the phase's number from the top, and the arm's place"),
                .init(name: "pairs", meaning: "number of pairs of blocks"),
                .init(name: "clear", meaning: "1 when the whole interval lies beyond the tolerance, or else 0"),
                .init(name: "text", meaning: "the ratio as it is written beside the point"),
                .init(name: "verdict", meaning: "faster, slower, tie or unresolved"),
                .init(name: "phase", meaning: "name of the phase"),
                .init(name: "arm", meaning: "subject/allocator/strategy/threads"),
            ])
        var panels: [Panel] = []
        for panel in names.panels {
            let inside = drawn.filter { names.panel(of: $0.arm) == panel }
            let shownRows = rows.filter { row in inside.contains { $0.row == row } }
            guard !shownRows.isEmpty else { continue }
            panels.append(self.panel(panel, inside, shownRows, axis, &file))
        }
        if panels.count == 1, names.panels.count <= 1 { panels[0].title = "" }
        let figure = Figure(
            name: name, title: title, subtitle: subtitle(drawn),
            legend: names.legend(of: Set(drawn.map { names.series(of: $0.arm) }), .point), panels: panels)
        return .chart(Chart(figure: figure, data: file, scenario: scenario, kind: kind))
    }

    private func panel(
        _ title: String, _ points: [Point], _ rows: [String], _ axis: Axis, _ file: inout DataFile
    ) -> Panel {
        let series = names.series.filter { label in points.contains { names.series(of: $0.arm) == label } }
        let places = Swift.max(1, series.count)
        let rowHeight = Swift.max(26, Double(places) * 11 + 8)
        let step = Swift.min(11 / rowHeight, 0.8 / Double(places))
        var plots: [String] = []
        for (place, label) in series.enumerated() {
            let offset = (Double(place) - Double(places - 1) / 2) * step
            var cells: [[DataFile.Cell]] = []
            for (number, row) in rows.enumerated() {
                for point in points where point.row == row && names.series(of: point.arm) == label {
                    cells.append([
                        .number(point.ratio), .number(point.low), .number(point.high),
                        .number(((Double(number + 1) + offset) * 1e4).rounded() / 1e4), .number(Double(point.pairs)),
                        .number(point.isClear ? 1 : 0),
                        .text(Unit.ratio.text(point.ratio)), .text(point.verdict.rawValue), .text(point.row),
                        .text(point.arm.label),
                    ])
                }
            }
            let heading = title.isEmpty ? label : "\(title): \(label)"
            let index = file.add(heading, rows: cells)
            // Filled points are clear of the tolerance; open ones get a white ground, to hide the whisker inside.
            let style = names.style(of: label)
            let ground = "pt \(style.point) ps \(DataFile.number(style.pointSize)) lc rgb '#ffffff'"
            plots.append(
                "FILE index \(index) using 1:4:2:3 with xerrorbars pt 0 lw 1.6 lc rgb '\(style.colour)' notitle")
            let own = points.filter { names.series(of: $0.arm) == label }
            if own.contains(where: { !$0.isClear }) {
                plots += [ground, style.outline].map {
                    "FILE index \(index) using ($6 == 0 ? $1 : NaN):4 with points \($0) notitle"
                }
            }
            if own.contains(where: \.isClear) {
                plots.append("FILE index \(index) using ($6 == 1 ? $1 : NaN):4 with points \(style.mark) notitle")
            }
        }
        if hasTexts(self.points) {
            for index in file.blocks.indices.suffix(series.count) {
                plots.append(
                    "FILE index \(index) using 3:4:7 with labels left offset 1.2,0 font 'sans-serif,13'"
                        + " tc rgb '#222222' notitle")
            }
        }
        return Panel(
            title: title, x: axis, y: Axis.rows("phase", rows), height: Double(rows.count) * rowHeight, plots: plots,
            marks: [.init(position: 1, label: "", isReference: true)], bands: Panel.bands(rows: rows.count))
    }

    /// Whether there is room for the figures themselves: where each row has one point only.
    private func hasTexts(_ points: [Point]) -> Bool {
        let shown = points.filter { $0.ratio.isFinite && $0.ratio > 0 }
        return names.panels.allSatisfy { panel in
            Set(shown.filter { names.panel(of: $0.arm) == panel }.map { names.series(of: $0.arm) }).count <= 1
        }
    }

    private func subtitle(_ points: [Point]) -> String {
        let pairs = points.map(\.pairs)
        let least = pairs.min() ?? 0
        let most = pairs.max() ?? 0
        let count = least == most ? "\(most)" : "\(least) to \(most)"
        let whiskers =
            most < 2
            ? "One pair of blocks only: no interval."
            : isJoint
                ? "Whiskers: intervals that hold together with 95 %, over \(count) pairs of blocks"
                    + (least < 3 ? "; fewer than 3 pairs have none." : ".")
                : least < Bootstrap.fewestValues
                    ? "Whiskers: 95 % interval over \(count) pairs of blocks; below \(Bootstrap.fewestValues) pairs the smallest and largest ratio."
                    : "Whiskers: 95 % interval over \(count) pairs of blocks."
        let tolerance = Set(points.map(\.tolerance))
        let told = tolerance.count == 1 ? " of \(Unit.fraction.shortText(tolerance.first ?? 0))" : ""
        let fill = "Filled points are clear of the tolerance\(told); open ones are a tie or unresolved."
        return [lead, whiskers, fill, names.common.isEmpty ? "" : "All with \(names.common)."].filter { !$0.isEmpty }
            .joined(separator: " ")
    }
}
