import BenchMeasurement
import BenchResults
import BenchWorkload
import Glibc
import GraphData

/// The child's side of counting: goes through the phases once, on one thread, and has each counted.
///
/// Nothing here depends on time: no sampler, no clock, no warm-up. Between the two ends of the counted part stands
/// nothing but the subject's work and the loop over its batches, so that the same program counts the same again.
struct CountingSession {
    private let job: BlockJob
    private let identity: AllocatorIdentity
    private let library: CountingLibrary?
    private let dataset: MappedDataset
    private let phases: [ExecutionPlan.Phase]
    private let plan: SharedMapping<Operation>

    /// Gets ready to count.
    ///
    /// - Returns: nil and the reason where the allocator that was asked for does not serve `malloc`.
    static func run(job: BlockJob, factory: some SubjectFactory) throws(DriverError) -> BlockResult {
        let library = CountingLibrary()
        let identity = try BlockWorker.measured { () throws(MeasurementError) in
            if let library { return try library.allocator() }
            return try AllocatorIdentity.ofProcess()
        }
        if let reason = BlockWorker.mismatch(identity, expected: job.allocator) {
            return BlockResult(status: .unproven(reason: reason), allocator: identity)
        }
        return try CountingSession(job: job, identity: identity, library: library).run(factory)
    }

    private init(job: BlockJob, identity: AllocatorIdentity, library: CountingLibrary?) throws(DriverError) {
        self.job = job
        self.identity = identity
        self.library = library
        switch job.purpose {
        case .instructions where !Instrumentation.isBuiltIn:
            throw DriverError(
                "this program was built without valgrind's header, so that it cannot tell callgrind what to count; "
                    + "install the package `valgrind` and build again")
        case .instructions where !Instrumentation.isUnderValgrind:
            throw DriverError("instructions are counted under valgrind, and this process does not run under it")
        case .allocations where library == nil:
            throw DriverError("allocations are counted by a preloaded library, and this process has none")
        default: break
        }
        do throws(GraphDataError) {
            dataset = try MappedDataset(path: job.datasetPath)
        } catch {
            throw DriverError("\(error)")
        }
        do {
            phases = try ExecutionPlan.phases(
                of: job.scenario, entityCount: dataset.entityCount, accessCount: dataset.accessCount)
        } catch {
            throw DriverError("\(error)")
        }
        if let endless = phases.first(where: { $0.operationCount == nil }) {
            throw DriverError(
                "phase `\(endless.specification.name)`: what goes on for a time cannot be counted; give a count")
        }
        let longest = phases.compactMap(\.operationCount).max() ?? 0
        plan = try BlockWorker.measured { () throws(MeasurementError) in try SharedMapping(count: longest) }
    }

    private func run(_ factory: some SubjectFactory) throws(DriverError) -> BlockResult {
        var subject = try subjectCall("set-up") { () throws(SubjectError) in
            try factory.make(
                job.arm.subject,
                SubjectContext(
                    dataset: dataset, strategy: job.arm.strategy, threads: 1, scratchDirectory: job.scratchDirectory,
                    configuration: job.scenario.configuration, seed: job.scenario.seed, profile: job.profile))
        }
        if let planted = job.planted {
            subject = PlantedSubject(subject, planted, threads: 1, clockNanoseconds: 0)
        }
        var result = BlockResult(status: .done, allocator: identity)
        for phase in phases { try run(phase, subject, into: &result) }
        return result
    }

