import BenchMeasurement
import BenchResults
import BenchWorkload
import Glibc
import GraphData
import Histogram
import Synchronization

/// One block from the mapped data set to the rows. All memory of the harness is taken before the subject is made.
struct BlockSession {
    private let job: BlockJob
    private let identity: AllocatorIdentity
    private let dataset: MappedDataset
    private let phases: [ExecutionPlan.Phase]
    private let plan: SharedMapping<Operation>
    private let recorders: [LatencyRecorder]
    private let progress: ProgressCounters
    private let allocations: AllocationCounters
    private let sampler: TimelineSampler
    private let statistics: AllocatorStatistics
    private let memory: ProcessMemoryReader
    private let clockNanoseconds: Double
    private static let touched = Atomic<UInt64>(0)

    init(job: BlockJob, identity: AllocatorIdentity) throws(DriverError) {
        self.job = job
        self.identity = identity
        do throws(GraphDataError) {
            dataset = try MappedDataset(path: job.datasetPath)
        } catch {
            throw DriverError("\(error)")
        }
        Self.prefault(dataset)
        do {
            phases = try ExecutionPlan.phases(of: job.scenario, entityCount: dataset.entityCount)
        } catch {
            throw DriverError("\(error)")
        }
        for phase in phases where phase.specification.durationNanoseconds != nil && phase.specification.has(.insert) {
            throw DriverError(
                "phase `\(phase.specification.name)`: rows run out when they are inserted for a duration; give a count")
        }
        let entityCount = dataset.entityCount
        let longest = phases.map { Self.planLength($0, entityCount: entityCount) }.max() ?? 0
        let threads = max(1, job.arm.threads)
        let kinds = Set(job.scenario.phases.flatMap { $0.operations.map(\.kind) })
        let ordered = kinds.sorted { $0.rawValue < $1.rawValue }
        recorders = (0..<threads).map { _ in LatencyRecorder(kinds: ordered) }
        let progress = ProgressCounters(threads: threads)
        let statistics = AllocatorStatistics(kind: identity.kind)
        let allocations = AllocationCounters(threads: threads, kind: identity.kind)
        self.progress = progress
        self.allocations = allocations
        self.statistics = statistics
        (plan, sampler, memory) = try BlockWorker.measured { () throws(MeasurementError) in
            (
                try SharedMapping(count: longest),
                try TimelineSampler(allocator: statistics, progress: progress, allocations: allocations),
                try ProcessMemoryReader()
            )
        }
        clockNanoseconds = MonotonicClock.cost()
    }

    func run(_ factory: some SubjectFactory) throws(DriverError) -> BlockResult {
        let before = try conditions()
        var baseline = try MemoryBaseline(memory, statistics)
        let subject = try subjectCall("set-up") { () throws(SubjectError) in
            try factory.make(
                job.arm.subject,
                SubjectContext(
                    dataset: dataset, strategy: job.arm.strategy, threads: job.arm.threads,
                    scratchDirectory: job.scratchDirectory, configuration: job.scenario.configuration,
                    seed: job.scenario.seed, profile: job.profile))
        }
        var result = BlockResult(status: .done, allocator: identity, clockNanoseconds: clockNanoseconds)
        for phase in phases { try run(phase, subject, &baseline, into: &result) }
        result.conditions = try conditions().since(before)
        return result
    }

    private func run(
        _ phase: ExecutionPlan.Phase, _ subject: any Subject, _ baseline: inout MemoryBaseline,
        into result: inout BlockResult
    ) throws(DriverError) {
        let specification = phase.specification
        let threads = Self.threads(of: specification, arm: job.arm)
        announce(specification.name)
        let unsupported = specification.operations.map(\.kind).filter { !subject.supports($0) }
        guard unsupported.isEmpty else {
            let names = unsupported.map { "`\($0.name)`" }.joined(separator: ", ")
            result.phases.append(
                BlockResult.Phase(
                    name: specification.name, operation: specification.operationName, threads: threads,
                    planHash: SampleRow.noDigest, skipped: "the subject `\(job.arm.subject)` cannot do \(names)"))
            return
        }
        let context = try baseline.harness { () throws(DriverError) in draw(phase, threads: threads) }
        try subjectCall("phase `\(specification.name)`, before it") { () throws(SubjectError) in
            try subject.prepare(context)
        }
        let figures = try PhaseRunner(
            subject: subject, specification: specification, operations: context.operations, threads: threads,
            recorders: recorders, progress: progress, allocations: allocations, sampler: sampler,
            statistics: statistics, allocatorKind: identity.kind
        ).run()
        let report = try subjectCall("phase `\(specification.name)`, after it") { () throws(SubjectError) in
            try subject.finish(context)
        }
        let before = baseline
        try baseline.harness { () throws(DriverError) in
            try collect(figures, report, context, before, into: &result)
        }
    }

