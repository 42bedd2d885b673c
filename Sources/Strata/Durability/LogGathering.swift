import CStrata
import Glibc

/// How long a leader waits for company before its flight takes off.
///
/// When a flight lands, those that it was for come back with their next records at once, or do not. A leader that does not
/// wait for them finds a few, and the rest wait for the next flight: two groups form that take turns, and each
/// synchronization is for half of the threads. So the leader waits until as many have come as there were around the last
/// landing, but only for a part of the time that a synchronization takes; and when that was in vain it tries again only
/// after some flights, each time after twice as many. A thread that is alone never waits.
struct LogGathering {
    /// The threads to expect, the leader among them.
    private var expected = 1
    /// A running mean of the time that a flight takes.
    private var flightNanoseconds: UInt64 = 0
    /// The flights to pass over, and how many will be after the next attempt in vain.
    private var pause = 0
    private var nextPause = 1

    private static let pauseMaximum = 64

    func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// Takes note of a flight.
    mutating func landed(released: Int, waiting: Int, nanoseconds: UInt64) {
        expected = released + waiting
        flightNanoseconds = flightNanoseconds == 0 ? nanoseconds : (7 * flightNanoseconds + nanoseconds) / 8
    }

    /// The number of threads to wait for, and until when; nil when there is nothing to wait for.
    mutating func plan(present: Int) -> (count: Int, deadline: UInt64)? {
        guard expected > present else { return nil }
        if pause > 0 {
            pause -= 1
            return nil
        }
        return (expected, now() + flightNanoseconds / 2)
    }

    mutating func ended(inVain: Bool) {
        if inVain {
            pause = nextPause
            nextPause = min(2 * nextPause, Self.pauseMaximum)
        } else {
            nextPause = 1
        }
    }
}

extension LogWriter {
    /// Waits for company. With the lock held, before and after, and `isLeading` set.
    func gather() {
        let room = (flights + 1) & 1
        guard let plan = gathering.plan(present: 1 + gate.sleeperCount(room)) else { return }
        var isInVain = false
        while 1 + gate.sleeperCount(room) < plan.count, !isInVain {
            lock.unlock()
            // Lets those run that are on their way.
            sched_yield()
            isInVain = gathering.now() > plan.deadline
            lock.lock()
        }
        gathering.ended(inVain: isInVain)
    }
}