    private func run(
        _ phase: ExecutionPlan.Phase, _ subject: any Subject, into result: inout BlockResult
    ) throws(DriverError) {
        let specification = phase.specification
        var entry = BlockResult.Phase(
            name: specification.name, operation: specification.operationName, threads: 1, planHash: SampleRow.noDigest)
        let unsupported = specification.operations.map(\.kind).filter { !subject.supports($0) }
        guard unsupported.isEmpty else {
            let names = unsupported.map { "`\($0.name)`" }.joined(separator: ", ")
            entry.skipped = "the subject `\(job.arm.subject)` cannot do \(names)"
            result.phases.append(entry)
            return
        }
        let context = phase.plainContext(dataset: dataset, seed: job.scenario.seed, in: plan)
        try subjectCall("phase `\(specification.name)`, before it") { () throws(SubjectError) in
            try subject.prepare(context)
        }
        var work = Work(subject: subject, operations: context.operations, specification: specification)
        let counts = try count(specification.name, &work)
        let report = try subjectCall("phase `\(specification.name)`, after it") { () throws(SubjectError) in
            try subject.finish(context)
        }
        entry.planHash = BlockSession.hexadecimal(ExecutionPlan.hash(context.operations))
        if report.isComparable, job.arm.subject != "null" {
            entry.digest = BlockSession.hexadecimal(work.outcome.digest &+ report.digest)
        }
        result.phases.append(entry)
        for (metric, value, unit) in counts + [(CountingMetric.batches, UInt64(work.batches), "count")] {
            result.rows.append(
                SampleRow(
                    run: job.run, scenario: job.scenario.name, scenarioHash: job.scenarioHash, phase: entry.name,
                    operation: entry.operation, subject: job.arm.subject, allocator: job.arm.allocator,
                    allocatorOptions: job.arm.allocatorOptions, strategy: job.arm.strategy, threads: 1,
                    parameters: job.arm.parameters, block: job.block, metric: metric, value: Double(value), unit: unit,
                    direction: .lower))
        }
    }

    /// Does the work of a phase, counted.
    private func count(
        _ name: String, _ work: inout Work
    ) throws(DriverError) -> [(metric: String, value: UInt64, unit: String)] {
        var counts: [(metric: String, value: UInt64, unit: String)] = []
        switch job.purpose {
        case .instructions:
            // A copy of its own, so that nothing is made while it counts.
            let label = strdup(name)
            defer { free(label) }
            Instrumentation.start()
            work.run()
            if let label { Instrumentation.stop(label) }
        case .allocations:
            guard let library else { break }
            let before = library.read()
            work.run()
            let used = library.read() - before
            counts = [
                (CountingMetric.allocations, used.allocations, "count"), (CountingMetric.bytes, used.bytes, "bytes"),
                (CountingMetric.temporary, used.temporary, "count"),
            ]
        case .systemCalls:
            SystemCallLog.markBegin(name)
            work.run()
            SystemCallLog.markEnd(name)
        case .measure, .lockstep, .profile: work.run()
        }
        if let failure = work.failure { throw DriverError("phase `\(name)`: \(failure)") }
        return counts
    }

    private func subjectCall<T>(_ place: String, _ body: () throws(SubjectError) -> T) throws(DriverError) -> T {
        do throws(SubjectError) {
            return try body()
        } catch {
            throw DriverError("\(place): \(error)")
        }
    }

    /// The operations of a phase and what came of them.
    private struct Work {
        private let subject: any Subject
        private let operations: UnsafeBufferPointer<Operation>
        private let batchSize: Int
        private let isMixed: Bool
        var outcome = BatchOutcome()
        var batches = 0
        var failure: SubjectError?

        init(
            subject: any Subject, operations: UnsafeBufferPointer<Operation>, specification: PhaseSpecification
        ) {
            self.subject = subject
            self.operations = operations
            batchSize = specification.batchSize
            isMixed = Set(specification.operations.map(\.kind.batchSize)).count > 1
        }

        /// Does all operations once, batch by batch, the first of each batch alone as a timed block does.
        mutating func run() {
            var place = 0
            do throws(SubjectError) {
                while place < operations.count {
                    let size = min(isMixed ? operations.batchExtent(from: place) : batchSize, operations.count - place)
                    try execute(place, 1)
                    if size > 1 { try execute(place + 1, size - 1) }
                    place += size
                }
            } catch {
                failure = error
            }
        }

        private mutating func execute(_ place: Int, _ count: Int) throws(SubjectError) {
            let part = UnsafeBufferPointer(rebasing: operations[place..<place + count])
            try subject.execute(OperationBatch(operations: part, firstIndex: UInt64(place)), into: &outcome)
            batches += 1
        }
    }
}

/// The names of counts in results.
public enum CountingMetric {
    public static let instructions = "instructions"
    public static let allocations = "allocations"
    public static let bytes = "allocated_bytes"
    public static let temporary = "temporary_allocations"
    public static let systemCalls = "system_calls"
    /// How many calls a phase is handed over in: not a result, but what a planted load, which each adds, is measured by.
    static let batches = "batches"
}
