import BenchDriver
import BenchResults
import BenchWorkload
import Foundation
import GraphData

/// The standard store behind the driver's protocol.
final class StandardSubject: Subject {
    // Foundation has an Operation of its own.
    private typealias Operation = BenchWorkload.Operation

    private let context: SubjectContext
    private let dataset: MappedDataset
    private let store = StandardStore()
    /// The texts of keys, entity types and relationship types, made once, as a program that knows its schema has them.
    private var schema: [UInt32: String] = [:]
    private let file: URL
    private let limit: Int
    private var hasFile = false
    /// The rows that were loaded when the phase began.
    private var loaded = 0
    /// Made by the first phase that allocates.
    private var slots: StandardSlots?
    /// What guards the store in phases whose threads do different things; nil in others, where none writes beside others.
    private var lock: ReadWriteLock?
    /// No embedding of the data set is longer; known from the first phase on that asks for similar entities.
    private var longestEmbedding: Double?

    init(_ context: SubjectContext) {
        self.context = context
        dataset = context.dataset
        file = URL(fileURLWithPath: context.scratchDirectory).appendingPathComponent("standard.jsonl")
        limit = PhaseAudit.serializedEntities(profile: context.profile)
    }

    func supports(_ kind: OperationKind) -> Bool {
        switch kind {
        case .insert, .update, .delete, .get, .getBatch, .neighbors, .traverse, .find, .similar, .scan, .serialize,
            .allocate, .free, .replace:
            true
        default: false
        }
    }

    func prepare(_ phase: PhaseContext) throws(SubjectError) {
        loaded = phase.loaded
        lock = phase.specification.roles.isEmpty ? nil : ReadWriteLock()
        if phase.specification.has(.allocate) || phase.specification.has(.free) {
            let slots = slots ?? StandardSlots(count: dataset.entityCount, threads: context.threads)
            slots.begin()
            self.slots = slots
        }
        if phase.specification.has(.similar), longestEmbedding == nil {
            longestEmbedding = (0..<dataset.entityCount).reduce(0) { max($0, Self.length(dataset.embedding(of: $1))) }
        }
    }

    func hold(_ body: () -> Void) throws(SubjectError) {
        lock?.lockForReading()
        body()
        lock?.unlock()
    }

    func execute(_ batch: OperationBatch, into outcome: inout BatchOutcome) throws(SubjectError) {
        guard let lock else { return try run(batch, into: &outcome) }
        // An operation at a time: a batch would hold the others up.
        for place in batch.operations.indices {
            let operation = OperationBatch(
                operations: UnsafeBufferPointer(rebasing: batch.operations[place...place]),
                firstIndex: batch.firstIndex &+ UInt64(place), thread: batch.thread)
            let writes = batch.operations[place].operationKind?.changesTheStore ?? false
            if writes { lock.lockForWriting() } else { lock.lockForReading() }
            defer { lock.unlock() }
            try run(operation, into: &outcome)
        }
    }

    private func run(_ batch: OperationBatch, into outcome: inout BatchOutcome) throws(SubjectError) {
        var index = batch.firstIndex
        for operation in batch.operations {
            let kind = OperationKind(rawValue: operation.kind)!
            var items: UInt64 = 1
            let answer: UInt64
            switch kind {
            case .insert:
                insert(Int(operation.key))
                answer = UInt64(operation.key)
            case .get: answer = get(operation.key)
            case .getBatch:
                var sum: UInt64 = 0
                for place in 0..<Int(operation.limit) {
                    sum &+= AnswerHash.fold(
                        UInt64(place), get(operation.batchKey(at: place, entityCount: loaded)))
                }
                items = UInt64(operation.limit)
                answer = sum
            case .neighbors:
                var sum: UInt64 = 0
                for relationship in store.entity(operation.key)?.relationships ?? [] {
                    sum &+= AnswerHash.neighbor(type: AnswerHash.text(relationship.type), other: relationship.target)
                }
                answer = sum
            case .traverse: answer = traverse(operation)
            case .find: answer = find(operation)
            case .similar: answer = similar(operation)
            case .update: answer = update(operation)
            case .replace: answer = replace(operation)
            case .delete: answer = store.delete(operation.key) ? UInt64(operation.key) : AnswerHash.absent
            case .scan: (answer, items) = scan()
            case .serialize:
                (answer, items) = try serialize()
                outcome.bytes &+= fileByteCount ?? 0
            case .allocate, .free:
                // Answers are summed over what goes, whichever operation it was.
                if kind == .allocate {
                    slots!.allocate(operation, index: index, thread: batch.thread, digest: &outcome.digest)
                } else {
                    slots!.free(operation, thread: batch.thread, digest: &outcome.digest)
                }
                outcome.items &+= 1
                index &+= 1
                continue
            default: throw SubjectError("the standard subject has no operation '\(kind.name)'")
            }
            outcome.digest &+= AnswerHash.operation(index, answer)
            outcome.items &+= items
            index &+= 1
        }
    }

