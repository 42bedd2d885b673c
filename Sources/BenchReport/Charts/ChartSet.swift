import BenchResults
import BenchVerdict

/// All charts of a run, and the reasons for those that there are not.
struct ChartSet {
    private(set) var charts: [Chart] = []
    private(set) var leftOut: [LeftOutChart] = []
    /// How the allocators stand to each other, by scenario; what the charts of it are drawn from.
    private(set) var grids: [GridDocument] = []

    init(_ run: RunData) {
        let data = run.contest
        for scenario in data.scenarios { add(scenario, data) }
    }

    private mutating func add(_ scenario: String, _ data: RunData) {
        let samples = data.samples.filter { $0.scenario == scenario }
        let names = data.names(of: scenario)
        take(Self.speedup(scenario, samples, names, data.tolerances))
        addAllocators(scenario, samples, names, data)
        take(RolesChart(scenario: scenario, samples: samples, names: names).make())
        take(ScalingChart(scenario: scenario, samples: samples, variable: .threads).make())
        for key in SweepLabels(samples.lazy.map(\.parameters)).varying {
            take(ScalingChart(scenario: scenario, samples: samples, variable: .parameter(key)).make())
        }
        for chart in Self.latencies(scenario, names, data) { take(chart) }
        take(OpenLoopChart(scenario: scenario, samples: samples, names: names).make())
        let timeline = data.timeline.filter { $0.scenario == scenario }
        take(ThroughputChart(scenario: scenario, rows: timeline, names: names).make())
        take(MemoryChart(scenario: scenario, rows: timeline, names: names).make())
        take(DrainChart(scenario: scenario, samples: samples, names: names).make())
        take(BlocksChart(scenario: scenario, samples: samples, names: names).make())
        take(DistributionChart(scenario: scenario, samples: samples, names: names).make())
    }

    /// The charts of allocators against each other, and the grid behind them.
    private mutating func addAllocators(
        _ scenario: String, _ samples: [SampleRow], _ names: ArmNames, _ data: RunData
    ) {
        guard names.seriesAreAllocators, let reference = data.referenceAllocator(of: names) else {
            for kind in ["allocators", "heat", "frontier"] {
                leftOut.append(
                    LeftOutChart(
                        name: Chart.name(scenario, kind), reason: "a comparison of allocators needs at least two"))
            }
            return
        }
        let document = grid(samples, tolerances: data.tolerances, reference: reference).first
        if let document { grids.append(document) }
        let cells = Self.cells(document, names, data.tolerances["throughput", in: scenario])
        take(Self.allocators(scenario, cells, names, reference))
        take(
            HeatMapChart(
                name: Chart.name(scenario, "heat"), scenario: scenario, reference: reference,
                rows: RunData.unique(cells.map(\.row)),
                cells: cells.map {
                    HeatMapChart.Cell(arm: $0.arm, row: $0.row, ratio: $0.ratio, verdict: $0.verdict)
                }, names: names
            ).make())
        take(FrontierChart(scenario: scenario, grid: document, names: names).make())
    }

    private mutating func take(_ result: ChartResult) {
        switch result {
        case .leftOut(let leftOut): self.leftOut.append(leftOut)
        case .chart(var chart):
            // Names that differ only in signs would fall together as file names.
            let name = chart.name
            var number = 2
            while charts.contains(where: { $0.name == chart.name }) {
                chart = chart.renamed("\(name)-\(number)")
                number += 1
            }
            charts.append(chart)
        }
    }

    // MARK: Ratios

    private static func speedup(
        _ scenario: String, _ samples: [SampleRow], _ names: ArmNames, _ tolerances: Tolerances
    ) -> ChartResult {
        let name = Chart.name(scenario, "speedup")
        let subjects = Set(names.arms.map(\.subject))
        guard subjects.contains("standard"), subjects.count > 1 else {
            return .leftOut(
                LeftOutChart(name: name, reason: "a speed-up needs the subject `standard` and another one"))
        }
        let rows = ScenarioSection.againstStandard(samples, tolerances: tolerances)
        return chart(
            rows, names: names,
            ForestChart(
                name: name, title: "\(scenario): how many times as fast as the standard subject",
                lead: "Throughput relative to the standard subject on the same allocator, on a logarithmic axis;"
                    + " right of 1 is faster. What is sent at planned times is left out.",
                scenario: scenario, kind: .speedup, axisTitle: "throughput relative to standard",
                preferLogarithmic: true, rows: [], points: [], names: names,
                reasonWhenEmpty: "no phase has comparable throughput of both the standard subject and another one"))
    }

