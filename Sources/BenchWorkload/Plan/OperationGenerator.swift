public import GraphData

/// Draws the operations of a phase one after the other, in pieces of any size.
///
/// The draws of operation i come from a stream of their own, so the pieces do not matter: the same phase, number of
/// loaded rows and seed give the same operations on every machine. No memory is allocated after the start.
public struct OperationGenerator: Sendable {
    private let mixture: [WeightedOperation]
    private let totalWeight: UInt64
    private let sampler: KeySampler?
    private let sizes: SizeSampler
    /// Of 2^53 draws, those for which another thread gives back.
    private let remoteFrees: UInt64
    private let phaseSeed: UInt64
    private let depth: UInt16
    private let k: UInt16
    private let batch: UInt16
    private let isSequential: Bool
    private let firstRow: Int

    /// How many operations were drawn.
    public private(set) var position: UInt64 = 0
    /// How many of them insert.
    public private(set) var insertCount = 0
    private var keyCount: UInt64 = 0
    private var updateCount: UInt32 = 0

    /// The operations of `phase` from its first on.
    ///
    /// - Parameters:
    ///   - loaded: the rows that are in the store when the phase starts: `0 ..< loaded`. At least 1 unless the phase
    ///     only inserts. For a phase that does without the store, all rows of the data set.
    ///   - seed: the scenario's; each phase has its own draws through its name.
    ///   - trace: the data set, for a phase whose keys are its trace's.
    public init(_ phase: PhaseSpecification, loaded: Int, seed: UInt64, trace: MappedDataset? = nil) {
        mixture = phase.operations
        totalWeight = phase.operations.reduce(0) { $0 + UInt64($1.weight) }
        sampler = phase.usesKeys ? KeySampler(phase.keys, rows: loaded, trace: trace) : nil
        sizes = SizeSampler(phase.sizes)
        remoteFrees = UInt64(phase.remoteFrees * 0x1p53)
        let nameHash = Array(phase.name.utf8).withUnsafeBytes { ContentDigest.hash($0) }
        phaseSeed = SplitMix64.mix(seed) ^ nameHash
        depth = UInt16(clamping: phase.depth)
        k = UInt16(clamping: phase.k)
        batch = UInt16(clamping: phase.batch)
        isSequential = phase.keys == .sequential
        firstRow = loaded
    }

    /// Fills `operations` with those that come next. Takes about 20 to 100 ns each.
    public mutating func fill(_ operations: UnsafeMutableBufferPointer<Operation>) {
        for index in operations.indices { operations.initializeElement(at: index, to: next()) }
    }

    /// The next operation.
    public mutating func next() -> Operation {
        var draws = SplitMix64(seed: phaseSeed, stream: position)
        position += 1
        let kind = drawKind(&draws)
        guard kind.usesKeys, let sampler else {
            guard kind == .insert else { return Operation(kind: kind, key: 0) }
            defer { insertCount += 1 }
            return Operation(kind: kind, key: UInt32(firstRow + insertCount))
        }
        let key = sampler.row(ordinal: keyCount, newest: firstRow + insertCount - 1, using: &draws)
        keyCount += 1
        switch kind {
        case .update, .replace:
            updateCount &+= 1
            return Operation(kind: kind, key: key, argument: updateCount)
        case .find: return Operation(kind: kind, key: key, argument: UInt32(truncatingIfNeeded: draws.next()))
        case .traverse: return Operation(kind: kind, limit: depth, key: key)
        case .similar: return Operation(kind: kind, limit: k, key: key)
        case .allocate:
            let size = sizes.size(using: &draws)
            return Operation(kind: kind, limit: isRemoteFree(&draws) ? 1 : 0, key: key, argument: size)
        case .free: return Operation(kind: kind, limit: isRemoteFree(&draws) ? 1 : 0, key: key)
        case .getBatch:
            // 0 has a meaning of its own.
            let start = isSequential ? 0 : UInt32(truncatingIfNeeded: draws.next()) | 1
            return Operation(kind: kind, limit: batch, key: key, argument: start)
        default: return Operation(kind: kind, key: key)
        }
    }

    private func isRemoteFree(_ draws: inout SplitMix64) -> Bool {
        remoteFrees > 0 && draws.next() >> 11 < remoteFrees
    }

    private func drawKind(_ draws: inout SplitMix64) -> OperationKind {
        if mixture.count == 1 { return mixture[0].kind }
        var rest = draws.below(totalWeight)
        for operation in mixture {
            let weight = UInt64(operation.weight)
            if rest < weight { return operation.kind }
            rest -= weight
        }
        preconditionFailure("a draw below the sum of the weights falls on one of them")
    }
}
