import BenchDriver
import BenchResults
import BenchWorkload
import GraphData
import Testing

@testable import BenchSubjects

/// The slot map and its floor: the same answers from both, and stale keys that are noticed.
struct SlotMapTests {
    private static let arms = ["slot-map/direct", "vector/direct"]
    private static let churn = PhaseSpecification(
        name: "stale-keys", operations: [WeightedOperation(.update), WeightedOperation(.get)], count: 1)

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `both give the answers of the model`(seed: UInt64) throws {
        let folder = try TestFolder()
        let dataset = try SharedDataset.synthetic.get()
        let rows = dataset.entityCount
        let arms = try Self.arms.map { try Arm($0, dataset, in: folder) }
        var revisions = [UInt32](repeating: 4, count: rows)
        func run(_ phase: PhaseSpecification, _ count: Int, at location: SourceLocation = #_sourceLocation) throws {
            let operations = plan(phase, count: count, entityCount: rows, loaded: rows, seed: seed)
            let answers = try arms.map { try $0.run(phase, operations, loaded: rows) }
            #expect(answers[0].operations == answers[1].operations, "seed \(seed)", sourceLocation: location)
            #expect(
                answers[0].report.digest == answers[1].report.digest, "seed \(seed)", sourceLocation: location)
            for (index, operation) in operations.enumerated() {
                let row = Int(operation.key)
                let expected: UInt64
                switch operation.operationKind! {
                case .update:
                    revisions[row] = operation.argument
                    expected = UInt64(row)
                case .get: expected = UInt64(row) ^ UInt64(revisions[row]) << 32
                default: continue
                }
                #expect(
                    answers[0].operations[index].digest == AnswerHash.operation(UInt64(index), expected),
                    "seed \(seed), operation \(index)", sourceLocation: location)
            }
        }
        let inserts = (0..<rows).map { Operation(kind: .insert, key: UInt32($0)) }
        for arm in arms {
            let answer = try arm.run(PhaseSpecification(.insert), inserts, loaded: 0)
            #expect(answer.items == UInt64(rows))
            #expect(try #require(answer.measurement("bytes_per_entity")) >= 48)
        }
        for _ in 0..<2 {
            try run(PhaseSpecification(.get), 300)
            try run(PhaseSpecification(.getBatch, batch: 7), 50)
            try run(PhaseSpecification(.scan), 1)
            try run(PhaseSpecification(.update), 2 * rows)
            try run(Self.churn, 600)
        }
        let scans = try arms.map { try $0.run([Operation(kind: .scan, key: 0)]) }
        #expect(scans[0].items == UInt64(rows) && scans[0].operations == scans[1].operations)
    }

    @Test func `an update changes what is read and scanned`() throws {
        let folder = try TestFolder()
        let dataset = try SharedDataset.varied.get()
        for name in Self.arms {
            let arm = try Arm(name, dataset, in: folder)
            try arm.load()
            let reads = [Operation(kind: .get, key: 1), Operation(kind: .get, key: 2)]
            let batch = [Operation(kind: .getBatch, limit: 5, key: 0)]
            let before = try arm.run(reads).operations
            let batchBefore = try arm.run(PhaseSpecification(.getBatch), batch, loaded: dataset.entityCount).digest
            let scanBefore = try arm.run([Operation(kind: .scan, key: 0)]).digest
            _ = try arm.run([Operation(kind: .update, key: 1, argument: 9)])
            let after = try arm.run(reads).operations
            #expect(after[0] != before[0] && after[1] == before[1], "\(name)")
            #expect(
                try arm.run(PhaseSpecification(.getBatch), batch, loaded: dataset.entityCount).digest != batchBefore)
            #expect(try arm.run([Operation(kind: .scan, key: 0)]).digest != scanBefore)
        }
    }

    /// Reading goes on in the plan where the batch stands in memory, whatever its index: a phase with a duration goes
    /// round its plan.
    @Test func `the answers do not depend on the number of threads`() throws {
        let folder = try TestFolder()
        let dataset = try SharedDataset.synthetic.get()
        let rows = dataset.entityCount
        for name in Self.arms {
            let arm = try Arm(name, dataset, in: folder)
            try arm.load()
            for phase in [PhaseSpecification(.get), PhaseSpecification(.getBatch, batch: 9)] {
                let operations = plan(phase, count: 900, entityCount: rows, loaded: rows, seed: 5)
                let alone = try arm.run(phase, operations, loaded: rows).digest
                #expect(try arm.runSlices(phase, operations, loaded: rows, threads: 2) == alone, "\(name)")
            }
        }
    }

    @Test func `a phase that updates and reads counts stale reads`() throws {
        let folder = try TestFolder()
        let dataset = try SharedDataset.synthetic.get()
        let rows = dataset.entityCount
        let operations = plan(Self.churn, count: 5_000, entityCount: rows, loaded: rows, seed: 3)
        let map = try Arm("slot-map/direct", dataset, in: folder)
        try map.load()
        let answer = try map.run(Self.churn, operations, loaded: rows)
        #expect(answer.measurement("stale_reads") == 0)
        // So few operations say nothing about a billion.
        #expect(answer.measurement("stale_reads_in_a_billion") == nil)
        // The floor knows no stale keys and says nothing of them.
        let vector = try Arm("vector/direct", dataset, in: folder)
        try vector.load()
        #expect(try vector.run(Self.churn, operations, loaded: rows).measurement("stale_reads") == nil)
    }

    /// A store whose handles outlive their records.
    private struct Dangling: RecordStore, ~Copyable {
        private var records = VectorRecords()
        static var knowsStaleHandles: Bool { true }
        var count: Int { records.count }
        var reservedBytes: Int { records.reservedBytes }
        mutating func insert(_ record: MemoryRecord) throws(SubjectError) -> UInt32 { try records.insert(record) }
        mutating func replace(_ handle: UInt32, with record: MemoryRecord) throws(SubjectError) -> UInt32? {
            try records.replace(handle, with: record)
        }
        borrowing func record(_ handle: UInt32) -> UnsafePointer<MemoryRecord>? { records.record(handle) }
        borrowing func forEach(
            _ handles: UnsafeBufferPointer<UInt32>, _ body: (Int, UnsafePointer<MemoryRecord>?) -> Void
        ) { records.forEach(handles, body) }
        borrowing func forEach(_ body: (UnsafePointer<MemoryRecord>) -> Void) { records.forEach(body) }
    }

    @Test func `a key that outlives its record is a stale read`() throws {
        var run = try SlotRun(Dangling(), rows: 3)
        func execute(_ phase: PhaseSpecification, _ operations: [Operation]) throws -> PhaseReport {
            try operations.withUnsafeBufferPointer { operations in
                let context = PhaseContext(
                    specification: phase, threads: 1, loaded: 3, operations: operations, isRepeatable: true)
                try run.prepare(context)
                var outcome = BatchOutcome()
                try run.change(OperationBatch(operations: operations, firstIndex: 0), into: &outcome)
                return run.finish(context)
            }
        }
        _ = try execute(PhaseSpecification(.insert), (0..<3).map { Operation(kind: .insert, key: $0) })
        let report = try execute(
            Self.churn, [Operation(kind: .update, key: 1, argument: 1), Operation(kind: .get, key: 1)])
        #expect(report.measurements.first { $0.metric == "stale_reads" }?.value == 1)
    }

    @Test func `what a slot map by itself cannot do is said`() throws {
        let folder = try TestFolder()
        let dataset = try SharedDataset.varied.get()
        let arm = try Arm("slot-map/direct", dataset, in: folder)
        try arm.load()
        let mixed = PhaseSpecification(
            name: "mixed", operations: [WeightedOperation(.get), WeightedOperation(.getBatch)], count: 1)
        let error = #expect(throws: SubjectError.self) { try arm.run(mixed, [], loaded: dataset.entityCount) }
        #expect(error?.message == "`mixed` mixes kinds of reading; give each a phase of its own")
        let reader = RoleSpecification(name: "reader", threads: 1, operations: [WeightedOperation(.get)])
        let roles = PhaseSpecification(
            name: "beside", operations: reader.operations, durationNanoseconds: 1, roles: [reader])
        #expect(throws: SubjectError.self) { try arm.run(roles, [], loaded: dataset.entityCount) }
    }
}
