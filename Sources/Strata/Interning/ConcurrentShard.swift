import Synchronization

/// One shard of a ``ConcurrentStringInterner``: an ``InternerShard`` under a lock, and its table where readers find it.
///
/// Readers, under a pin, load the table and probe it without the lock; a table that was replaced is given back when no
/// pin is older. A string that they do not find is looked for again under the lock, and then added: two threads never
/// give one string two ids.
///
/// Invariant: `published` is the word of `owned.pointee.table`; `owned` is initialised, and changed under `lock` only.
struct ConcurrentShard: ~Copyable, @unchecked Sendable {
    private let published: Atomic<UInt>
    private let lock = PoolLock()
    private let owned: UnsafeMutablePointer<InternerShard>

    init(_ shard: consuming InternerShard) {
        published = Atomic(shard.table.word)
        owned = .allocate(capacity: 1)
        owned.initialize(to: shard)
    }

    deinit {
        owned.deinitialize(count: 1)
        owned.deallocate()
    }

    /// The table as it is now, whole as long as the caller's pin.
    @inline(__always)
    var table: InternerTable { InternerTable(word: published.load(ordering: .acquiring)) }

    /// Holds the lock: nobody adds strings until ``release()``.
    borrowing func acquire() { lock.lock() }
    borrowing func release() { lock.unlock() }
    /// For the holder of the lock.
    borrowing func held<Result>(_ body: (borrowing InternerShard) -> Result) -> Result { body(owned.pointee) }

    /// The id of a string that was not in the table a moment ago. The caller holds a pin.
    @inline(never)
    borrowing func findOrAdd(
        _ hash: UInt64, _ bytes: UnsafeRawPointer, _ count: Int, _ store: InternerStore, _ epochs: EpochManager
    ) throws(StrataError) -> UInt32 {
        try InternerText.requireUTF8(bytes, count: count)
        lock.lock()
        var old: InternerTable?
        let outcome = Result { () throws(StrataError) in
            if let record = owned.pointee.table.find(hash, bytes, count: count, in: store) { return record.id }
            if owned.pointee.isFull {
                old = try owned.pointee.grow(store.memory)
                published.store(owned.pointee.table.word, ordering: .releasing)
            }
            return try owned.pointee.add(hash, bytes, count: count, to: store)
        }
        lock.unlock()
        if let old {
            // Not reachable any more for who pins from here on.
            let memory = store.memory
            epochs.retire(
                RetiredObject(address: old.word, byteCount: old.byteCount) { InternerTable(word: $0).destroy(memory) })
            epochs.collect()
        }
        return try outcome.get()
    }
}
