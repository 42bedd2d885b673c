import BenchDriver
import BenchWorkload
import GraphData
import Testing

@Suite struct NullSubjectTests {
    private let folder: TestFolder
    private let arm: Arm
    private let dataset: MappedDataset

    init() throws {
        folder = try TestFolder()
        dataset = try SharedDataset.varied.get()
        arm = try Arm("null/direct", dataset, in: folder)
    }

    @Test(arguments: OperationKind.allCases)
    func takesEveryKindAndDoesNothing(_ kind: OperationKind) throws {
        #expect(arm.subject.supports(kind))
        let phase = PhaseSpecification(kind)
        // Rows that are not there, too.
        let answer = try arm.run(
            phase, [Operation(kind: kind, limit: 3, key: 7), Operation(kind: kind, limit: 3, key: 99)], loaded: 0)
        #expect(answer.report == PhaseReport())
    }

    /// The floor is comparable with the others only if it counts what they count.
    @Test(arguments: OperationKind.allCases.filter(\.isWorking))
    func countsItemsAsTheStackDoes(_ kind: OperationKind) throws {
        let isOfStrings = kind == .intern || kind == .resolve
        let stack = try Arm(isOfStrings ? "interner/direct" : "strata/bump", dataset, in: folder)
        if kind != .insert && !isOfStrings { try stack.load() }
        if kind == .open || kind == .verify { _ = try stack.run([Operation(kind: .serialize, key: 0)]) }
        let operations = (0..<3).map { Operation(kind: kind, limit: 4, key: UInt32($0)) }
        let phase = PhaseSpecification(kind)
        let loaded = kind == .insert ? 0 : dataset.entityCount
        #expect(
            try arm.run(phase, operations, loaded: loaded).items == stack.run(phase, operations, loaded: loaded).items)
    }

    @Test func leavesTheFolderEmpty() throws {
        for kind in OperationKind.allCases { _ = try arm.run([Operation(kind: kind, key: 0)]) }
        #expect(try FolderListing.names(folder.file("scratch-null-direct")).isEmpty)
    }
}
