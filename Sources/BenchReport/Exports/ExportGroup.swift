import BenchResults

/// The figures of one operation of one arm in one phase: what other tools call a benchmark.
struct ExportGroup {
    /// One metric over the blocks.
    struct Figure {
        var metric: String
        var unit: String
        var direction: Direction
        /// By block, in the blocks' order.
        var values: [(block: Int, value: Double)]
        /// The median and its 95 % interval, as `summary.csv` has them.
        var median: Double
        var low: Double
        var high: Double
    }

    var scenario: String
    var phase: String
    var role: String
    var operation: String
    var arm: ArmKey
    /// In the order in which the samples first name them.
    var figures: [Figure] = []

    /// The phase with its role and operation, as far as they say more: `load`, `read-while-writing/readers/get`.
    var path: [String] {
        var parts = [phase]
        if !role.isEmpty { parts.append(role) }
        if operation != phase { parts.append(operation) }
        return parts
    }

    func figure(_ metric: String) -> Figure? { figures.first { $0.metric == metric } }

    /// The numbers of all blocks that have a figure.
    var blocks: [Int] { Set(figures.flatMap { $0.values.map(\.block) }).sorted() }

    /// The figure that tells most about the group: how fast it was, or else how long it took, or else its first.
    var mainFigure: Figure? {
        let order = ["throughput", "latency_p50", "response_p50", "service_p50", "wall_time"]
        for metric in order { if let figure = figure(metric) { return figure } }
        return figures.first { $0.direction != .none } ?? figures.first
    }

    /// The groups of a run, in the order in which the samples first name them. A block that was written twice counts
    /// once, with its last value.
    static func all(_ source: ExportSource) -> [ExportGroup] {
        struct Place: Hashable {
            var scenario: String, phase: String, role: String, operation: String
            var arm: ArmKey
        }
        struct Name: Hashable {
            var place: Place
            var metric: String
        }
        var statistics: [Name: SummaryRow] = [:]
        for row in source.summary {
            let place = Place(
                scenario: row.scenario, phase: row.phase, role: row.role, operation: row.operation, arm: row.arm)
            statistics[Name(place: place, metric: row.metric)] = row
        }
        var groups: [ExportGroup] = []
        var positions: [Place: Int] = [:]
        var figures: [Name: Int] = [:]
        for row in source.samples {
            let place = Place(
                scenario: row.scenario, phase: row.phase, role: row.role, operation: row.operation, arm: row.arm)
            if positions[place] == nil {
                positions[place] = groups.count
                groups.append(
                    ExportGroup(
                        scenario: row.scenario, phase: row.phase, role: row.role, operation: row.operation, arm: row.arm
                    ))
            }
            guard let group = positions[place] else { continue }
            let name = Name(place: place, metric: row.metric)
            guard let figure = figures[name] else {
                figures[name] = groups[group].figures.count
                let known = statistics[name]
                groups[group].figures.append(
                    Figure(
                        metric: row.metric, unit: row.unit, direction: row.direction,
                        values: [(row.block, row.value)], median: known?.median ?? row.value,
                        low: known?.ciLow ?? row.value, high: known?.ciHigh ?? row.value))
                continue
            }
            groups[group].figures[figure].add(row.value, block: row.block)
        }
        return groups
    }
}

extension ExportGroup.Figure {
    /// Adds the value of a block. Blocks are written in their order, so that the last one is looked at first.
    fileprivate mutating func add(_ value: Double, block: Int) {
        if let last = values.last, last.block < block {
            values.append((block, value))
        } else if let place = values.firstIndex(where: { $0.block == block }) {
            values[place].value = value
        } else {
            values.insert((block, value), at: values.firstIndex { $0.block > block } ?? values.count)
        }
    }
}
