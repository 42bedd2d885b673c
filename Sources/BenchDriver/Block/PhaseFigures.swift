import BenchMeasurement
import Histogram

/// What was measured of one phase, before it becomes rows.
struct PhaseFigures {
    /// When the phase began, in seconds since 1970, UTC.
    var startSeconds: Double
    /// From the first thread's start to the last one's end.
    var wallNanoseconds: UInt64
    /// Of the process, without the sampler.
    var processorNanoseconds: UInt64
    /// Of the process, without the sampler.
    var usage: ResourceUsage
    var operations: UInt64
    var outcome: BatchOutcome
    var recording: TimelineRecording
    /// What the allocator tells when the last operation is done.
    var heap: HeapReading
    /// Bytes asked for by the phase's threads, where that is counted.
    var allocatedBytes: UInt64?
}
