import BenchDriver
import BenchResults
import BenchWorkload
import GraphData
import Strata

/// The storage stack behind the driver's protocol.
final class StrataSubject: Subject {
    private let context: SubjectContext
    private let dataset: MappedDataset
    private let engine: KnowledgeEngine
    private let parts: StrataParts
    private var loader: DatasetLoader
    private let file: String
    private var snapshotBytes: UInt64?
    /// The rows that were loaded, and what the cache had done, when the phase began.
    private var loaded = 0
    private var earlierCacheMetrics = CacheMetrics()

    init(_ context: SubjectContext) throws(SubjectError) {
        self.context = context
        dataset = context.dataset
        file = context.scratchDirectory + "/store.strata"
        do throws(StrataError) {
            var keys = context.configuration.filter { !StrataParts.keys.contains($0.key) }
            keys["allocation_strategy"] = context.strategy
            engine = try KnowledgeEngine(
                configuration: try MemoryConfiguration(keys: keys), embeddingDimensions: dataset.embeddingDimensions)
        } catch { throw SubjectError(error.description) }
        parts = StrataParts(context, engine)
        loader = DatasetLoader(dataset, into: engine)
    }

    func supports(_ kind: OperationKind) -> Bool {
        switch kind {
        case .insert, .update, .delete, .get, .getBatch, .neighbors, .traverse, .find, .similar, .scan, .serialize,
            .open, .verify, .allocate, .free, .cacheGet:
            true
        default: false
        }
    }

    func prepare(_ phase: PhaseContext) throws(SubjectError) {
        loaded = phase.loaded
        earlierCacheMetrics = engine.cacheMetrics
        try parts.prepare(phase)
    }

    func hold(_ body: () -> Void) throws(SubjectError) { try parts.hold(body) }

    func execute(_ batch: OperationBatch, into outcome: inout BatchOutcome) throws(SubjectError) {
        if try parts.execute(batch, into: &outcome) { return }
        do throws(StrataError) {
            var index = batch.firstIndex
            for operation in batch.operations {
                var items: UInt64 = 1
                let answer = try answer(to: operation, &items, &outcome.bytes)
                outcome.digest &+= AnswerHash.operation(index, answer)
                outcome.items &+= items
                index &+= 1
            }
        } catch { throw SubjectError(error.description) }
    }

    func finish(_ phase: PhaseContext) throws(SubjectError) -> PhaseReport {
        if let report = try parts.finish(phase) { return report }
        do throws(StrataError) {
            var report = PhaseReport()
            let kinds = phase.specification.operations.map(\.kind)
            if kinds.contains(where: \.changesTheStore) {
                for id in PhaseAudit.sample(of: dataset.entityCount) { report.digest &+= try content(UInt32(id)) }
            }
            if kinds.contains(.insert) {
                report.measurements += memoryFigures()
                let memory = engine.memoryBreakdown
                report.accountedBytes = UInt64(memory.total)
                report.accountedResidentBytes = UInt64(max(0, memory.total - memory.untouched))
            }
            if kinds.contains(.similar), let ratio = hitRatio {
                report.measurements.append(
                    Measurement(metric: "hit_ratio", value: ratio, unit: "ratio", direction: .higher))
            }
            if kinds.contains(.serialize), let snapshotBytes {
                report.digest &+= try snapshotContent()
                report.measurements += [
                    Measurement(
                        metric: "snapshot_bytes", value: Double(snapshotBytes), unit: "bytes", direction: .lower),
                    Measurement(
                        metric: "serialized_entities", value: Double(engine.entityCount), unit: "entities",
                        direction: .none),
                ]
            }
            return report
        } catch { throw SubjectError(error.description) }
    }

    // MARK: Operations

