import BenchWorkload
import Histogram

/// What one thread of an open loop records: three times of each operation, and how late its own sends were. All memory
/// is taken before anything is measured.
final class ScheduleRecorder: @unchecked Sendable {
    // One thread records at a time; the driver reads between phases.

    let service: LatencyRecorder
    let queueing: LatencyRecorder
    let response: LatencyRecorder
    /// How long after it could have begun an operation was begun: the generator's delay, not the subject's.
    private(set) var lateness: Histogram<UInt64> = LatencyHistogram.empty
    private(set) var sends: UInt64 = 0
    /// The sends that were later than the limit.
    private(set) var lateSends: UInt64 = 0
    /// The operations that were due and not begun when the time was over.
    var backlog: UInt64 = 0
    private var lateLimit: UInt64 = .max

    init(kinds: [OperationKind]) {
        service = LatencyRecorder(kinds: kinds)
        queueing = LatencyRecorder(kinds: kinds)
        response = LatencyRecorder(kinds: kinds)
    }

    /// Empties all.
    ///
    /// - Parameter lateLimit: the delay from which a send counts as late.
    func reset(lateLimit: UInt64) {
        for recorder in [service, queueing, response] { recorder.reset() }
        if lateness.totalCount > 0 { lateness.reset() }
        (sends, lateSends, backlog) = (0, 0, 0)
        self.lateLimit = lateLimit
    }

    /// Counts an operation.
    ///
    /// - Parameters:
    ///   - planned: when it was due.
    ///   - ready: when it could begin: `planned`, or the end of the one before where that was later.
    ///   - start: when it began, not before `ready`.
    ///   - end: when it was done.
    func record(kind: UInt8, planned: UInt64, ready: UInt64, start: UInt64, end: UInt64) {
        service.record(kind: kind, nanoseconds: end &- start)
        queueing.record(kind: kind, nanoseconds: start &- planned)
        response.record(kind: kind, nanoseconds: end &- planned)
        let late = start &- ready
        lateness.record(min(late, LatencyHistogram.largest))
        sends += 1
        if late > lateLimit { lateSends += 1 }
    }

    /// Adds what another thread of the same lane has recorded. Allocates nothing.
    func absorb(_ other: ScheduleRecorder) {
        service.absorb(other.service)
        queueing.absorb(other.queueing)
        response.absorb(other.response)
        if other.lateness.totalCount > 0 { lateness.add(other.lateness) }
        sends += other.sends
        lateSends += other.lateSends
        backlog += other.backlog
    }
}
