import BenchResults
import BenchVerdict

/// The figures of a scenario: an arm a row, a phase a column.
struct ArmTables {
    var names: ArmNames
    private let columns: [String]
    private let labels: RowLabels
    let summaries: [SummaryRow]
    /// The rows behind the tables.
    let samples: [SampleRow]

    /// Summarizes the metrics that the tables show. Takes a bootstrap for each arm, phase and metric.
    init(_ samples: [SampleRow], names: ArmNames) {
        self.names = names
        let shown: Set = [
            "throughput", "latency_p50", "latency_p99", "resident_bytes_peak", "live_bytes", "bytes_per_entity",
            "minor_faults", "major_faults", "fragmentation_ratio", "subject_live_bytes", "response_p50", "response_p99",
            "service_p50",
            "service_p99", "schedule_late_share", "planned_rate",
        ]
        let own = samples.filter { shown.contains($0.metric) || Drain.delay(of: $0.metric) != nil }
        self.samples = own
        let labels = RowLabels(own.lazy.map { ($0.phase, $0.role, $0.operation) })
        self.labels = labels
        summaries = summarize(own)
        columns = RunData.unique(
            own.map { labels.label(phase: $0.phase, role: $0.role, operation: $0.operation) })
    }

    private func label(_ row: SummaryRow) -> String {
        labels.label(phase: row.phase, role: row.role, operation: row.operation)
    }

    /// Medians of throughput with the larger half of their interval, or nil when there is none.
    func throughput() -> Document.Block? {
        let rows = summaries.filter { $0.metric == "throughput" }
        let units = Dictionary(rows.map { (label($0), $0.unit) }, uniquingKeysWith: { first, _ in first })
        return matrix(rows, title: { label in units[label].map { "\(label), \($0)" } ?? label }) { found in
            guard let row = found["throughput"] else { return nil }
            let text = Unit.rate.text(row.median).replacing("/s", with: "")
            guard row.n > 1, row.median > 0 else { return text }
            let half = Swift.max(row.ciHigh - row.median, row.median - row.ciLow) / row.median
            return "\(text) ±\(Unit.fixed(half * 100, half < 0.0995 ? 1 : 0)) %"
        }
    }

    /// Medians of the 50th and 99th percentile, or nil when no phase had enough samples.
    func latency() -> Document.Block? {
        let rows = summaries.filter { $0.metric == "latency_p50" || $0.metric == "latency_p99" }
        return matrix(rows, title: { $0 }) { found in
            guard let median = found["latency_p50"] else { return nil }
            let tail = found["latency_p99"].map { Unit(named: $0.unit).text($0.median) } ?? "–"
            return "\(Unit(named: median.unit).text(median.median)) / \(tail)"
        }
    }

    /// What planned operations met, a row for each arm and phase, or nil when no phase has an open loop.
    func openLoop() -> Document.Block? {
        let metrics: Set = [
            "response_p50", "response_p99", "service_p50", "service_p99", "schedule_late_share", "planned_rate",
        ]
        let own = summaries.filter { metrics.contains($0.metric) }
        var rows: [[[Document.Inline]]] = []
        for column in columns {
            for name in names.all {
                let found = Dictionary(
                    own.filter { names.name(of: $0.arm) == name && label($0) == column }.map { ($0.metric, $0.median) },
                    uniquingKeysWith: { first, _ in first })
                guard !found.isEmpty else { continue }
                func pair(_ kind: String) -> [Document.Inline] {
                    guard let half = found["\(kind)_p50"] else { return .plain("–") }
                    let tail = found["\(kind)_p99"].map(Unit.nanoseconds.text) ?? "–"
                    return .plain("\(Unit.nanoseconds.text(half)) / \(tail)")
                }
                rows.append([
                    .plain(name), .plain(column), .plain(found["planned_rate"].map(Unit.rate.text) ?? "–"),
                    pair("response"), pair("service"),
                    .plain(found["schedule_late_share"].map { Unit.fixed($0 * 100, 2) + " %" } ?? "–"),
                ])
            }
        }
        guard !rows.isEmpty else { return nil }
        let titles = ["Planned", "Response, p50 / p99", "Service, p50 / p99", "Late"]
        return .table(
            withoutEmptyColumns(
                .init(
                    columns: [.init(title: "Arm", alignment: .left), .init(title: "Phase", alignment: .left)]
                        + titles.map { .init(title: $0, alignment: .right) }, rows: rows)))
    }

    private func matrix(
        _ rows: [SummaryRow], title: (String) -> String, cell: ([String: SummaryRow]) -> String?
    ) -> Document.Block? {
        guard !rows.isEmpty else { return nil }
        var cells: [String: [String: [String: SummaryRow]]] = [:]
        for row in rows { cells[names.name(of: row.arm), default: [:]][label(row), default: [:]][row.metric] = row }
        let shown = columns.filter { column in cells.values.contains { $0[column] != nil } }
        let arms = names.all.filter { cells[$0] != nil }
        let table = Document.Table(
            columns: [.init(title: "Arm", alignment: .left)]
                + shown.map { .init(title: title($0), alignment: .right) },
            rows: arms.map { arm in
                [.plain(arm)]
                    + shown.map { column in .plain(cells[arm]?[column].flatMap(cell) ?? "–") }
            }, pinsFirstColumn: true)
        return .table(table)
    }

    /// The table without the columns in which no arm has a figure.
    func withoutEmptyColumns(_ table: Document.Table) -> Document.Table {
        let kept = table.columns.indices.filter { index in
            table.rows.contains { $0[index] != .plain("–") }
        }
        return .init(
            columns: kept.map { table.columns[$0] }, rows: table.rows.map { row in kept.map { row[$0] } },
            pinsFirstColumn: true)
    }
}
