import BenchDriver
import BenchResults
import BenchWorkload
import GraphData
import Strata

/// What phases deal with by themselves, beside plain calls of the engine: payload memory, a cache, and the engine's
/// readers on other threads beside its writer. Each is made for the phase that needs it.
final class StrataParts {
    /// Keys of the configuration that are a part's and not the engine's.
    static let keys: Set<String> = ["cache_policy", "cache_entries", "cache_prefetch"]

    private let context: SubjectContext
    private let engine: KnowledgeEngine
    private let writer: EngineWriter
    private let strategy: AllocationStrategy
    private let gcThreshold: Double
    private var slots: PayloadSlots?
    private var cache: ReadThroughCache?
    private var readers: EngineReaders?
    /// The rows that were loaded when the phase began.
    private var loaded = 0
    /// What the phase at hand is about; nil where it is the engine's.
    private var current: Kind?

    private enum Kind { case slots, cache, readers }

    init(_ context: SubjectContext, _ engine: KnowledgeEngine, _ writer: EngineWriter) {
        self.context = context
        self.engine = engine
        self.writer = writer
        strategy = engine.configuration.allocationStrategy
        gcThreshold = engine.configuration.gcThreshold
    }

    /// Gets ready, where the phase is about a part.
    func prepare(_ phase: PhaseContext) throws(SubjectError) {
        let specification = phase.specification
        loaded = phase.loaded
        readers = nil
        cache = nil
        if specification.has(.allocate) || specification.has(.free) {
            current = .slots
            if slots == nil { slots = try makeSlots() }
            slots!.begin()
        } else if specification.has(.cacheGet) {
            current = .cache
            let (policy, size) = (try cachePolicy(), try cacheSize())
            cache =
                context.configuration["cache_prefetch"] == "learned"
                ? ReadThroughCache(prefetching: context.dataset, policy, size, threads: phase.threads)
                : ReadThroughCache(context.dataset, policy, size, threads: phase.threads)
        } else if !specification.roles.isEmpty {
            current = .readers
            readers = try EngineReaders(of: engine, writer: writer, threads: phase.threads)
        } else {
            current = nil
        }
        guard current != nil else { return }
        let foreign = specification.operations.map(\.kind).filter { !isOurs($0) }
        guard foreign.isEmpty else {
            let names = foreign.map { "`\($0.name)`" }.joined(separator: ", ")
            throw SubjectError("\(names) cannot be mixed with the other operations of `\(specification.name)`")
        }
    }

    private func isOurs(_ kind: OperationKind) -> Bool {
        switch current {
        case .slots: kind == .allocate || kind == .free
        case .cache: kind == .cacheGet
        case .readers:
            kind == .get || kind == .getBatch || kind == .neighbors || kind == .update || kind == .replace
                || kind == .delete
        case nil: false
        }
    }

    private func makeSlots() throws(SubjectError) -> PayloadSlots {
        let source: PayloadSlots.Source =
            switch strategy {
            case .direct: .allocator
            case .pool: .pool(SizeClassPool())
            case .bump: .arenas(gcThreshold: gcThreshold)
            }
        return try PayloadSlots(count: context.dataset.entityCount, threads: context.threads, source: source)
    }

    private func cachePolicy() throws(SubjectError) -> CachePolicyName {
        guard let text = context.configuration["cache_policy"] else { return .lru }
        guard let policy = CachePolicyName(rawValue: text) else {
            let names = CachePolicyName.allCases.map(\.rawValue).joined(separator: ", ")
            throw SubjectError("there is no cache policy `\(text)`; give one of \(names)")
        }
        return policy
    }

    private func cacheSize() throws(SubjectError) -> ReadThroughCache.Size {
        if let text = context.configuration["cache_entries"], let entries = Int(text) { return .entries(entries) }
        if let text = context.configuration["cache_size"], let bytes = Int(text) { return .bytes(bytes) }
        throw SubjectError("`cache_get` needs a size: give `configuration: { cache_entries: N }`, or a `cache_size`")
    }

    func hold(_ body: () -> Void) throws(SubjectError) {
        guard let readers else { return body() }
        do throws(StrataError) { try readers.hold(body) } catch { throw SubjectError(error.description) }
    }

