import BenchMeasurement
import BenchResults
import BenchWorkload
import GraphData

/// The child's side of lockstep: does the operations of each phase slice by slice, when the parent says so.
///
/// While other arms have their turn, the process sleeps on its pipe. It runs on one thread, reads no clock within a
/// slice, and takes all its own memory before the subject is made.
struct LockstepSession {
    private let job: BlockJob
    private let identity: AllocatorIdentity
    private let dataset: MappedDataset
    private let phases: [ExecutionPlan.Phase]
    private let plan: SharedMapping<Operation>
    private let channel: LineChannel

    init(job: BlockJob, identity: AllocatorIdentity) throws(DriverError) {
        guard let commands = job.commandDescriptor, let reports = job.progressDescriptor else {
            throw DriverError("\(job.label): lockstep needs a descriptor for commands and one for reports")
        }
        self.job = job
        self.identity = identity
        channel = LineChannel(input: commands, output: reports)
        do throws(GraphDataError) {
            dataset = try MappedDataset(path: job.datasetPath)
        } catch {
            throw DriverError("\(error)")
        }
        BlockSession.prefault(dataset)
        do {
            phases = try ExecutionPlan.phases(
                of: job.scenario, entityCount: dataset.entityCount, accessCount: dataset.accessCount)
        } catch {
            throw DriverError("\(error)")
        }
        let longest = phases.map { $0.operationCount ?? 0 }.max() ?? 0
        plan = try BlockWorker.measured { () throws(MeasurementError) in try SharedMapping(count: longest) }
    }

    func run(_ factory: some SubjectFactory) throws(DriverError) -> BlockResult {
        let subject = try makeSubject(factory)
        var result = BlockResult(status: .done, allocator: identity)
        for (place, phase) in phases.enumerated() {
            if let reason = Self.refusal(of: place, in: phases) ?? unsupported(phase.specification, subject) {
                try report(.skipped(name: phase.specification.name, reason: reason))
                result.phases.append(Self.skipped(phase.specification, reason))
            } else if try !run(phase, subject, into: &result) {
                return result
            }
        }
        try report(.over)
        return result
    }

    private func makeSubject(_ factory: some SubjectFactory) throws(DriverError) -> any Subject {
        let subject = try called("set-up") { () throws(SubjectError) in
            try factory.make(
                job.arm.subject,
                SubjectContext(
                    dataset: dataset, strategy: job.arm.strategy, threads: job.arm.threads,
                    scratchDirectory: job.scratchDirectory, configuration: job.scenario.configuration,
                    seed: job.scenario.seed, profile: job.profile))
        }
        guard let load = job.planted else { return subject }
        return PlantedSubject(subject, load, threads: 1, clockNanoseconds: MonotonicClock.cost())
    }

    // MARK: A phase

    /// Does a phase as the parent says. False when the parent wants no more.
    private func run(
        _ phase: ExecutionPlan.Phase, _ subject: any Subject, into result: inout BlockResult
    ) throws(DriverError) -> Bool {
        let specification = phase.specification
        let context = phase.plainContext(dataset: dataset, seed: job.scenario.seed, in: plan)
        let operations = context.operations
        try called("phase `\(specification.name)`, before it") { () throws(SubjectError) in
            try subject.prepare(context)
        }
        let hash = BlockSession.hexadecimal(ExecutionPlan.hash(context.operations))
        let repetition = specification.repetition
        try report(
            .phase(
                LockstepReport.Phase(
                    name: specification.name, count: operations.count, repetition: repetition, planHash: hash)))
        var walk = PlanWalk(operations: context.operations, specification: specification)
        while true {
            switch try command() {
            case .run(let end):
                guard end >= walk.position, end <= operations.count || repetition == .again, !operations.isEmpty else {
                    throw DriverError("phase `\(specification.name)`: asked to go from \(walk.position) to \(end)")
                }
                try report(try slice(&walk, to: end, subject, specification))
            case .finish:
                guard walk.position >= operations.count || repetition != .once else {
                    throw DriverError(
                        "phase `\(specification.name)`: asked to end after \(walk.position) of \(operations.count) "
                            + "operations")
                }
                try finish(walk, context, subject, hash, into: &result)
                return true
            case .skip:
                guard walk.position == 0, repetition != .once else {
                    throw DriverError("phase `\(specification.name)`: asked to leave out what later phases need")
                }
                let reason = "not asked for"
                result.phases.append(Self.skipped(specification, reason))
                try report(.skipped(name: specification.name, reason: reason))
                return true
            case .stop:
                try report(.over)
                return false
            }
        }
    }

