/// The heaps' records of a pool: each is used by one heap after the other.
///
/// Invariant: what `lists` points to is used under the lock; an idle record is one of `all`, and has no blocks at hand
/// and no slabs.
struct PoolRegistry: ~Copyable {
    private struct Lists {
        var all: [PoolHeapRecord] = []
        var idle: [PoolHeapRecord] = []
    }

    private let lock = PoolLock()
    private let lists: UnsafeMutablePointer<Lists>

    init() {
        lists = .allocate(capacity: 1)
        lists.initialize(to: Lists())
    }

    /// No heap may be left.
    deinit {
        for record in lists.pointee.all { record.destroy() }
        lists.deinitialize(count: 1)
        lists.deallocate()
    }

    /// A record for a new heap.
    borrowing func take(depot: UnsafePointer<SlabDepot>) -> PoolHeapRecord {
        lock.lock()
        defer { lock.unlock() }
        if let record = lists.pointee.idle.popLast() { return record }
        let record = PoolHeapRecord.make(depot: depot)
        lists.pointee.all.append(record)
        return record
    }

    /// Takes the record of a heap back that has gone.
    borrowing func put(_ record: PoolHeapRecord) {
        lock.lock()
        lists.pointee.idle.append(record)
        lock.unlock()
    }

    /// All records, and the number of those that are in use.
    borrowing func records() -> (all: [PoolHeapRecord], used: Int) {
        lock.lock()
        defer { lock.unlock() }
        return (lists.pointee.all, lists.pointee.all.count - lists.pointee.idle.count)
    }
}
