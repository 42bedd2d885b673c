import BenchDriver
import BenchResults
import BenchWorkload
import GraphData
import Strata

/// What `insert` and `similar` do to vectors by themselves: the embeddings of the data set, each a query, too, that does
/// not find itself.
///
/// What was found is written down and, after the phase, held against an exact search of the first queries: recall is
/// measured, never assumed. Generic over the store so that all run the same code, specialised for each: its owners are
/// not generic.
struct SimilarityRun<Store: SimilarityStore & ~Copyable>: ~Copyable {
    private let dataset: MappedDataset
    private let seed: UInt64
    private var store: Store?
    private var inserted = 0
    /// What each operation of the plan found, `limit` places each, and how much that is.
    private var found: SharedTable<UInt32>
    private var counts: SharedTable<UInt32>
    private var limit = 0
    private var breadth = 0
    private var plan: UnsafePointer<Operation>?
    /// Room for one result more than asked for: the query itself.
    private var room: SharedTable<UInt32>

    /// The queries that recall is measured on.
    private static var audited: Int { 256 }
    /// The vectors that a store may learn from.
    private static var sampled: Int { 20_000 }

    init(_ context: SubjectContext) throws(SubjectError) {
        guard context.dataset.embeddingDimensions > 0 else {
            throw SubjectError("the data set has no embeddings, and nothing else is searched here")
        }
        let found = try SharedTable<UInt32>(count: 0)
        let counts = try SharedTable<UInt32>(count: 0)
        let room = try SharedTable<UInt32>(count: 1)
        dataset = context.dataset
        seed = context.seed
        self.found = found
        self.counts = counts
        self.room = room
    }

    func supports(_ kind: OperationKind) -> Bool { kind == .insert || kind == .similar }

    mutating func prepare(_ phase: PhaseContext) throws(SubjectError) {
        plan = phase.operations.baseAddress
        let specification = phase.specification
        guard specification.roles.isEmpty, phase.threads == 1 else {
            throw SubjectError("`\(specification.name)` has several threads, and a searcher serves one")
        }
        if specification.has(.similar) {
            (limit, breadth) = (specification.k, specification.breadth)
            found = try SharedTable<UInt32>(count: phase.operations.count * limit)
            counts = try SharedTable<UInt32>(count: phase.operations.count)
            room = try SharedTable<UInt32>(count: limit + 1)
            do throws(StrataError) { try settle(on: phase.operations) } catch { throw SubjectError(error.description) }
            return
        }
        guard store == nil else { return }
        do throws(StrataError) { store = try Self.store(dataset, phase.operations.count, seed) } catch {
            throw SubjectError(error.description)
        }
    }

    /// Readies the store for searches, and does one: a searcher takes the memory that it works in at its first.
    private mutating func settle(on operations: UnsafeBufferPointer<Operation>) throws(StrataError) {
        try store?.seal()
        guard inserted > 0, let first = operations.first else { return }
        let query = dataset.embedding(of: Int(first.key))
        if !query.isEmpty {
            _ = try store?.search(query.span, limit: limit + 1, breadth: breadth, into: room.pointer(0))
        }
    }

    /// A store for so many vectors that has seen a sample of them. Not timed.
    private static func store(_ dataset: MappedDataset, _ count: Int, _ seed: UInt64) throws(StrataError) -> Store {
        var sample: [Float] = []
        let step = max(1, dataset.entityCount / Self.sampled)
        for row in stride(from: 0, to: dataset.entityCount, by: step) { sample += dataset.embedding(of: row) }
        return try Store(dimensions: dataset.embeddingDimensions, count: count, sample: sample.span, seed: seed)
    }

    mutating func execute(_ batch: OperationBatch, into outcome: inout BatchOutcome) throws(SubjectError) {
        do throws(StrataError) {
            let start = batch.operations.baseAddress.unsafelyUnwrapped - plan.unsafelyUnwrapped
            for (place, operation) in batch.operations.enumerated() {
                let vector = dataset.embedding(of: Int(operation.key))
                guard !vector.isEmpty else { continue }
                if operation.kind == OperationKind.insert.rawValue {
                    try store!.insert(vector.span, id: operation.key)
                    inserted += 1
                } else {
                    let count = try search(vector.span, operation.key, at: start + place)
                    if Store.isExact {
                        let answer = UnsafeBufferPointer(start: found.pointer((start + place) * limit), count: count)
                        outcome.digest &+= AnswerHash.operation(
                            batch.firstIndex &+ UInt64(place), AnswerHash.sequence(answer))
                    }
                }
            }
            outcome.items &+= UInt64(batch.operations.count)
        } catch { throw SubjectError(error.description) }
    }

    /// Finds the nearest to a query that has an identifier of its own, and writes them down.
    private mutating func search(
        _ query: Span<Float>, _ own: UInt32, at place: Int
    ) throws(StrataError) -> Int {
        let count = try store!.search(query, limit: limit + 1, breadth: breadth, into: room.pointer(0))
        let into = found.pointer(place * limit)
        var kept = 0
        for index in 0..<count where room[index] != own && kept < limit {
            into[kept] = room[index]
            kept += 1
        }
        counts[place] = UInt32(kept)
        return kept
    }

    mutating func finish(_ phase: PhaseContext) throws(SubjectError) -> PhaseReport {
        var report = PhaseReport(isComparable: Store.isExact)
        if phase.specification.has(.insert), inserted > 0, let bytes = store?.reservedBytes {
            report.measurements.append(
                Measurement(
                    metric: "bytes_per_entity", value: Double(bytes) / Double(inserted), unit: "bytes",
                    direction: .lower))
        }
        if phase.specification.has(.similar), limit > 0 {
            do throws(StrataError) {
                report.measurements.append(
                    Measurement(
                        metric: "recall_at_\(limit)", value: try recall(of: phase.operations), unit: "fraction",
                        direction: .higher))
            } catch { throw SubjectError(error.description) }
        }
        plan = nil
        return report
    }

    /// The share of the true nearest that was found for the first queries.
    private borrowing func recall(of operations: UnsafeBufferPointer<Operation>) throws(StrataError) -> Double {
        var truth = try ExactVectors(
            dimensions: dataset.embeddingDimensions, count: dataset.entityCount, sample: Span(), seed: seed)
        for row in 0..<dataset.entityCount { try truth.insert(dataset.embedding(of: row).span, id: UInt32(row)) }
        var nearest = [UInt32](repeating: 0, count: limit + 1)
        var (wanted, hits) = (0, 0)
        for place in 0..<min(operations.count, Self.audited) {
            let own = operations[place].key
            let query = dataset.embedding(of: Int(own))
            var count = 0
            var failure: StrataError?
            nearest.withUnsafeMutableBufferPointer { room in
                do throws(StrataError) {
                    count = try truth.search(query.span, limit: limit + 1, breadth: 0, into: room.baseAddress!)
                } catch { failure = error }
            }
            if let failure { throw failure }
            let exact = Set(nearest[..<count].filter { $0 != own }.prefix(limit))
            wanted += exact.count
            for index in 0..<Int(counts[place]) where exact.contains(found[place * limit + index]) { hits += 1 }
        }
        return wanted > 0 ? Double(hits) / Double(wanted) : 1
    }
}
