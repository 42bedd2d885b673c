import BenchResults
import BenchVerdict

/// Throughput against something that was varied in steps: the number of threads, or a number of the sweep.
struct ScalingChart {
    enum Variable: Equatable, Sendable {
        case threads
        /// A key of the sweep.
        case parameter(String)
    }

    var scenario: String
    var samples: [SampleRow]
    var variable: Variable

    private struct Point {
        var x: Double
        var estimate: Estimate
    }

    private struct Line {
        var place: String
        var arm: ArmKey
        var points: [Point]
    }

    func make() -> ChartResult {
        let rows = samples.filter { $0.metric == "throughput" && $0.value.isFinite && $0.value > 0 }
        let lines = lines(rows)
        guard !lines.isEmpty else {
            return .leftOut(LeftOutChart(name: name, reason: "no phase ran with more than one \(what)"))
        }
        let names = ArmNames(lines.map(\.arm))
        var file = DataFile(
            title: title,
            columns: [
                .init(name: "x", meaning: what),
                .init(name: "throughput", meaning: "median over the blocks"),
                .init(name: "low", meaning: "lower end of its interval"),
                .init(name: "high", meaning: "upper end of its interval"),
            ])
        var panels: [Panel] = []
        for place in RunData.unique(lines.map(\.place)) {
            for group in names.panels {
                let own = lines.filter { $0.place == place && names.panel(of: $0.arm) == group }
                let title = [place, group].filter { !$0.isEmpty }.joined(separator: ": ")
                if let panel = panel(title, own, names, &file) { panels.append(panel) }
            }
        }
        guard !panels.isEmpty else {
            return .leftOut(LeftOutChart(name: name, reason: "no throughput of this scenario is a positive number"))
        }
        let ideal = SeriesStyle(colour: "#777777", point: 7, pointSize: 0.75, dash: "(2,4)")
        let figure = Figure(
            name: name, title: title, subtitle: subtitle(lines),
            legend: names.legend(of: Set(lines.map { names.series(of: $0.arm) }), .linePoint)
                + (variable == .threads ? [LegendEntry(label: "ideal", style: ideal, sample: .line)] : []),
            panels: panels, columns: Swift.min(2, panels.count), sharesRows: false)
        return .chart(Chart(figure: figure, data: file, scenario: scenario, kind: .scaling))
    }

    private func lines(_ rows: [SampleRow]) -> [Line] {
        var order: [String] = []
        var groups: [String: Line] = [:]
        let labels = Dictionary(
            Placement.all(rows).map { ($0.place, $0.label) }, uniquingKeysWith: { first, _ in first })
        for row in rows { order.append(labels[Placement(row)] ?? row.phase) }
        let places = RunData.unique(order)
        order = []
        for row in summarize(rows) {
            guard let x = value(of: row.arm) else { continue }
            let key = Placement(phase: row.phase, role: row.role, operation: row.operation)
            let place = labels[key] ?? row.phase
            let arm = stripped(row.arm)
            let id = "\(place)\u{0}\(arm.label)"
            if groups[id] == nil { order.append(id) }
            groups[id, default: Line(place: place, arm: arm, points: [])].points
                .append(Point(x: x, estimate: Estimate(row)))
        }
        let lines = order.compactMap { groups[$0] }.filter { Set($0.points.map(\.x)).count > 1 }
        return places.flatMap { place in lines.filter { $0.place == place } }
    }

    private func panel(_ title: String, _ lines: [Line], _ names: ArmNames, _ file: inout DataFile) -> Panel? {
        let positions = Set(lines.flatMap { $0.points.map(\.x) }).sorted()
        let medians = lines.flatMap { $0.points.flatMap { [$0.estimate.median, $0.estimate.high] } }
        guard let x = axis(positions),
            let y = Axis.linear("throughput", covering: medians, unit: .rate, fromZero: true, targetTicks: 4)
        else { return nil }
        var plots: [String] = []
        if variable == .threads, let base = lines.first?.points.min(by: { $0.x < $1.x }), let last = positions.last {
            // Every thread as fast as the first: the line ends where the panel does.
            let end = Swift.min(last, base.x * y.high / base.estimate.median)
            let slope = base.estimate.median / base.x
            let index = file.add(
                "\(title): ideal",
                rows: [base.x, end].map { [.number($0), .number($0 * slope)] + [.number(nil), .number(nil)] })
            plots.append("FILE index \(index) using 1:2 with lines lw 1.6 dt (2,4) lc rgb '#777777' notitle")
        }
        for line in lines {
            let index = file.add(
                "\(title): \(line.arm.subject)/\(ArmNames.allocator(of: line.arm))/\(line.arm.strategy)",
                rows: line.points.sorted { $0.x < $1.x }.map {
                    [
                        .number($0.x), .number($0.estimate.median), .number($0.estimate.low),
                        .number($0.estimate.high),
                    ]
                })
            let style = names.style(of: names.series(of: line.arm))
            plots += [
                "FILE index \(index) using 1:2 with lines \(style.line) notitle",
                "FILE index \(index) using 1:2:3:4 with yerrorbars pt 0 lw 1.4 lc rgb '\(style.colour)' notitle",
                "FILE index \(index) using 1:2 with points \(style.mark) notitle",
            ]
        }
        return Panel(title: title, x: x, y: y, height: 190, plots: plots)
    }

    /// An axis with a tick at each step, logarithmic where the steps grow like a geometric series.
    private func axis(_ positions: [Double]) -> Axis? {
        guard let low = positions.first, let high = positions.last, high > low else { return nil }
        let isLogarithmic = variable != .threads && low > 0 && high / low >= 8
        let ticks = positions.map { Axis.Tick(position: $0, label: Unit.count.shortText($0)) }
        if isLogarithmic {
            let room = (high / low).squareRoot().squareRoot().squareRoot()
            return Axis(title: what, isLogarithmic: true, low: low / room, high: high * room, ticks: ticks)
        }
        let room = (high - low) * 0.12
        return Axis(title: what, isLogarithmic: false, low: low - room, high: high + room, ticks: ticks)
    }

    private func value(of arm: ArmKey) -> Double? {
        switch variable {
        case .threads: Double(arm.threads)
        case .parameter(let key): SweepLabels.number(of: key, in: arm.parameters)
        }
    }

    /// An arm without what the axis shows.
    private func stripped(_ arm: ArmKey) -> ArmKey {
        var arm = arm
        switch variable {
        case .threads: arm.threads = 0
        case .parameter(let key): arm.parameters = SweepLabels.without(key, arm.parameters)
        }
        return arm
    }

    private var what: String {
        switch variable {
        case .threads: "number of threads"
        case .parameter(let key): SweepLabels([samples.first?.parameters ?? ""]).name(of: key)
        }
    }

    private var name: String {
        switch variable {
        case .threads: Chart.name(scenario, "threads")
        case .parameter(let key): Chart.name(scenario, "sweep", key)
        }
    }

    private var title: String { "\(scenario): throughput by \(what)" }

    private func subtitle(_ lines: [Line]) -> String {
        let whiskers = Estimate.whiskers(lines.flatMap { $0.points.map(\.estimate) })
        guard variable == .threads else { return "Further up is faster. \(whiskers)" }
        return "Further up is faster. The dotted line is the panel's first arm if each thread were as fast as at its"
            + " fewest threads. \(whiskers)"
    }
}
