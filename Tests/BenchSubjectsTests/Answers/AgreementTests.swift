import BenchDriver
import BenchWorkload
import GraphData
import Testing

/// The stack under each strategy and the standard store, which is the model: the same answer to every operation.
@Suite struct AgreementTests {
    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    private func contests(seed: UInt64 = 0) throws -> [Contest] {
        [
            try Contest(SharedDataset.varied.get(), in: folder, seed: seed),
            try Contest(SharedDataset.synthetic.get(), in: folder, seed: seed),
        ]
    }

    @Test func everyAnswerOnAFullStore() throws {
        for contest in try contests() {
            try contest.load()
            try contest.askEverything()
        }
    }

    @Test func aStoreThatIsHalfLoaded() throws {
        for contest in try contests() {
            // Relationships lead to entities that are still to come.
            let half = contest.dataset.entityCount / 2
            try contest.run(PhaseSpecification(.insert), count: half, loaded: 0)
            try contest.askEverything()
            try contest.run(.delete, stride(from: 0, to: contest.dataset.entityCount, by: 5))
            try contest.askEverything()
            try contest.run(PhaseSpecification(.getBatch), count: 50, loaded: half)
        }
    }

    @Test func updates() throws {
        for contest in try contests() {
            try contest.load()
            let rows = 0..<contest.dataset.entityCount
            try contest.run(.update, rows)
            try contest.askEverything()
            // A key that an update has made, and a value that it has written.
            try contest.run(.update, rows.reversed())
            try contest.run(.update, rows.reversed())
            try contest.run(.serialize, [0])
            try contest.run(.open, [0])
        }
    }

    /// A replaced row has what the data set says, whatever updates have made of it, but for its first property.
    @Test func replacements() throws {
        for contest in try contests() {
            try contest.load()
            let rows = 0..<contest.dataset.entityCount
            try contest.run(.update, rows)
            try contest.run(.replace, rows)
            try contest.askEverything()
            try contest.run(.serialize, [0])
            try contest.run(.delete, [0])
            try contest.run(.replace, rows.reversed())
            try contest.askEverything()
        }
    }

    /// Moving payloads together changes no answer.
    @Test func compaction() throws {
        for contest in try contests() {
            try contest.load()
            try contest.run(.delete, (0..<contest.dataset.entityCount).filter { $0 % 10 != 3 })
            let before = try contest.run(.scan, [0])
            try contest.run(.compact, [0])
            #expect(try contest.run(.scan, [0]) == before)
            try contest.askEverything()
            try contest.run(.insert, [0])
            try contest.askEverything()
        }
    }

    @Test func deletionAndReturn() throws {
        for contest in try contests() {
            try contest.load()
            let gone = Array(stride(from: 0, to: contest.dataset.entityCount, by: 3))
            try contest.run(.delete, gone)
            try contest.askEverything()
            try contest.run(.delete, gone)
            try contest.run(.update, gone)
            try contest.run(.serialize, [0])
            try contest.run(.open, [0])
            try contest.run(.insert, gone)
            try contest.askEverything()
            try contest.run(.serialize, [0])
            try contest.run(.open, [0])
            // And all of them, so that the store is empty once.
            try contest.run(.delete, (0..<contest.dataset.entityCount).reversed())
            try contest.askEverything()
            try contest.run(.serialize, [0])
            try contest.run(.open, [0])
            try contest.load()
            try contest.askEverything()
        }
    }

