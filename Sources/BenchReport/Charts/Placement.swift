import BenchResults
import BenchStatistics

/// A row of a phase: what a figure of `samples.csv` is about, apart from arm, block and metric.
struct Placement: Hashable {
    var phase: String
    var role: String
    var operation: String

    init(phase: String, role: String, operation: String) {
        self.phase = phase
        self.role = role
        self.operation = operation
    }

    init(_ row: SampleRow) { self.init(phase: row.phase, role: row.role, operation: row.operation) }

    /// The placements of rows in the order in which they first occur, with the labels that tell them apart.
    static func all(_ rows: some Sequence<SampleRow>) -> [(place: Placement, label: String)] {
        var seen: Set<Placement> = []
        let places = rows.map(Placement.init).filter { seen.insert($0).inserted }
        let labels = RowLabels(places.lazy.map { ($0.phase, $0.role, $0.operation) })
        return places.map { ($0, labels.label(phase: $0.phase, role: $0.role, operation: $0.operation)) }
    }
}

/// The median of a metric of an arm and its interval, as a chart draws it.
struct Estimate {
    var arm: ArmKey
    var median: Double
    var low: Double
    var high: Double
    var blocks: Int

    init(_ row: SummaryRow) {
        arm = row.arm
        median = row.median
        low = row.ciLow
        high = row.ciHigh
        blocks = row.n
    }

    /// How a subtitle explains the whiskers of some estimates.
    static func whiskers(_ estimates: some Sequence<Estimate>) -> String {
        let counts = estimates.map(\.blocks)
        guard let least = counts.min(), let most = counts.max() else { return "" }
        if most == 1 { return "One block only: no interval." }
        let count = least == most ? "\(most)" : "\(least) to \(most)"
        return least < Bootstrap.fewestValues
            ? "Whiskers: 95 % interval of the median over \(count) blocks; below \(Bootstrap.fewestValues) blocks the smallest and largest."
            : "Whiskers: 95 % interval of the median over \(count) blocks."
    }
}
