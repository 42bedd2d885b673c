import BenchMeasurement
import BenchResults
import BenchWorkload
import Glibc
import GraphData
import Synchronization

/// One block from the mapped data set to the rows. All memory of the harness is taken before the subject is made.
struct BlockSession {
    private let job: BlockJob
    private let identity: AllocatorIdentity
    private let dataset: MappedDataset
    private let phases: [PlannedPhase]
    private let plan: SharedMapping<Operation>
    private let equipment: PhaseEquipment
    private let memory: ProcessMemoryReader
    private let clockNanoseconds: Double
    private let reference: ReferenceLoop?
    private static let touched = Atomic<UInt64>(0)

    /// A phase with its threads and its place in the plan.
    private struct PlannedPhase {
        let phase: ExecutionPlan.Phase
        let layout: PhaseLayout
    }

    init(job: BlockJob, identity: AllocatorIdentity) throws(DriverError) {
        self.job = job
        self.identity = identity
        do throws(GraphDataError) {
            dataset = try MappedDataset(path: job.datasetPath)
        } catch {
            throw DriverError("\(error)")
        }
        Self.prefault(dataset)
        let phases: [ExecutionPlan.Phase]
        do {
            phases = try ExecutionPlan.phases(
                of: job.scenario, entityCount: dataset.entityCount, accessCount: dataset.accessCount)
        } catch {
            throw DriverError("\(error)")
        }
        var planned: [PlannedPhase] = []
        for phase in phases {
            if phase.specification.durationNanoseconds != nil, phase.specification.has(.insert) {
                throw DriverError(
                    "phase `\(phase.specification.name)`: rows run out when they are inserted for a duration; give a "
                        + "count")
            }
            let layout = try PhaseLayout(
                phase.specification, count: phase.operationCount, arm: job.arm, entityCount: dataset.entityCount)
            planned.append(PlannedPhase(phase: phase, layout: layout))
        }
        self.phases = planned
        let longest = planned.map(\.layout.planLength).max() ?? 0
        equipment = try PhaseEquipment(
            planned.map(\.layout), kinds: Set(phases.flatMap { $0.specification.operations.map(\.kind) }),
            allocatorKind: identity.kind)
        let isTimed = job.purpose == .measure
        (plan, memory, reference) = try BlockWorker.measured { () throws(MeasurementError) in
            (
                try SharedMapping(count: longest), try ProcessMemoryReader(), isTimed ? try ReferenceLoop() : nil
            )
        }
        clockNanoseconds = MonotonicClock.cost()
    }

    func run(_ factory: some SubjectFactory) throws(DriverError) -> BlockResult {
        let before = try conditions()
        var result = BlockResult(status: .done, allocator: identity, clockNanoseconds: clockNanoseconds)
        if let reference { result.referenceNanoseconds.append(reference.run()) }
        var baseline = try MemoryBaseline(memory, equipment.statistics)
        let subject = try makeSubject(factory)
        for (number, planned) in phases.enumerated() {
            let lingers = number == phases.count - 1 && settle(planned) > SettleObserver.lingering
            try run(planned, subject, &baseline, into: &result) { result throws(DriverError) in
                guard lingers else { return }
                // Others work while this process waits: what it says of the machine ends here.
                try close(&result, since: before)
                announce("settling")
            }
        }
        if result.conditions == nil { try close(&result, since: before) }
        return result
    }

    private func makeSubject(_ factory: some SubjectFactory) throws(DriverError) -> any Subject {
        let subject = try subjectCall("set-up") { () throws(SubjectError) in
            try factory.make(
                job.arm.subject,
                SubjectContext(
                    dataset: dataset, strategy: job.arm.strategy,
                    threads: max(job.arm.threads, equipment.recorders.count),
                    scratchDirectory: job.scratchDirectory, configuration: job.scenario.configuration,
                    seed: job.scenario.seed, profile: job.profile))
        }
        guard let planted = job.planted else { return subject }
        return PlantedSubject(
            subject, planted, threads: equipment.recorders.count, clockNanoseconds: clockNanoseconds)
    }

    /// Notes what the machine was like during the block.
    private func close(_ result: inout BlockResult, since before: SystemConditions) throws(DriverError) {
        if let reference { result.referenceNanoseconds.append(reference.run()) }
        result.conditions = try conditions().since(before)
    }

    /// - Parameter beforeSettling: is called when the operations are done and a time to settle follows.
    private func run(
        _ planned: PlannedPhase, _ subject: any Subject, _ baseline: inout MemoryBaseline,
        into result: inout BlockResult, beforeSettling: (inout BlockResult) throws(DriverError) -> Void
    ) throws(DriverError) {
        let specification = planned.phase.specification
        announce(specification.name)
        let unsupported = specification.operations.map(\.kind).filter { !subject.supports($0) }
        guard unsupported.isEmpty else {
            let names = unsupported.map { "`\($0.name)`" }.joined(separator: ", ")
            result.phases.append(
                BlockResult.Phase(
                    name: specification.name, operation: specification.operationName,
                    threads: planned.layout.threads, planHash: SampleRow.noDigest,
                    skipped: "the subject `\(job.arm.subject)` cannot do \(names)"))
            return
        }
        let context = try baseline.harness { () throws(DriverError) in draw(planned) }
        try subjectCall("phase `\(specification.name)`, before it") { () throws(SubjectError) in
            try subject.prepare(context)
        }
        var figures = try PhaseRunner(
            subject: subject, phase: specification.name, layout: planned.layout, operations: context.operations,
            equipment: equipment, seed: job.scenario.seed,
            warmsUp: specification.warmsUp && job.purpose == .measure
        ).run()
        if settle(planned) > 0 {
            try beforeSettling(&result)
            figures.aside += try SettleObserver(memory: memory, baseline: baseline)
                .observe(since: figures.end, for: settle(planned))
        }
        let report = try subjectCall("phase `\(specification.name)`, after it") { () throws(SubjectError) in
            try subject.finish(context)
        }
        let before = baseline
        try baseline.harness { () throws(DriverError) in
            try PhaseCollector(job: job, context: context, layout: planned.layout, equipment: equipment)
                .collect(figures, report, before, into: &result)
        }
    }

    /// How long the process is watched after a phase. The figures of a block that warms up are thrown away: nothing is
    /// waited for.
    private func settle(_ planned: PlannedPhase) -> UInt64 {
        guard job.purpose == .measure, !job.isWarmup else { return 0 }
        return planned.phase.specification.settleNanoseconds ?? 0
    }

    /// Draws the operations of a phase into the plan's mapping, each lane's into its own part.
    private func draw(_ planned: PlannedPhase) -> PhaseContext {
        let specification = planned.phase.specification
        for lane in planned.layout.lanes {
            ExecutionPlan.operations(
                for: lane.specification, entityCount: dataset.entityCount, seed: job.scenario.seed,
                loaded: planned.phase.loaded, trace: dataset,
                into: UnsafeMutableBufferPointer(rebasing: plan.elements[lane.plan]))
        }
        let operations = UnsafeMutableBufferPointer(rebasing: plan.elements[..<planned.layout.planLength])
        return PhaseContext(
            specification: specification, threads: planned.layout.threads, loaded: planned.phase.loaded,
            operations: UnsafeBufferPointer(operations), isRepeatable: specification.durationNanoseconds == nil)
    }

    /// Sixteen hexadecimal digits.
    static func hexadecimal(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Touches every embedding and string, so that no phase pays for reading the file. Opening has touched the rest.
    ///
    /// What was read is stored, or the optimizer would leave the reads out.
    static func prefault(_ dataset: MappedDataset) {
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