    /// Does a batch, where the phase is about a part.
    ///
    /// - Returns: whether it was.
    @inline(__always)
    func execute(_ batch: OperationBatch, into outcome: inout BatchOutcome) throws(SubjectError) -> Bool {
        guard let current else { return false }
        switch current {
        case .slots:
            try slots!.execute(batch, into: &outcome)
            outcome.items &+= UInt64(batch.operations.count)
        case .cache:
            cache!.execute(batch, into: &outcome)
        case .readers:
            do throws(StrataError) { try read(batch, into: &outcome) } catch {
                throw SubjectError(error.description)
            }
        }
        return true
    }

    private func read(_ batch: OperationBatch, into outcome: inout BatchOutcome) throws(StrataError) {
        let readers = readers!
        var index = batch.firstIndex
        for operation in batch.operations {
            var items: UInt64 = 1
            let answer: UInt64
            switch operation.operationKind! {
            case .get: answer = readers.get(operation.key, thread: batch.thread)
            case .neighbors: answer = readers.neighbors(operation.key, thread: batch.thread)
            case .getBatch:
                answer = try visit(operation)
                items = UInt64(operation.limit)
            default: answer = try readers.write(operation)
            }
            outcome.digest &+= AnswerHash.operation(index, answer)
            outcome.items &+= items
            index &+= 1
        }
    }

    /// A reader that comes for one call.
    private func visit(_ operation: Operation) throws(StrataError) -> UInt64 {
        let loaded = loaded
        let readers = readers!
        // Memory of the call's own: several threads may be here.
        return try withUnsafeTemporaryAllocation(
            of: UInt32.self, capacity: Int(operation.limit)
        ) { ids throws(StrataError) in
            for place in ids.indices {
                ids.initializeElement(at: place, to: operation.batchKey(at: place, entityCount: loaded))
            }
            return try readers.visit(ids.span)
        }
    }

    private func cacheMeasurements(_ phase: PhaseContext) throws(SubjectError) -> [Measurement] {
        let metrics = cache!.metrics
        guard let ratio = metrics.hitRatio else { return [] }
        var result = [
            Measurement(metric: "hit_ratio", value: ratio, unit: "ratio", direction: .higher),
            Measurement(
                metric: "cache_evictions", value: Double(metrics.evictions), unit: "count", direction: .none),
        ]
        let size = try cacheSize()
        if case .bytes = size {
            result.append(
                Measurement(metric: "cache_bytes", value: Double(metrics.bytes), unit: "bytes", direction: .lower))
        }
        if let ahead = cache!.prefetchMetrics {
            // What is fetched ahead and asked for soon is a hit that would have been a miss.
            result += [
                Measurement(metric: "prefetches", value: Double(ahead.fetches), unit: "count", direction: .none),
                Measurement(
                    metric: "useful_prefetches", value: Double(ahead.usefulFetches), unit: "count", direction: .none),
            ]
        } else if try cachePolicy() == .adaptive, let gap = HitRatioGap.measure(ratio, phase, context.dataset, size) {
            result.append(Measurement(metric: "hit_ratio_gap", value: gap, unit: "ratio", direction: .lower))
        }
        return result
    }

    /// Ends a phase that was about a part; nil for another.
    func finish(_ phase: PhaseContext) throws(SubjectError) -> PhaseReport? {
        guard let current else { return nil }
        var report = PhaseReport()
        switch current {
        case .slots:
            report.digest = try slots!.finish()
            report.measurements = slots!.measurements
            report.liveBytes = UInt64(slots!.liveBytes)
        case .cache:
            report.measurements = try cacheMeasurements(phase)
        case .readers:
            let readers = readers!
            report.measurements += [
                Measurement(
                    metric: "retired_bytes", value: Double(readers.highestGarbageBytes), unit: "bytes",
                    direction: .lower),
                Measurement(
                    metric: "epoch_oldest_pin_age", value: Double(readers.oldestReaderAge), unit: "epochs",
                    direction: .lower),
            ]
            if let bytes = readers.highestGarbageBytesOverLimit {
                report.measurements += [
                    Measurement(
                        metric: "retired_bytes_over_limit", value: Double(bytes), unit: "bytes", direction: .lower),
                    Measurement(
                        metric: "refused_updates", value: Double(readers.refusedWrites), unit: "operations",
                        direction: .lower),
                ]
            }
        }
        return report
    }
}
