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
    private let writer: EngineWriter
    private let file: String
    private var snapshotBytes: UInt64?
    /// How long the phase's serializations took.
    private var serializeNanoseconds = 0.0
    private var serializations = 0
    /// Whether the file holds the graph as it is now.
    private var isFileCurrent = false
    /// What the phase at hand is done to where that is a file.
    private var reads: SnapshotReads?
    /// Made when the first phase after the load begins.
    private var typeHashes: TypeHashes
    /// The rows that were loaded, and what the cache had done, when the phase began.
    private var loaded = 0
    private var earlierCacheMetrics = CacheMetrics()
    /// The rows whose types have hashes.
    private var hashedRows = 0

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
        writer = EngineWriter(dataset, engine)
        parts = StrataParts(context, engine, writer)
        typeHashes = TypeHashes(dataset, rows: 0, engine)
    }

    func supports(_ kind: OperationKind) -> Bool {
        switch kind {
        case .insert, .update, .delete, .get, .getBatch, .neighbors, .traverse, .find, .similar, .scan, .serialize,
            .open, .verify, .allocate, .free, .cacheGet, .compact, .replace:
            true
        default: false
        }
    }

    func prepare(_ phase: PhaseContext) throws(SubjectError) {
        loaded = phase.loaded
        earlierCacheMetrics = engine.cacheMetrics
        (serializeNanoseconds, serializations) = (0, 0)
        if hashedRows != loaded {
            typeHashes = TypeHashes(dataset, rows: loaded, engine)
            hashedRows = loaded
        }
        if phase.specification.changesTheStore { isFileCurrent = false }
        if phase.specification.store == .memory { return try parts.prepare(phase) }
        if !isFileCurrent {
            do throws(StrataError) { try writeFile() } catch { throw SubjectError(error.description) }
        }
        reads = try SnapshotReads(file, phase, dataset)
    }

    func hold(_ body: () -> Void) throws(SubjectError) { try parts.hold(body) }

    func execute(_ batch: OperationBatch, into outcome: inout BatchOutcome) throws(SubjectError) {
        if let reads { return try reads.execute(batch, into: &outcome) }
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
        if let reads {
            self.reads = nil
            return try reads.finish()
        }
        if let report = try parts.finish(phase) { return report }
        var report = try engineReport(phase.specification.operations.map(\.kind))
        if serializations > 0, let snapshotBytes { report.measurements += try diskFigures(Double(snapshotBytes)) }
        return report
    }

    private func engineReport(_ kinds: [OperationKind]) throws(SubjectError) -> PhaseReport {
        do throws(StrataError) {
            var report = PhaseReport()
            if kinds.contains(where: { $0.changesTheStore || $0 == .compact }) {
                for id in PhaseAudit.sample(of: dataset.entityCount) { report.digest &+= try content(UInt32(id)) }
            }
            if kinds.contains(.insert) {
                report.measurements += memoryFigures()
                let memory = engine.memoryBreakdown
                report.accountedBytes = UInt64(memory.handedOut)
                report.accountedResidentBytes = UInt64(memory.resident)
            }
            if kinds.contains(.delete) || kinds.contains(.compact) { reportPayloads(&report, kinds) }
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

    /// The disk's own pace, and the share of it that writing the snapshots reached.
    private func diskFigures(_ snapshotBytes: Double) throws(SubjectError) -> [Measurement] {
        let pace = try DiskPace.bytesPerSecond(Int(snapshotBytes), in: context.scratchDirectory)
        let ours = snapshotBytes * Double(serializations) / serializeNanoseconds * 1e9
        return [
            Measurement(metric: "disk_bandwidth", value: pace, unit: "bytes/s", direction: .none),
            Measurement(metric: "disk_bandwidth_share", value: ours / pace, unit: "ratio", direction: .higher),
        ]
    }

    // MARK: Operations

    private func answer(
        to operation: Operation, _ items: inout UInt64, _ bytes: inout UInt64
    ) throws(StrataError) -> UInt64 {
        let kind = OperationKind(rawValue: operation.kind)!
        switch kind {
        case .insert, .update, .replace, .delete: return try writer.write(operation)
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
        case .scan: return scan(&items)
        case .serialize:
            serializeNanoseconds += try Stopwatch.nanoseconds { () throws(StrataError) in try writeFile() }
            serializations += 1
            bytes &+= snapshotBytes ?? 0
            items = UInt64(engine.entityCount)
            return 0
        case .open: return try open()
        case .verify:
            let header = try SnapshotVerifier.verify(file).header
            items = UInt64(header.entityCount)
            bytes &+= header.totalSize
            return 1
        case .compact:
            try engine.collectGarbage()
            return 0
        default: throw StrataError(.invalidArgument, "the subject has no operation '\(kind.name)'")
        }
    }

    @inline(__always)
    private func get(_ id: UInt32) -> UInt64 { Self.answer(engine.entity(id), engine, typeHashes) }

    /// Writes the graph to its file, and synchronizes it.
    private func writeFile() throws(StrataError) {
        snapshotBytes = try engine.writeSnapshot(to: file).byteCount
        isFileCurrent = true
    }

    private func getBatch(_ operation: Operation) -> UInt64 {
        // Memory of the call's own: several threads may be here.
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: Int(operation.limit)) { ids in
            for place in ids.indices {
                ids.initializeElement(at: place, to: operation.batchKey(at: place, entityCount: loaded))
            }
            var sum: UInt64 = 0
            let (engine, typeHashes) = (engine, typeHashes)
            engine.forEachEntity(ids.span) { place, entity in
                sum &+= AnswerHash.fold(UInt64(place), Self.answer(entity, engine, typeHashes))
            }
            return sum
        }
    }

    /// What a get answers of a record.
    @inline(__always)
    private static func answer(
        _ entity: EntityData?, _ engine: KnowledgeEngine, _ typeHashes: TypeHashes
    ) -> UInt64 {
        guard let entity else { return AnswerHash.absent }
        return AnswerHash.entity(id: entity.id, type: typeHashes.hash(entity.type, engine), degree: entity.degree)
    }

    private func find(_ operation: Operation) -> UInt64 {
        let properties = dataset.properties(of: Int(operation.key))
        guard !properties.isEmpty else { return AnswerHash.absent }
        let pair = properties[Int(operation.argument) % properties.count]
        guard let key = engine.lookup(dataset.text(pair.key)), let value = engine.lookup(dataset.text(pair.value))
        else { return AnswerHash.set([]) }
        return AnswerHash.set(engine.find(key, value))
    }

    private func scan(_ items: inout UInt64) -> UInt64 {
        var sum: UInt64 = 0
        let (engine, typeHashes) = (engine, typeHashes)
        engine.forEachEntity { entity in
            let record = AnswerHash.entity(
                id: entity.id, type: typeHashes.hash(entity.type, engine), degree: entity.degree)
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
            id: 0, type: try snapshot.withUTF8(of: try snapshot.type(at: position)) { AnswerHash.text($0) },
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
                id: UInt32(id),
                type: try snapshot.withUTF8(of: try snapshot.type(at: position)) { AnswerHash.text($0) },
                degree: try snapshot.degree(at: position))
            let row = try snapshot.properties(at: position)
            for index in row.indices {
                let key = try snapshot.withUTF8(of: row[index].key.id) { AnswerHash.text($0) }
                try snapshot.withUTF8(of: row[index].value.id) { content.add(key: key, value: $0) }
            }
            let relationships = try snapshot.outgoing(at: position)
            for index in relationships.indices {
                let type = try snapshot.relationshipType(relationships[index].type)
                content.add(
                    type: try snapshot.withUTF8(of: type) { AnswerHash.text($0) },
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

    /// After a compaction the process's memory is held against the payloads: it is theirs once the other parts' is taken
    /// off. By how much their count is off, a percent or so, is too much where they hold many times what payloads do.
    private func reportPayloads(_ report: inout PhaseReport, _ kinds: [OperationKind]) {
        let payloads = engine.payloadMemory
        let memory = engine.memoryBreakdown
        let others = max(
            0, memory.total - payloads.heldBytes - (memory.untouched - payloads.untouchedBytes))
        if kinds == [.compact], others <= 8 * payloads.liveBytes {
            report.liveBytes = UInt64(payloads.liveBytes)
            report.otherResidentBytes = UInt64(others)
        }
        report.measurements += [
            Measurement(
                metric: "payload_live_bytes", value: Double(payloads.liveBytes), unit: "bytes", direction: .none),
            Measurement(
                metric: "payload_held_bytes", value: Double(payloads.heldBytes), unit: "bytes", direction: .lower),
        ]
        if let ratio = payloads.fragmentationRatio {
            report.measurements.append(
                Measurement(metric: "payload_fragmentation", value: ratio, unit: "ratio", direction: .lower))
        }
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
