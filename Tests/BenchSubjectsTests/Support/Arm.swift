import BenchDriver
import BenchResults
import BenchSubjects
import BenchWorkload
import Dispatch
import GraphData
import Synchronization

/// A subject at work on a data set, with a folder of its own.
struct Arm {
    static let all = ["strata/bump", "strata/direct", "strata/pool", "standard/direct"]

    let name: String
    let subject: any Subject
    private let dataset: MappedDataset

    /// - Parameter name: subject and strategy, such as `strata/bump`.
    init(
        _ name: String, _ dataset: MappedDataset, in folder: TestFolder, profile: String = "quick",
        configuration: [String: String] = ["cache_entries": "10"], threads: Int = 1
    ) throws {
        let parts = name.split(separator: "/")
        self.name = name
        self.dataset = dataset
        subject = try SubjectCatalog().make(
            String(parts[0]),
            SubjectContext(
                dataset: dataset, strategy: String(parts[1]), threads: threads,
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
    ///
    /// - Parameter holding: whether a reader holds on meanwhile.
    func run(
        _ phase: PhaseSpecification, _ operations: [Operation], loaded: Int, threads: Int = 1, holding: Bool = false
    ) throws -> Answer {
        try operations.withUnsafeBufferPointer { operations in
            let context = PhaseContext(
                specification: phase, threads: threads, loaded: loaded, operations: operations,
                isRepeatable: phase.roles.isEmpty)
            try subject.prepare(context)
            var result = Result<Answer, any Error>.success(Answer())
            if holding {
                try subject.hold { result = Result { try execute(operations) } }
            } else {
                result = .success(try execute(operations))
            }
            var answer = try result.get()
            answer.report = try subject.finish(context)
            return answer
        }
    }

    private func execute(_ operations: UnsafeBufferPointer<Operation>) throws -> Answer {
        var answer = Answer()
        for index in operations.indices {
            var outcome = BatchOutcome()
            try subject.execute(
                OperationBatch(
                    operations: UnsafeBufferPointer(rebasing: operations[index...index]),
                    firstIndex: UInt64(index)), into: &outcome)
            // The sizes of files are each store's own.
            outcome.bytes = 0
            answer.operations.append(outcome)
        }
        return answer
    }

    /// Does slices of operations on so many threads at once.
    ///
    /// - Returns: the digest as the driver writes it.
    func runTogether(_ phase: PhaseSpecification, _ operations: [Operation], threads: Int) throws -> UInt64 {
        let size = (operations.count + threads - 1) / threads
        let slices = (0..<threads).map { Array(operations[$0 * size..<min(($0 + 1) * size, operations.count)]) }
        let context = PhaseContext(
            specification: phase, threads: threads, loaded: 0, operations: UnsafeBufferPointer(start: nil, count: 0),
            isRepeatable: true)
        try subject.prepare(context)
        let digests = try together(slices, firstIndices: (0..<threads).map { UInt64($0 * size) })
        return try digests.reduce(subject.finish(context).digest) { $0 &+ $1 }
    }

    /// Does a phase's plan on so many threads at once, each a slice of it where it stands in memory.
    ///
    /// - Returns: the digest as the driver writes it.
    func runSlices(
        _ phase: PhaseSpecification, _ operations: [Operation], loaded: Int, threads: Int
    ) throws -> UInt64 {
        let subject = Unguarded(subject)
        return try operations.withUnsafeBufferPointer { operations in
            let context = PhaseContext(
                specification: phase, threads: threads, loaded: loaded, operations: operations, isRepeatable: true)
            try subject.value.prepare(context)
            let plan = Unguarded(operations)
            let outcomes = Mutex<[Result<UInt64, any Error>]>([])
            DispatchQueue.concurrentPerform(iterations: threads) { thread in
                let result = Result<UInt64, any Error> {
                    let slice = plan.value.count * thread / threads..<plan.value.count * (thread + 1) / threads
                    var outcome = BatchOutcome()
                    try subject.value.execute(
                        OperationBatch(
                            operations: UnsafeBufferPointer(rebasing: plan.value[slice]),
                            firstIndex: UInt64(slice.lowerBound), thread: thread), into: &outcome)
                    return outcome.digest
                }
                outcomes.withLock { $0.append(result) }
            }
            let sum = try outcomes.withLock { $0 }.reduce(0) { $0 &+ (try $1.get()) }
            return try subject.value.finish(context).digest &+ sum
        }
    }

    /// Does the operations of each role on a thread of its own, all at once.
    ///
    /// - Returns: the digest of each.
    func runRoles(_ phase: PhaseSpecification, _ roles: [[Operation]], loaded: Int) throws -> [UInt64] {
        let context = PhaseContext(
            specification: phase, threads: roles.count, loaded: loaded,
            operations: UnsafeBufferPointer(start: nil, count: 0), isRepeatable: false)
        try subject.prepare(context)
        let digests = try together(roles, firstIndices: roles.map { _ in 0 })
        _ = try subject.finish(context)
        return digests
    }

    private func together(_ slices: [[Operation]], firstIndices: [UInt64]) throws -> [UInt64] {
        let subject = Unguarded(subject)
        let outcomes = Mutex<[Result<UInt64, any Error>?]>(slices.map { _ in nil })
        DispatchQueue.concurrentPerform(iterations: slices.count) { thread in
            let result = Result<UInt64, any Error> {
                try slices[thread].withUnsafeBufferPointer { operations in
                    var outcome = BatchOutcome()
                    try subject.value.execute(
                        OperationBatch(
                            operations: operations, firstIndex: firstIndices[thread], thread: thread), into: &outcome)
                    return outcome.digest
                }
            }
            outcomes.withLock { $0[thread] = result }
        }
        return try outcomes.withLock { $0 }.map { try $0!.get() }
    }

    /// What several threads reach at once, as the driver's do.
    private struct Unguarded<Value>: @unchecked Sendable {
        let value: Value
        init(_ value: Value) { self.value = value }
    }

    /// Does operations that a test has written down, on a store with all rows.
    @discardableResult
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