    @Test func filesHoldTheGraphOfTheirTime() throws {
        for contest in try contests() {
            try contest.load()
            let first = try contest.run(.serialize, [0])
            let opened = try contest.run(.open, [0])
            #expect(try contest.run(.serialize, [0]).digest == first.digest)
            try contest.run(.update, 0..<contest.dataset.entityCount)
            #expect(try contest.run(.open, [0]).digest == opened.digest)
            #expect(try contest.run(.serialize, [0]).digest != first.digest)
            #expect(first.items == UInt64(contest.dataset.entityCount))
        }
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>) func randomPlans(_ seed: UInt64) throws {
        let kinds: [(OperationKind, Int)] = [
            (.insert, 12), (.update, 15), (.replace, 5), (.delete, 8), (.get, 10), (.getBatch, 5), (.neighbors, 10),
            (.traverse, 5),
            (.find, 5), (.similar, 5), (.scan, 1),
        ]
        let laws: [KeyDistribution] = [
            .uniform, .zipf(exponent: 0.99), .latest, .hotspot(fraction: 0.1, probability: 0.9), .sequential,
        ]
        for contest in try contests(seed: seed) {
            let entities = contest.dataset.entityCount
            var loaded = entities / 4
            try contest.run(PhaseSpecification(.insert), count: loaded, loaded: 0)
            for (number, law) in laws.enumerated() {
                let phase = PhaseSpecification(
                    name: "mixed-\(number)", operations: kinds.map { WeightedOperation($0.0, weight: $0.1) }, keys: law,
                    depth: 2, k: 4, batch: 3)
                // As many operations as there are rows for.
                var generator = OperationGenerator(phase, loaded: loaded, seed: seed)
                var operations: [Operation] = []
                while operations.count < 100 {
                    let operation = generator.next()
                    guard loaded + generator.insertCount <= entities else { break }
                    operations.append(operation)
                }
                try contest.run(phase, operations, loaded: loaded)
                loaded += operations.count { $0.operationKind == .insert }
            }
            try contest.run(PhaseSpecification(.insert), count: entities - loaded, loaded: loaded)
            try contest.askEverything()
        }
    }

    /// Those that stores of entities do.
    @Test(
        arguments: OperationKind.allCases.filter { $0.usesKeys && $0.isWorking && $0 != .intern && $0 != .resolve },
        [1, 2] as [UInt64])
    func randomPlansOfOneKind(_ kind: OperationKind, seed: UInt64) throws {
        for contest in try contests(seed: seed) {
            try contest.load()
            for keys in [KeyDistribution.zipf(exponent: 0.8), .sequential] {
                try contest.run(PhaseSpecification(kind, keys: keys, depth: 3, k: 5, batch: 7), count: 40)
            }
        }
    }

    @Test func batchesOfAnySizeGiveTheSameSum() throws {
        let contest = try #require(try contests().last)
        try contest.load()
        let phase = PhaseSpecification(.neighbors)
        let operations = plan(phase, count: 200, entityCount: 100, loaded: 100, seed: 3)
        let whole = try contest.run(phase, operations)
        for arm in contest.arms {
            var outcome = BatchOutcome()
            try operations.withUnsafeBufferPointer { operations in
                // The second half first, as another thread may do it.
                for range in [64..<200, 0..<1, 1..<64] {
                    try arm.subject.execute(
                        OperationBatch(
                            operations: UnsafeBufferPointer(rebasing: operations[range]),
                            firstIndex: UInt64(range.lowerBound)), into: &outcome)
                }
            }
            #expect(outcome.digest == whole.digest, "\(arm.name)")
            #expect(outcome.items == 200)
        }
    }

    /// Reading phases run on several threads at once.
    @Test func threadsTogether() async throws {
        let contest = try #require(try contests().last)
        try contest.load()
        let mixture: [OperationKind] = [.get, .getBatch, .neighbors, .traverse, .find, .similar]
        let phase = PhaseSpecification(name: "reads", operations: mixture.map { WeightedOperation($0) }, k: 3, batch: 4)
        let operations = plan(phase, count: 120, entityCount: 100, loaded: 100, seed: 5)
        let whole = try contest.run(phase, operations)
        for arm in contest.arms {
            let shared = SharedSubject(subject: arm.subject)
            let sum = try await withThrowingTaskGroup(of: UInt64.self) { group in
                for part in 0..<4 {
                    group.addTask { try shared.digest(of: operations, part * 30..<part * 30 + 30) }
                }
                return try await group.reduce(0, &+)
            }
            #expect(sum == whole.digest, "\(arm.name)")
        }
    }
}

/// The driver calls `execute` of one subject from all its threads in phases that change nothing.
private struct SharedSubject: @unchecked Sendable {
    let subject: any Subject

    func digest(of operations: [Operation], _ range: Range<Int>) throws -> UInt64 {
        var outcome = BatchOutcome()
        try operations.withUnsafeBufferPointer { operations in
            try subject.execute(
                OperationBatch(
                    operations: UnsafeBufferPointer(rebasing: operations[range]), firstIndex: UInt64(range.lowerBound)),
                into: &outcome)
        }
        return outcome.digest
    }
}