    private func answer(
        to operation: Operation, _ items: inout UInt64, _ bytes: inout UInt64
    ) throws(StrataError) -> UInt64 {
        let kind = OperationKind(rawValue: operation.kind)!
        switch kind {
        case .insert:
            try loader.insert(row: Int(operation.key))
            return UInt64(operation.key)
        case .get: return get(operation.key)
        case .getBatch:
            items = UInt64(operation.limit)
            return getBatch(operation)
        case .neighbors:
            var sum: UInt64 = 0
            try engine.forEachRelationship(of: operation.key) { relationship in
                sum &+= AnswerHash.neighbor(
                    type: Self.text(relationship.type, engine), other: relationship.other)
            }
            return sum
        case .traverse:
            guard engine.entity(operation.key) != nil else { return AnswerHash.absent }
            return AnswerHash.levels(try engine.hops(from: operation.key, depth: Int(operation.limit)))
        case .find: return find(operation)
        case .similar:
            guard let record = engine.entity(operation.key), record.embeddingRow != EntityData.none else {
                return AnswerHash.absent
            }
            let matches = try engine.similar(to: operation.key, limit: Int(operation.limit))
            return AnswerHash.sequence(matches.lazy.map(\.id))
        case .update: return try update(operation)
        case .delete:
            guard engine.entity(operation.key) != nil else { return AnswerHash.absent }
            try engine.delete(operation.key)
            return UInt64(operation.key)
        case .scan: return scan(&items)
        case .serialize:
            let byteCount = try engine.writeSnapshot(to: file).byteCount
            snapshotBytes = byteCount
            bytes &+= byteCount
            items = UInt64(engine.entityCount)
            return 0
        case .open: return try open()
        case .verify:
            let header = try SnapshotVerifier.verify(file).header
            items = UInt64(header.entityCount)
            bytes &+= header.totalSize
            return 1
        default: throw StrataError(.invalidArgument, "the subject has no operation '\(kind.name)'")
        }
    }

    @inline(__always)
    private func get(_ id: UInt32) -> UInt64 { Self.answer(engine.entity(id), engine) }

