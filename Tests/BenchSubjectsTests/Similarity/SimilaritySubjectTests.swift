import BenchDriver
import BenchSubjects
import BenchWorkload
import GraphData
import Testing

/// Searching for near vectors: what is exact gives the same answers, and what is not tells how much it found.
struct SimilaritySubjectTests {
    private func phase(breadth: Int = 64, k: Int = 5) -> PhaseSpecification {
        PhaseSpecification(
            name: "near", operations: [WeightedOperation(.similar)], count: 1, k: k, breadth: breadth)
    }

    private func load(_ arm: Arm, _ dataset: MappedDataset) throws -> Arm.Answer {
        let inserts = (0..<UInt32(dataset.entityCount)).map { Operation(kind: .insert, key: $0) }
        return try arm.run(
            PhaseSpecification(name: "load", operations: [WeightedOperation(.insert)]), inserts, loaded: 0)
    }

    private func queries(_ dataset: MappedDataset, k: Int = 5) -> [Operation] {
        (0..<40).map { Operation(kind: .similar, limit: UInt16(k), key: UInt32($0 * 7 % dataset.entityCount)) }
    }

    @Test func `exact searches agree with the store and the standard store`() throws {
        let folder = try TestFolder()
        let dataset = try SharedDataset.synthetic.get()
        var digests: [UInt64] = []
        for name in [
            "exact-search/direct", "quantized-search/direct", "naive-search/direct", "strata/bump", "standard/direct",
        ] {
            let arm = try Arm(name, dataset, in: folder)
            let loaded = try load(arm, dataset)
            let answer = try arm.run(phase(), queries(dataset), loaded: dataset.entityCount)
            digests.append(answer.digest)
            #expect(answer.report.isComparable)
            if name.contains("search") {
                #expect(answer.measurement("recall_at_5") == 1, "\(name)")
                let bytes = try #require(loaded.measurement("bytes_per_entity"))
                #expect(bytes >= Double(dataset.embeddingDimensions * 4), "\(name)")
            }
        }
        #expect(Set(digests).count == 1)
    }

    @Test(arguments: ["hnsw", "ivf"])
    func `an index tells how much it found, more with more breadth`(name: String) throws {
        let folder = try TestFolder()
        let dataset = try SharedDataset.synthetic.get()
        let arm = try Arm("\(name)/direct", dataset, in: folder)
        _ = try load(arm, dataset)
        var recalls: [Double] = []
        for breadth in [1, 1_000] {
            let answer = try arm.run(phase(breadth: breadth), queries(dataset), loaded: dataset.entityCount)
            #expect(!answer.report.isComparable)
            #expect(answer.digest == 0)
            recalls.append(try #require(answer.measurement("recall_at_5")))
        }
        #expect(recalls[1] == 1, "as broad as everything")
        #expect(recalls[0] <= 1)
    }

    @Test func `several threads and a graph without embeddings are refused`() throws {
        let folder = try TestFolder()
        let dataset = try SharedDataset.synthetic.get()
        let arm = try Arm("exact-search/direct", dataset, in: folder)
        _ = try load(arm, dataset)
        #expect(throws: SubjectError("`near` has several threads, and a searcher serves one")) {
            try arm.run(phase(), queries(dataset), loaded: dataset.entityCount, threads: 2)
        }
    }
}
