import BenchResults
import BenchVerdict

/// The figures of a scenario: an arm a row, a phase a column.
struct ArmTables {
    var names: ArmNames
    private let columns: [String]
    private let labels: RowLabels
    private let summaries: [SummaryRow]

    /// Summarizes the metrics that the tables show. Takes a bootstrap for each arm, phase and metric.
    init(_ samples: [SampleRow], names: ArmNames) {
        self.names = names
        let shown: Set = [
            "throughput", "latency_p50", "latency_p99", "resident_bytes_peak", "live_bytes", "bytes_per_entity",
            "minor_faults", "major_faults",
        ]
        let own = samples.filter { shown.contains($0.metric) }
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

    /// What each arm held and touched, or nil when the run did not measure it.
    func memory() -> Document.Block? {
        let rows = names.arms.compactMap { arm -> [[Document.Inline]]? in
            let own = summaries.filter { $0.arm == arm }
            func most(_ metric: String) -> Double? { own.filter { $0.metric == metric }.map(\.median).max() }
            func total(_ metric: String) -> Double? {
                let values = own.filter { $0.metric == metric }.map(\.median)
                return values.isEmpty ? nil : values.reduce(0, +)
            }
            let resident = most("resident_bytes_peak")
            let live = most("live_bytes")
            let faults = total("minor_faults")
            guard resident != nil || live != nil || faults != nil else { return nil }
            func bytes(_ value: Double?) -> [Document.Inline] { .plain(value.map(Unit.bytes.text) ?? "–") }
            let ratio = resident.flatMap { resident in
                live.flatMap { $0 > 0 ? Unit.ratio.text(resident / $0) : nil }
            }
            return [
                .plain(names.name(of: arm)), bytes(resident), bytes(live), .plain(ratio ?? "–"),
                bytes(most("bytes_per_entity")), .plain(faults.map(Unit.count.text) ?? "–"),
                .plain(total("major_faults").map(Unit.count.text) ?? "–"),
            ]
        }
        guard !rows.isEmpty else { return nil }
        let titles = [
            "Resident, peak", "Live, peak", "Resident / live", "Bytes per entity", "Minor faults", "Major faults",
        ]
        let columns =
            [Document.Table.Column(title: "Arm", alignment: .left)]
            + titles.map { .init(title: $0, alignment: .right) }
        return .table(withoutEmptyColumns(.init(columns: columns, rows: rows)))
    }

    private func matrix(
        _ rows: [SummaryRow], title: (String) -> String, cell: ([String: SummaryRow]) -> String?
    ) -> Document.Block? {
        guard !rows.isEmpty else { return nil }
        var cells: [ArmKey: [String: [String: SummaryRow]]] = [:]
        for row in rows { cells[row.arm, default: [:]][label(row), default: [:]][row.metric] = row }
        let shown = columns.filter { column in cells.values.contains { $0[column] != nil } }
        let arms = names.arms.filter { cells[$0] != nil }
        let table = Document.Table(
            columns: [.init(title: "Arm", alignment: .left)]
                + shown.map { .init(title: title($0), alignment: .right) },
            rows: arms.map { arm in
                [.plain(names.name(of: arm))]
                    + shown.map { column in .plain(cells[arm]?[column].flatMap(cell) ?? "–") }
            }, pinsFirstColumn: true)
        return .table(table)
    }

    /// The table without the columns in which no arm has a figure.
    private func withoutEmptyColumns(_ table: Document.Table) -> Document.Table {
        let kept = table.columns.indices.filter { index in
            table.rows.contains { $0[index] != .plain("–") }
        }
        return .init(
            columns: kept.map { table.columns[$0] }, rows: table.rows.map { row in kept.map { row[$0] } },
            pinsFirstColumn: true)
    }
}
