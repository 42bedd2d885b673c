import BenchDriver
import BenchResults
import BenchWorkload
import Glibc
import Synchronization

/// What the test subjects answer: a hash of the operation's place, kind and key.
func testAnswer(_ operation: Operation, index: UInt64) -> UInt64 {
    var hash = index &* 0x9E37_79B9_7F4A_7C15 ^ UInt64(operation.kind) << 40 ^ UInt64(operation.key)
    hash = (hash ^ hash >> 31) &* 0xBF58_476D_1CE4_E5B9
    return hash ^ hash >> 29
}

/// What a subject has seen, for the test that made it.
final class Witness: Sendable {
    struct Seen {
        /// The size of each batch, in the order of the calls.
        var batches: [Int] = []
        /// How often each place of the plan was done.
        var places: [UInt64: Int] = [:]
        var calls: [String] = []
    }

    private let seen = Mutex(Seen())

    var value: Seen { seen.withLock { $0 } }
    func update(_ body: (inout Seen) -> Void) { seen.withLock { body(&$0) } }
}

/// A store without content: it answers with hashes of the operations.
class EchoSubject: Subject {
    let witness: Witness

    init(_ witness: Witness) { self.witness = witness }

    func supports(_ kind: OperationKind) -> Bool { true }

    func prepare(_ phase: PhaseContext) throws(SubjectError) {
        witness.update { $0.calls.append("prepare \(phase.specification.name) \(phase.threads)") }
    }

    func execute(_ batch: OperationBatch, into outcome: inout BatchOutcome) throws(SubjectError) {
        for (offset, operation) in batch.operations.enumerated() {
            outcome.digest &+= testAnswer(operation, index: batch.firstIndex + UInt64(offset))
        }
        outcome.items += UInt64(batch.operations.count)
    }

    func hold(_ body: () -> Void) throws(SubjectError) { body() }

    func finish(_ phase: PhaseContext) throws(SubjectError) -> PhaseReport {
        witness.update { $0.calls.append("finish \(phase.specification.name)") }
        return PhaseReport(
            digest: 7, measurements: [Measurement(metric: "own", value: 5, unit: "count", direction: .none)])
    }
}

/// Writes down each batch that it is given.
final class RecordingSubject: EchoSubject {
    override func execute(_ batch: OperationBatch, into outcome: inout BatchOutcome) throws(SubjectError) {
        try super.execute(batch, into: &outcome)
        witness.update { seen in
            seen.batches.append(batch.operations.count)
            for offset in batch.operations.indices { seen.places[batch.firstIndex + UInt64(offset), default: 0] += 1 }
        }
    }
}

/// Cannot find what is similar.
final class PoorSubject: EchoSubject {
    override func supports(_ kind: OperationKind) -> Bool { kind != .similar }
}

/// Fails in the middle of the phase `read`.
final class FailingSubject: EchoSubject {
    override func execute(_ batch: OperationBatch, into outcome: inout BatchOutcome) throws(SubjectError) {
        if batch.operations.contains(where: { $0.operationKind == .get }), batch.firstIndex >= 64 {
            throw SubjectError("the store is gone")
        }
        try super.execute(batch, into: &outcome)
    }
}

/// Takes memory in the phase `load` and keeps it.
final class HungrySubject: EchoSubject {
    static let bytes = 96 << 20
    private var block: UnsafeMutableRawPointer?

    override func execute(_ batch: OperationBatch, into outcome: inout BatchOutcome) throws(SubjectError) {
        if block == nil {
            let taken = UnsafeMutableRawPointer.allocate(byteCount: Self.bytes, alignment: 16)
            memset(taken, 1, Self.bytes)
            block = taken
        }
        try super.execute(batch, into: &outcome)
    }

    deinit { block?.deallocate() }
}

/// Needs two threads: the first and the last call of each waits for the other's.
final class MeetingSubject: EchoSubject, @unchecked Sendable {
    private let first = Atomic(0)
    private let last = Atomic(0)
    private let operations: UInt64
    private let threads: Int

    init(_ witness: Witness, operations: Int, threads: Int) {
        self.operations = UInt64(operations)
        self.threads = threads
        super.init(witness)
    }

    override func execute(_ batch: OperationBatch, into outcome: inout BatchOutcome) throws(SubjectError) {
        try super.execute(batch, into: &outcome)
        guard batch.operations.first?.operationKind == .traverse else { return }
        usleep(500)
        let slice = operations / UInt64(threads)
        if batch.firstIndex % slice == 0 { meet(first) }
        if batch.firstIndex % slice == slice - 1 { meet(last) }
    }

    private func meet(_ counter: borrowing Atomic<Int>) {
        counter.add(1, ordering: .sequentiallyConsistent)
        while counter.load(ordering: .sequentiallyConsistent) < threads { usleep(100) }
    }
}

/// Reports what it should not.
final class LyingSubject: EchoSubject {
    private let report: PhaseReport

    init(_ witness: Witness, _ report: PhaseReport) {
        self.report = report
        super.init(witness)
    }

    override func finish(_ phase: PhaseContext) throws(SubjectError) -> PhaseReport { report }
}

/// Answers one `get` of its own.
final class WrongSubject: EchoSubject {
    override func execute(_ batch: OperationBatch, into outcome: inout BatchOutcome) throws(SubjectError) {
        try super.execute(batch, into: &outcome)
        if batch.firstIndex == 0, batch.operations.first?.operationKind == .get { outcome.digest &+= 1 }
    }
}

/// Makes the test subjects by name.
struct TestFactory: SubjectFactory {
    let witness = Witness()
    var operations = 0

    let names = [
        "echo", "null", "recording", "poor", "failing", "hungry", "meeting", "wrong", "other-work", "not-a-number",
    ]

    func make(_ name: String, _ context: SubjectContext) throws(SubjectError) -> any Subject {
        switch name {
        case "echo", "null": return EchoSubject(witness)
        case "recording": return RecordingSubject(witness)
        case "poor": return PoorSubject(witness)
        case "failing": return FailingSubject(witness)
        case "hungry": return HungrySubject(witness)
        case "meeting": return MeetingSubject(witness, operations: operations, threads: context.threads)
        case "wrong": return WrongSubject(witness)
        case "other-work": return LyingSubject(witness, PhaseReport(isComparable: false))
        case "not-a-number":
            let measurement = Measurement(metric: "share", value: .nan, unit: "fraction", direction: .none)
            return LyingSubject(witness, PhaseReport(measurements: [measurement]))
        default: throw SubjectError("there is no subject `\(name)`; there are \(names.joined(separator: ", "))")
        }
    }
}