    func finish(_ phase: PhaseContext) throws(SubjectError) -> PhaseReport {
        var report = PhaseReport()
        let kinds = phase.specification.operations.map(\.kind)
        if kinds.contains(.allocate) || kinds.contains(.free), let slots {
            report.digest &+= slots.finish()
            report.liveBytes = UInt64(slots.liveBytes)
        }
        if kinds.contains(where: \.changesTheStore), phase.isRepeatable {
            for id in PhaseAudit.sample(of: dataset.entityCount) { report.digest &+= content(store, UInt32(id)) }
        }
        if kinds.contains(.serialize), hasFile {
            let read: StandardStore
            do { read = try StandardStore.read(from: file) } catch { throw failure(error) }
            for id in 0..<min(limit, dataset.entityCount) { report.digest &+= content(read, UInt32(id)) }
            guard let bytes = fileByteCount else { throw SubjectError("\(file.path) has no size") }
            report.measurements = [
                Measurement(metric: "json_bytes", value: Double(bytes), unit: "bytes", direction: .none),
                Measurement(
                    metric: "serialized_entities", value: Double(read.entities.count), unit: "entities",
                    direction: .none),
            ]
        }
        return report
    }

    /// The size of the file that was written.
    private var fileByteCount: UInt64? {
        ((try? FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int) ?? nil).map { UInt64($0) }
    }

    // MARK: Operations

    private func insert(_ row: Int) {
        store.insert(
            StandardStore.Entity(
                id: UInt32(row), type: text(dataset.type(of: row)), properties: properties(of: row),
                embedding: Array(dataset.embedding(of: row)),
                relationships: dataset.relationships(of: row).map { (text($0.type), $0.target) }))
    }

    private func properties(of row: Int) -> [String: String] {
        var properties: [String: String] = [:]
        for pair in dataset.properties(of: row) {
            let value = String(decoding: dataset.string(pair.value), as: UTF8.self)
            // Several values of a key become the lines of one.
            if let earlier = properties.updateValue(value, forKey: text(pair.key)) {
                properties[text(pair.key)] = earlier + "\n" + value
            }
        }
        return properties
    }

    private func text(_ string: UInt32) -> String {
        if let known = schema[string] { return known }
        let text = String(decoding: dataset.string(string), as: UTF8.self)
        schema[string] = text
        return text
    }

    private func get(_ id: UInt32) -> UInt64 {
        guard let entity = store.entity(id) else { return AnswerHash.absent }
        return AnswerHash.entity(id: entity.id, type: AnswerHash.text(entity.type), degree: entity.relationships.count)
    }

    private func traverse(_ operation: Operation) -> UInt64 {
        guard store.entity(operation.key) != nil else { return AnswerHash.absent }
        return AnswerHash.levels(store.hops(from: operation.key, depth: Int(operation.limit)))
    }

    private func find(_ operation: Operation) -> UInt64 {
        let properties = dataset.properties(of: Int(operation.key))
        guard !properties.isEmpty else { return AnswerHash.absent }
        let pair = properties[Int(operation.argument) % properties.count]
        return AnswerHash.set(store.find(dataset.text(pair.key), dataset.text(pair.value)))
    }