    /// Draws the operations of a phase into the plan's mapping.
    private func draw(_ phase: ExecutionPlan.Phase, threads: Int) -> PhaseContext {
        let specification = phase.specification
        let operations = UnsafeMutableBufferPointer(
            rebasing: plan.elements[..<Self.planLength(phase, entityCount: dataset.entityCount)])
        ExecutionPlan.operations(
            for: specification, entityCount: dataset.entityCount, seed: job.scenario.seed, loaded: phase.loaded,
            into: operations)
        return PhaseContext(
            specification: specification, threads: threads, loaded: phase.loaded,
            operations: UnsafeBufferPointer(operations), isRepeatable: specification.durationNanoseconds == nil)
    }

    /// Turns what was measured into rows.
    private func collect(
        _ figures: PhaseFigures, _ report: PhaseReport, _ context: PhaseContext, _ baseline: MemoryBaseline,
        into result: inout BlockResult
    ) throws(DriverError) {
        let specification = context.specification
        let threads = context.threads
        if let bad = report.measurements.first(where: { !$0.value.isFinite }) {
            throw DriverError(
                "phase `\(specification.name)`: the subject reports \(bad.metric) as \(bad.value), which is no figure")
        }
        let comparable = context.isRepeatable && report.isComparable && job.arm.subject != "null"
        let digest = comparable ? Self.hexadecimal(figures.outcome.digest &+ report.digest) : SampleRow.noDigest
        result.phases.append(
            BlockResult.Phase(
                name: specification.name, operation: specification.operationName, threads: threads, digest: digest,
                planHash: Self.hexadecimal(ExecutionPlan.hash(context.operations))))
        if !report.isComparable {
            result.warnings.append(
                "\(job.scenario.name), phase `\(specification.name)`: the subject `\(job.arm.subject)` did other work "
                    + "than planned; its answers are not compared")
        }
        if figures.recording.liveBytesWereDropped {
            result.warnings.append(
                "\(job.scenario.name): \(job.arm.allocator) was slow to tell its live bytes; in some timelines they "
                    + "stand at the ends of a phase only")
        }
        guard threads == job.arm.threads || job.reportsSingleThreadPhases else { return }
        for recorder in recorders.dropFirst() { recorders[0].absorb(recorder) }
        let latencies = specification.operations.compactMap { operation in
            recorders[0].histogram(of: operation.kind).map { (kind: operation.kind, histogram: $0) }
        }
        let rows = PhaseRows(
            job: job, specification: specification, threads: threads, digest: digest, baseline: baseline)
        result.rows += rows.rows(figures, latencies: latencies, own: report.measurements)
        result.timeline += rows.timeline(figures)
        for (kind, histogram) in latencies where histogram.totalCount > 0 {
            result.histograms.append(
                LatencyRecord(
                    phase: specification.name, operation: kind.name, threads: threads,
                    startSeconds: figures.startSeconds, lengthSeconds: Double(figures.wallNanoseconds) / 1e9,
                    histogram: histogram))
        }
    }

    /// The threads of a phase: one where it changes the store or deals with it as a whole, otherwise the arm's.
    static func threads(of specification: PhaseSpecification, arm: ArmKey) -> Int {
        let single = specification.operations.contains { $0.kind.changesTheStore || $0.kind.isWholeStore }
        return single ? 1 : max(1, arm.threads)
    }

    /// The operations to plan: all of a count, or a ring for a duration that is long enough to leave the caches'
    /// contents to the law of keys.
    static func planLength(_ phase: ExecutionPlan.Phase, entityCount: Int) -> Int {
        if let count = phase.operationCount { return count }
        if phase.specification.isWholeStore { return 1 }
        return min(max(4 * entityCount, 1 << 16), 1 << 22)
    }

    static func hexadecimal(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Touches every embedding and string, so that no phase pays for reading the file. Opening has touched the rest.
    ///
    /// What was read is stored, or the optimizer would leave the reads out.
    private static func prefault(_ dataset: MappedDataset) {
        var sum: UInt64 = 0
        for row in 0..<dataset.entityCount {
            if let component = dataset.embedding(of: row).first { sum &+= UInt64(component.bitPattern) }
        }
        for id in 0..<UInt32(dataset.stringCount) {
            if let byte = dataset.string(id).first { sum &+= UInt64(byte) }
        }
        touched.store(sum, ordering: .relaxed)
    }

    private func announce(_ phase: String) {
        guard let descriptor = job.progressDescriptor else { return }
        let line = "\(phase)\n"
        _ = line.withCString { write(descriptor, $0, strlen($0)) }
    }

    private func conditions() throws(DriverError) -> SystemConditions {
        try BlockWorker.measured { () throws(MeasurementError) in try SystemConditions.read() }
    }

    private func subjectCall<T>(_ place: String, _ body: () throws(SubjectError) -> T) throws(DriverError) -> T {
        do throws(SubjectError) {
            return try body()
        } catch {
            throw DriverError("\(place): \(error)")
        }
    }
}
