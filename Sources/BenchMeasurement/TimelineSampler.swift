import Glibc
import Synchronization

/// Samples the process's memory and counters beside a running phase, on a thread of its own.
///
/// Nothing is allocated while it samples: files are open, functions looked up and buffers mapped beforehand. The
/// period adapts so that sampling takes at most a fiftieth of one processor's time, and doubles, with every second
/// sample dropped, when the buffer is full. An allocator that uses more than ``dearProbeNanoseconds`` of the
/// processor to tell its live bytes is not asked again before the recording's end: it holds its locks meanwhile,
/// which the phase would feel.
public final class TimelineSampler: @unchecked Sendable {
    // While a recording runs, only the sampling thread touches the state below `samples`; the thread's start and
    // end order it with the caller.

    /// The most processor time that asking the allocator may take. Not time on the wall: a sampler that is made to
    /// wait has not been dear.
    public static let dearProbeNanoseconds: UInt64 = 1_000_000

    private let reader: ProcessMemoryReader
    private let allocator: AllocatorStatistics
    private let progress: ProgressCounters
    private let allocations: AllocationCounters?
    private let basePeriod: UInt64
    private let wake: (read: Int32, write: Int32)
    private let samples: SharedMapping<RawSample>

    private var count = 0
    private var period: UInt64 = 0
    private var lastCost: UInt64 = 0
    private var asksAllocator = true
    private var failure: MeasurementError?
    private var usage = ResourceUsage()
    private var thread: NativeThread?

    /// Prepares a sampler.
    ///
    /// - Parameters:
    ///   - allocator: where live bytes come from.
    ///   - progress: where operations come from.
    ///   - allocations: where allocated bytes come from, or nil to leave them out.
    ///   - periodNanoseconds: the shortest period; whole milliseconds.
    ///   - capacity: the largest number of samples of a recording, at least 4.
    public init(
        allocator: AllocatorStatistics, progress: ProgressCounters, allocations: AllocationCounters? = nil,
        periodNanoseconds: UInt64 = 10_000_000, capacity: Int = 4_096
    ) throws(MeasurementError) {
        precondition(capacity >= 4 && periodNanoseconds >= 1_000_000)
        reader = try ProcessMemoryReader()
        self.allocator = allocator
        self.progress = progress
        self.allocations = allocations
        basePeriod = periodNanoseconds
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else {
            throw MeasurementError("a pipe cannot be made", source: "pipe", errno: errno)
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        wake = (ends[0], ends[1])
        do throws(MeasurementError) {
            samples = try SharedMapping(count: capacity)
        } catch {
            for end in ends { close(end) }
            throw error
        }
    }

    deinit {
        close(wake.read)
        close(wake.write)
    }

    /// Takes the first sample on the calling thread, then starts the sampling thread.
    public func start() throws(MeasurementError) {
        precondition(thread == nil, "one recording at a time")
        count = 0
        period = basePeriod
        lastCost = 0
        asksAllocator = allocator.tellsAnything
        failure = nil
        try takeSample(asking: asksAllocator)
        thread = try NativeThread(name: "sampler") { self.run() }
    }

    /// Processor time that the sampling thread has used so far, in nanoseconds: to be taken off the process's.
    public func processorTime() throws(MeasurementError) -> UInt64 {
        guard let thread else { preconditionFailure("start comes before processorTime") }
        return try thread.processorTime()
    }

    /// Ends the sampling thread, takes the last sample on the calling thread and returns the recording.
    ///
    /// - Throws: the first failure to read, of either thread.
    public func stop() throws(MeasurementError) -> TimelineRecording {
        guard let thread else { preconditionFailure("start comes before stop") }
        var byte: UInt8 = 0
        while write(wake.write, &byte, 1) < 0 && errno == EINTR {}
        thread.join()
        self.thread = nil
        while read(wake.read, &byte, 1) < 0 && errno == EINTR {}
        if let failure { throw failure }
        if count == samples.elements.count { thin() }
        let dropped = allocator.tellsAnything && !asksAllocator
        try takeSample(asking: allocator.tellsAnything)
        return TimelineRecording(
            samples: samples.elements[..<count].map(\.sample), samplerUsage: usage,
            finalPeriodNanoseconds: period,
            liveBytesWereDropped: dropped)
    }

    private func run() {
        do throws(MeasurementError) {
            while !isToldToStop(within: max(period, lastCost * 50)) {
                if count == samples.elements.count { thin() }
                let before = MonotonicClock.processorTimeOfThread()
                try takeSample(asking: asksAllocator)
                lastCost = MonotonicClock.processorTimeOfThread() - before
            }
            usage = try ResourceUsage.ofThread()
        } catch {
            failure = error
        }
    }

    /// Waits; true when `stop()` has written to the pipe.
    private func isToldToStop(within nanoseconds: UInt64) -> Bool {
        var request = pollfd(fd: wake.read, events: Int16(POLLIN), revents: 0)
        let milliseconds = Int32(clamping: (nanoseconds + 999_999) / 1_000_000)
        return poll(&request, 1, milliseconds) > 0
    }

    private func takeSample(asking: Bool) throws(MeasurementError) {
        let memory = try reader.read()
        let usage = try ResourceUsage.ofProcess()
        var live: Int64 = -1
        if asking {
            let before = MonotonicClock.processorTimeOfThread()
            live = allocator.read().liveBytes.map { Int64(clamping: $0) } ?? -1
            let cost = MonotonicClock.processorTimeOfThread() - before
            if cost > Self.dearProbeNanoseconds { asksAllocator = false }
        }
        samples.elements[count] = RawSample(
            time: MonotonicClock.now(), operations: progress.total, liveBytes: live,
            allocatedBytes: allocations?.total.map { Int64(clamping: $0) } ?? -1, residentBytes: memory.privateBytes,
            minorFaults: usage.minorFaults, majorFaults: usage.majorFaults, contextSwitches: usage.contextSwitches)
        count += 1
    }

    /// Drops every second sample, keeping the first, and samples half as often from now on.
    private func thin() {
        var kept = 0
        for index in stride(from: 0, to: count, by: 2) {
            samples.elements[kept] = samples.elements[index]
            kept += 1
        }
        count = kept
        period *= 2
    }
}

/// A sample as the buffer holds it.
private struct RawSample: BitwiseCopyable {
    var time: UInt64
    var operations: UInt64
    /// -1 for unknown.
    var liveBytes: Int64
    /// -1 for unknown.
    var allocatedBytes: Int64
    var residentBytes: UInt64
    var minorFaults: UInt64
    var majorFaults: UInt64
    var contextSwitches: UInt64

    var sample: TimelineSample {
        TimelineSample(
            time: time, operations: operations, liveBytes: liveBytes < 0 ? nil : UInt64(liveBytes),
            allocatedBytes: allocatedBytes < 0 ? nil : UInt64(allocatedBytes), residentBytes: residentBytes,
            minorFaults: minorFaults, majorFaults: majorFaults, contextSwitches: contextSwitches)
    }
}
