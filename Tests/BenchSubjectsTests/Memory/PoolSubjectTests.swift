import BenchDriver
import BenchWorkload
import GraphData
import Testing

/// The pool by itself: the answers of the allocator, and figures of its own.
struct PoolSubjectTests {
    @Test(arguments: [1, 2], [1, 2] as [UInt64])
    func `a pool answers as the allocator does`(threads: Int, seed: UInt64) throws {
        let folder = try TestFolder()
        let dataset = try SharedDataset.synthetic.get()
        let phase = PhaseSpecification(
            name: "churn", operations: [WeightedOperation(.allocate, weight: 3), WeightedOperation(.free)], count: 1,
            sizes: .logNormal(mean: 4.2, deviation: 0.9, 1, 40_000), remoteFrees: 0.25)
        let operations = plan(phase, count: 9_000, entityCount: dataset.entityCount, loaded: 0, seed: seed)
        let digests = try ["size-class-pool/direct", "malloc/direct", "strata/bump"].map { name in
            try Arm(name, dataset, in: folder, threads: threads).runTogether(phase, operations, threads: threads)
        }
        #expect(Set(digests).count == 1, "seed \(seed)")
    }

    @Test func `a pool tells how much it used again`() throws {
        let folder = try TestFolder()
        let dataset = try SharedDataset.varied.get()
        let arm = try Arm("size-class-pool/direct", dataset, in: folder)
        let answer = try arm.run((0..<1_000).map { _ in Operation(kind: .allocate, key: 1, argument: 48) })
        #expect(try #require(answer.measurement("pool_reuse_share")) > 0.5)
        #expect(answer.measurement("pool_cached_bytes") != nil)
        #expect(answer.report.liveBytes == 48)
        // An allocator knows nothing of the kind.
        let malloc = try Arm("malloc/direct", dataset, in: folder)
        #expect(try malloc.run([Operation(kind: .allocate, key: 1, argument: 48)]).report.measurements.isEmpty)
    }
}