    private func slice(
        _ walk: inout PlanWalk, to end: Int, _ subject: any Subject, _ specification: PhaseSpecification
    ) throws(DriverError) -> LockstepReport {
        let cpu = MonotonicClock.processorTimeOfThread()
        let start = MonotonicClock.now()
        do throws(SubjectError) {
            try walk.go(to: end, subject)
        } catch {
            throw DriverError("phase `\(specification.name)`: \(error)")
        }
        let wall = MonotonicClock.now() - start
        return .done(
            upTo: end, wallNanoseconds: Int(wall),
            cpuNanoseconds: Int(MonotonicClock.processorTimeOfThread() - cpu))
    }

    private func finish(
        _ walk: PlanWalk, _ context: PhaseContext, _ subject: any Subject, _ planHash: String,
        into result: inout BlockResult
    ) throws(DriverError) {
        let specification = context.specification
        let end = try called("phase `\(specification.name)`, after it") { () throws(SubjectError) in
            try subject.finish(context)
        }
        let isComparable = end.isComparable && job.arm.subject != "null"
        let digest =
            isComparable ? BlockSession.hexadecimal(walk.outcome.digest &+ end.digest) : SampleRow.noDigest
        result.phases.append(
            BlockResult.Phase(
                name: specification.name, operation: specification.operationName, threads: 1, digest: digest,
                planHash: planHash))
        try report(.end(name: specification.name, digest: digest))
    }

    // MARK: What cannot be sliced

    /// Why a phase cannot be cut into slices, or nil when it can.
    static func refusal(of place: Int, in phases: [ExecutionPlan.Phase]) -> String? {
        func own(_ phase: ExecutionPlan.Phase) -> String? {
            let specification = phase.specification
            if !specification.roles.isEmpty { return "it has roles" }
            if specification.arrival != nil { return "it is an open loop" }
            let isTimed = specification.durationNanoseconds != nil || phase.operationCount == nil
            return isTimed ? "it goes on for a time" : nil
        }
        if let reason = own(phases[place]) { return reason }
        let missing = phases[..<place].first { own($0) != nil && $0.specification.has(.insert) }
        return missing.map { "it needs the rows of the phase `\($0.specification.name)`, which is left out" }
    }

    private func unsupported(_ specification: PhaseSpecification, _ subject: any Subject) -> String? {
        let names = specification.operations.map(\.kind).filter { !subject.supports($0) }.map { "`\($0.name)`" }
        guard !names.isEmpty else { return nil }
        return "the subject `\(job.arm.subject)` cannot do \(names.joined(separator: ", "))"
    }

    private static func skipped(_ specification: PhaseSpecification, _ reason: String) -> BlockResult.Phase {
        BlockResult.Phase(
            name: specification.name, operation: specification.operationName, threads: 1,
            planHash: SampleRow.noDigest, skipped: reason)
    }

    // MARK: The pipe

    private func report(_ report: LockstepReport) throws(DriverError) {
        do throws(LineChannel.Silence) {
            try channel.send(report.line)
        } catch {
            throw DriverError("the process that drives the lockstep does not listen any more (\(error))")
        }
    }

    private func command() throws(DriverError) -> LockstepCommand {
        let line: String
        do throws(LineChannel.Silence) {
            line = try channel.receive()
        } catch {
            throw DriverError("the process that drives the lockstep says no more (\(error))")
        }
        guard let command = LockstepCommand(line: line) else {
            throw DriverError("the lockstep has no command `\(line)`")
        }
        return command
    }

    private func called<T>(_ place: String, _ body: () throws(SubjectError) -> T) throws(DriverError) -> T {
        do throws(SubjectError) {
            return try body()
        } catch {
            throw DriverError("\(place): \(error)")
        }
    }
}

extension PhaseSpecification {
    /// Whether the operations may be left out, cut short or gone through again.
    var repetition: PhaseRepetition {
        let kinds = operations.map(\.kind)
        if kinds.allSatisfy(\.findsTheSameAgain) { return .again }
        return kinds.allSatisfy { $0.findsTheSameAgain || $0 == .similar } ? .optional : .once
    }
}

extension OperationKind {
    /// Whether the operation only reads, and nothing that would make it another one the second time, as a cache of
    /// answers does.
    fileprivate var findsTheSameAgain: Bool {
        switch self {
        case .get, .getBatch, .neighbors, .traverse, .find, .pattern, .scan, .open, .verify, .resolve: true
        default: false
        }
    }
}
