import BenchMeasurement
import BenchResults

/// What was measured of one phase, before it becomes rows.
struct PhaseFigures {
    /// When the phase began, in seconds since 1970, UTC.
    var startSeconds: Double
    /// When the last thread's work ended, by the monotonic clock.
    var end: UInt64
    /// From the first thread's start to the last one's end.
    var wallNanoseconds: UInt64
    /// Of the process, without the sampler.
    var processorNanoseconds: UInt64
    /// Of the process, without the sampler.
    var usage: ResourceUsage
    var recording: TimelineRecording
    /// What the allocator tells when the last operation is done.
    var heap: HeapReading
    /// Bytes asked for by the phase's threads, where that is counted.
    var allocatedBytes: UInt64?
    /// What each lane has done.
    var lanes: [Lane]
    /// What was measured before and after the phase.
    var aside: [Measurement] = []

    /// The part of a lane.
    struct Lane {
        var layout: PhaseLayout.Lane
        /// From its first thread's start to its last one's end.
        var wallNanoseconds: UInt64
        var operations: UInt64
        var outcome: BatchOutcome
    }

    /// The operations of all lanes.
    var operations: UInt64 { lanes.reduce(0) { $0 + $1.operations } }
    /// The sum of the answers' hashes.
    var digest: UInt64 { lanes.reduce(0) { $0 &+ $1.outcome.digest } }
}
