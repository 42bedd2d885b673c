import BenchResults
import BenchVerdict

/// Every allocator under every strategy against one arm: what both choices come to together, in speed and in memory.
struct ArmChoiceTable {
    let grid: GridDocument
    let standings: [ArmStanding]

    /// Nil where no subject ran with several strategies, or nothing is ranked.
    ///
    /// - Parameter samples: those of the grid's scenario.
    init?(grid: GridDocument, samples: [SampleRow], tolerances: Tolerances) {
        guard let standings = compareArms(samples, tolerances: tolerances, grid: grid) else { return nil }
        self.grid = grid
        self.standings = standings
    }

    func blocks(namesScenario: Bool) -> [Document.Block] {
        guard let base = standings.first(where: { $0.speed == nil }) else { return [] }
        let versus = "\(base.contender) with \(base.strategy)"
        let drained = grid.strategies?.compactMap(\.drainedMetric).first
        var columns: [Document.Table.Column] = [
            .init(title: "Strategy, allocator", alignment: .left),
            .init(title: "Composite throughput (joint 95 %)", alignment: .right),
            .init(title: "Peak memory (joint 95 %)", alignment: .right),
        ]
        if let drained {
            let moment = Wording.moment(drained)
            columns.append(
                .init(title: moment.prefix(1).uppercased() + moment.dropFirst() + " (joint 95 %)", alignment: .right))
        }
        let rows = standings.map { standing -> [[Document.Inline]] in
            guard standing.speed != nil else {
                return [.plain("\(standing.strategy), \(standing.contender)")]
                    + columns.dropFirst().map { _ in .plain("1, the reference") }
            }
            func cell(_ contest: GridDocument.Contest?, _ metric: String?) -> [Document.Inline] {
                let isRanked =
                    metric.map { metric in
                        [standing.strategy, base.strategy].allSatisfy {
                            grid.ranksMemory(metric, standing.subject, $0)
                        }
                    } ?? true
                return StrategySection.cell(contest, isRanked: isRanked)
            }
            return [
                .plain("\(standing.strategy), \(standing.contender)"), cell(standing.speed, nil),
                cell(standing.peak, "resident_bytes_peak"),
            ] + (drained.map { [cell(standing.drained, $0)] } ?? [])
        }
        let place = namesScenario ? "On \(grid.scenario) every" : "Every"
        return [
            .paragraph(
                .plain(
                    "\(place) arm against \(versus), the fastest first: more throughput is better, less memory is better."
                        + " Strong figures are proven. Where only the allocator or only the strategy differs, it is the"
                        + " contest of the tables above; those that differ in both hold together with 95 % by themselves, in"
                        + " speed and in memory. This says how each arm stands to \(versus), and not how two others stand to"
                        + " each other.")),
            .table(.init(columns: columns, rows: rows, stacksWhenNarrow: true)),
        ]
    }
}
