import BenchDriver
import BenchWorkload
import GraphData

/// Does nothing: what is measured with it is the harness itself, the floor under every other figure.
final class NullSubject: Subject {
    private let dataset: MappedDataset
    /// Whether each operation of the phase counts as one item.
    private var countsOperations = true

    init(_ context: SubjectContext) { dataset = context.dataset }

    func supports(_ kind: OperationKind) -> Bool { true }

    func prepare(_ phase: PhaseContext) {
        let several: Set<OperationKind> = [.getBatch, .scan, .serialize, .verify, .intern, .resolve]
        countsOperations = phase.specification.operations.allSatisfy { !several.contains($0.kind) }
    }

    func execute(_ batch: OperationBatch, into outcome: inout BatchOutcome) {
        // Reads each operation, as every subject must, and keeps the reading from being optimised away.
        guard !countsOperations else {
            var sum: UInt64 = 0
            for operation in batch.operations { sum &+= UInt64(operation.key) }
            outcome.digest &+= sum
            outcome.items &+= UInt64(batch.operations.count)
            return
        }
        for operation in batch.operations {
            outcome.digest &+= UInt64(operation.key)
            outcome.items &+= items(operation)
        }
    }

    /// As many as the other subjects count.
    private func items(_ operation: Operation) -> UInt64 {
        switch operation.operationKind {
        case .getBatch: UInt64(operation.limit)
        case .scan, .serialize, .verify: UInt64(dataset.entityCount)
        case .intern, .resolve:
            Int(operation.key) < dataset.entityCount ? UInt64(dataset.properties(of: Int(operation.key)).count) : 0
        default: 1
        }
    }

    func finish(_ phase: PhaseContext) -> PhaseReport { PhaseReport() }
}
