import CStrata
import Synchronization

/// One shard of a ``ConcurrentStringInterner``: an ``InternerShard`` under a lock, and its table where readers find it.
///
/// Readers, under a pin, load the table and probe it without the lock; a table that was replaced is given back when no
/// pin is older. A string that they do not find is looked for again under the lock, and then added: two threads never
/// give one string two ids.
///
/// Invariant: both addresses are those of a ``ConcurrentShards`` that is there; `published` is the word of the table of
/// `owned`, which is touched under `lock` only.
struct ConcurrentShard: BitwiseCopyable {
    let published: UnsafeMutablePointer<Atomic<UInt>>
    /// What adding a string changes, on one line, apart from what readers load. Two values at two addresses and not one
    /// struct: whoever changes a part of a struct has access to all of it, and others come to the lock meanwhile.
    let cell: UnsafeMutableRawPointer

    private static var ownedOffset: Int { @inline(__always) get { 8 } }
    /// Bytes of a cell from its start.
    static var cellBytes: Int { ownedOffset + MemoryLayout<InternerShard>.size }

    @inline(__always)
    var lock: UnsafeMutablePointer<InternerLock> { cell.assumingMemoryBound(to: InternerLock.self) }

    @inline(__always)
    var owned: UnsafeMutablePointer<InternerShard> {
        (cell + Self.ownedOffset).assumingMemoryBound(to: InternerShard.self)
    }

    /// Makes word and cell of a shard.
    func initialize(_ shard: consuming InternerShard) {
        published.initialize(to: Atomic(shard.table.word))
        cell.bindMemory(to: InternerLock.self, capacity: 1).initialize(to: InternerLock())
        (cell + Self.ownedOffset).bindMemory(to: InternerShard.self, capacity: 1).initialize(to: shard)
    }

    /// The table as it is now, whole as long as the caller's pin.
    @inline(__always)
    var table: InternerTable { InternerTable(word: published.pointee.load(ordering: .acquiring)) }

    /// The id of a string that was not in the table a moment ago. The caller holds a pin.
    @inline(never)
    func findOrAdd(
        _ hash: UInt64, _ bytes: UnsafeRawPointer, _ count: Int, _ store: InternerStore, _ epochs: EpochManager
    ) throws(StrataError) -> UInt32 {
        strata_prefetch_to_write(cell)
        store.prefetchToAdd()
        try InternerText.requireUTF8(bytes, count: count)
        lock.pointee.lock()
        var old: InternerTable?
        let outcome = Result { () throws(StrataError) in
            if let record = owned.pointee.table.find(hash, bytes, count: count, in: store.records) {
                return record.id
            }
            if owned.pointee.isFull {
                old = try owned.pointee.grow(store.memory)
                published.pointee.store(owned.pointee.table.word, ordering: .releasing)
            }
            return try owned.pointee.add(hash, bytes, count: count, to: store)
        }
        lock.pointee.unlock()
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

/// The shards of a ``ConcurrentStringInterner``. The tables' words, which all threads load and which change when a table
/// grows, stand together and apart from the cells, which each new string changes: processors fetch lines in pairs.
///
/// Invariant: `tables` and `cells` are initialised memory for `count` words and cells, a power of two, from `init` to
/// ``destroy(_:)``.
struct ConcurrentShards: BitwiseCopyable, @unchecked Sendable {
    private let tables: UnsafeMutablePointer<Atomic<UInt>>
    private let cells: UnsafeMutableRawPointer
    let count: Int

    private static let cellBytes = 128

    /// - Parameters:
    ///   - count: a power of two.
    ///   - logarithm: that of the places of each table.
    init(_ count: Int, logarithm: Int, _ memory: InternerMemory) throws(StrataError) {
        precondition(ConcurrentShard.cellBytes <= 64)
        tables = UnsafeMutableRawPointer.allocate(byteCount: Self.tableBytes(count), alignment: 128)
            .bindMemory(to: Atomic<UInt>.self, capacity: count)
        cells = UnsafeMutableRawPointer.allocate(byteCount: count * Self.cellBytes, alignment: 128)
        self.count = count
        var made = 0
        do throws(StrataError) {
            while made < count {
                let table = try InternerTable(logarithm: logarithm, memory)
                self[UInt64(made)].initialize(InternerShard(table: table, regionWords: 16 << 10))
                made += 1
            }
        } catch {
            destroy(made, memory)
            throw error
        }
    }

    /// Gives everything back; nobody uses a shard any more.
    func destroy(_ memory: InternerMemory) { destroy(count, memory) }

    private func destroy(_ made: Int, _ memory: InternerMemory) {
        // Cells and words are trivial but for what they name.
        for index in 0..<made { self[UInt64(index)].table.destroy(memory) }
        UnsafeMutableRawPointer(tables).deallocate()
        cells.deallocate()
    }

    private static func tableBytes(_ count: Int) -> Int { max(128, count * MemoryLayout<Atomic<UInt>>.stride) }

    /// Bytes of words and cells.
    var byteCount: Int { Self.tableBytes(count) + count * Self.cellBytes }

    /// The shard of a hash: its lowest bits, which no home in a table is made of.
    @inline(__always)
    subscript(hash: UInt64) -> ConcurrentShard {
        let index = Int(truncatingIfNeeded: hash) & (count &- 1)
        return ConcurrentShard(published: tables + index, cell: cells + index &* Self.cellBytes)
    }

    /// Runs `body` while nobody adds strings.
    func withAllLocked<Result, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        for index in 0..<count { self[UInt64(index)].lock.pointee.lock() }
        defer { for index in 0..<count { self[UInt64(index)].lock.pointee.unlock() } }
        return try body()
    }

    /// Bytes of the distinct strings; for the holder of all locks.
    var uniqueBytes: Int { (0..<count).reduce(0) { $0 + self[UInt64($1)].owned.pointee.uniqueBytes } }
}
