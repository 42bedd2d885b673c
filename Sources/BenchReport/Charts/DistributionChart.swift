import BenchResults

/// The share of the blocks that reach at most a throughput, a staircase for each arm: the raw figures in their order,
/// with nothing estimated.
struct DistributionChart {
    var scenario: String
    var samples: [SampleRow]
    var names: ArmNames

    /// With fewer blocks a staircase says less than the dots of the blocks' chart.
    static let fewestBlocks = 5

    func make() -> ChartResult {
        let name = Chart.name(scenario, "distribution")
        let drawn = samples.filter { $0.metric == "throughput" && $0.value.isFinite }
        guard !drawn.isEmpty else {
            return .leftOut(LeftOutChart(name: name, reason: "samples.csv holds no throughput of this scenario"))
        }
        let most = Dictionary(grouping: drawn, by: \.arm).values.map { Set($0.map(\.block)).count }.max() ?? 0
        guard most >= Self.fewestBlocks else {
            let blocks = most == 1 ? "1 block" : "\(most) blocks"
            return .leftOut(
                LeftOutChart(
                    name: name,
                    reason:
                        "a distribution needs \(Self.fewestBlocks) blocks of an arm, and there are at most \(blocks)"
                ))
        }
        var file = DataFile(
            title: title,
            columns: [
                .init(name: "throughput", meaning: "of a block, in the unit of the panel's axis"),
                .init(name: "share", meaning: "of the arm's blocks that reach at most this throughput"),
            ])
        let split = PanelSplit(drawn, names: names)
        let columns = split.columns
        let panels = split.parts.compactMap { panel($0.title, $0.rows, columns, &file) }
        guard !panels.isEmpty else {
            return .leftOut(LeftOutChart(name: name, reason: "no phase has a throughput that is a number"))
        }
        let figure = Figure(
            name: name, title: title,
            subtitle: "The height is the share of an arm's blocks that reach at most this throughput: a line further"
                + " right is faster, a steep one is steady. Each panel has its own axis, which does not start at 0."
                + (names.common.isEmpty ? "" : " All with \(names.common)."),
            legend: names.legend(of: Set(drawn.map { names.series(of: $0.arm) }), .line), panels: panels,
            columns: Swift.min(panels.count, columns))
        return .chart(Chart(figure: figure, data: file, scenario: scenario, kind: .distribution))
    }

    private func panel(_ title: String, _ rows: [SampleRow], _ columns: Int, _ file: inout DataFile) -> Panel? {
        guard
            let x = Axis.linear(
                "throughput", covering: rows.map(\.value), unit: .rate, targetTicks: 3,
                mostTicks: columns > 2 ? 2 : 3, leastSpan: 0.2)
        else { return nil }
        let y = Axis(
            title: "share of the blocks", isLogarithmic: false, low: 0, high: 1.04,
            ticks: [(0, "0 %"), (0.5, "50 %"), (1, "100 %")].map { .init(position: $0.0, label: $0.1) })
        var plots: [String] = []
        for arm in names.arms {
            let values = Self.staircase(rows.filter { $0.arm == arm })
            guard let last = values.last else { continue }
            var steps = [(values[0].value, 0.0)] + values.map { ($0.value, $0.share) }
            // The staircase goes on to the panel's edge, where all blocks lie to its left.
            steps.append((x.high, last.share))
            let index = file.add(
                "\(title): \(arm.label)", rows: steps.map { [.number($0.0), .number($0.1)] })
            plots.append(
                "FILE index \(index) using 1:2 with steps \(names.style(of: names.series(of: arm)).line) notitle")
        }
        return plots.isEmpty ? nil : Panel(title: title, x: x, y: y, height: 110, plots: plots)
    }

    /// Each distinct value with the share of the values that are at most that. A block that was written twice counts
    /// with its last value, as in all statistics.
    static func staircase(_ rows: [SampleRow]) -> [(value: Double, share: Double)] {
        let values = Dictionary(rows.map { ($0.block, $0.value) }, uniquingKeysWith: { _, last in last }).values
            .sorted()
        var steps: [(value: Double, share: Double)] = []
        for (index, value) in values.enumerated() {
            let share = Double(index + 1) / Double(values.count)
            if steps.last?.value == value { steps[steps.count - 1].share = share } else { steps.append((value, share)) }
        }
        return steps
    }

    private var title: String { "\(scenario): distribution of the blocks' throughput" }
}
