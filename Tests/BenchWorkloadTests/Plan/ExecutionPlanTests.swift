import BenchWorkload
import GraphData
import Testing

/// The first operations of a phase.
func draw(
    _ phase: PhaseSpecification, _ count: Int, entityCount: Int, seed: UInt64 = 42, loaded: Int? = nil
) -> [Operation] {
    [Operation](unsafeUninitializedCapacity: count) { buffer, initialized in
        let part = UnsafeMutableBufferPointer(rebasing: buffer[..<count])
        ExecutionPlan.operations(for: phase, entityCount: entityCount, seed: seed, loaded: loaded, into: part)
        initialized = count
    }
}

@Suite struct ExecutionPlanTests {
    private let mixed = PhaseSpecification(
        name: "mixed",
        operations: [
            WeightedOperation(.get, weight: 60), WeightedOperation(.update, weight: 20),
            WeightedOperation(.insert, weight: 10), WeightedOperation(.find, weight: 5),
            WeightedOperation(.traverse, weight: 5),
        ], count: 5000, keys: .zipf(exponent: 0.99), depth: 3)

    @Test func operationsAreTwelveBytes() {
        #expect(MemoryLayout<Operation>.size == 12 && MemoryLayout<Operation>.stride == 12)
    }

    @Test func theSameScenarioGivesTheSameBytes() {
        // Pinned: these may only change together with the meaning of a plan.
        let hash = ExecutionPlan.hash(of: mixed, count: 5000, entityCount: 10_000, seed: 42, loaded: 5000)
        #expect(hash == 0xAFDE_0DB1_C7A7_CFF0)
        let operations = draw(mixed, 5000, entityCount: 10_000, loaded: 5000)
        #expect(operations.withUnsafeBufferPointer { ExecutionPlan.hash($0) } == hash)
        for (seed, loaded) in [(43, 5000), (42, 5001)] as [(UInt64, Int)] {
            let other = ExecutionPlan.hash(of: mixed, count: 5000, entityCount: 10_000, seed: seed, loaded: loaded)
            #expect(other != hash)
        }
        var renamed = mixed
        renamed.name = "other"
        #expect(ExecutionPlan.hash(of: renamed, count: 5000, entityCount: 10_000, seed: 42, loaded: 5000) != hash)
    }

    @Test(arguments: [1, 7, 64, 1000])
    func piecesDoNotMatter(size: Int) {
        let whole = draw(mixed, 5000, entityCount: 10_000, loaded: 5000)
        var generator = OperationGenerator(mixed, loaded: 5000, seed: 42)
        var pieces: [Operation] = []
        while pieces.count < whole.count {
            let count = min(size, whole.count - pieces.count)
            pieces += [Operation](unsafeUninitializedCapacity: count) { buffer, initialized in
                generator.fill(UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
                initialized = count
            }
        }
        #expect(pieces == whole)
    }

    @Test func insertsGoThroughTheRows() {
        let load = PhaseSpecification(name: "load", operations: [WeightedOperation(.insert)], keys: .sequential)
        let operations = draw(load, 1000, entityCount: 1000)
        #expect(operations.map(\.key) == Array(0..<1000))
        #expect(operations.allSatisfy { $0.operationKind == .insert && $0.argument == 0 && $0.limit == 0 })
        // In a mixture they go on where the phases before left off, and reads stay below.
        var next: UInt32 = 5000
        var revision: UInt32 = 0
        for operation in draw(mixed, 5000, entityCount: 10_000, loaded: 5000) {
            switch operation.operationKind {
            case .insert:
                #expect(operation.key == next)
                next += 1
            case .update:
                revision += 1
                #expect(operation.argument == revision && operation.key < 5000)
            case .traverse: #expect(operation.limit == 3 && operation.key < 5000)
            default: #expect(operation.limit == 0 && operation.key < 5000)
            }
        }
    }

    @Test func wholeStoreOperationsHaveNoKey() {
        let phase = PhaseSpecification(name: "write", operations: [WeightedOperation(.serialize)], count: 3)
        #expect(draw(phase, 3, entityCount: 10) == Array(repeating: Operation(kind: .serialize, key: 0), count: 3))
    }

    @Test func batchesHaveTheirKeys() {
        var phase = PhaseSpecification(name: "batch", operations: [WeightedOperation(.getBatch)], count: 200, batch: 8)
        var seen = [Int](repeating: 0, count: 50)
        for operation in draw(phase, 2000, entityCount: 50) {
            #expect(operation.limit == 8 && operation.argument != 0)
            for index in 0..<8 { seen[Int(operation.batchKey(at: index, entityCount: 50))] += 1 }
        }
        expectLaw(seen, Array(repeating: 1.0 / 50, count: 50), "keys of batches")
        phase.keys = .sequential
        let third = draw(phase, 3, entityCount: 5)[2]
        #expect((0..<8).map { third.batchKey(at: $0, entityCount: 5) } == [2, 3, 4, 0, 1, 2, 3, 4])
    }

    @Test func phasesKnowWhatIsLoaded() throws {
        let text = smallScenario.with("{ insert: 1 }", "{ insert: 1 }\n    count: 600")
            .with("dataset.entities: 100", "blocks: 1")
            .with("get: 95, neighbors: 5", "get: 95, insert: 5")
            .with("blocks: 3", "  - { name: rest, operations: { insert: 1 } }\nblocks: 3")
        let phases = try ExecutionPlan.phases(of: try scenario(text), entityCount: 1000)
        #expect(phases.map(\.loaded) == [0, 600, 600 + phases[1].insertCount])
        #expect((10...45).contains(phases[1].insertCount))
        #expect(phases[2].insertCount == 400 - phases[1].insertCount)
        #expect(phases.map(\.operationCount) == [600, 500, phases[2].insertCount])
        #expect(throws: (any Error).self) { try ExecutionPlan.phases(of: scenario(text), entityCount: 601) }
        #expect(throws: (any Error).self) { try ExecutionPlan.phases(of: scenario(text), entityCount: 0) }
    }
}
