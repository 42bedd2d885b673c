import BenchDriver
import BenchResults
import BenchWorkload
import GraphData
import Testing

/// Readers under epochs and their floor, on nodes behind shared pointers.
struct EpochSubjectTests {
    private static let reader = RoleSpecification(
        name: "reader", threads: 1, operations: [WeightedOperation(.get)])
    private static let writer = RoleSpecification(
        name: "writer", threads: 1, operations: [WeightedOperation(.update)])
    private static let beside = PhaseSpecification(
        name: "beside", operations: reader.operations + writer.operations, durationNanoseconds: 1,
        roles: [reader, writer])

    private static func updates(_ count: Int, rows: Int) -> [Operation] {
        (0..<count).map { Operation(kind: .update, key: UInt32($0 * 7 % rows), argument: UInt32($0 + 1)) }
    }

    @Test(arguments: [1, 2] as [UInt64])
    func `a pin changes no answer`(seed: UInt64) throws {
        let folder = try TestFolder()
        let dataset = try SharedDataset.synthetic.get()
        let rows = dataset.entityCount
        let arms = try ["epochs/direct", "plain-pointer/direct"].map { try Arm($0, dataset, in: folder) }
        let loads = try arms.map { try $0.load() }
        #expect(loads[0].digest == loads[1].digest && loads[0].items == UInt64(rows))
        for phase in [PhaseSpecification(.get), PhaseSpecification(.getBatch, batch: 8)] {
            let operations = plan(phase, count: 400, entityCount: rows, loaded: rows, seed: seed)
            let answers = try arms.map { try $0.run(phase, operations, loaded: rows) }
            #expect(answers[0].operations == answers[1].operations, "\(phase.name), seed \(seed)")
            #expect(answers[0].items == UInt64(400 * (phase.has(.getBatch) ? 8 : 1)))
            #expect(
                try arms[0].runSlices(phase, operations, loaded: rows, threads: 2) == answers[0].digest,
                "\(phase.name), seed \(seed)")
        }
        #expect(!arms[1].subject.supports(.update))
    }

    @Test func `an update is what is read after it, and stays whole for readers beside it`() throws {
        let folder = try TestFolder()
        let dataset = try SharedDataset.synthetic.get()
        let rows = dataset.entityCount
        let arm = try Arm("epochs/direct", dataset, in: folder)
        try arm.load()
        let reads = (0..<rows).map { Operation(kind: .get, key: UInt32($0)) }
        let before = try arm.run(reads).operations
        _ = try arm.run([Operation(kind: .update, key: 3, argument: 77)])
        let after = try arm.run(reads).operations
        #expect(before.indices.filter { before[$0] != after[$0] } == [3])
        // Each row is read before, while and after it is replaced by nodes of the same answer.
        let same = (0..<20_000).map { Operation(kind: .update, key: UInt32($0 % rows), argument: 5) }
        _ = try arm.run(Array(same.prefix(rows)))
        let many = (0..<20_000).map { Operation(kind: .get, key: UInt32($0 % rows)) }
        let expected = try arm.run(many).operations.reduce(0) { $0 &+ $1.digest }
        #expect(try arm.runRoles(Self.beside, [many, same], loaded: rows)[0] == expected)
    }

    @Test func `what is replaced waits for a reader that holds on`() throws {
        let folder = try TestFolder()
        let dataset = try SharedDataset.synthetic.get()
        let rows = dataset.entityCount
        func retired(holding: Bool) throws -> Double {
            let arm = try Arm("epochs/direct", dataset, in: folder)
            try arm.load()
            let answer = try arm.run(
                Self.beside, Self.updates(20_000, rows: rows), loaded: rows, threads: 2, holding: holding)
            return try #require(answer.measurement("retired_bytes"))
        }
        let (free, held) = (try retired(holding: false), try retired(holding: true))
        #expect(held > 5 * free, "held \(held), free \(free)")
    }

    @Test func `a phase of reads tells the price of a pin and of a registration`() throws {
        let folder = try TestFolder()
        let dataset = try SharedDataset.varied.get()
        let arm = try Arm("epochs/direct", dataset, in: folder)
        try arm.load()
        let answer = try arm.run((0..<500).map { _ in Operation(kind: .get, key: 1) })
        for metric in ["nanoseconds_per_pin", "nanoseconds_per_thread_pin", "nanoseconds_per_registration"] {
            #expect(try #require(answer.measurement(metric)) > 0, "\(metric)")
        }
        #expect(try arm.run([Operation(kind: .getBatch, limit: 2, key: 0)]).report.measurements.isEmpty)
    }
}
