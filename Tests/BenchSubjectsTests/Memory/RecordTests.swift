import BenchDriver
import BenchResults
import BenchWorkload
import GraphData
import Testing

@testable import BenchSubjects

/// Records that are written one after the other and taken back at once, in an arena and behind a raw pointer.
struct RecordTests {
    private static let arms = ["bump-arena/direct", "raw-pointer/direct", "malloc/direct", "strata/bump"]

    private static func phase(
        keys: KeyDistribution = .sequential, sizes: SizeDistribution = .fixed(48)
    ) -> PhaseSpecification {
        PhaseSpecification(
            name: "allocate", operations: [WeightedOperation(.allocate)], count: 1, keys: keys, sizes: sizes)
    }

    /// The rounds may end anywhere: in the first one, at a row's end, in the middle.
    @Test(arguments: [1, 39, 40, 41, 100, 2_000])
    func `an arena, a pointer and an allocator answer with the same allocations`(count: Int) throws {
        let folder = try TestFolder()
        let dataset = try TestGraph(entities: Array(repeating: TestGraph.Entity(), count: 40)).dataset(in: folder)
        var answers: [UInt64] = []
        for name in Self.arms {
            let operations = plan(Self.phase(), count: count, entityCount: 40, loaded: 0, seed: 1)
            let answer = try Arm(name, dataset, in: folder).run(Self.phase(), operations, loaded: 0)
            #expect(answer.items == UInt64(count))
            answers.append(answer.digest)
        }
        #expect(Set(answers).count == 1)
    }

    @Test(arguments: ["bump-arena/direct", "raw-pointer/direct"])
    func `they tell the time of an allocation and refuse what they cannot do`(name: String) throws {
        let folder = try TestFolder()
        let dataset = try SharedDataset.synthetic.get()
        let arm = try Arm(name, dataset, in: folder)
        let operations = plan(Self.phase(), count: 500, entityCount: dataset.entityCount, loaded: 0, seed: 1)
        let time = try #require(
            arm.run(Self.phase(), operations, loaded: 0).measurement("nanoseconds_per_allocation"))
        #expect(time > 0 && time.isFinite)
        for kind in OperationKind.allCases { #expect(arm.subject.supports(kind) == (kind == .allocate)) }
        for phase in [Self.phase(keys: .uniform), Self.phase(sizes: .fixed(40)), Self.phase(sizes: .uniform(48, 49))] {
            let error = #expect(throws: SubjectError.self) { try arm.run(phase, operations, loaded: 0) }
            #expect(error?.message.contains("give `allocate` `keys: sequential` and `sizes: fixed(48)`") == true)
        }
        let error = #expect(throws: SubjectError.self) {
            try arm.run(Self.phase(), operations, loaded: 0, threads: 2)
        }
        #expect(error?.message.hasSuffix("works on one thread; give `threads: [1]`") == true)
    }

    /// Memory that hands out the same record again and again is what no memory may be.
    @Test func `a record that another one overwrote is found`() throws {
        let record = UnsafeMutablePointer<MemoryRecord>.allocate(capacity: 1)
        defer { record.deallocate() }
        var run = try RecordRun(rows: 5)
        for count in [1, 2] {
            let operations = plan(Self.phase(), count: count, entityCount: 5, loaded: 0, seed: 1)
            try operations.withUnsafeBufferPointer { operations throws in
                let context = PhaseContext(
                    specification: Self.phase(), threads: 1, loaded: 0, operations: operations, isRepeatable: true)
                try run.prepare(context, subject: "one", next: { record }, reset: {})
                var outcome = BatchOutcome()
                try run.execute(
                    OperationBatch(operations: operations, firstIndex: 0), into: &outcome, next: { record }, reset: {})
                if count == 1 { return _ = try run.finish(context, next: { record }, reset: {}) }
                let error = #expect(throws: SubjectError.self) {
                    try run.finish(context, next: { record }, reset: {})
                }
                #expect(error?.message == "the record of row 0 was overwritten")
            }
        }
    }
}
