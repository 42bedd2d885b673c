import Glibc

/// A lock for the pool's cold paths: taken once for a batch of blocks, for tens of nanoseconds.
///
/// A mutex of the C library, because the thread sanitizer understands it. Invariant: `mutex` is initialised memory that
/// only this lock holds, and nobody holds the lock when it goes.
struct PoolLock: ~Copyable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>

    init() {
        // A cache line of its own, so that waiting for one lock does not disturb another.
        let memory = UnsafeMutableRawPointer.allocate(byteCount: 128, alignment: 128)
        mutex = memory.bindMemory(to: pthread_mutex_t.self, capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        let code = pthread_mutex_init(mutex, nil)
        precondition(code == 0)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        UnsafeMutableRawPointer(mutex).deallocate()
    }

    borrowing func lock() { pthread_mutex_lock(mutex) }
    borrowing func unlock() { pthread_mutex_unlock(mutex) }
}
