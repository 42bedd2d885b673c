import BenchResults
import BenchStatistics

/// Deterministic counts of the reduced plan: what a phase costs in instructions and allocations, whatever the weather.
struct CountsSection {
    var counts: [CountRow]

    /// The metrics in the order of their columns; others follow in the order of the file.
    private static let order = [
        "instructions", "allocations", "allocated_bytes", "temporary_allocations", "system_calls", "minor_faults",
    ]

    func blocks() -> [Document.Block] {
        guard !counts.isEmpty else { return [] }
        let metrics = RunData.unique(counts.map(\.metric)).filter { $0 != "operations" }
        let shown = Self.order.filter(metrics.contains) + metrics.filter { !Self.order.contains($0) }
        let perOperation = counts.contains { $0.metric == "operations" && $0.value > 0 }
        return [
            .heading(2, "Counts"),
            .paragraph(
                .plain(
                    "Counted on a reduced plan, each metric in a pass of its own: counts do not depend on how busy the"
                        + " machine is, but they see neither page faults nor contention and do not rank allocators. "
                        + (perOperation ? "Figures are per operation. " : "Figures are for the whole phase. ")
                        + agreement)),
            .table(
                .init(
                    columns: [
                        .init(title: "Scenario, phase", alignment: .left), .init(title: "Arm", alignment: .left),
                    ] + shown.map { .init(title: $0.replacing("_", with: " "), alignment: .right) },
                    rows: rows(shown), pinsFirstColumn: true)),
        ]
    }

    private struct Key: Hashable {
        var scenario: String
        var phase: String
        var arm: String
    }

    private func rows(_ metrics: [String]) -> [[[Document.Inline]]] {
        var order: [Key] = []
        var values: [Key: [String: [CountRow]]] = [:]
        for row in counts {
            let key = Key(scenario: row.scenario, phase: row.phase, arm: row.arm)
            if values[key] == nil { order.append(key) }
            values[key, default: [:]][row.metric, default: []].append(row)
        }
        return order.map { key in
            let own = values[key] ?? [:]
            let operations = median((own["operations"] ?? []).map(\.value)).flatMap { $0 > 0 ? $0 : nil } ?? 1
            return [.plain("\(key.scenario), \(key.phase)"), .plain(key.arm)]
                + metrics.map { metric in
                    guard let rows = own[metric], let value = median(rows.map(\.value)), let unit = rows.first?.unit
                    else { return .plain("–") }
                    let text =
                        unit == "bytes"
                        ? Unit.bytes.shortText(value / operations)
                        : Unit.count.shortText(value / operations)
                    return .plain(text)
                }
        }
    }

    /// How well repetitions agree: the reason to believe the counts.
    private var agreement: String {
        var groups: [String: [Double]] = [:]
        for row in counts where row.metric == "instructions" {
            groups["\(row.scenario)\u{0}\(row.phase)\u{0}\(row.arm)", default: []].append(row.value)
        }
        let spreads = groups.values.filter { $0.count > 1 }.compactMap { values -> Double? in
            guard let least = values.min(), let most = values.max(), least > 0 else { return nil }
            return most / least - 1
        }
        guard let worst = spreads.max() else { return "" }
        if worst == 0 { return "Repetitions agree to the instruction." }
        return "Repetitions agree within \(Unit.fixed(worst * 1e6, 1)) instructions in a million."
    }
}
