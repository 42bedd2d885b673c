import BenchDriver
import BenchResults
import BenchSubjects
import BenchWorkload
import GraphData

/// A subject at work on a data set, with a folder of its own.
struct Arm {
    static let all = ["strata/bump", "strata/direct", "standard/direct"]

    let name: String
    let subject: any Subject
    private let dataset: MappedDataset

    /// - Parameter name: subject and strategy, such as `strata/bump`.
    init(
        _ name: String, _ dataset: MappedDataset, in folder: TestFolder, profile: String = "quick",
        configuration: [String: String] = [:]
    ) throws {
        let parts = name.split(separator: "/")
        self.name = name
        self.dataset = dataset
        subject = try SubjectCatalog().make(
            String(parts[0]),
            SubjectContext(
                dataset: dataset, strategy: String(parts[1]),
                scratchDirectory: try folder.folder("scratch-\(parts[0])-\(parts[1])"),
                configuration: configuration, seed: 1, profile: profile))
    }

    /// What a phase came to.
    struct Answer: Equatable {
        /// After each operation alone: the digest that it added, and the items.
        var operations: [BatchOutcome] = []
        var report = PhaseReport()

        /// The digest as the driver writes it.
        var digest: UInt64 { operations.reduce(report.digest) { $0 &+ $1.digest } }
        var items: UInt64 { operations.reduce(0) { $0 + $1.items } }

        func measurement(_ metric: String) -> Double? { report.measurements.first { $0.metric == metric }?.value }
    }

    /// Does the operations of a phase, one a batch, as the driver does between `prepare` and `finish`.
    func run(_ phase: PhaseSpecification, _ operations: [Operation], loaded: Int) throws -> Answer {
        try operations.withUnsafeBufferPointer { operations in
            let context = PhaseContext(
                specification: phase, threads: 1, loaded: loaded, operations: operations, isRepeatable: true)
            try subject.prepare(context)
            var answer = Answer()
            for index in operations.indices {
                var outcome = BatchOutcome()
                try subject.execute(
                    OperationBatch(
                        operations: UnsafeBufferPointer(rebasing: operations[index...index]),
                        firstIndex: UInt64(index)), into: &outcome)
                answer.operations.append(outcome)
            }
            answer.report = try subject.finish(context)
            return answer
        }
    }

    /// Does operations of one kind that a test has written down, on a store with all rows.
    func run(_ operations: [Operation]) throws -> Answer {
        let kinds = Set(operations.compactMap(\.operationKind))
        let phase = PhaseSpecification(name: "by-hand", operations: kinds.map { WeightedOperation($0) })
        return try run(phase, operations, loaded: dataset.entityCount)
    }

    /// Inserts all rows.
    @discardableResult
    func load() throws -> Answer {
        try run((0..<dataset.entityCount).map { Operation(kind: .insert, key: UInt32($0)) })
    }
}

extension PhaseSpecification {
    /// A phase of operations of one kind.
    init(
        _ kind: OperationKind, count: Int? = nil, keys: KeyDistribution = .uniform, depth: Int = 2, k: Int = 10,
        batch: Int = 5
    ) {
        self.init(
            name: kind.name, operations: [WeightedOperation(kind)], count: count, keys: keys, depth: depth, k: k,
            batch: batch)
    }
}

/// The planned operations of a phase.
func plan(_ phase: PhaseSpecification, count: Int, entityCount: Int, loaded: Int, seed: UInt64) -> [Operation] {
    [Operation](unsafeUninitializedCapacity: count) { buffer, initialized in
        ExecutionPlan.operations(
            for: phase, entityCount: entityCount, seed: seed, loaded: loaded,
            into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
        initialized = count
    }
}
