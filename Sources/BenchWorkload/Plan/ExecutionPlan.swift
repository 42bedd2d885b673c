public import BenchYAML
public import GraphData

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
        /// How many operations; nil when the phase goes on for a time, as each with roles does.
        public var operationCount: Int?
        /// How many of them insert, each the next row.
        public var insertCount: Int
    }

    /// The phases of a scenario on a data set of `entityCount` rows.
    ///
    /// Draws the mixtures that insert, to know how many rows each later phase finds.
    ///
    /// - Parameter accessCount: the accesses of the data set's trace: how many operations a phase has that goes through
    ///   it and has no count of its own.
    /// - Throws: when more rows are inserted than there are, or rows are read where none is loaded.
    public static func phases(
        of scenario: Scenario, entityCount: Int, accessCount: Int = 0
    ) throws(DocumentError) -> [Phase] {
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
            if specification.keys == .trace, specification.roles.isEmpty {
                phase.operationCount = specification.count ?? accessCount
            } else if specification.isInsertOnly {
                let count = specification.count ?? available
                phase.operationCount = count
                phase.insertCount = count
            } else if loaded == 0, specification.needsLoadedRows {
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

    /// Fills a buffer with the first operations of a phase without roles, or of a role as its phase's
    /// `specification(of:)` has it.
    ///
    /// - Parameters:
    ///   - entityCount: the rows of the data set.
    ///   - loaded: the rows in the store when the phase starts; without it none for a phase that only inserts, and all
    ///     for others. ``phases(of:entityCount:)`` tells it for each phase of a scenario. A phase that does without the
    ///     store draws over all rows of the data set, whatever is loaded.
    ///   - seed: the scenario's.
    ///   - trace: the data set, for a phase whose keys are its trace's.
    public static func operations(
        for phase: PhaseSpecification, entityCount: Int, seed: UInt64, loaded: Int? = nil,
        trace: MappedDataset? = nil, into operations: UnsafeMutableBufferPointer<Operation>
    ) {
        let loaded = rows(of: phase, entityCount: entityCount, loaded: loaded)
        var generator = OperationGenerator(phase, loaded: loaded, seed: seed, trace: trace)
        generator.fill(operations)
        precondition(loaded + generator.insertCount <= entityCount, "the phase inserts more rows than there are")
    }

    /// Fills a buffer with the first operations of a role of a phase, in the order in which the role's threads share them.
    ///
    /// Each role has draws of its own, through its name and the phase's. How many are drawn, to be gone through again
    /// and again until the time is up, is the caller's choice.
    ///
    /// - Parameter entityCount: the rows of the data set.
    public static func operations(
        for role: RoleSpecification, of phase: Phase, entityCount: Int, seed: UInt64,
        into operations: UnsafeMutableBufferPointer<Operation>
    ) {
        self.operations(
            for: phase.specification.specification(of: role), entityCount: entityCount, seed: seed,
            loaded: phase.loaded, into: operations)
    }

    /// The rows that keys are drawn over, and behind which rows are inserted.
    private static func rows(of phase: PhaseSpecification, entityCount: Int, loaded: Int?) -> Int {
        precondition(phase.roles.isEmpty, "a phase with roles has a plan for each role")
        if phase.isStoreless { return entityCount }
        return loaded ?? (phase.isInsertOnly ? 0 : entityCount)
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
            phase, loaded: rows(of: phase, entityCount: entityCount, loaded: loaded), seed: seed)
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
