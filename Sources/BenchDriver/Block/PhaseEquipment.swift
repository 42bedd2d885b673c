import BenchMeasurement
import BenchWorkload

/// What the harness measures with: made once for all phases, before the subject is, so that none of its memory is
/// counted as the subject's.
struct PhaseEquipment {
    /// One for each thread.
    let recorders: [LatencyRecorder]
    /// One for each thread of the phases that are open loops.
    let schedules: [ScheduleRecorder]
    let progress: ProgressCounters
    let allocations: AllocationCounters
    let sampler: TimelineSampler
    let statistics: AllocatorStatistics
    let allocatorKind: AllocatorKind

    /// Takes the memory for the largest of the phases.
    init(_ layouts: [PhaseLayout], kinds: Set<OperationKind>, allocatorKind: AllocatorKind) throws(DriverError) {
        let threads = layouts.map(\.threads).max() ?? 1
        let ordered = kinds.sorted { $0.rawValue < $1.rawValue }
        recorders = (0..<threads).map { _ in LatencyRecorder(kinds: ordered) }
        schedules = (0..<(layouts.map(\.openThreads).max() ?? 0)).map { _ in ScheduleRecorder(kinds: ordered) }
        let progress = ProgressCounters(threads: threads)
        let statistics = AllocatorStatistics(kind: allocatorKind)
        let allocations = AllocationCounters(threads: threads, kind: allocatorKind)
        self.progress = progress
        self.allocations = allocations
        self.statistics = statistics
        self.allocatorKind = allocatorKind
        sampler = try BlockWorker.measured { () throws(MeasurementError) in
            try TimelineSampler(allocator: statistics, progress: progress, allocations: allocations)
        }
    }

    /// Empties all for a phase.
    func reset(for layout: PhaseLayout) {
        progress.reset()
        allocations.reset()
        for recorder in recorders { recorder.reset() }
        for lane in layout.lanes {
            guard let arrival = lane.arrival else { continue }
            let gap = Double(lane.threads.count) * 1e9 / arrival.ratePerSecond
            for thread in lane.threads {
                schedules[thread].reset(lateLimit: ScheduleAudit.lateLimit(meanGapNanoseconds: gap))
            }
        }
    }
}