    private func getBatch(_ operation: Operation) -> UInt64 {
        // Memory of the call's own: several threads may be here.
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: Int(operation.limit)) { ids in
            for place in ids.indices {
                ids.initializeElement(at: place, to: operation.batchKey(at: place, entityCount: loaded))
            }
            var sum: UInt64 = 0
            engine.forEachEntity(ids.span) { place, entity in
                sum &+= AnswerHash.fold(UInt64(place), Self.answer(entity, engine))
            }
            return sum
        }
    }

    /// What a get answers of a record.
    @inline(__always)
    private static func answer(_ entity: EntityData?, _ engine: KnowledgeEngine) -> UInt64 {
        guard let entity else { return AnswerHash.absent }
        return AnswerHash.entity(id: entity.id, type: text(entity.type, engine), degree: entity.degree)
    }

    private func find(_ operation: Operation) -> UInt64 {
        let properties = dataset.properties(of: Int(operation.key))
        guard !properties.isEmpty else { return AnswerHash.absent }
        let pair = properties[Int(operation.argument) % properties.count]
        guard let key = engine.lookup(dataset.text(pair.key)), let value = engine.lookup(dataset.text(pair.value))
        else { return AnswerHash.set([]) }
        return AnswerHash.set(engine.find(key, value))
    }

    private func update(_ operation: Operation) throws(StrataError) -> UInt64 {
        guard engine.entity(operation.key) != nil else { return AnswerHash.absent }
        let key: InternedString
        if let pair = dataset.properties(of: Int(operation.key)).first {
            key = try engine.intern(utf8: dataset.string(pair.key).span)
        } else {
            key = try engine.intern(PhaseAudit.updatedKey)
        }
        try engine.update(operation.key, key, to: try engine.intern(PhaseAudit.updatedValue(operation)))
        return UInt64(operation.key)
    }

    private func scan(_ items: inout UInt64) -> UInt64 {
        var sum: UInt64 = 0
        engine.forEachEntity { entity in
            let record = AnswerHash.entity(
                id: entity.id, type: Self.text(entity.type, engine), degree: entity.degree)
            sum &+= AnswerHash.scanned(
                entity: record, hasProperties: entity.propertyCount > 0,
                hasEmbedding: entity.embeddingRow != EntityData.none)
        }
        items = UInt64(engine.entityCount)
        return sum
    }

    /// Opens the snapshot and reads its first entity.
    private func open() throws(StrataError) -> UInt64 {
        let snapshot = try Snapshot(path: file)
        guard let position = try snapshot.position(ofID: 0) else { return AnswerHash.absent }
        return AnswerHash.entity(
            id: 0, type: AnswerHash.text(try snapshot.typeString(at: position)),
            degree: try snapshot.degree(at: position))
    }

    /// The hash of a text of the engine, which is borrowed as long as its bytes are read.
    @inline(__always)
    static func text(_ string: InternedString, _ engine: KnowledgeEngine) -> UInt64 {
        AnswerHash.text(engine.utf8(of: string))
    }

    private static func add(_ property: InternedProperty, _ engine: KnowledgeEngine, to content: inout EntityContent) {
        content.add(key: text(property.key, engine), value: engine.utf8(of: property.value))
    }

    // MARK: Audits

    private func content(_ id: UInt32) throws(StrataError) -> UInt64 {
        guard let entity = engine.entity(id) else { return AnswerHash.absent }
        var content = EntityContent(
            id: id, type: Self.text(entity.type, engine), degree: entity.degree)
        try engine.withProperties(of: id) { row in
            for index in row.indices {
                Self.add(row[index], engine, to: &content)
            }
        }
        try engine.forEachRelationship(of: id) { relationship in
            content.add(type: Self.text(relationship.type, engine), other: relationship.other)
        }
        engine.withEmbedding(of: id) { content.add(embedding: $0) }
        return content.finish()
    }

    /// The content of the entities that the standard subject writes too, read back from the file.
    private func snapshotContent() throws(StrataError) -> UInt64 {
        let snapshot = try Snapshot(path: file)
        var sum: UInt64 = 0
        for id in 0..<min(PhaseAudit.serializedEntities(profile: context.profile), dataset.entityCount) {
            guard let position = try snapshot.position(ofID: UInt32(id)) else {
                sum &+= AnswerHash.absent
                continue
            }
            var content = EntityContent(
                id: UInt32(id), type: AnswerHash.text(try snapshot.typeString(at: position)),
                degree: try snapshot.degree(at: position))
            let row = try snapshot.properties(at: position)
            for index in row.indices {
                content.add(
                    key: AnswerHash.text(try snapshot.string(row[index].key.id)),
                    value: try snapshot.string(row[index].value.id))
            }
            let relationships = try snapshot.outgoing(at: position)
            for index in relationships.indices {
                let type = try snapshot.relationshipType(relationships[index].type)
                content.add(
                    type: AnswerHash.text(try snapshot.string(type)),
                    other: try snapshot.id(at: Int(relationships[index].target)))
            }
            if let embedding = try snapshot.embedding(at: position) { content.add(embedding: embedding) }
            sum &+= content.finish()
        }
        return sum
    }

    /// Of the phase; nil when it has asked the cache for nothing.
    private var hitRatio: Double? {
        var metrics = engine.cacheMetrics
        metrics.hits -= earlierCacheMetrics.hits
        metrics.misses -= earlierCacheMetrics.misses
        return metrics.hitRatio
    }

    private func memoryFigures() -> [Measurement] {
        let stats = engine.internerStats
        let memory = engine.memoryMetrics
        var figures = [
            Measurement(
                metric: "bytes_per_entity", value: Double(engine.memoryUsage) / Double(max(1, engine.entityCount)),
                unit: "bytes", direction: .lower),
            Measurement(metric: "store_bytes", value: Double(engine.memoryUsage), unit: "bytes", direction: .lower),
            Measurement(
                metric: "payload_live_bytes", value: Double(memory.liveBytes), unit: "bytes", direction: .lower),
            Measurement(metric: "interner_bytes", value: Double(stats.totalBytes), unit: "bytes", direction: .lower),
            Measurement(
                metric: "unique_strings", value: Double(stats.uniqueStrings), unit: "strings", direction: .none),
        ]
        if let ratio = memory.fragmentationRatio {
            figures.append(
                Measurement(metric: "payload_fragmentation", value: ratio, unit: "ratio", direction: .lower))
        }
        return figures
    }
}
