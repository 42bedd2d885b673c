import BenchResults
import BenchVerdict
import BenchWorkload

/// What the harness itself costs an operation: the subject `null` does nothing, so that its figures are the floor
/// that every other figure of the run stands on.
struct HarnessFloor {
    /// The subject that does nothing.
    static let subject = "null"

    /// How the operations of a phase, or of one of its roles, are done and timed.
    enum Manner: String, Sendable {
        /// In a closed loop, several by one call: what the bar is about.
        case batched = "in batches"
        /// In a closed loop, each by itself, between two looks at the clock.
        case single = "one by one"
        /// At planned times: the loop waits for them, and the time between tells nothing of its cost.
        case paced = "at planned times"
        /// A mixture whose scenario the run did not keep.
        case unknown = "not known"
    }

    /// The cost of an operation in one phase or role.
    struct Cost: Sendable {
        var scenario: String
        var phase: String
        var role: String
        var manner: Manner
        /// Time of a thread for one operation, harness included: the most of the arms. Nil where it says nothing.
        var nanoseconds: Double?
        /// Subject to the largest share that the floor has in the same place on the same allocator and threads.
        var shares: [(subject: String, share: Double)]

        /// `get of wordnet`, `readers in read-while-writing of epoch-readers`.
        var place: String { (role.isEmpty ? "" : "\(role) in ") + "\(phase) of \(scenario)" }
    }

    /// The costs by place, in the order of the samples; empty where `null` did not run.
    static func costs(_ samples: [SampleRow], workloads: [String: Scenario] = [:]) -> [Cost] {
        let rates = samples.filter { $0.metric == "throughput" && $0.unit == "operations/s" && $0.value > 0 }
        let withFloor = Set(rates.lazy.filter { $0.subject == subject }.map(\.scenario))
        let planned = Set(samples.lazy.filter { $0.metric == "planned_rate" }.map(key))
        let rows = summarize(rates.filter { withFloor.contains($0.scenario) })
        var order: [String] = []
        var floors: [String: [SummaryRow]] = [:]
        for row in rows where row.subject == subject {
            if floors[key(row)] == nil { order.append(key(row)) }
            floors[key(row), default: []].append(row)
        }
        return order.compactMap { place in
            guard let own = floors[place], let first = own.first else { return nil }
            let phase = workloads[first.scenario]?.phases.first { $0.name == first.phase }
            let role = phase?.roles.first { $0.name == first.role }
            let manner = planned.contains(place) ? .paced : manner(first, phase, role)
            // The row's threads are those of the whole phase.
            func threads(_ row: SummaryRow) -> Int? { row.role.isEmpty ? row.threads : role?.threads }
            func nanoseconds(_ row: SummaryRow) -> Double? { threads(row).map { Double($0) * 1e9 / row.median } }
            let timed = manner == .paced ? [] : own
            let others = rows.filter { $0.subject != subject && key($0) == place }
            var most: [String: Double] = [:]
            for floor in timed {
                for other in others where isPartner(other, floor) {
                    most[other.subject] = Swift.max(most[other.subject] ?? 0, other.median / floor.median)
                }
            }
            return Cost(
                scenario: first.scenario, phase: first.phase, role: first.role, manner: manner,
                nanoseconds: timed.compactMap(nanoseconds).max(),
                shares: RunData.unique(others.map(\.subject)).compactMap { name in most[name].map { (name, $0) } })
        }
    }

    private static func manner(
        _ row: SummaryRow, _ phase: PhaseSpecification?, _ role: RoleSpecification?
    ) -> Manner {
        if let operations = role?.operations ?? phase?.operations {
            if (role?.arrival ?? phase?.arrival) != nil { return .paced }
            return operations.allSatisfy { $0.kind.batchSize > 1 } ? .batched : .single
        }
        guard let kind = OperationKind(name: row.operation) else { return .unknown }
        return kind.batchSize > 1 ? .batched : .single
    }

    private static func isPartner(_ other: SummaryRow, _ floor: SummaryRow) -> Bool {
        other.operation == floor.operation && other.allocator == floor.allocator
            && other.allocatorOptions == floor.allocatorOptions && other.threads == floor.threads
            && other.parameters == floor.parameters
    }

    private static func key(_ row: SampleRow) -> String { "\(row.scenario)\u{0}\(row.phase)\u{0}\(row.role)" }

    private static func key(_ row: SummaryRow) -> String { "\(row.scenario)\u{0}\(row.phase)\u{0}\(row.role)" }
}
