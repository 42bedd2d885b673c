import BenchMeasurement
import BenchWorkload

/// What a thread has done so far.
struct ThreadTally {
    /// When the last operation was done.
    var end: UInt64
    var operations: UInt64 = 0
    var outcome = BatchOutcome()
}

/// Does a slice of the plan as fast as the subject can: the next operation begins when the one before has ended.
///
/// The first operation of a batch is done alone and its time is a latency sample, the others are done in one call;
/// operations with a batch size of one are timed one by one. The end of one is the beginning of the next, so that the
/// samples of a phase with batch size one add up to its whole time: throughput times mean latency is the number of
/// threads. In large phases only some batches are timed, see ``PlanSlice/sampleStride``.
///
/// All state is in the caller's variables: a property of an object would be checked for overlapping access at each
/// call of the subject.
struct ClosedLoop {
    let subject: any Subject
    let thread: Int
    let slice: PlanSlice
    let recorder: LatencyRecorder
    let progress: ProgressCounters

    /// Does the whole slice, or goes round it for its duration.
    ///
    /// - Parameter tally: its `end` is the time of the beginning. What was done is in it after an error, too.
    func run(_ tally: inout ThreadTally) throws(SubjectError) {
        guard !slice.operations.isEmpty else { return }
        if let duration = slice.duration {
            let deadline = tally.end &+ duration
            var place = 0
            repeat {
                place += try step(from: place, &tally)
                if place == slice.operations.count { place = 0 }
            } while tally.end < deadline
        } else {
            var place = 0
            while place < slice.operations.count { place += try step(from: place, &tally) }
        }
    }

    /// Does the operations from `place` to the end of their batch, and of those after it that are not timed, and returns
    /// how many that were.
    @inline(__always)
    private func step(from place: Int, _ tally: inout ThreadTally) throws(SubjectError) -> Int {
        let index = slice.firstIndex &+ tally.operations
        try execute(from: place, to: place + 1, index, &tally.outcome)
        let now = MonotonicClock.now()
        recorder.record(kind: slice.operations[place].kind, nanoseconds: now &- tally.end)
        tally.end = now
        // Looking ahead comes after the sample, which it would lengthen.
        var stop = place + slice.extent(from: place)
        let last =
            slice.sampleStride == 1 ? stop : min(place + slice.batchSize * slice.sampleStride, slice.operations.count)
        if last > place + 1 {
            var next = place + 1
            repeat {
                try execute(from: next, to: stop, index &+ UInt64(next - place), &tally.outcome)
                next = stop
                stop = min(stop + slice.batchSize, last)
            } while next < last
            tally.end = MonotonicClock.now()
        }
        tally.operations &+= UInt64(last - place)
        progress.set(thread: thread, to: tally.operations)
        return last - place
    }

    /// Does operations of the slice without timing or counting them, batch by batch, until `end` or the time.
    ///
    /// - Returns: the place of the first that was not done.
    func goThrough(from place: Int, to end: Int, until deadline: UInt64) throws(SubjectError) -> Int {
        var thrownAway = BatchOutcome()
        var place = place
        while place < end {
            let stop = min(place + slice.extent(from: place), end)
            try execute(from: place, to: stop, slice.firstIndex &+ UInt64(place), &thrownAway)
            place = stop
            if MonotonicClock.now() >= deadline { break }
        }
        return place
    }

    @inline(__always)
    private func execute(
        from start: Int, to end: Int, _ index: UInt64, _ outcome: inout BatchOutcome
    ) throws(SubjectError) {
        let base = slice.operations.baseAddress.unsafelyUnwrapped + start
        try subject.execute(
            OperationBatch(
                operations: UnsafeBufferPointer(start: base, count: end - start), firstIndex: index, thread: thread),
            into: &outcome)
    }
}
