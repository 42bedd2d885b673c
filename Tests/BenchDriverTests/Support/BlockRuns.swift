import BenchDriver
import BenchMeasurement
import BenchResults
import BenchWorkload
import Glibc
import Synchronization

/// Makes one subject, whatever its name.
struct SingleFactory: SubjectFactory {
    let names = ["echo"]
    let subject: @Sendable (SubjectContext) -> any Subject

    func make(_ name: String, _ context: SubjectContext) throws(SubjectError) -> any Subject { subject(context) }
}

extension TestJob {
    /// Runs phases on a subject of the test's own, in this process.
    static func run(
        _ phases: String, threads: Int = 1, adjust: (inout BlockJob) -> Void = { _ in },
        on subject: @escaping @Sendable (SubjectContext) -> any Subject
    ) throws -> BlockResult {
        let folder = try TestFolder()
        var job = try make(try TestScenario.make(threads: [threads], phases: phases), in: folder, threads: threads)
        adjust(&job)
        return try BlockWorker.run(job: job, factory: SingleFactory(subject: subject))
    }
}

extension PhaseSpecification {
    /// Turns the phase into one with roles, for a time.
    mutating func assign(_ roles: [RoleSpecification], milliseconds: UInt64) {
        count = nil
        durationNanoseconds = milliseconds * 1_000_000
        self.roles = roles
        var kinds: [OperationKind] = []
        for kind in roles.flatMap({ $0.operations.map(\.kind) }) where !kinds.contains(kind) { kinds.append(kind) }
        operations = kinds.map { WeightedOperation($0) }.sorted { $0.kind.rawValue < $1.kind.rawValue }
    }
}

extension BlockResult {
    /// The rows of a role in a phase, by metric and operation.
    func metrics(phase: String, role: String, operation: String? = nil) -> Set<String> {
        Set(
            rows.filter { $0.phase == phase && $0.role == role && (operation ?? $0.operation) == $0.operation }
                .map(\.metric))
    }

    func value(_ metric: String, phase: String, role: String) -> Double? {
        rows.first { $0.metric == metric && $0.phase == phase && $0.role == role }?.value
    }
}

/// Notes which threads did which kinds, waits until all threads of a phase have begun, and can be held.
final class CompanySubject: EchoSubject, @unchecked Sendable {
    struct Notes {
        var threadsByKind: [OperationKind: Set<Int>] = [:]
        var largestBatches: [OperationKind: Int] = [:]
        /// Operations done by others while a thread held on.
        var operationsDuringHold = 0
        var holds = 0
        var hadConcurrentWriter = false
    }

    private let notes = Mutex(Notes())
    private let begun = Atomic(0)
    private let held = Atomic(0)
    private let company: Int

    /// - Parameter company: the threads that a phase with roles has.
    init(_ witness: Witness, company: Int) {
        self.company = company
        super.init(witness)
    }

    var value: Notes { notes.withLock { $0 } }

    override func prepare(_ phase: PhaseContext) throws(SubjectError) {
        notes.withLock { $0.hadConcurrentWriter = phase.hasConcurrentWriter }
    }

    override func execute(_ batch: OperationBatch, into outcome: inout BatchOutcome) throws(SubjectError) {
        try super.execute(batch, into: &outcome)
        outcome.bytes += UInt64(batch.operations.count) * 100
        guard let kind = batch.operations.first?.operationKind, kind != .insert else { return }
        let isFirst = notes.withLock { notes in
            if held.load(ordering: .relaxed) > 0 { notes.operationsDuringHold += batch.operations.count }
            notes.largestBatches[kind] = max(notes.largestBatches[kind] ?? 0, batch.operations.count)
            return notes.threadsByKind[kind, default: []].insert(batch.thread).inserted
        }
        guard isFirst else { return }
        begun.add(1, ordering: .sequentiallyConsistent)
        while begun.load(ordering: .sequentiallyConsistent) < company { usleep(50) }
    }

    override func hold(_ body: () -> Void) throws(SubjectError) {
        held.add(1, ordering: .sequentiallyConsistent)
        notes.withLock { $0.holds += 1 }
        body()
        held.subtract(1, ordering: .sequentiallyConsistent)
    }
}

/// Computes for a fixed time with each operation after the load, and adds up for how long it did.
final class SpinningSubject: EchoSubject, @unchecked Sendable {
    private let nanoseconds: UInt64
    private let spun = Atomic<UInt64>(0)

    init(_ witness: Witness, microseconds: UInt64) {
        nanoseconds = microseconds * 1_000
        super.init(witness)
    }

    /// What the operations have taken in all, in nanoseconds.
    var spunNanoseconds: UInt64 { spun.load(ordering: .relaxed) }

    override func execute(_ batch: OperationBatch, into outcome: inout BatchOutcome) throws(SubjectError) {
        try super.execute(batch, into: &outcome)
        guard batch.operations.first?.operationKind != .insert else { return }
        let start = MonotonicClock.now()
        var now = start
        while now - start < nanoseconds * UInt64(batch.operations.count) { now = MonotonicClock.now() }
        spun.add(now - start, ordering: .relaxed)
    }
}
