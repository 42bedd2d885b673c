import BenchDriver
import BenchWorkload
import GraphData

/// What a store of records behind handles can do.
private let slotKinds: Set<OperationKind> = [.insert, .get, .getBatch, .scan, .update]

/// The subject `slot-map`: records in a ``SlotMap``.
final class SlotMapSubject: Subject {
    private var run: SlotRun<SlotMapRecords>

    init(_ context: SubjectContext) throws(SubjectError) {
        run = try SlotRun(SlotMapRecords(), rows: context.dataset.entityCount)
    }

    func supports(_ kind: OperationKind) -> Bool { slotKinds.contains(kind) }

    func prepare(_ phase: PhaseContext) throws(SubjectError) { try run.prepare(phase) }

    func execute(_ batch: OperationBatch, into outcome: inout BatchOutcome) throws(SubjectError) {
        if run.isReading { return run.read(batch, into: &outcome) }
        try run.change(batch, into: &outcome)
    }

    func finish(_ phase: PhaseContext) -> PhaseReport { run.finish(phase) }
}

/// The subject `vector`, the floor under `slot-map`.
final class VectorSubject: Subject {
    private var run: SlotRun<VectorRecords>

    init(_ context: SubjectContext) throws(SubjectError) {
        run = try SlotRun(VectorRecords(), rows: context.dataset.entityCount)
    }

    func supports(_ kind: OperationKind) -> Bool { slotKinds.contains(kind) }

    func prepare(_ phase: PhaseContext) throws(SubjectError) { try run.prepare(phase) }

    func execute(_ batch: OperationBatch, into outcome: inout BatchOutcome) throws(SubjectError) {
        if run.isReading { return run.read(batch, into: &outcome) }
        try run.change(batch, into: &outcome)
    }

    func finish(_ phase: PhaseContext) -> PhaseReport { run.finish(phase) }
}
