import CStrata
import Glibc

/// Waits for a time of ``MonotonicClock``, to well below a microsecond where the machine lets the thread run.
public enum PreciseWait {
    /// How long before the time the thread stops sleeping and begins to look at the clock: what a wake-up takes at
    /// worst on a machine that has a processor to spare.
    public static let spinNanoseconds: UInt64 = 60_000

    /// Has the kernel wake the calling thread from sleep as soon as it is due, not when that suits other wake-ups
    /// (about 50 us later). Holds until ``useDefaultSlack()``.
    public static func useLeastSlack() throws(MeasurementError) { try setSlack(1) }

    /// Brings back what the thread started with.
    public static func useDefaultSlack() throws(MeasurementError) { try setSlack(0) }

    /// Waits until the time, asleep at first and looking at the clock for the last ``spinNanoseconds``.
    ///
    /// - Returns: the first reading of the clock that was not before the time.
    public static func until(_ time: UInt64) -> UInt64 {
        sleep(until: time > spinNanoseconds ? time - spinNanoseconds : 0)
        while true {
            let now = MonotonicClock.now()
            if now >= time { return now }
            strata_pause()
        }
    }

    /// Sleeps until the time, and some microseconds more. Uses no processor.
    public static func sleep(until time: UInt64) {
        while true {
            let now = MonotonicClock.now()
            guard now < time else { return }
            // The kernel does not sleep by the raw clock, so that the rest is slept by the other; they differ by some
            // millionths, and a sleep that a signal ends is gone on with.
            var rest = timespec()
            rest.tv_sec = Int((time - now) / 1_000_000_000)
            rest.tv_nsec = Int((time - now) % 1_000_000_000)
            _ = clock_nanosleep(CLOCK_MONOTONIC, 0, &rest, nil)
        }
    }

    private static func setSlack(_ nanoseconds: UInt) throws(MeasurementError) {
        guard strata_timer_slack(nanoseconds) == 0 else {
            throw MeasurementError("the precision of sleeps cannot be set", source: "prctl", errno: errno)
        }
    }
}
