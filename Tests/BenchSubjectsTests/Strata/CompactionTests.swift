import BenchDriver
import BenchResults
import BenchWorkload
import GraphData
import Testing

/// What a store that shrank holds once its payloads were moved together.
struct CompactionTests {
    /// Enough entities that compaction is worth a pass.
    private static let dataset = Result {
        let folder = try TestFolder()
        try DatasetBuilder.build(
            SyntheticSource(
                SyntheticSpecification(
                    entities: 30_000, edgesPerEntity: 2, degreeDistribution: .uniform, propertiesPerEntity: 12,
                    distinctValues: 100, embeddingDimensions: 0, seed: 5)), at: folder.file("large"))
        return try MappedDataset(path: folder.file("large"))
    }

    /// The payloads' figures after nine in ten entities were deleted and the rest compacted.
    private func compacted(_ name: String) throws -> (answer: Arm.Answer, contents: Arm.Answer) {
        let dataset = try Self.dataset.get()
        let arm = try Arm(name, dataset, in: TestFolder())
        try arm.load()
        var draws = SplitMix64(seed: 6)
        let deletions = (0..<UInt32(dataset.entityCount)).filter { _ in draws.below(10) != 0 }
        try arm.run(deletions.map { Operation(kind: .delete, key: $0) })
        let answer = try arm.run([Operation(kind: .compact, key: 0)])
        return (answer, try arm.run([Operation(kind: .scan, key: 0)]))
    }

    @Test func `what is used for payloads is little more than what is alive`() throws {
        for name in ["strata/pool", "strata/bump"] {
            let (answer, _) = try compacted(name)
            let live = try #require(answer.report.liveBytes)
            #expect(answer.measurement("payload_live_bytes") == Double(live))
            // Rows of twelve pairs of eight bytes for a tenth of the entities, with their headers.
            #expect(live > 3_000 * 100 / 2 && live < 3_000 * 104 * 2, "\(name): \(live)")
            // The engine leaves a mebibyte of dead bytes alone, whatever the share.
            let used = try #require(answer.measurement("payload_fragmentation")) * Double(live)
            #expect(used <= Double(2 * live + UInt64(1 << 20)), "\(name): \(used) for \(live)")
            #expect(answer.report.otherResidentBytes > 30_000 * 52, "\(name)")
        }
    }

    @Test func `every strategy is left with the same entities`() throws {
        let (answer, contents) = try compacted("strata/direct")
        for name in ["strata/pool", "strata/bump"] {
            let other = try compacted(name)
            #expect(other.answer.digest == answer.digest, "\(name)")
            #expect(other.contents == contents, "\(name)")
        }
        #expect(answer.measurement("payload_live_bytes") != nil)
    }

    /// Where payloads are little beside the rest, the process's memory says nothing about them.
    @Test func `a small part is not judged by the process`() throws {
        let arm = try Arm("strata/pool", SharedDataset.synthetic.get(), in: TestFolder())
        try arm.load()
        let answer = try arm.run([Operation(kind: .compact, key: 0)])
        #expect(answer.report.liveBytes == nil && answer.report.otherResidentBytes == 0)
        #expect(answer.measurement("payload_fragmentation") != nil)
    }
}
