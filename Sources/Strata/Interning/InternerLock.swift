import CStrata
import Glibc
import Synchronization

/// A lock for the adding of one string: a word beside what it guards, so that both come with one cache line, and given
/// back by a plain store, which waits for nothing.
///
/// Who waits looks a while, then lets others run, then sleeps: a holder may have been put off its processor, and one that
/// freezes the interner holds the lock for long.
struct InternerLock: ~Copyable {
    private let held = Atomic<UInt32>(0)

    @inline(__always)
    borrowing func lock() {
        if _slowPath(held.exchange(1, ordering: .acquiring) != 0) { wait() }
    }

    @inline(__always)
    borrowing func unlock() { held.store(0, ordering: .releasing) }

    @inline(never)
    private borrowing func wait() {
        var looks = 0
        repeat {
            while held.load(ordering: .relaxed) != 0 {
                looks += 1
                if looks < 100 {
                    strata_pause()
                } else if looks < 200 {
                    sched_yield()
                } else {
                    usleep(50)
                }
            }
        } while held.exchange(1, ordering: .acquiring) != 0
    }
}
