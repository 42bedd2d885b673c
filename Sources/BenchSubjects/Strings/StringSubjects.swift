import BenchDriver
import BenchWorkload

/// The subject `interner`: a ``StringInterner``, string by string.
final class InternerSubject: Subject {
    private var run: StringRun<SingleInterner>
    private let context: SubjectContext
    private var isSaid = false

    init(_ context: SubjectContext) throws(SubjectError) {
        run = try StringRun(context)
        self.context = context
    }

    func supports(_ kind: OperationKind) -> Bool { run.supports(kind) }
    func prepare(_ phase: PhaseContext) throws(SubjectError) { try run.prepare(phase) }

    func execute(_ batch: OperationBatch, into outcome: inout BatchOutcome) throws(SubjectError) {
        try run.execute(batch, into: &outcome)
    }

    func finish(_ phase: PhaseContext) throws(SubjectError) -> PhaseReport {
        var report = run.finish(phase)
        // Once a block: what it says does not depend on the phase.
        if phase.specification.has(.intern), !isSaid {
            isSaid = true
            report.measurements += try StringSaving.measurements(context.dataset)
        }
        return report
    }
}

/// The subject `interner-batch`: a ``StringInterner``, many strings a call.
final class InternerBatchSubject: Subject {
    private var run: StringRun<BatchInterner>

    init(_ context: SubjectContext) throws(SubjectError) { run = try StringRun(context) }
    func supports(_ kind: OperationKind) -> Bool { run.supports(kind) }
    func prepare(_ phase: PhaseContext) throws(SubjectError) { try run.prepare(phase) }

    func execute(_ batch: OperationBatch, into outcome: inout BatchOutcome) throws(SubjectError) {
        try run.execute(batch, into: &outcome)
    }

    func finish(_ phase: PhaseContext) -> PhaseReport { run.finish(phase) }
}

/// The subject `shared-interner`: a ``ConcurrentStringInterner``, string by string.
final class SharedInternerSubject: Subject {
    private var run: StringRun<SharedInterner>

    init(_ context: SubjectContext) throws(SubjectError) { run = try StringRun(context) }
    func supports(_ kind: OperationKind) -> Bool { run.supports(kind) }
    func prepare(_ phase: PhaseContext) throws(SubjectError) { try run.prepare(phase) }

    func execute(_ batch: OperationBatch, into outcome: inout BatchOutcome) throws(SubjectError) {
        try run.execute(batch, into: &outcome)
    }

    func finish(_ phase: PhaseContext) -> PhaseReport { run.finish(phase) }
}

/// The subject `shared-interner-batch`: a ``ConcurrentStringInterner``, many strings a call.
final class SharedInternerBatchSubject: Subject {
    private var run: StringRun<SharedBatchInterner>

    init(_ context: SubjectContext) throws(SubjectError) { run = try StringRun(context) }
    func supports(_ kind: OperationKind) -> Bool { run.supports(kind) }
    func prepare(_ phase: PhaseContext) throws(SubjectError) { try run.prepare(phase) }

    func execute(_ batch: OperationBatch, into outcome: inout BatchOutcome) throws(SubjectError) {
        try run.execute(batch, into: &outcome)
    }

    func finish(_ phase: PhaseContext) -> PhaseReport { run.finish(phase) }
}

/// The subject `interner-peer`: a ``HashArena``, the strong rival on one thread.
final class HashArenaSubject: Subject {
    private var run: StringRun<HashArenaStrings>

    init(_ context: SubjectContext) throws(SubjectError) { run = try StringRun(context) }
    func supports(_ kind: OperationKind) -> Bool { run.supports(kind) }
    func prepare(_ phase: PhaseContext) throws(SubjectError) { try run.prepare(phase) }

    func execute(_ batch: OperationBatch, into outcome: inout BatchOutcome) throws(SubjectError) {
        try run.execute(batch, into: &outcome)
    }

    func finish(_ phase: PhaseContext) -> PhaseReport { run.finish(phase) }
}

/// The subject `string-dictionary`: a dictionary and an array of the language.
final class DictionaryStringsSubject: Subject {
    private var run: StringRun<DictionaryStrings>

    init(_ context: SubjectContext) throws(SubjectError) { run = try StringRun(context) }
    func supports(_ kind: OperationKind) -> Bool { run.supports(kind) }
    func prepare(_ phase: PhaseContext) throws(SubjectError) { try run.prepare(phase) }

    func execute(_ batch: OperationBatch, into outcome: inout BatchOutcome) throws(SubjectError) {
        try run.execute(batch, into: &outcome)
    }

    func finish(_ phase: PhaseContext) -> PhaseReport { run.finish(phase) }
}
