import BenchDriver
import BenchWorkload

/// The subject `exact-search`: all vectors compared by the stack's kernels.
final class ExactSearchSubject: Subject {
    private var run: SimilarityRun<ExactVectors>

    init(_ context: SubjectContext) throws(SubjectError) { run = try SimilarityRun(context) }
    func supports(_ kind: OperationKind) -> Bool { run.supports(kind) }
    func prepare(_ phase: PhaseContext) throws(SubjectError) { try run.prepare(phase) }

    func execute(_ batch: OperationBatch, into outcome: inout BatchOutcome) throws(SubjectError) {
        try run.execute(batch, into: &outcome)
    }

    func finish(_ phase: PhaseContext) throws(SubjectError) -> PhaseReport { try run.finish(phase) }
}

/// The subject `quantized-search`: a first pass over bytes, and the exact answer.
final class QuantizedSearchSubject: Subject {
    private var run: SimilarityRun<QuantizedVectors>

    init(_ context: SubjectContext) throws(SubjectError) { run = try SimilarityRun(context) }
    func supports(_ kind: OperationKind) -> Bool { run.supports(kind) }
    func prepare(_ phase: PhaseContext) throws(SubjectError) { try run.prepare(phase) }

    func execute(_ batch: OperationBatch, into outcome: inout BatchOutcome) throws(SubjectError) {
        try run.execute(batch, into: &outcome)
    }

    func finish(_ phase: PhaseContext) throws(SubjectError) -> PhaseReport { try run.finish(phase) }
}

/// The subject `naive-search`: the loop that one writes first.
final class NaiveSearchSubject: Subject {
    private var run: SimilarityRun<NaiveVectors>

    init(_ context: SubjectContext) throws(SubjectError) { run = try SimilarityRun(context) }
    func supports(_ kind: OperationKind) -> Bool { run.supports(kind) }
    func prepare(_ phase: PhaseContext) throws(SubjectError) { try run.prepare(phase) }

    func execute(_ batch: OperationBatch, into outcome: inout BatchOutcome) throws(SubjectError) {
        try run.execute(batch, into: &outcome)
    }

    func finish(_ phase: PhaseContext) throws(SubjectError) -> PhaseReport { try run.finish(phase) }
}

/// The subject `hnsw`: a graph of neighbours.
final class HNSWSubject: Subject {
    private var run: SimilarityRun<GraphVectors>

    init(_ context: SubjectContext) throws(SubjectError) { run = try SimilarityRun(context) }
    func supports(_ kind: OperationKind) -> Bool { run.supports(kind) }
    func prepare(_ phase: PhaseContext) throws(SubjectError) { try run.prepare(phase) }

    func execute(_ batch: OperationBatch, into outcome: inout BatchOutcome) throws(SubjectError) {
        try run.execute(batch, into: &outcome)
    }

    func finish(_ phase: PhaseContext) throws(SubjectError) -> PhaseReport { try run.finish(phase) }
}

/// The subject `ivf`: inverted lists.
final class IVFSubject: Subject {
    private var run: SimilarityRun<ListVectors>

    init(_ context: SubjectContext) throws(SubjectError) { run = try SimilarityRun(context) }
    func supports(_ kind: OperationKind) -> Bool { run.supports(kind) }
    func prepare(_ phase: PhaseContext) throws(SubjectError) { try run.prepare(phase) }

    func execute(_ batch: OperationBatch, into outcome: inout BatchOutcome) throws(SubjectError) {
        try run.execute(batch, into: &outcome)
    }

    func finish(_ phase: PhaseContext) throws(SubjectError) -> PhaseReport { try run.finish(phase) }
}
