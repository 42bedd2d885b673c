/// The locks of a ``ConcurrentCache``, one a shard. They lie apart from what they guard: to take one, nothing is read that
/// somebody else may be writing.
///
/// Invariant: `locks` holds `count` initialised locks.
@usableFromInline
final class ConcurrentCacheLocks: @unchecked Sendable {
    private let locks: UnsafeMutablePointer<PoolLock>
    private let count: Int

    init(count: Int) {
        self.count = count
        locks = .allocate(capacity: count)
        for number in 0..<count { (locks + number).initialize(to: PoolLock()) }
    }

    deinit {
        locks.deinitialize(count: count)
        locks.deallocate()
    }

    @usableFromInline func lock(_ number: Int) { locks[number].lock() }
    @usableFromInline func unlock(_ number: Int) { locks[number].unlock() }
}
