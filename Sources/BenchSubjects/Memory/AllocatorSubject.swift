import BenchDriver
import BenchWorkload
import GraphData

/// The subjects that take memory and give it back piece by piece, whatever the sizes: `malloc` and `size-class-pool`.
final class AllocatorSubject: Subject {
    private let slots: PayloadSlots

    init(_ context: SubjectContext, source: PayloadSlots.Source) throws(SubjectError) {
        slots = try PayloadSlots(count: context.dataset.entityCount, threads: context.threads, source: source)
    }

    func supports(_ kind: OperationKind) -> Bool { kind == .allocate || kind == .free }

    func prepare(_ phase: PhaseContext) { slots.begin() }

    func execute(_ batch: OperationBatch, into outcome: inout BatchOutcome) throws(SubjectError) {
        try slots.execute(batch, into: &outcome)
        outcome.items &+= UInt64(batch.operations.count)
    }

    func finish(_ phase: PhaseContext) throws(SubjectError) -> PhaseReport {
        PhaseReport(digest: try slots.finish(), measurements: slots.measurements, liveBytes: UInt64(slots.liveBytes))
    }
}
