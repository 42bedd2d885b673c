import BenchMeasurement
import BenchWorkload

/// Does a slice of the plan at planned times, one operation at a time, whatever became of those before.
///
/// A time is planned while the thread is idle. An operation that is due while the one before still runs begins when that
/// has ended, and its waiting counts: queueing is from the planned time to its begin, service from there to its end, and
/// response is both.
struct OpenLoop {
    let subject: any Subject
    let thread: Int
    let slice: PlanSlice
    let schedule: ArrivalSchedule
    let recorder: ScheduleRecorder
    let progress: ProgressCounters

    /// Does the slice once, or goes round it until the duration is over. What is due and not begun then is counted.
    ///
    /// - Parameters:
    ///   - origin: the time that the schedule counts from.
    ///   - tally: what was done is in it after an error, too.
    func run(from origin: UInt64, _ tally: inout ThreadTally) throws(SubjectError) {
        guard let base = slice.operations.baseAddress, !slice.operations.isEmpty else { return }
        let deadline = slice.duration.map { origin &+ $0 } ?? .max
        var schedule = schedule
        var place = 0
        var previousEnd: UInt64 = 0
        var planned = origin &+ schedule.pop()
        while planned < deadline {
            let start = PreciseWait.until(planned)
            if start >= deadline { break }
            try subject.execute(
                OperationBatch(
                    operations: UnsafeBufferPointer(start: base + place, count: 1),
                    firstIndex: slice.firstIndex &+ tally.operations, thread: thread), into: &tally.outcome)
            let end = MonotonicClock.now()
            recorder.record(
                kind: slice.operations[place].kind, planned: planned, ready: max(planned, previousEnd), start: start,
                end: end)
            previousEnd = end
            tally.end = end
            tally.operations &+= 1
            progress.set(thread: thread, to: tally.operations)
            place += 1
            if place == slice.operations.count {
                if slice.duration == nil { return }
                place = 0
            }
            planned = origin &+ schedule.pop()
        }
        var backlog: UInt64 = 0
        while planned < deadline {
            backlog += 1
            planned = origin &+ schedule.pop()
        }
        recorder.backlog = backlog
        PreciseWait.sleep(until: deadline)
        tally.end = max(tally.end, deadline)
    }
}
