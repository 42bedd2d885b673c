/// One main figure of one arm of a run: a line of `history.csv`.
///
/// Lines of different machines, profiles and scenario hashes stand in one file; only those that agree in all three may
/// be compared.
public struct HistoryRow: Sendable, Hashable {
    /// When the run began, ISO 8601, UTC.
    public var startedAt: String
    /// The run's name.
    public var run: String
    /// The commit that was built, in full; empty outside a repository.
    public var commit: String
    /// Whether files differed from the commit.
    public var dirty: Bool
    /// The class of machine: processor, number of processors, architecture.
    public var machine: String
    /// The run's profile.
    public var profile: String
    /// The figure with its interval, whose run is `run`.
    public var figure: SummaryRow

    /// A line by its parts.
    public init(
        startedAt: String, commit: String, dirty: Bool, machine: String, profile: String, figure: SummaryRow
    ) {
        self.startedAt = startedAt
        run = figure.run
        self.commit = commit
        self.dirty = dirty
        self.machine = machine
        self.profile = profile
        self.figure = figure
    }

    /// The metrics that are kept: what a phase is judged by at a glance.
    public static let mainMetrics: Set<String> = [
        "throughput", "latency_p50", "latency_p99", "response_p99", "resident_bytes_peak", "bytes_per_entity",
        "hit_ratio", "recall_at_10", "compression_ratio", "instructions", "allocations",
    ]

    /// The lines of a run: the main metrics of all arms.
    public static func rows(of environment: Environment, _ summary: some Sequence<SummaryRow>) -> [HistoryRow] {
        let machine = environment.machine
        return summary.filter { mainMetrics.contains($0.metric) }.map { row in
            HistoryRow(
                startedAt: environment.startedAt, commit: environment.commit ?? "", dirty: environment.dirty ?? false,
                machine: "\(machine.cpuModel), \(machine.cores) processors, \(machine.architecture)",
                profile: environment.profile, figure: row)
        }
    }
}

extension HistoryRow: CSVRow {
    private enum Column: String, CaseIterable {
        case startedAt = "started_at"
        case commit, dirty, machine, profile
    }

    public static var columns: [String] { Column.allCases.map(\.rawValue) + SummaryRow.columns }

    public var fields: [String] { [startedAt, commit, String(dirty), machine, profile] + figure.fields }

    public init(record: CSVRecord) throws(ResultsError) {
        self.init(
            startedAt: try record.string(Column.startedAt.rawValue), commit: try record.string(Column.commit.rawValue),
            dirty: try record.string(Column.dirty.rawValue) == "true",
            machine: try record.string(Column.machine.rawValue), profile: try record.string(Column.profile.rawValue),
            figure: try SummaryRow(record: record))
    }
}
