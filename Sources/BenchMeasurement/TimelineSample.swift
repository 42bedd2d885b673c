/// The state of the process at one moment. Quantities that are not known are nil.
public struct TimelineSample: Sendable, Equatable {
    /// Nanoseconds of ``MonotonicClock``.
    public var time: UInt64
    /// Operations done since the recording began.
    public var operations: UInt64
    /// What the allocator counts as handed out.
    public var liveBytes: UInt64?
    /// Bytes that the phase's threads have asked for since they began.
    public var allocatedBytes: UInt64?
    /// Private memory in RAM.
    public var residentBytes: UInt64
    public var minorFaults: UInt64
    public var majorFaults: UInt64
    public var contextSwitches: UInt64
}

/// A finished recording.
public struct TimelineRecording: Sendable {
    /// The samples in order of time. The first was taken before the recording's work began, the last after it.
    public var samples: [TimelineSample]
    /// The faults and switches that the sampling thread itself took: to be taken off the process's figures.
    public var samplerUsage: ResourceUsage
    /// The period at the end: the sampler doubles it whenever the buffer is full.
    public var finalPeriodNanoseconds: UInt64
    /// True when live bytes were left out of the later samples because the allocator took long to tell them.
    public var liveBytesWereDropped: Bool
}
