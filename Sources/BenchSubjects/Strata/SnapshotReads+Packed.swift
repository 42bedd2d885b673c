import BenchDriver
import BenchWorkload
import Strata

/// The packed records of a snapshot, which phases of that form share.
final class PackedRecords: Sendable {
    let entities: PackedEntities

    init(_ entities: consuming PackedEntities) { self.entities = entities }
}

// The same questions as of the records in the file, asked of their packed form.
extension SnapshotReads {
    /// Does a batch.
    func execute(
        _ batch: OperationBatch, on packed: borrowing PackedEntities, into outcome: inout BatchOutcome
    ) throws(SubjectError) {
        do throws(StrataError) {
            var index = batch.firstIndex
            for operation in batch.operations {
                var items: UInt64 = 1
                let answer: UInt64
                switch operation.operationKind! {
                case .get: answer = try get(operation.key, packed)
                case .getBatch:
                    items = UInt64(operation.limit)
                    answer = try getBatch(operation, packed)
                case .neighbors: answer = try neighbors(operation.key)
                case .find: answer = try find(operation)
                default:
                    items = UInt64(snapshot.entityCount)
                    outcome.bytes &+= items &* UInt64(MemoryLayout<PackedEntity>.stride)
                    answer = try scan(packed)
                }
                outcome.digest &+= AnswerHash.operation(index, answer)
                outcome.items &+= items
                index &+= 1
            }
        } catch { throw SubjectError(error.description) }
    }

    @inline(__always)
    private func get(_ id: UInt32, _ packed: borrowing PackedEntities) throws(StrataError) -> UInt64 {
        guard let found = packed.entity(withID: id) else { return AnswerHash.absent }
        return try answer(found.record, found.position)
    }

    /// What a get answers of a packed record.
    @inline(__always)
    private func answer(_ record: PackedEntity, _ position: Int) throws(StrataError) -> UInt64 {
        let type = record.typeIndex
        guard !record.isWide, type < typeHashes.count else {
            return try wideAnswer(try snapshot.entity(at: position), position)
        }
        return AnswerHash.entity(
            id: record.id, type: typeHashes.baseAddress.unsafelyUnwrapped[type], degree: record.degree)
    }

    private func getBatch(
        _ operation: Operation, _ packed: borrowing PackedEntities
    ) throws(StrataError) -> UInt64 {
        // Memory of the call's own: several threads may be here.
        try withUnsafeTemporaryAllocation(
            of: UInt32.self, capacity: Int(operation.limit)
        ) { ids throws(StrataError) -> UInt64 in
            for place in ids.indices {
                ids.initializeElement(at: place, to: operation.batchKey(at: place, entityCount: loaded))
            }
            var sum: UInt64 = 0
            try packed.forEachEntity(withIDs: ids.span) { place, found throws(StrataError) in
                var answer = AnswerHash.absent
                if let found { answer = try self.answer(found.record, found.position) }
                sum &+= AnswerHash.fold(UInt64(place), answer)
            }
            return sum
        }
    }

    private func scan(_ packed: borrowing PackedEntities) throws(StrataError) -> UInt64 {
        var sum: UInt64 = 0
        try packed.forEachEntity(at: 0..<snapshot.entityCount) { position, record throws(StrataError) in
            sum &+= AnswerHash.scanned(
                entity: try answer(record, position), hasProperties: record.hasProperties,
                hasEmbedding: record.hasEmbedding)
        }
        return sum
    }
}
