import BenchMeasurement
import BenchWorkload

/// What one thread does in a phase, and what came of it.
///
/// Closed loop: the next operation begins when the one before has ended. Of each batch the first operation is done
/// alone and its time is a latency sample, the others are done in one call; operations with a batch size of one are
/// timed one by one. The end of one is the beginning of the next, so that the samples of a phase with batch size one
/// add up to its whole time: throughput times mean latency is the number of threads.
final class PhaseThread: @unchecked Sendable {
    // Written by its own thread while it runs, read by the driver after that.

    /// The part of the plan that this thread does.
    struct Slice {
        var operations: UnsafeBufferPointer<Operation>
        var firstIndex: UInt64
        /// Nanoseconds to go on for, round and round; nil to do the operations once.
        var duration: UInt64?
        /// True when kinds with different batch sizes are mixed.
        var isMixed: Bool
        /// The batch size where it is the same for all kinds.
        var batchSize: Int
    }

    private let subject: any Subject
    private let number: Int
    private let recorder: LatencyRecorder
    private let progress: ProgressCounters
    private let allocations: AllocationCounters

    private(set) var start: UInt64 = 0
    private(set) var end: UInt64 = 0
    private(set) var operations: UInt64 = 0
    private(set) var outcome = BatchOutcome()
    private(set) var failure: SubjectError?
    /// Bytes that the thread asked its allocator for meanwhile, where that is counted.
    private(set) var allocatedBytes: UInt64?

    init(
        subject: any Subject, number: Int, recorder: LatencyRecorder, progress: ProgressCounters,
        allocations: AllocationCounters
    ) {
        self.subject = subject
        self.number = number
        self.recorder = recorder
        self.progress = progress
        self.allocations = allocations
    }

    /// Does the slice on the calling thread.
    func run(_ slice: Slice, counter: AllocationCounter?) {
        let before = counter?.bytes
        allocations.begin(thread: number, counter: counter)
        start = MonotonicClock.now()
        end = start
        do throws(SubjectError) {
            if slice.operations.isEmpty {
                end = start
            } else if let duration = slice.duration {
                try runFor(duration, slice)
            } else {
                try runOnce(slice)
            }
        } catch {
            end = MonotonicClock.now()
            failure = error
        }
        if let before, let counter { allocatedBytes = counter.bytes &- before }
        allocations.end(thread: number, total: allocatedBytes)
    }

    private func runOnce(_ slice: Slice) throws(SubjectError) {
        var last = start
        var index = 0
        while index < slice.operations.count {
            index += try step(slice, from: index, index: slice.firstIndex &+ UInt64(index), last: &last)
            operations = UInt64(index)
            progress.set(thread: number, to: operations)
        }
        end = last
    }

    private func runFor(_ duration: UInt64, _ slice: Slice) throws(SubjectError) {
        let deadline = start &+ duration
        var last = start
        var place = 0
        var done: UInt64 = 0
        repeat {
            let step = try step(slice, from: place, index: slice.firstIndex &+ done, last: &last)
            place += step
            if place == slice.operations.count { place = 0 }
            done += UInt64(step)
            progress.set(thread: number, to: done)
        } while last < deadline
        operations = done
        end = last
    }

    /// Does the operations from `place` to the end of their batch and returns how many that were.
    ///
    /// - Parameter last: when the batch before ended; afterwards, when this one did.
    @inline(__always)
    private func step(
        _ slice: Slice, from place: Int, index: UInt64, last: inout UInt64
    ) throws(SubjectError) -> Int {
        let base = slice.operations.baseAddress.unsafelyUnwrapped + place
        try subject.execute(
            OperationBatch(operations: UnsafeBufferPointer(start: base, count: 1), firstIndex: index), into: &outcome)
        let now = MonotonicClock.now()
        recorder.record(kind: base.pointee.kind, nanoseconds: now &- last)
        last = now
        // Looking ahead comes after the sample, which it would lengthen.
        let size = min(
            slice.isMixed ? extent(slice.operations, from: place) : slice.batchSize, slice.operations.count - place)
        if size > 1 {
            try subject.execute(
                OperationBatch(
                    operations: UnsafeBufferPointer(start: base + 1, count: size - 1), firstIndex: index &+ 1),
                into: &outcome)
            last = MonotonicClock.now()
        }
        return size
    }

    /// In a mixture of cheap and dear kinds: how many operations from `place` go into one batch. A dear one stands
    /// alone, and ends the batch before it.
    private func extent(_ operations: UnsafeBufferPointer<Operation>, from place: Int) -> Int {
        let size = operations[place].operationKind?.batchSize ?? 1
        var count = 1
        while count < size, place + count < operations.count,
            operations[place + count].operationKind?.batchSize ?? 1 > 1
        {
            count += 1
        }
        return count
    }
}
