/// The live blocks of a pool and their sizes, kept in debug builds to find misuse where it happens.
///
/// Invariant: what `sizes` points to is used under the lock.
final class PoolLiveBlocks: @unchecked Sendable {
    private let lock = PoolLock()
    private let sizes: UnsafeMutablePointer<[UInt: Int]>

    init() {
        sizes = .allocate(capacity: 1)
        sizes.initialize(to: [:])
    }

    deinit {
        sizes.deinitialize(count: 1)
        sizes.deallocate()
    }

    /// Notes a block as live; false when it is already.
    func insert(_ address: UInt, _ byteCount: Int) -> Bool {
        lock.lock()
        defer { lock.unlock() }
        return sizes.pointee.updateValue(byteCount, forKey: address) == nil
    }

    /// Notes a block as free, and returns its size; nil when it is not live.
    func remove(_ address: UInt) -> Int? {
        lock.lock()
        defer { lock.unlock() }
        return sizes.pointee.removeValue(forKey: address)
    }
}
