import BenchResults
import BenchVerdict
import BenchWorkload

/// What the charts and the report are made of: the run's tables, read once.
struct RunData {
    /// The latencies of an operation of an arm in a phase.
    struct Histogram: Equatable, Sendable {
        var scenario: String
        var phase: String
        var role: String
        var operation: String
        var curve: PercentileChart.Curve
    }

    /// The run's name.
    var name: String
    var samples: [SampleRow]
    var timeline: [TimelineRow] = []
    var histograms: [Histogram] = []
    var targets: [TargetRow] = []
    var environment: Environment?
    var verdict: VerdictDocument?
    /// The exact arguments of the run, or nil when they are not in its folder.
    var command: String?
    var tolerances = Tolerances()
    /// How each block went, repeated ones too; empty when the run did not write it down.
    var blockRows: [BlockRow] = []
    /// Counts of the reduced plan.
    var counts: [CountRow] = []
    /// What a gate came to, or nil when the run was none.
    var gate: GateDocument?
    /// What was run, by name, as far as the run kept it in a form that this version reads.
    var workloads: [String: Scenario] = [:]

    /// The scenarios in the order of the samples.
    var scenarios: [String] { Self.unique(samples.map(\.scenario)) }

    /// The phases of a scenario in the order of the samples.
    func phases(of scenario: String) -> [String] {
        Self.unique(samples.lazy.filter { $0.scenario == scenario }.map(\.phase))
    }

    /// The arms of a scenario by name.
    func names(of scenario: String) -> ArmNames {
        var threads: [String: Set<Int>] = [:]
        var arms: Set<ArmKey> = []
        for row in samples where row.scenario == scenario {
            threads["\(row.phase)\u{0}\(row.role)", default: []].insert(row.threads)
            arms.insert(row.arm)
        }
        return ArmNames(arms, threadsVary: threads.values.contains { $0.count > 1 })
    }

    /// The allocator that the others of a scenario are compared with: the machine's own where it ran.
    func referenceAllocator(of names: ArmNames) -> String? {
        let plain = names.arms.filter { $0.allocatorOptions.isEmpty }
        return (plain.first { $0.allocator == "glibc" } ?? plain.first)?.allocator
    }

    static func unique(_ labels: some Sequence<String>) -> [String] {
        var seen: Set<String> = []
        return labels.filter { seen.insert($0).inserted }
    }
}

/// Names the rows of a phase, with what tells several rows of one phase apart.
struct RowLabels {
    private let operations: [String: Set<String>]

    init(_ keys: some Sequence<(phase: String, role: String, operation: String)>) {
        var operations: [String: Set<String>] = [:]
        for key in keys { operations["\(key.phase)\u{0}\(key.role)", default: []].insert(key.operation) }
        self.operations = operations
    }

    func label(phase: String, role: String, operation: String) -> String {
        var parts = [phase]
        if !role.isEmpty { parts.append(role) }
        if let known = operations["\(phase)\u{0}\(role)"], known.count > 1 { parts.append(operation) }
        return parts.joined(separator: ", ")
    }
}
