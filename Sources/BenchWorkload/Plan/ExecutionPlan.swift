public import BenchYAML
import GraphData

/// What a scenario does, worked out from its specification, the number of entities and the seed alone.
///
/// The same three give the same operations everywhere: each arm does the same work, and the plan's hash proves it.
public enum ExecutionPlan {
    /// A phase with what the phases before it have left behind.
    public struct Phase: Sendable, Hashable, Codable {
        /// What the scenario says.
        public var specification: PhaseSpecification
        /// The rows in the store when the phase starts: `0 ..< loaded`.
        public var loaded: Int
        /// How many operations; nil when the phase goes on for a time.
        public var operationCount: Int?
        /// How many of them insert, each the next row.
        public var insertCount: Int
    }

    /// The phases of a scenario on a data set of `entityCount` rows.
    ///
    /// Draws the mixtures that insert, to know how many rows each later phase finds.
    ///
    /// - Throws: when more rows are inserted than there are, or rows are read where none is loaded.
    public static func phases(of scenario: Scenario, entityCount: Int) throws(DocumentError) -> [Phase] {
        var loaded = 0
        var result: [Phase] = []
        for specification in scenario.phases {
            func failure(_ message: String) -> DocumentError {
                DocumentError(
                    at: Location(file: "\(scenario.name).yaml"), keyPath: "phases.\(specification.name)", message)
            }
            let available = entityCount - loaded
            var phase = Phase(
                specification: specification, loaded: loaded, operationCount: specification.count, insertCount: 0)
            if specification.isInsertOnly {
                let count = specification.count ?? available
                phase.operationCount = count
                phase.insertCount = count
            } else if loaded == 0 {
                throw failure("the phase `\(specification.name)` reads, and no row is loaded")
            } else if specification.has(.insert), let count = specification.count {
                var generator = OperationGenerator(specification, loaded: loaded, seed: scenario.seed)
                for _ in 0..<count { _ = generator.next() }
                phase.insertCount = generator.insertCount
            }
            guard phase.insertCount <= available, !specification.has(.insert) || available > 0 else {
                throw failure(
                    "the phase `\(specification.name)` inserts \(phase.insertCount) rows, and the data set has only "
                        + "\(available) left")
            }
            loaded += phase.insertCount
            result.append(phase)
        }
        return result
    }

    /// Fills a buffer with the first operations of a phase.
    ///
    /// - Parameters:
    ///   - entityCount: the rows of the data set.
    ///   - loaded: the rows in the store when the phase starts; without it none for a phase that only inserts, and all
    ///     for others. ``phases(of:entityCount:)`` tells it for each phase of a scenario.
    ///   - seed: the scenario's.
    public static func operations(
        for phase: PhaseSpecification, entityCount: Int, seed: UInt64, loaded: Int? = nil,
        into operations: UnsafeMutableBufferPointer<Operation>
    ) {
        let loaded = loaded ?? (phase.isInsertOnly ? 0 : entityCount)
        var generator = OperationGenerator(phase, loaded: loaded, seed: seed)
        generator.fill(operations)
        precondition(loaded + generator.insertCount <= entityCount, "the phase inserts more rows than there are")
    }

    /// The hash of operations as they lie in memory: 12 bytes each, little-endian.
    public static func hash(_ operations: UnsafeBufferPointer<Operation>) -> UInt64 {
        ContentDigest.hash(UnsafeRawBufferPointer(operations))
    }

    /// The hash of the first `count` operations of a phase, in constant memory.
    public static func hash(
        of phase: PhaseSpecification, count: Int, entityCount: Int, seed: UInt64, loaded: Int? = nil
    ) -> UInt64 {
        var generator = OperationGenerator(
            phase, loaded: loaded ?? (phase.isInsertOnly ? 0 : entityCount), seed: seed)
        var digest = ContentDigest()
        withUnsafeTemporaryAllocation(of: Operation.self, capacity: 1024) { piece in
            var rest = count
            while rest > 0 {
                let part = UnsafeMutableBufferPointer(rebasing: piece[..<min(rest, piece.count)])
                generator.fill(part)
                digest.update(UnsafeRawBufferPointer(part))
                rest -= part.count
            }
        }
        return digest.value
    }
}
