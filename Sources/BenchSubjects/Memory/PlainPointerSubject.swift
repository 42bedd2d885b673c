import BenchDriver
import BenchWorkload
import GraphData

/// The subject `plain-pointer`, the floor under the reading of `epochs`: nodes that nothing replaces, read unguarded.
final class PlainPointerSubject: Subject {
    private let nodes: SharedNodes
    private var loaded = 0

    init(_ context: SubjectContext) {
        nodes = SharedNodes(count: context.dataset.entityCount)
    }

    func supports(_ kind: OperationKind) -> Bool { kind == .insert || kind == .get || kind == .getBatch }

    func prepare(_ phase: PhaseContext) { loaded = phase.loaded }

    func execute(_ batch: OperationBatch, into outcome: inout BatchOutcome) throws(SubjectError) {
        var index = batch.firstIndex
        for operation in batch.operations {
            var items: UInt64 = 1
            let answer: UInt64
            switch operation.operationKind! {
            case .get: answer = nodes.answer(Int(operation.key))
            case .getBatch:
                answer = nodes.answer(operation, entityCount: loaded)
                items = UInt64(operation.limit)
            case .insert: answer = try nodes.insert(operation)
            default: throw SubjectError("there is no operation '\(operation.operationKind!.name)' here")
            }
            outcome.digest &+= AnswerHash.operation(index, answer)
            outcome.items &+= items
            index &+= 1
        }
    }

    func finish(_ phase: PhaseContext) -> PhaseReport {
        PhaseReport(digest: phase.specification.changesTheStore ? nodes.content() : 0)
    }
}
