import BenchWorkload

/// Goes through the operations of a plan batch by batch, and round again where it is asked to.
struct PlanWalk {
    private let operations: UnsafeBufferPointer<Operation>
    /// True when kinds with different batch sizes are mixed.
    private let isMixed: Bool
    private let batchSize: Int
    /// How many operations were done.
    private(set) var position = 0
    private(set) var outcome = BatchOutcome()

    init(operations: UnsafeBufferPointer<Operation>, specification: PhaseSpecification) {
        self.operations = operations
        isMixed = Set(specification.operations.map(\.kind.batchSize)).count > 1
        batchSize = specification.batchSize
    }

    /// Does the operations before index `end`. The same ends give the same batches.
    mutating func go(to end: Int, _ subject: any Subject) throws(SubjectError) {
        while position < end {
            let place = position % operations.count
            let size = min(
                isMixed ? operations.batchExtent(from: place) : batchSize, operations.count - place, end - position)
            try subject.execute(
                OperationBatch(
                    operations: UnsafeBufferPointer(rebasing: operations[place..<(place + size)]),
                    firstIndex: UInt64(place)),
                into: &outcome)
            position += size
        }
    }
}
