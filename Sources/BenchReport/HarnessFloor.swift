import BenchResults
import BenchVerdict

/// What the harness itself costs an operation: the subject `null` does nothing, so that its figures are the floor
/// that every other figure of the run stands on.
struct HarnessFloor {
    /// The subject that does nothing.
    static let subject = "null"

    /// Operations that read single things, by themselves: what changes the store or goes through all of it has no floor
    /// for others, and an operation that reads several counts each of them.
    private static let reads: Set<String> = [
        "get", "neighbors", "traverse", "find", "pattern", "similar", "resolve", "cache_get",
    ]

    /// The cost of an operation in a scenario's cheapest read phase.
    struct Cost: Equatable, Sendable {
        var scenario: String
        var phase: String
        /// Time of a thread for one operation, harness included.
        var nanoseconds: Double
        /// Subject to the largest share that the floor has in the same phase on the same allocator and threads.
        var shares: [(subject: String, share: Double)]

        static func == (left: Cost, right: Cost) -> Bool {
            left.scenario == right.scenario && left.phase == right.phase && left.nanoseconds == right.nanoseconds
                && left.shares.map(\.subject) == right.shares.map(\.subject)
                && left.shares.map(\.share) == right.shares.map(\.share)
        }

        /// `1.3 ns an operation in get of wordnet: 0.8 % of the time of strata, 0.1 % of standard`.
        var text: String {
            let cost = "\(Unit.nanoseconds.shortText(nanoseconds)) an operation in \(phase) of \(scenario)"
            guard !shares.isEmpty else { return cost }
            let parts = shares.enumerated().map { place, entry in
                let share = Unit.fraction.shortText(entry.share)
                return place == 0 ? "\(share) of the time of \(entry.subject)" : "\(share) of \(entry.subject)"
            }
            return "\(cost): \(parts.joined(separator: ", "))"
        }
    }

    /// The costs by scenario, in the order of the samples; empty where `null` did not run.
    static func costs(_ samples: [SampleRow]) -> [Cost] {
        let reading = samples.filter {
            $0.metric == "throughput" && $0.unit == "operations/s" && reads.contains($0.operation)
        }
        let withFloor = Set(reading.lazy.filter { $0.subject == subject }.map(\.scenario))
        return RunData.unique(reading.map(\.scenario)).filter(withFloor.contains).compactMap { scenario in
            cost(summarize(reading.filter { $0.scenario == scenario }))
        }
    }

    /// What `null` takes in each phase, in the order of the samples: the least over its arms.
    static func phases(_ samples: [SampleRow]) -> [(label: String, nanoseconds: Double)] {
        let own = samples.filter {
            $0.subject == subject && $0.metric == "throughput" && $0.unit == "operations/s" && $0.value > 0
        }
        let several = Set(own.map(\.scenario)).count > 1
        var order: [String] = []
        var least: [String: Double] = [:]
        for row in summarize(own) {
            let role = row.role.isEmpty ? "" : ", \(row.role)"
            let label = (several ? "\(row.scenario), " : "") + row.phase + role
            if least[label] == nil { order.append(label) }
            least[label] = Swift.min(least[label] ?? .infinity, nanoseconds(row))
        }
        return order.compactMap { label in least[label].map { (label, $0) } }
    }

    private static func cost(_ rows: [SummaryRow]) -> Cost? {
        let timed = rows.filter { $0.median > 0 && $0.median.isFinite }
        let floors = timed.filter { $0.subject == subject }
        guard let floor = floors.min(by: { nanoseconds($0) < nanoseconds($1) }) else { return nil }
        let others = timed.filter {
            $0.subject != subject && $0.phase == floor.phase && $0.role == floor.role
                && $0.operation == floor.operation && $0.allocator == floor.allocator
                && $0.allocatorOptions == floor.allocatorOptions && $0.threads == floor.threads
                && $0.parameters == floor.parameters
        }
        let shares = RunData.unique(others.map(\.subject)).compactMap { subject in
            others.filter { $0.subject == subject }.map(nanoseconds).min().map {
                (subject: subject, share: nanoseconds(floor) / $0)
            }
        }
        return Cost(scenario: floor.scenario, phase: floor.phase, nanoseconds: nanoseconds(floor), shares: shares)
    }

    private static func nanoseconds(_ row: SummaryRow) -> Double { Double(row.threads) * 1e9 / row.median }
}
