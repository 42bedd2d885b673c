import BenchMeasurement
import BenchWorkload

/// What one thread does in a phase, and what came of it.
final class PhaseThread: @unchecked Sendable {
    // Written by its own thread while it runs, read by the driver after that.

    let lane: PhaseLayout.Lane
    private let number: Int
    private let slice: PlanSlice
    private let schedule: ArrivalSchedule?
    private let subject: any Subject
    private let equipment: PhaseEquipment

    private(set) var start: UInt64 = 0
    private(set) var end: UInt64 = 0
    private(set) var operations: UInt64 = 0
    private(set) var outcome = BatchOutcome()
    private(set) var failure: SubjectError?
    /// Bytes that the thread asked its allocator for meanwhile, where that is counted.
    private(set) var allocatedBytes: UInt64?
    /// How many operations the last slice of the warm-up had.
    private(set) var warmedOperations = 0
    private var warmedPlace = 0

    /// - Parameter schedule: when operations are due; nil in a closed loop.
    init(
        lane: PhaseLayout.Lane, number: Int, slice: PlanSlice, schedule: ArrivalSchedule?, subject: any Subject,
        equipment: PhaseEquipment
    ) {
        self.lane = lane
        self.number = number
        self.slice = slice
        self.schedule = schedule
        self.subject = subject
        self.equipment = equipment
    }

    /// Does the next slice of the warm-up on the calling thread: untimed, and what it answers is thrown away. A failure
    /// is kept, and ends the thread's work in the phase.
    func warmUp() {
        let length = max(1, slice.operations.count / WarmUp.slices)
        let end = min(warmedPlace + length, slice.operations.count)
        warmedOperations = 0
        guard failure == nil else { return }
        do throws(SubjectError) {
            let place = try closedLoop.goThrough(
                from: warmedPlace, to: end, until: MonotonicClock.now() &+ WarmUp.sliceNanoseconds)
            warmedOperations = place - warmedPlace
            warmedPlace = place
        } catch {
            failure = error
        }
    }

    /// Does the slice on the calling thread.
    ///
    /// - Parameters:
    ///   - counter: of the bytes that this thread asks for.
    ///   - origin: the time that all threads' schedules count from.
    ///   - leave: is called when the work is done; returns when the process has been read. A stalled thread still holds
    ///     what it holds meanwhile.
    // By its frame profiles tell the phases' work from the harness around it.
    @inline(never)
    func run(counter: AllocationCounter?, origin: PhaseOrigin, leave: () -> Void) {
        let before = counter?.bytes
        equipment.allocations.begin(thread: number, counter: counter)
        start = MonotonicClock.now()
        var tally = ThreadTally(end: start)
        if failure == nil {
            do throws(SubjectError) {
                try work(origin: origin.settle(start), &tally)
            } catch {
                tally.end = MonotonicClock.now()
                failure = error
            }
        }
        operations = tally.operations
        outcome = tally.outcome
        end = tally.end
        if let before, let counter { allocatedBytes = counter.bytes &- before }
        equipment.allocations.end(thread: number, total: allocatedBytes)
        if lane.isStalled && failure == nil {
            stall(origin, leave)
        } else {
            if !lane.isStalled { origin.finish() }
            leave()
        }
    }

    private func work(origin: UInt64, _ tally: inout ThreadTally) throws(SubjectError) {
        guard let schedule else { return try closedLoop.run(&tally) }
        // Where the kernel refuses, wake-ups are later, and the audit tells.
        try? PreciseWait.useLeastSlack()
        defer { try? PreciseWait.useDefaultSlack() }
        let loop = OpenLoop(
            subject: subject, thread: number, slice: slice, schedule: schedule,
            recorder: equipment.schedules[number], progress: equipment.progress)
        try loop.run(from: origin, &tally)
    }

    private var closedLoop: ClosedLoop {
        ClosedLoop(
            subject: subject, thread: number, slice: slice, recorder: equipment.recorders[number],
            progress: equipment.progress)
    }

    /// How long after the phase's time a stalled reader still waits for the others.
    private static let patienceNanoseconds: UInt64 = 100_000_000

    /// Holds what a reader of the subject holds until the others have done their work and the process has been read.
    ///
    /// A subject whose readers hold a lock keeps a writer out meanwhile: when the phase's time is up and the others are
    /// not done, the reader lets go, and the process is read without it.
    private func stall(_ origin: PhaseOrigin, _ leave: () -> Void) {
        let end = start &+ (lane.specification.durationNanoseconds ?? 0) &+ Self.patienceNanoseconds
        var hasLeft = false
        do throws(SubjectError) {
            try subject.hold {
                while !origin.isFinished, MonotonicClock.now() < end {
                    PreciseWait.sleep(until: MonotonicClock.now() &+ 1_000_000)
                }
                guard origin.isFinished else { return }
                leave()
                hasLeft = true
            }
        } catch {
            failure = error
        }
        if !hasLeft { leave() }
    }
}
