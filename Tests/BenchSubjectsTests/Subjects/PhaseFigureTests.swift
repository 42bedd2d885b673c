import BenchDriver
import BenchResults
import BenchWorkload
import GraphData
import Testing

/// What subjects count and report beside their answers.
@Suite struct PhaseFigureTests {
    private let folder: TestFolder
    private let dataset: MappedDataset

    init() throws {
        folder = try TestFolder()
        dataset = try SharedDataset.varied.get()
    }

    private func items(_ arm: Arm, _ kind: OperationKind, limit: UInt16 = 0) throws -> UInt64 {
        try arm.run([Operation(kind: kind, limit: limit, key: 1), Operation(kind: kind, limit: limit, key: 2)]).items
    }

    @Test(arguments: Arm.all) func items(_ name: String) throws {
        let arm = try Arm(name, dataset, in: folder)
        let entities = UInt64(dataset.entityCount)
        #expect(try arm.load().items == entities)
        for kind in [OperationKind.get, .neighbors, .traverse, .find, .similar, .update] {
            #expect(try items(arm, kind, limit: 2) == 2, "\(kind.name)")
        }
        #expect(try items(arm, .getBatch, limit: 7) == 14)
        for kind in [OperationKind.scan, .serialize] { #expect(try items(arm, kind) == 2 * entities, "\(kind.name)") }
        #expect(try items(arm, .delete) == 2)
        #expect(try items(arm, .scan) == 2 * (entities - 2))
    }

    /// Verifying is counted in entities of the file.
    @Test func verifyCountsEntities() throws {
        let arm = try Arm("strata/bump", dataset, in: folder)
        try arm.load()
        _ = try arm.run([Operation(kind: .serialize, key: 0)])
        _ = try arm.run([Operation(kind: .delete, key: 0)])
        #expect(try arm.run([Operation(kind: .verify, key: 0)]).items == UInt64(dataset.entityCount))
    }

    @Test func theStackTellsItsMemoryAfterInsertions() throws {
        for name in ["strata/bump", "strata/direct"] {
            let arm = try Arm(name, dataset, in: folder)
            let report = try arm.load()
            let bytes = try #require(report.measurement("store_bytes"))
            #expect(report.measurement("bytes_per_entity") == bytes / Double(dataset.entityCount))
            for metric in ["payload_live_bytes", "interner_bytes", "unique_strings"] {
                #expect(try #require(report.measurement(metric)) > 0, "\(metric)")
            }
            #expect(report.report.measurements.allSatisfy { $0.value.isFinite })
            #expect(try arm.run([Operation(kind: .get, key: 0)]).report == PhaseReport())
        }
    }

    @Test func theHitRatioIsThePhases() throws {
        let arm = try Arm("strata/bump", dataset, in: folder)
        try arm.load()
        func ratio(_ keys: [UInt32]) throws -> Double? {
            try arm.run(keys.map { Operation(kind: .similar, limit: 3, key: $0) }).measurement("hit_ratio")
        }
        // Entities 0, 1 and 10 ask for the same vector, but each without itself.
        #expect(try ratio([0, 1, 10, 0]) == 0.25)
        #expect(try ratio([0, 1, 10, 0]) == 1)
        #expect(try ratio([2]) == nil)
    }

    @Test func aSnapshotTellsItsSize() throws {
        let arm = try Arm("strata/bump", dataset, in: folder)
        try arm.load()
        let answer = try arm.run([Operation(kind: .serialize, key: 0)])
        #expect(answer.measurement("serialized_entities") == Double(dataset.entityCount))
        #expect(try #require(answer.measurement("snapshot_bytes")) > 1_000)
    }

    /// The draws of a batch are among the rows that are loaded.
    @Test(arguments: Arm.all) func batchesReadLoadedRows(_ name: String) throws {
        let loaded = 4
        func answer(_ dataset: MappedDataset) throws -> Arm.Answer {
            let arm = try Arm(name, dataset, in: folder)
            _ = try arm.run(
                PhaseSpecification(.insert), (0..<loaded).map { Operation(kind: .insert, key: UInt32($0)) }, loaded: 0)
            let phase = PhaseSpecification(.getBatch, batch: 6)
            let operations = plan(phase, count: 30, entityCount: dataset.entityCount, loaded: loaded, seed: 9)
            return try arm.run(phase, operations, loaded: loaded)
        }
        // The rows behind them make no difference.
        var shorter = TestGraph.varied
        shorter.entities[0].relationships = Array(repeating: ("knows", 1), count: 12)
        var longer = shorter
        shorter.entities.removeSubrange(4...)
        longer.entities.append(contentsOf: longer.entities)
        #expect(
            try answer(shorter.dataset(in: folder, "shorter")).operations
                == answer(longer.dataset(in: folder, "longer")).operations)
    }

    /// A mixture may come to no file at all.
    @Test(arguments: Arm.all) func aMixtureThatDrewNoFile(_ name: String) throws {
        let arm = try Arm(name, dataset, in: folder)
        try arm.load()
        let phase = PhaseSpecification(
            name: "mixed", operations: [WeightedOperation(.get, weight: 99), WeightedOperation(.serialize)])
        let answer = try arm.run(phase, [Operation(kind: .get, key: 0)], loaded: dataset.entityCount)
        #expect(answer.items == 1)
        #expect(answer.report == PhaseReport())
    }
}
