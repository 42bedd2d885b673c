import BenchDriver
import BenchWorkload
import Foundation
import GraphData
import Testing

@testable import BenchSubjects

/// Phases whose store is a file give the answers that the store gives in memory.
@Suite struct SnapshotPhaseTests {
    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    private static let kinds: [OperationKind] = [.get, .getBatch, .neighbors, .find, .scan]

    /// Whether files here have a place outside the page cache.
    private static let hasDisk: Bool = {
        guard let folder = try? TestFolder() else { return false }
        let path = folder.file("probe")
        guard FileManager.default.createFile(atPath: path, contents: Data(count: 1 << 20)) else { return false }
        return (try? PageCache.drop(path)) != nil
    }()

    private func operations(_ kind: OperationKind, _ dataset: MappedDataset) -> [BenchWorkload.Operation] {
        if kind == .scan { return [0, 1].map { BenchWorkload.Operation(kind: .scan, key: $0) } }
        return (0..<dataset.entityCount).map {
            BenchWorkload.Operation(kind: kind, limit: 70, key: UInt32($0), argument: UInt32($0) &* 7)
        }
    }

    private func expectAgreement(_ arm: Arm, _ dataset: MappedDataset, _ comment: Comment) throws {
        for kind in Self.kinds {
            let operations = operations(kind, dataset)
            var phase = PhaseSpecification(kind)
            let expected = try arm.run(phase, operations, loaded: dataset.entityCount)
            for store in [StoreForm.snapshot, .packedSnapshot] + (Self.hasDisk ? [.coldSnapshot] : []) {
                phase.store = store
                let answer = try arm.run(phase, operations, loaded: dataset.entityCount)
                #expect(answer.operations == expected.operations, "\(kind.name) of \(store.rawValue), \(comment)")
                #expect(answer.report.digest == 0)
                let cached = try #require(answer.measurement("cached_share"))
                #expect(store == .coldSnapshot ? cached <= 0.01 : cached > 0.99, "\(kind.name)")
            }
        }
    }

    @Test func filesAnswerAsTheMemoryDoes() throws {
        for dataset in try [SharedDataset.varied.get(), SharedDataset.synthetic.get()] {
            let arm = try Arm("strata/bump", dataset, in: folder)
            try arm.load()
            try expectAgreement(arm, dataset, "loaded")
            // The file is written again when the store has changed, and ids are then no positions.
            for kind in [OperationKind.update, .delete] {
                _ = try arm.run(
                    stride(from: 0, to: dataset.entityCount, by: 3).map {
                        BenchWorkload.Operation(kind: kind, key: UInt32($0), argument: 5)
                    })
                try expectAgreement(arm, dataset, "after \(kind.name)")
            }
        }
    }

    @Test func scansAreMeasuredAgainstTheMemory() throws {
        let dataset = try SharedDataset.synthetic.get()
        let arm = try Arm("strata/bump", dataset, in: folder)
        try arm.load()
        var phase = PhaseSpecification(.scan)
        phase.store = .snapshot
        let answer = try arm.run(phase, operations(.scan, dataset), loaded: dataset.entityCount)
        for metric in ["first_scan_throughput", "memory_bandwidth_share"] {
            #expect(try #require(answer.measurement(metric)) > 0, "\(metric)")
        }
        phase = PhaseSpecification(.get)
        phase.store = .snapshot
        let gets = try arm.run(phase, operations(.get, dataset), loaded: dataset.entityCount)
        #expect(try #require(gets.measurement("dependent_misses_per_get")) > 0)
    }

    @Test func theDiskIsMeasuredBesideAWrite() throws {
        let dataset = try SharedDataset.synthetic.get()
        let arm = try Arm("strata/bump", dataset, in: folder)
        try arm.load()
        let answer = try arm.run([BenchWorkload.Operation(kind: .serialize, key: 0)])
        #expect(try #require(answer.measurement("disk_bandwidth")) > 0)
        #expect(try #require(answer.measurement("disk_bandwidth_share")) > 0)
        // Nothing of it stays.
        #expect(try FolderListing.names(folder.file("scratch-strata-bump")) == ["store.strata"])
    }

    @Test func aFileThatIsNotThereIsAnError() {
        #expect(throws: SubjectError.self) { try PageCache.drop(folder.file("absent")) }
        #expect(throws: SubjectError.self) { try PageCache.share(of: folder.file("absent")) }
    }
}
