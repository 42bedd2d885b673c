import BenchWorkload
import GraphData
import Strata

/// Does the operations that change entities of an engine, on the thread that writes.
final class EngineWriter {
    private let dataset: MappedDataset
    private let engine: KnowledgeEngine
    private var loader: DatasetLoader

    init(_ dataset: MappedDataset, _ engine: KnowledgeEngine) {
        self.dataset = dataset
        self.engine = engine
        loader = DatasetLoader(dataset, into: engine)
    }

    /// Does an `insert`, `delete`, `update` or `replace`, and returns its answer.
    func write(_ operation: Operation) throws(StrataError) -> UInt64 {
        let id = operation.key
        if operation.operationKind == .insert {
            try loader.insert(row: Int(id))
            return UInt64(id)
        }
        guard engine.entity(id) != nil else { return AnswerHash.absent }
        switch operation.operationKind {
        case .delete: try engine.delete(id)
        case .update: try update(operation)
        case .replace:
            try loader.replaceProperties(
                row: Int(id), firstValue: try engine.intern(PhaseAudit.updatedValue(operation)),
                defaultKey: PhaseAudit.updatedKey)
        default: preconditionFailure("'\(operation.operationKind?.name ?? "?")' changes no entity")
        }
        return UInt64(id)
    }

    private func update(_ operation: Operation) throws(StrataError) {
        let key: InternedString
        if let pair = dataset.properties(of: Int(operation.key)).first {
            key = try loader.intern(known: pair.key)
        } else {
            key = try engine.intern(PhaseAudit.updatedKey)
        }
        try engine.update(operation.key, key, to: try engine.intern(PhaseAudit.updatedValue(operation)))
    }
}
