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
        let figure = Figure(
            name: name, title: title, subtitle: subtitle,
            legend: names.legend(of: shown, .point) + [
                LegendEntry(label: "beaten by none in both", style: Self.ring, sample: .point)
            ], panels: panels, columns: Swift.min(2, panels.count), sharesRows: false)
        return .chart(Chart(figure: figure, data: file, scenario: scenario, kind: .frontier))
    }

    /// What stands around the points that no other beats in both: a line alone would not show a single one.
    private static let ring = SeriesStyle(colour: "#777777", point: 6, pointSize: 1.7, dash: "solid")

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
        let height = isWide ? 340.0 : 240.0
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
        let ordered = front + points.filter { !front.contains($0) }
        for point in ordered {
            let index = file.add("\(subject): \(point.label)", rows: [row(point, label(point, among: points))])
            plots.append("FILE index \(index) using 1:2 with points \(names.style(of: series(point)).mark) notitle")
        }
        plots.append("FILE index \(line) using 1:2 with points \(Self.ring.mark) lw 1.4 notitle")
        plots += texts(ordered, subject, x, y, (pixels, height), &file)
        return Panel(title: subject, x: x, y: y, height: height, plots: plots)
    }

    /// The texts beside the points, with a thin line where one stands further off. A point for whose text there is no room
    /// is told by its look and in the data.
    private func texts(
        _ points: [GridDocument.FrontierPoint], _ subject: String, _ x: Axis, _ y: Axis,
        _ size: (width: Double, height: Double), _ file: inout DataFile
    ) -> [String] {
        let labels = points.map { label($0, among: points) }
        let places = LabelPlacement.places(
            points.map {
                (
                    x: ($0.residentBytesPeak - x.low) / (x.high - x.low) * size.width,
                    y: (y.high - $0.throughput) / (y.high - y.low) * size.height
                )
            }, widths: labels.map { TextMetrics.width($0, size: 12) }, size: size)
        var plots: [String] = []
        for (place, (point, text)) in zip(places, zip(points, labels)) {
            guard let place else { continue }
            let bytes = x.low + place.x / size.width * (x.high - x.low)
            let speed = y.high - place.y / size.height * (y.high - y.low)
            func row(_ bytes: Double, _ speed: Double) -> [DataFile.Cell] {
                [.number(bytes), .number(speed), .text(text), .text(point.label)]
            }
            if place.needsLine {
                let index = file.add(
                    "\(subject): from \(point.label) to its text",
                    rows: [row(point.residentBytesPeak, point.throughput), row(bytes, speed)])
                plots.append("FILE index \(index) using 1:2 with lines lw 0.8 lc rgb '#999999' notitle")
            }
            let index = file.add("\(subject): place of the text of \(point.label)", rows: [row(bytes, speed)])
            plots.append(
                "FILE index \(index) using 1:2:3 with labels \(place.extendsRight ? "left" : "right")"
                    + " font 'sans-serif,12' tc rgb '#555555' notitle")
        }
        return plots
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

    /// What tells a point from the others of its panel. Its look tells the allocator, so that a text that has something
    /// else to say leaves it out.
    private func label(_ point: GridDocument.FrontierPoint, among points: [GridDocument.FrontierPoint]) -> String {
        var parts: [String] = []
        if Set(points.map(\.strategy)).count > 1 { parts.append(point.strategy) }
        if Set(points.map(\.threads)).count > 1 {
            parts.append(point.threads == 1 ? "1 thread" : "\(point.threads) threads")
        }
        return parts.isEmpty ? series(point) : parts.joined(separator: ", ")
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
