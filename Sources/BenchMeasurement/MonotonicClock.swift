import Glibc

/// The clock of all durations: CLOCK_MONOTONIC_RAW, which no time service slews.
public enum MonotonicClock {
    /// Nanoseconds since an arbitrary start. Constant time, no allocation.
    @inline(__always)
    public static func now() -> UInt64 {
        nanoseconds(of: CLOCK_MONOTONIC_RAW)
    }

    /// Nanoseconds of processor time that the process has used, on all its threads.
    public static func processorTimeOfProcess() -> UInt64 {
        nanoseconds(of: CLOCK_PROCESS_CPUTIME_ID)
    }

    /// Nanoseconds of processor time that the calling thread has used.
    public static func processorTimeOfThread() -> UInt64 {
        nanoseconds(of: CLOCK_THREAD_CPUTIME_ID)
    }

    /// The calendar's time in seconds since 1970, UTC: for labels, never for durations.
    public static func secondsSinceEpoch() -> Double {
        Double(nanoseconds(of: CLOCK_REALTIME)) / 1e9
    }

    /// The cost of one ``now()`` in nanoseconds: the smallest mean of several runs of back-to-back calls, so that
    /// an interruption of one run does not count. Takes about a millisecond.
    public static func cost(runs: Int = 16, callsPerRun: Int = 1_000) -> Double {
        precondition(runs > 0 && callsPerRun > 0)
        var smallest = Double.infinity
        for _ in 0..<runs {
            let start = now()
            var end = start
            for _ in 0..<callsPerRun { end = now() }
            smallest = min(smallest, Double(end - start) / Double(callsPerRun))
        }
        return smallest
    }

    @inline(__always)
    private static func nanoseconds(of clock: clockid_t) -> UInt64 {
        var time = timespec()
        // These clocks exist on every kernel this program starts on, so that the call cannot fail.
        clock_gettime(clock, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }
}
