import BenchDriver
import BenchWorkload
import GraphData
import Testing

/// Allocating and giving back: every arm answers with the same allocations, whatever its strategy and threads.
struct SlotTests {
    /// Allocations and frees drawn at random over a few slots, so that most replace something.
    private static func operations(count: Int, slots: Int, seed: UInt64, freeing: Bool = true) -> [Operation] {
        var draws = SplitMix64(seed: seed)
        return (0..<count).map { _ in
            let key = UInt32(draws.below(UInt64(slots)))
            if freeing, draws.below(3) == 0 { return Operation(kind: .free, key: key) }
            return Operation(kind: .allocate, key: key, argument: UInt32(1 + draws.below(UInt64(4_000))))
        }
    }

    private static let phase = PhaseSpecification(
        name: "churn", operations: [WeightedOperation(.allocate, weight: 2), WeightedOperation(.free)], count: 1)

    /// The bytes that are live after operations on one thread: the model.
    private static func liveBytes(after operations: [Operation]) -> UInt64 {
        var slots: [UInt32: UInt32] = [:]
        for operation in operations {
            slots[operation.key] = operation.operationKind == .allocate ? operation.argument : nil
        }
        return slots.values.reduce(0) { $0 + UInt64($1) }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `all arms give the same answers and count the live bytes of the model`(seed: UInt64) throws {
        let folder = try TestFolder()
        let dataset = try SharedDataset.synthetic.get()
        // Enough to have arenas moved.
        let operations = Self.operations(count: 4_000, slots: dataset.entityCount, seed: seed)
        let drain = (0..<UInt32(dataset.entityCount)).map { Operation(kind: .free, key: $0) }
        var digests: [UInt64] = []
        for name in Arm.all {
            let arm = try Arm(name, dataset, in: folder)
            let churned = try arm.run(Self.phase, operations, loaded: 0)
            #expect(churned.report.liveBytes == Self.liveBytes(after: operations), "\(name), seed \(seed)")
            #expect(churned.items == UInt64(operations.count))
            digests.append(churned.digest)
            let drained = try arm.run(Self.phase, drain, loaded: 0)
            #expect(drained.report.liveBytes == 0, "\(name), seed \(seed)")
            #expect(drained.digest == 0, "what an earlier phase allocated is no answer of this one")
        }
        #expect(Set(digests).count == 1, "seed \(seed)")
    }

    @Test func `the answers are those of the operations, not of the number of threads`() throws {
        let folder = try TestFolder()
        let dataset = try SharedDataset.synthetic.get()
        let operations = Self.operations(count: 3_000, slots: dataset.entityCount, seed: 9)
        let alone = try Arm("strata/direct", dataset, in: folder).run(Self.phase, operations, loaded: 0).digest
        for name in Arm.all {
            let arm = try Arm(name, dataset, in: folder, threads: 2)
            #expect(try arm.runTogether(Self.phase, operations, threads: 2) == alone, "\(name)")
        }
    }

    @Test func `another size is another answer`() throws {
        let folder = try TestFolder()
        let dataset = try SharedDataset.synthetic.get()
        let digests = try [100, 101].map { size in
            try Arm("strata/bump", dataset, in: folder).run(
                Self.phase, [Operation(kind: .allocate, key: 3, argument: UInt32(size))], loaded: 0
            ).digest
        }
        #expect(digests[0] != digests[1])
    }
}