    private func similar(_ operation: Operation) -> UInt64 {
        guard let query = store.entity(operation.key)?.embedding, !query.isEmpty else { return AnswerHash.absent }
        let k = Int(operation.limit)
        // The store ranks in single precision. Answers are compared after ranking in double precision, so all are asked
        // for, which costs the same as any prefix of what is sorted, and those ranked again that single precision cannot
        // tell from the last one.
        let sorted = store.similar(to: query, excluding: operation.key, k: .max)
        let floor = sorted.count > k && k > 0 ? Double(sorted[k - 1].score) - 2 * roundingError(query) : -.infinity
        let candidates = sorted.prefix { Double($0.score) >= floor }
        var ranked: [(id: UInt32, score: Double)] = []
        for candidate in candidates {
            ranked.append((candidate.id, Self.exactScore(query, store.entity(candidate.id)!.embedding)))
        }
        ranked.sort { left, right in left.score != right.score ? left.score > right.score : left.id < right.id }
        return AnswerHash.sequence(ranked.prefix(k).map { $0.id })
    }

    /// The most by which an inner product in single precision can be off: each of its products and sums by 2^-24 of
    /// |query| * |vector|, which the factor of two rounds up, or by the smallest number there is.
    private func roundingError(_ query: [Float]) -> Double {
        let length = query.withUnsafeBufferPointer(Self.length)
        return Double(query.count + 1) * (0x1p-23 * length * (longestEmbedding ?? .infinity) + 0x1p-148)
    }

    private static func length(_ vector: UnsafeBufferPointer<Float>) -> Double {
        vector.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    }

    static func exactScore(_ left: [Float], _ right: [Float]) -> Double {
        var sum = 0.0
        for index in left.indices { sum += Double(left[index]) * Double(right[index]) }
        return sum
    }

    private func update(_ operation: Operation) -> UInt64 {
        guard store.entity(operation.key) != nil else { return AnswerHash.absent }
        let key = dataset.properties(of: Int(operation.key)).first.map { text($0.key) } ?? PhaseAudit.updatedKey
        store.update(operation.key, key, to: PhaseAudit.updatedValue(operation))
        return UInt64(operation.key)
    }

    private func replace(_ operation: Operation) -> UInt64 {
        guard let entity = store.entity(operation.key) else { return AnswerHash.absent }
        var properties = self.properties(of: Int(operation.key))
        let key = dataset.properties(of: Int(operation.key)).first.map { text($0.key) } ?? PhaseAudit.updatedKey
        properties[key] = PhaseAudit.updatedValue(operation)
        entity.properties = properties
        return UInt64(operation.key)
    }

    private func scan() -> (answer: UInt64, items: UInt64) {
        var sum: UInt64 = 0
        for (_, entity) in store.entities {
            let record = AnswerHash.entity(
                id: entity.id, type: AnswerHash.text(entity.type), degree: entity.relationships.count)
            sum &+= AnswerHash.scanned(
                entity: record, hasProperties: !entity.properties.isEmpty, hasEmbedding: !entity.embedding.isEmpty)
        }
        return (sum, UInt64(store.entities.count))
    }

    private func serialize() throws(SubjectError) -> (answer: UInt64, items: UInt64) {
        do {
            let count = try store.write(to: file, limit: limit)
            hasFile = true
            return (0, UInt64(count))
        } catch { throw failure(error) }
    }

    private func content(_ store: StandardStore, _ id: UInt32) -> UInt64 {
        guard let entity = store.entity(id) else { return AnswerHash.absent }
        var content = EntityContent(
            id: id, type: AnswerHash.text(entity.type), degree: entity.relationships.count)
        for (key, value) in entity.properties { content.add(key: AnswerHash.text(key), value: value.utf8Span.span) }
        for relationship in entity.relationships {
            content.add(type: AnswerHash.text(relationship.type), other: relationship.target)
        }
        content.add(embedding: entity.embedding.span)
        return content.finish()
    }

    private func failure(_ error: any Error) -> SubjectError {
        SubjectError("\(file.path): \(error.localizedDescription)")
    }
}