    /// The grid's ratios to the reference, as points of a chart: the same figures and verdicts as in the text.
    private static func cells(_ grid: GridDocument?, _ names: ArmNames, _ tolerance: Double) -> [ForestChart.Point] {
        guard let grid else { return [] }
        let labels = RowLabels(grid.rankings.lazy.map { ($0.place.phase, $0.place.role, $0.place.operation) })
        return grid.rankings.flatMap { ranking -> [ForestChart.Point] in
            let place = ranking.place
            return ranking.cells.compactMap { cell in
                guard let verdict = cell.verdict,
                    let arm = names.arms.first(where: {
                        $0.subject == place.subject && $0.strategy == place.strategy && $0.threads == place.threads
                            && $0.parameters == place.parameters && $0.contender == cell.contender
                    })
                else { return nil }
                return ForestChart.Point(
                    arm: arm, row: labels.label(phase: place.phase, role: place.role, operation: place.operation),
                    ratio: cell.ratio, low: cell.low ?? cell.ratio, high: cell.high ?? cell.ratio, pairs: cell.n,
                    tolerance: tolerance, verdict: verdict)
            }
        }
    }

    private static func allocators(
        _ scenario: String, _ points: [ForestChart.Point], _ names: ArmNames, _ reference: String
    ) -> ChartResult {
        ForestChart(
            name: Chart.name(scenario, "allocators"),
            title: "\(scenario): throughput by allocator, relative to \(reference)",
            lead: "Right of 1 is faster than \(reference).", scenario: scenario, kind: .allocators,
            axisTitle: "throughput relative to \(reference)", preferLogarithmic: false,
            rows: RunData.unique(points.map(\.row)), points: points, names: names,
            reasonWhenEmpty: "no phase has comparable throughput of two allocators", isJoint: true
        ).make()
    }

    private static func chart(_ rows: [ComparisonRow], names: ArmNames, _ empty: ForestChart) -> ChartResult {
        let labels = RowLabels(rows.lazy.map { ($0.phase, $0.role, $0.operation) })
        var chart = empty
        func label(_ row: ComparisonRow) -> String {
            labels.label(phase: row.phase, role: row.role, operation: row.operation)
        }
        chart.points = rows.compactMap { row in
            guard let ratio = row.ratio, let low = row.ciLow, let high = row.ciHigh else { return nil }
            return ForestChart.Point(
                arm: row.arm, row: label(row), ratio: ratio, low: low, high: high, pairs: row.n,
                tolerance: row.tolerance, verdict: row.verdict)
        }
        chart.rows = RunData.unique(rows.map(label))
        return chart.make()
    }

    // MARK: Latencies

    private static func latencies(_ scenario: String, _ names: ArmNames, _ data: RunData) -> [ChartResult] {
        let own = data.histograms.filter { $0.scenario == scenario }
        guard !own.isEmpty else {
            let name = Chart.name(scenario, "latency")
            return [.leftOut(LeftOutChart(name: name, reason: "the run holds no histogram of this scenario"))]
        }
        let labels = RowLabels(own.lazy.map { ($0.phase, $0.role, $0.operation) })
        var order: [String] = []
        var groups: [String: [RunData.Histogram]] = [:]
        for histogram in own {
            let label = labels.label(
                phase: histogram.phase, role: histogram.role, operation: histogram.operation)
            if groups[label] == nil { order.append(label) }
            groups[label, default: []].append(histogram)
        }
        let phases = data.phases(of: scenario)
        func position(_ label: String) -> Int {
            groups[label]?.first.flatMap { phases.firstIndex(of: $0.phase) } ?? phases.count
        }
        return order.sorted { position($0) < position($1) }.compactMap { label in
            guard let histograms = groups[label], let first = histograms.first else { return nil }
            let role = first.role.isEmpty ? first.phase : "\(first.phase), \(first.role)"
            return PercentileChart(
                name: Chart.name(scenario, "latency", label), scenario: scenario, phase: role,
                operation: first.operation, curves: histograms.map(\.curve), names: names
            ).make()
        }
    }
}
