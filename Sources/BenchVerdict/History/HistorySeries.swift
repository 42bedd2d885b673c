public import BenchResults
public import BenchStatistics

/// One metric of one arm over the runs that may be compared: the same work, on the same class of machine, in the same
/// profile.
public struct HistorySeries: Sendable {
    /// A run from which on the figures are others.
    public struct Change: Sendable, Hashable {
        /// The place of the first run after the change in the series' lines.
        public var index: Int
        /// The median of the runs between the change before, or the beginning, and this one.
        public var before: Double
        /// The median of the runs from this change to the next, or to the end.
        public var after: Double
        /// By how much it is better, as a fraction of what was before; negative where it is worse. Nil where neither
        /// way is better, or nothing was before.
        public var gain: Double?
        /// The probability of such a difference by chance.
        public var probability: Double

        init(_ point: ChangePoint, _ direction: Direction) {
            index = point.index
            before = point.before
            after = point.after
            probability = point.probability
            guard before != 0, direction != .none else { return }
            let difference = (after - before) / before.magnitude
            gain = direction == .higher ? difference : -difference
        }
    }

    /// The lines, one for each run, in the order in which they were added.
    public var rows: [HistoryRow]
    /// Where the figures changed.
    public var changes: [Change]

    /// What all lines have in common; the first line's figure.
    public var key: SummaryRow { rows[0].figure }

    /// `cache-churn/get strata/glibc/bump/1 throughput`.
    public var title: String {
        var parts = [key.scenario, key.phase]
        if !key.role.isEmpty { parts.append(key.role) }
        if key.operation != key.phase { parts.append(key.operation) }
        return "\(parts.joined(separator: "/")) \(key.metric) [\(key.arm.label)]"
    }

    /// The series of a history with their changes, in the order in which the history first names them.
    ///
    /// A run that was added twice counts once, with its last figures. Takes O(lines) and a search for changes in each
    /// series.
    ///
    /// - Parameters:
    ///   - search: how changes are found.
    ///   - isWanted: which lines are looked at.
    public static func all(
        of rows: [HistoryRow], search: EDivisive = EDivisive(), where isWanted: (HistoryRow) -> Bool = { _ in true }
    ) -> [HistorySeries] {
        struct Key: Hashable {
            var machine: String, profile: String, hash: String
            var scenario: String, phase: String, role: String, operation: String, metric: String, unit: String
            var arm: ArmKey
        }
        var series: [[HistoryRow]] = []
        var positions: [Key: Int] = [:]
        for row in rows where isWanted(row) {
            let figure = row.figure
            let key = Key(
                machine: row.machine, profile: row.profile, hash: figure.scenarioHash, scenario: figure.scenario,
                phase: figure.phase, role: figure.role, operation: figure.operation, metric: figure.metric,
                unit: figure.unit, arm: figure.arm)
            guard let place = positions[key] else {
                positions[key] = series.count
                series.append([row])
                continue
            }
            if let known = series[place].firstIndex(where: { $0.run == row.run }) {
                series[place][known] = row
            } else {
                series[place].append(row)
            }
        }
        return series.map { rows in
            let direction = rows[0].figure.direction
            return HistorySeries(
                rows: rows,
                changes: search.changePoints(in: rows.map(\.figure.median)).map { Change($0, direction) })
        }
    }
}
