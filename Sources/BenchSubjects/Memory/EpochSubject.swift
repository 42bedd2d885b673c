import BenchDriver
import BenchResults
import BenchWorkload
import GraphData
import Glibc
import Strata

/// The subject `epochs`: readers that pin, follow a shared pointer and unpin, beside a writer that swaps and retires.
///
/// `get` pins for one node, `get_batch` once for all of its nodes, and `update` puts a node in the place of another,
/// which it retires. Each thread holds a participant of its own.
final class EpochSubject: Subject {
    private let nodes: SharedNodes
    private let epochs = EpochManager()
    private var participants: EpochParticipants
    private var loaded = 0
    // The writer's alone.
    private var retiredSinceLook = 0
    private var mostRetiredBytes = 0
    private var oldestPinAge: UInt64 = 0

    /// The writer looks at what waits after so many retired bytes; the participant collects by itself.
    private static let lookStep = 64 << 10

    init(_ context: SubjectContext) throws(SubjectError) {
        nodes = SharedNodes(count: context.dataset.entityCount)
        participants = try Self.participants(epochs, 1)
    }

    func supports(_ kind: OperationKind) -> Bool {
        switch kind {
        case .insert, .get, .getBatch, .update: true
        default: false
        }
    }

    func prepare(_ phase: PhaseContext) throws(SubjectError) {
        loaded = phase.loaded
        participants = try Self.participants(epochs, phase.threads)
        (retiredSinceLook, mostRetiredBytes, oldestPinAge) = (0, 0, 0)
    }

    func hold(_ body: () -> Void) throws(SubjectError) {
        do throws(StrataError) {
            var participant = try epochs.register()
            participant.pin()
            body()
            participant.unpin()
        } catch { throw SubjectError(error.description) }
    }

    func execute(_ batch: OperationBatch, into outcome: inout BatchOutcome) throws(SubjectError) {
        let participant = participants[batch.thread]
        var index = batch.firstIndex
        for operation in batch.operations {
            var items: UInt64 = 1
            let answer: UInt64
            switch operation.operationKind! {
            case .get:
                participant.pointee.pin()
                answer = nodes.answer(Int(operation.key))
                participant.pointee.unpin()
            case .getBatch:
                participant.pointee.pin()
                answer = nodes.answer(operation, entityCount: loaded)
                participant.pointee.unpin()
                items = UInt64(operation.limit)
            case .update: answer = try update(operation, participant)
            case .insert: answer = try nodes.insert(operation)
            default: throw SubjectError("there is no operation '\(operation.operationKind!.name)' here")
            }
            outcome.digest &+= AnswerHash.operation(index, answer)
            outcome.items &+= items
            index &+= 1
        }
    }

    func finish(_ phase: PhaseContext) throws(SubjectError) -> PhaseReport {
        var report = PhaseReport()
        let specification = phase.specification
        if specification.changesTheStore, phase.isRepeatable { report.digest &+= nodes.content() }
        func add(_ metric: String, _ value: Double, _ unit: String) {
            report.measurements.append(Measurement(metric: metric, value: value, unit: unit, direction: .lower))
        }
        if specification.has(.update) {
            look()
            add("retired_bytes", Double(mostRetiredBytes), "bytes")
            add("epoch_oldest_pin_age", Double(oldestPinAge), "epochs")
        }
        if specification.operations.map(\.kind) == [.get], specification.roles.isEmpty {
            let count = max(1, phase.operations.count)
            add("nanoseconds_per_pin", pins(count) / Double(count), "ns")
            add("nanoseconds_per_thread_pin", try threadPins(count) / Double(count), "ns")
            let registrations = min(count, 100_000)
            add("nanoseconds_per_registration", try self.registrations(registrations) / Double(registrations), "ns")
        }
        return report
    }

    // MARK: Parts

    private static func participants(_ epochs: EpochManager, _ count: Int) throws(SubjectError) -> EpochParticipants {
        do throws(StrataError) { return try EpochParticipants(epochs, count: count) } catch {
            throw SubjectError(error.description)
        }
    }

    @inline(__always)
    private func update(
        _ operation: Operation, _ participant: UnsafeMutablePointer<EpochParticipant>
    ) throws(SubjectError) -> UInt64 {
        let node = try SharedNodes.make(operation.key, revision: operation.argument)
        let old = nodes.exchange(Int(operation.key), with: node)
        let byteCount = MemoryLayout<MemoryRecord>.size
        participant.pointee.retire(old, byteCount: byteCount) { Glibc.free(UnsafeMutableRawPointer(bitPattern: $0)) }
        retiredSinceLook += byteCount
        if retiredSinceLook >= Self.lookStep { look() }
        return UInt64(operation.key)
    }

    /// Sees what waits for readers.
    private func look() {
        mostRetiredBytes = max(mostRetiredBytes, epochs.retiredBytes)
        oldestPinAge = max(oldestPinAge, epochs.oldestPinAge ?? 0)
        retiredSinceLook = 0
    }

    /// The time of so many pins and unpins of a held participant, with nothing between the two.
    private func pins(_ count: Int) -> Double {
        let participant = participants[0]
        return Stopwatch.nanoseconds {
            for _ in 0..<count {
                participant.pointee.pin()
                participant.pointee.unpin()
            }
        }
    }

    /// The same through the place that the thread itself is known by: with a look-up of the thread's own memory.
    private func threadPins(_ count: Int) throws(SubjectError) -> Double {
        do throws(StrataError) {
            return try Stopwatch.nanoseconds { () throws(StrataError) in
                for _ in 0..<count { try epochs.withPin {} }
            }
        } catch { throw SubjectError(error.description) }
    }

    /// The time of so many readers that come, pin once and go.
    private func registrations(_ count: Int) throws(SubjectError) -> Double {
        do throws(StrataError) {
            return try Stopwatch.nanoseconds { () throws(StrataError) in
                for _ in 0..<count {
                    var participant = try epochs.register()
                    participant.pin()
                    participant.unpin()
                }
            }
        } catch { throw SubjectError(error.description) }
    }
}
