import BenchMeasurement
import BenchWorkload
import Glibc

/// A subject with work added to its own in each batch, to see whether that is noticed: time as a share of the subject's,
/// turns of a loop, and memory that is never freed.
final class PlantedSubject: Subject {
    private let base: any Subject
    private let load: BlockJob.PlantedLoad
    private let clockNanoseconds: Double
    /// What each thread goes on with, two cache lines apart.
    private let threads: UnsafeMutablePointer<State>
    private static let stride = 128 / MemoryLayout<State>.stride

    private struct State {
        /// Nanoseconds still to burn. Negative where looking at the clock has already cost more.
        var debt = 0.0
        /// The memory that was leaked last: memory that nothing knows, the optimizer would not take.
        var leaked: UnsafeMutableRawPointer?
    }

    /// - Parameters:
    ///   - threads: the largest number of threads of a phase.
    ///   - clockNanoseconds: what reading the clock costs: it is counted as part of the share.
    init(_ base: any Subject, _ load: BlockJob.PlantedLoad, threads: Int, clockNanoseconds: Double) {
        self.base = base
        self.load = load
        self.clockNanoseconds = clockNanoseconds
        self.threads = .allocate(capacity: threads * Self.stride)
        self.threads.initialize(repeating: State(), count: threads * Self.stride)
    }

    deinit { threads.deallocate() }

    func supports(_ kind: OperationKind) -> Bool { base.supports(kind) }

    func prepare(_ phase: PhaseContext) throws(SubjectError) { try base.prepare(phase) }

    func execute(_ batch: OperationBatch, into outcome: inout BatchOutcome) throws(SubjectError) {
        if load.timeShare > 0 {
            let start = MonotonicClock.now()
            try base.execute(batch, into: &outcome)
            burn(after: start, thread: batch.thread)
        } else {
            try base.execute(batch, into: &outcome)
        }
        if load.turnsPerBatch > 0 { FixedWork.turn(load.turnsPerBatch) }
        if load.leakedBytesPerBatch > 0, let leaked = malloc(load.leakedBytesPerBatch) {
            memset(leaked, 0x5A, load.leakedBytesPerBatch)
            threads[batch.thread * Self.stride].leaked = leaked
        }
    }

    func hold(_ body: () -> Void) throws(SubjectError) { try base.hold(body) }

    func finish(_ phase: PhaseContext) throws(SubjectError) -> PhaseReport { try base.finish(phase) }

    /// Lets the share of the time since `start` pass.
    private func burn(after start: UInt64, thread: Int) {
        let end = MonotonicClock.now()
        let own = max(0, Double(end - start) - clockNanoseconds)
        // Each look at the clock lengthens the batch as well. What that costs beyond the share of small batches is made
        // up for in the next ones, but not for ever.
        var debt = threads[thread * Self.stride].debt + own * load.timeShare - 2 * clockNanoseconds
        if debt > clockNanoseconds {
            var now = end
            repeat { now = MonotonicClock.now() } while Double(now - end) < debt
            debt -= Double(now - end)
        }
        threads[thread * Self.stride].debt = max(debt, -64 * clockNanoseconds)
    }
}
