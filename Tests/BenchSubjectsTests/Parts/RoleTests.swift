import BenchDriver
import BenchWorkload
import GraphData
import Synchronization
import Testing

/// Phases with roles: readers beside one writer, and a reader that holds on.
struct RoleTests {
    private static let readers = RoleSpecification(
        name: "readers", threads: 1, operations: [WeightedOperation(.get, weight: 3), WeightedOperation(.neighbors)])
    private static let writer = RoleSpecification(
        name: "writer", threads: 1, operations: [WeightedOperation(.update), WeightedOperation(.replace)])

    private static let phase = PhaseSpecification(
        name: "beside", operations: readers.operations + writer.operations, durationNanoseconds: 1,
        roles: [readers, writer])

    private static func reads(_ count: Int, rows: Int) -> [Operation] {
        (0..<count).map { Operation(kind: $0 % 4 == 0 ? .neighbors : .get, key: UInt32($0 % rows)) }
    }

    /// Each row gets a value in place, or a new row of properties, in turn.
    private static func writes(_ count: Int, rows: Int) -> [Operation] {
        (0..<count).map { place in
            Operation(
                kind: place % 2 == 0 ? .replace : .update, key: UInt32(place * 7 % rows), argument: UInt32(place + 1))
        }
    }

    /// Only what leaves something behind.
    private static func replacements(_ count: Int, rows: Int) -> [Operation] {
        (0..<count).map { Operation(kind: .replace, key: UInt32($0 * 7 % rows), argument: UInt32($0 + 1)) }
    }

    @Test func `readers answer as without roles, before and after all records were replaced`() throws {
        let folder = try TestFolder()
        let dataset = try SharedDataset.synthetic.get()
        let rows = dataset.entityCount
        for name in Arm.all {
            let arm = try Arm(name, dataset, in: folder)
            try arm.load()
            let reads = Self.reads(400, rows: rows)
            let expected = try arm.run(reads).operations
            let mixed = reads + Self.writes(3 * rows, rows: rows) + reads
            let answer = try arm.run(Self.phase, mixed, loaded: rows, threads: 2)
            let digests = answer.operations.map(\.digest)
            #expect(digests.prefix(400).elementsEqual(expected.map(\.digest)), "\(name)")
            // Answers are hashed with their places: ask again where they stand now.
            let again = try Arm(name, dataset, in: folder)
            try again.load()
            let late = try again.run(Self.phase, Array(mixed[..<(400 + 3 * rows)]) + reads, loaded: rows, threads: 2)
            #expect(late.operations.suffix(400).map(\.digest) == digests.suffix(400), "\(name)")
        }
    }

    @Test(arguments: ["strata/bump", "strata/direct", "strata/pool", "standard/direct"])
    func `a reader beside a writer sees whole records`(name: String) throws {
        let folder = try TestFolder()
        let dataset = try SharedDataset.synthetic.get()
        let rows = dataset.entityCount
        let arm = try Arm(name, dataset, in: folder)
        try arm.load()
        let reads = Self.reads(20_000, rows: rows)
        let expected = try arm.run(reads).operations.reduce(0) { $0 &+ $1.digest }
        let seen = try arm.runRoles(
            Self.phase, [reads, Self.writes(20_000, rows: rows)], loaded: rows)
        #expect(seen[0] == expected)
    }

    @Test func `what is replaced waits for a reader that holds on`() throws {
        let folder = try TestFolder()
        let dataset = try SharedDataset.synthetic.get()
        let rows = dataset.entityCount
        func retired(holding: Bool) throws -> Double {
            let arm = try Arm("strata/direct", dataset, in: folder)
            try arm.load()
            let answer = try arm.run(
                Self.phase, Self.replacements(20_000, rows: rows), loaded: rows, threads: 2, holding: holding)
            return try #require(answer.measurement("retired_bytes"))
        }
        let (free, held) = (try retired(holding: false), try retired(holding: true))
        #expect(held > 5 * free, "held \(held), free \(free)")
    }

    /// Without a stalled reader the limit is never in the way; with one, updates are refused before it is passed.
    @Test(arguments: ["strata/bump", "strata/direct", "strata/pool"], [false, true])
    func `garbage stays below its limit`(name: String, holding: Bool) throws {
        let folder = try TestFolder()
        let dataset = try SharedDataset.synthetic.get()
        let rows = dataset.entityCount
        let arm = try Arm(name, dataset, in: folder, configuration: ["garbage_limit": "200000"])
        try arm.load()
        let answer = try arm.run(
            Self.phase, Self.replacements(20_000, rows: rows), loaded: rows, threads: 2, holding: holding)
        #expect(answer.measurement("retired_bytes_over_limit") == 0)
        let refused = try #require(answer.measurement("refused_updates"))
        // What a bump area holds waits only when all of it is dead, so less comes near the limit there.
        #expect(holding ? refused > (name == "strata/bump" ? 0 : 10_000) : refused == 0, "\(refused)")
        if holding { #expect(try #require(answer.measurement("retired_bytes")) > 100_000) }
        // Refused or not, all records are there.
        let reads = Self.reads(400, rows: rows)
        let expected = try arm.run(reads).operations.map(\.digest)
        #expect(try arm.run(Self.phase, reads, loaded: rows, threads: 2).operations.map(\.digest) == expected)
    }

    /// What a writer leaves behind in a phase with roles is what it leaves behind alone.
    @Test(arguments: Arm.all) func `writes beside readers change the store`(name: String) throws {
        let folder = try TestFolder()
        let dataset = try SharedDataset.synthetic.get()
        let rows = dataset.entityCount
        let writes = Self.writes(500, rows: rows)
        let finds = (0..<rows).map { Operation(kind: .find, key: UInt32($0), argument: 0) }
        let (beside, alone) = (try Arm(name, dataset, in: folder), try Arm(name, dataset, in: folder))
        try beside.load()
        try alone.load()
        let before = try alone.run(finds)
        _ = try beside.run(Self.phase, writes, loaded: rows, threads: 2)
        try alone.run(writes)
        let after = try alone.run(finds)
        #expect(try beside.run(finds) == after)
        #expect(before != after)
    }

    @Test func `a reader that comes for one call answers as one that stays`() throws {
        let folder = try TestFolder()
        let dataset = try SharedDataset.synthetic.get()
        let rows = dataset.entityCount
        let visitors = RoleSpecification(
            name: "visitors", threads: 1, operations: [WeightedOperation(.getBatch)], batch: 9)
        let phase = PhaseSpecification(
            name: "beside", operations: visitors.operations + Self.writer.operations, durationNanoseconds: 1,
            roles: [visitors, Self.writer])
        let visits = plan(phase.specification(of: visitors), count: 300, entityCount: rows, loaded: rows, seed: 2)
        for name in Arm.all {
            let arm = try Arm(name, dataset, in: folder)
            try arm.load()
            let stayed = try arm.run(PhaseSpecification(.getBatch, batch: 9), visits, loaded: rows)
            let came = try arm.run(phase, visits, loaded: rows, threads: 2)
            #expect(came.operations == stayed.operations, "\(name)")
            #expect(came.items == 2_700, "\(name)")
        }
    }
}
