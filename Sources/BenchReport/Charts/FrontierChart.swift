import BenchResults

/// Throughput against peak memory: which arms no other beats in both. The figures are those of the grid.
struct FrontierChart {
    var name: String
    var scenario: String
    var points: [GridDocument.FrontierPoint]
    var reference: String
    var names: ArmNames

    /// The chart of a scenario's grid; nil stands for a scenario that has none.
    init(scenario: String, grid: GridDocument?, names: ArmNames) {
        name = Chart.name(scenario, "frontier")
        self.scenario = scenario
        self.names = names
        points = (grid?.frontier ?? []).filter {
            $0.throughput.isFinite && $0.throughput > 0 && $0.residentBytesPeak.isFinite
        }
        reference = grid?.reference ?? ""
    }

    func make() -> ChartResult {
        let subjects = RunData.unique(names.arms.map(\.subject)).filter { subject in
            points.filter { $0.subject == subject }.count > 1
        }
        guard !subjects.isEmpty else {
            return .leftOut(
                LeftOutChart(
                    name: name,
                    reason: "no two allocators are ranked that have a throughput and a peak of resident bytes"))
        }
        var file = DataFile(
            title: title,
            columns: [
                .init(name: "bytes", meaning: "largest resident bytes of any phase; median over the blocks"),
                .init(
                    name: "speed",
                    meaning: "geometric mean of the throughput over phases and blocks, relative to the reference arm"),
                .init(name: "label", meaning: "what stands beside the point"),
                .init(name: "arm", meaning: "subject/allocator/strategy/threads"),
            ])
        let panels = subjects.compactMap { subject in
            panel(subject, points.filter { $0.subject == subject }, isWide: subjects.count == 1, &file)
        }
        guard !panels.isEmpty else {
            return .leftOut(LeftOutChart(name: name, reason: "no arm has bytes and a throughput that are numbers"))
        }
        let shown = Set(points.filter { subjects.contains($0.subject) }.map(series))
        let line = SeriesStyle(colour: "#777777", point: 7, pointSize: 0.75, dash: "(6,4)")
        let figure = Figure(
            name: name, title: title, subtitle: subtitle,
            legend: names.legend(of: shown, .point) + [
                LegendEntry(label: "beaten by none in both", style: line, sample: .line)
            ], panels: panels, columns: Swift.min(2, panels.count), sharesRows: false)
        return .chart(Chart(figure: figure, data: file, scenario: scenario, kind: .frontier))
    }

    /// The series of a point: its allocator, as the legend names it.
    private func series(_ point: GridDocument.FrontierPoint) -> String {
        names.arms.first { $0.contender == point.contender }.map(ArmNames.allocator) ?? point.contender
    }

    private func panel(
        _ subject: String, _ points: [GridDocument.FrontierPoint], isWide: Bool, _ file: inout DataFile
    ) -> Panel? {
        let bytes = points.map(\.residentBytesPeak)
        guard let most = bytes.max(), let least = bytes.min() else { return nil }
        // Room on the right for the texts beside the points.
        let span = Swift.max(most - least, most * 0.1)
        let pixels = isWide ? 640.0 : 280.0
        let widest = points.map { TextMetrics.width(label($0, among: points), size: 12) + 14 }.max() ?? 0
        let room = span / (1 - Swift.min(0.6, widest / pixels)) - span
        guard
            let x = Axis.linear(
                "peak resident bytes", covering: bytes + [most + room], unit: .bytes, targetTicks: isWide ? 6 : 3,
                mostTicks: isWide ? 8 : 3, leastSpan: 0.1),
            let y = Axis.linear(
                "throughput", covering: points.map(\.throughput), unit: .ratio, targetTicks: 4, leastSpan: 0.1)
        else { return nil }
        func row(_ point: GridDocument.FrontierPoint, _ label: String) -> [DataFile.Cell] {
            [.number(point.residentBytesPeak), .number(point.throughput), .text(label), .text(point.label)]
        }
        let front = Self.staircase(points.filter { $0.dominatedBy == nil })
        let line = file.add("\(subject): beaten by none", rows: front.map { row($0, "") })
        var plots = ["FILE index \(line) using 1:2 with lines lw 1.6 dt (6,4) lc rgb '#777777' notitle"]
        // The first of points that lie on each other has the text; the others are told by their look and in the data.
        var named: [GridDocument.FrontierPoint] = []
        for point in front + points.filter({ !front.contains($0) }) {
            let isFree = named.allSatisfy { other in
                abs(other.throughput - point.throughput) > (y.high - y.low) * 0.05
                    || abs(other.residentBytesPeak - point.residentBytesPeak) > (x.high - x.low) * widest / pixels
            }
            let index = file.add("\(subject): \(point.label)", rows: [row(point, label(point, among: points))])
            plots.append("FILE index \(index) using 1:2 with points \(names.style(of: series(point)).mark) notitle")
            guard isFree else { continue }
            named.append(point)
            plots.append(
                "FILE index \(index) using 1:2:3 with labels left offset 1,0.4 font 'sans-serif,12'"
                    + " tc rgb '#555555' notitle")
        }
        return Panel(title: subject, x: x, y: y, height: isWide ? 300 : 220, plots: plots)
    }

    /// The points that none of them beats in both by however little, from the smallest to the largest: each is faster
    /// than those that need less memory.
    static func staircase(_ points: [GridDocument.FrontierPoint]) -> [GridDocument.FrontierPoint] {
        var best = -Double.infinity
        return points.sorted { ($0.residentBytesPeak, -$0.throughput) < ($1.residentBytesPeak, -$1.throughput) }
            .filter { point in
                guard point.throughput > best else { return false }
                best = point.throughput
                return true
            }
    }

    /// What tells a point from the others of its panel.
    private func label(_ point: GridDocument.FrontierPoint, among points: [GridDocument.FrontierPoint]) -> String {
        var parts = [series(point)]
        if Set(points.map(\.strategy)).count > 1 { parts.append(point.strategy) }
        if Set(points.map(\.threads)).count > 1 {
            parts.append(point.threads == 1 ? "1 thread" : "\(point.threads) threads")
        }
        return parts.joined(separator: ", ")
    }

    private var title: String { "\(scenario): throughput against peak memory" }

    private var subtitle: String {
        let common = names.common.isEmpty ? "" : " All with \(names.common)."
        return
            "Further up is faster, further left needs less memory. Throughput: geometric mean over the phases, relative"
            + " to each subject's first arm on \(reference). An arm near the line may differ from it by less than can be told."
            + common
    }
}
