import BenchWorkload

/// The operations of one thread in a phase.
struct PlanSlice {
    let operations: UnsafeBufferPointer<Operation>
    /// The place of the first one in the phase's plan.
    let firstIndex: UInt64
    /// Nanoseconds to go on for, round and round; nil to do the operations once.
    let duration: UInt64?
    /// True when kinds with different batch sizes are mixed.
    let isMixed: Bool
    /// The batch size where it is the same for all kinds.
    let batchSize: Int
    /// In one of how many batches the first operation is timed.
    let sampleStride: Int

    /// The samples that the deepest percentile needs. Where timing fewer operations leaves so many, fewer are timed:
    /// reading the clock is most of what the harness costs.
    static let enoughSamples = 10_000
    /// The fewest batches of which one is timed.
    static let largestStride = 16

    /// - Parameters:
    ///   - duration: nanoseconds to go on for, or nil to do the operations once.
    ///   - laneOperations: the operations of all threads that record together.
    init(
        operations: UnsafeBufferPointer<Operation>, firstIndex: UInt64, specification: PhaseSpecification,
        duration: UInt64?, laneOperations: Int
    ) {
        self.operations = operations
        self.firstIndex = firstIndex
        self.duration = duration
        isMixed = Set(specification.operations.map(\.kind.batchSize)).count > 1
        batchSize = specification.batchSize
        // How much is done in a given time is not known before: all batches are timed then.
        let isPlain = duration == nil && !isMixed && batchSize > 1
        let batches = laneOperations / max(1, batchSize)
        sampleStride = isPlain ? min(max(1, batches / Self.enoughSamples), Self.largestStride) : 1
    }

    /// How many operations from `place` go into one batch.
    @inline(__always)
    func extent(from place: Int) -> Int {
        guard isMixed else { return min(batchSize, operations.count - place) }
        return operations.batchExtent(from: place)
    }
}
