import Glibc

/// A point that all threads of a phase reach before any goes on.
final class ThreadBarrier: @unchecked Sendable {
    private let barrier: UnsafeMutablePointer<pthread_barrier_t>

    init(threads: Int) throws(DriverError) {
        barrier = .allocate(capacity: 1)
        let status = pthread_barrier_init(barrier, nil, UInt32(threads))
        guard status == 0 else {
            barrier.deallocate()
            throw DriverError("a barrier for \(threads) threads cannot be made (error \(status))")
        }
    }

    deinit {
        pthread_barrier_destroy(barrier)
        barrier.deallocate()
    }

    func wait() { pthread_barrier_wait(barrier) }
}
