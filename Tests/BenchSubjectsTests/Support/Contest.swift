import BenchDriver
import BenchWorkload
import GraphData
import Testing

/// All arms side by side: each phase is done by every one of them, and their answers must be equal.
struct Contest {
    let dataset: MappedDataset
    let arms: [Arm]
    private let seed: UInt64

    init(_ dataset: MappedDataset, in folder: TestFolder, seed: UInt64 = 0) throws {
        self.dataset = dataset
        self.seed = seed
        arms = try Arm.all.map { try Arm($0, dataset, in: folder) }
    }

    /// Does operations in all arms that can and returns the answer, which all give.
    @discardableResult
    func run(
        _ phase: PhaseSpecification, _ operations: [Operation], loaded: Int? = nil,
        at location: SourceLocation = #_sourceLocation
    ) throws -> Arm.Answer {
        let arms = arms.filter { arm in phase.operations.allSatisfy { arm.subject.supports($0.kind) } }
        let answers = try arms.map { try $0.run(phase, operations, loaded: loaded ?? dataset.entityCount) }
        let reference = answers[answers.count - 1]
        for (arm, answer) in zip(arms, answers) {
            let place = zip(answer.operations, reference.operations).enumerated().first { $0.element.0 != $0.element.1 }
            if let place {
                Issue.record(
                    """
                    \(arm.name), seed \(seed), phase \(phase.name): \(operations[place.offset].operationKind!) number \
                    \(place.offset), \(operations[place.offset]): \(place.element.0), not \(place.element.1)
                    """, sourceLocation: location)
            }
            #expect(
                answer.report.digest == reference.report.digest,
                "\(arm.name), seed \(seed), phase \(phase.name): the audit", sourceLocation: location)
            #expect(answer.report.isComparable)
        }
        return reference
    }

    /// Does the planned operations of a phase.
    @discardableResult
    func run(
        _ phase: PhaseSpecification, count: Int, loaded: Int? = nil, at location: SourceLocation = #_sourceLocation
    ) throws -> Arm.Answer {
        let loaded = loaded ?? dataset.entityCount
        let operations = plan(
            phase, count: count, entityCount: dataset.entityCount, loaded: loaded, seed: seed)
        return try run(phase, operations, loaded: loaded, at: location)
    }

    /// Does one kind of operation, with these keys, on a full store.
    @discardableResult
    func run(
        _ kind: OperationKind, _ keys: some Sequence<Int>, limit: UInt16 = 0,
        at location: SourceLocation = #_sourceLocation
    ) throws -> Arm.Answer {
        let operations = keys.map { Operation(kind: kind, limit: limit, key: UInt32($0), argument: UInt32($0) &* 7) }
        return try run(PhaseSpecification(kind), operations, at: location)
    }

    func load(at location: SourceLocation = #_sourceLocation) throws {
        try run(PhaseSpecification(.insert), count: dataset.entityCount, loaded: 0, at: location)
    }

    /// Asks everything about every entity, and what takes long about every fourth of a larger graph.
    func askEverything(at location: SourceLocation = #_sourceLocation) throws {
        let rows = 0..<dataset.entityCount
        let some = stride(from: 0, to: rows.count, by: rows.count > 20 ? 4 : 1)
        for kind in [OperationKind.get, .neighbors] { try run(kind, rows, at: location) }
        for depth in 0...3 { try run(.traverse, some, limit: UInt16(depth), at: location) }
        for k in [0, 1, 10, 1_000] { try run(.similar, some, limit: UInt16(k), at: location) }
        try run(.getBatch, rows, limit: 5, at: location)
        try run(.scan, [0], at: location)
        // Each property of each entity.
        let finds = some.flatMap { row in
            (0..<max(1, dataset.properties(of: row).count)).map {
                Operation(kind: .find, key: UInt32(row), argument: UInt32($0))
            }
        }
        try run(PhaseSpecification(.find), finds, at: location)
    }
}
