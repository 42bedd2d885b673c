// From identifiers to slots, for one writer and any number of readers.
//
// A *place* is a word: an identifier and its slot, *free* (0), or a *grave* (an entry was taken out, and entries that
// were put behind it are still found). Entries never move within a table, and no free place ever stands between an
// entry's home and the entry: a look-up that goes from the home to the first free place thus meets every entry that is
// in the table all the while, whatever the writer does meanwhile. Graves are filled again, freed where nothing can
// stand behind them, and left out when the table is copied.
//
// Orderings. An entry is published by a releasing store and found by an acquiring load: whoever finds the slot finds
// the record in it. An entry that is taken out, and a table that is replaced, is unlinked by a releasing store, and
// retired afterwards: that a reader which the collector does not see pinned finds what is there afterwards is the
// epochs' own argument (see EpochManager), which asks of readers no more than acquiring loads under their pin.

public import CStrata
import Glibc
public import Synchronization

/// The places: their address, which is a multiple of 64, and the logarithm of their number in its low bits.
///
/// Invariant: the places are initialised, and a power of two in number.
@frozen @usableFromInline
struct IndexTable: BitwiseCopyable {
    @usableFromInline let word: UInt

    @inlinable @inline(__always)
    init(word: UInt) { self.word = word }

    /// A table of free places.
    init(logarithm: Int) throws(StrataError) {
        let bytes = MemoryLayout<UInt64>.stride << logarithm
        guard let memory = aligned_alloc(64, bytes) else {
            throw StrataError(.limitExceeded, "the allocator has no \(bytes) bytes left", errno: errno)
        }
        memset(memory, 0, bytes)
        word = UInt(bitPattern: memory) | UInt(logarithm)
    }

    @inlinable var logarithm: Int { Int(word & 63) }
    @inlinable var mask: Int { 1 &<< logarithm &- 1 }
    var byteCount: Int { MemoryLayout<UInt64>.stride << logarithm }
    @inlinable var address: UInt { word & ~63 }

    /// A place, in bounds by the mask.
    @inlinable @inline(__always)
    func place(_ index: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
        places + (index & mask)
    }

    @inlinable var places: UnsafeMutablePointer<Atomic<UInt64>> {
        @inline(__always) get { UnsafeMutablePointer(bitPattern: address).unsafelyUnwrapped }
    }

    /// Where the look-up of an identifier begins: the number of a place.
    @inlinable @inline(__always)
    func home(_ id: UInt32) -> Int {
        // Fibonacci hashing of the group of eight (Knuth, volume 3, section 6.4): the uppermost bits of the product, and
        // no others, spread groups that follow each other so evenly that hardly two meet. The low bits stay.
        let group = UInt64(truncatingIfNeeded: id &>> 3) &* 0x9E37_79B9_7F4A_7C15
        // In two steps: a difference would be computed in a byte of a register that holds what the look-up before loaded,
        // so that look-ups would wait for each other.
        let first = (group &>> 3) &>> (0 &- UInt64(truncatingIfNeeded: word & 63))
        return Int(truncatingIfNeeded: first &<< 3 | UInt64(truncatingIfNeeded: id & 7))
    }
}

/// What look-ups in an ``EntityIndex`` go through, also those of other threads: they run under a pin of the epochs that
/// the writer retires tables to.
///
/// Invariant: `current` is the word of the table in use, in a cell that the index owns and frees.
@frozen @usableFromInline
struct EntityIndexView: BitwiseCopyable {
    @usableFromInline let current: UnsafeMutablePointer<Atomic<UInt>>

    /// The slot of an identifier, or nil.
    ///
    /// - Complexity: O(1) average.
    @inlinable @inline(__always)
    func slot(of id: UInt32) -> UInt32? {
        let table = IndexTable(word: current.pointee.load(ordering: .acquiring))
        var index = table.home(id)
        // Homes are in bounds: the mask, and the time to make it, are for those that stand elsewhere.
        var place = table.places + index
        while true {
            let entry = place.pointee.load(ordering: .acquiring)
            if entry == 0 { return nil }
            // A grave is told by its upper half: its lower one may be somebody's identifier.
            if UInt32(truncatingIfNeeded: entry) == id, entry >> 32 != 0 { return UInt32(entry >> 32) &- 1 }
            index &+= 1
            place = table.place(index)
        }
    }

    /// Has the cache line fetched that a look-up of an identifier will read first.
    @inlinable @inline(__always)
    func prefetch(_ id: UInt32) {
        let table = IndexTable(word: current.pointee.load(ordering: .acquiring))
        strata_prefetch(table.place(table.home(id)))
    }
}

/// From identifiers to slots: open addressing with linear probing, at most five eighths in use.
///
/// Eight consecutive identifiers share a home of eight places, one cache line: data sets number their entities densely,
/// and loading or scanning one then touches each line once. A lookup costs one cache miss. One writer; other threads
/// look up through ``view``.
///
/// Source: graves ("deleted" marks) are Knuth's, volume 3, section 6.4; freeing them from the end of a run backwards is
/// the remark to exercise 6.4-63.
struct EntityIndex: ~Copyable {
    /// The upper half, which is a slot plus one in an entry, is 0 in a grave.
    private static var grave: UInt64 { UInt64(UInt32.max) }
    /// Where the first table begins: 64 places.
    private static var leastLogarithm: Int { 6 }

    /// The way in for look-ups.
    let view: EntityIndexView
    /// The number of entries.
    private(set) var count = 0
    private var graves = 0
    private let budget: MemoryBudget?
    private var charge: MemoryCharge

    /// An empty index.
    ///
    /// - Parameter budget: what the table is taken from; nil for no bound.
    /// - Throws: `limitExceeded` when there is no memory.
    init(budget: MemoryBudget? = nil) throws(StrataError) {
        var charge = MemoryCharge(budget)
        try charge.grow(by: MemoryLayout<UInt64>.stride << Self.leastLogarithm)
        let table = try IndexTable(logarithm: Self.leastLogarithm)
        let cell = ReaderLines.allocate(Atomic<UInt>.self)
        cell.initialize(to: Atomic(table.word))
        view = EntityIndexView(current: cell)
        self.budget = budget
        self.charge = charge
    }

    deinit {
        free(UnsafeMutableRawPointer(bitPattern: table.address))
        ReaderLines.deallocate(view.current)
    }

    /// The table in use, for the writer.
    private var table: IndexTable { IndexTable(word: view.current.pointee.load(ordering: .relaxed)) }

    /// The slot of an identifier, or nil.
    @inline(__always)
    borrowing func slot(of id: UInt32) -> UInt32? { view.slot(of: id) }

    // MARK: The writer

    /// Adds an identifier that is not there yet.
    ///
    /// - Throws: `limitExceeded` when there is no memory to grow; the index is as before.
    /// - Precondition: `slot` is not `UInt32.max`.
    /// - Complexity: O(1) amortised.
    mutating func insert(_ id: UInt32, slot: UInt32, in epochs: EpochManager) throws(StrataError) {
        precondition(slot < .max)
        var table = self.table
        if (count + graves + 1) * 8 > (table.mask + 1) * 5 {
            // With many graves a copy is enough; else the next one would come soon.
            let isCrowded = count * 8 > (table.mask + 1) * 4
            try copy(to: table.logarithm + (isCrowded ? 1 : 0), in: epochs)
            table = self.table
        }
        var index = table.home(id)
        while true {
            let place = table.place(index)
            let entry = place.pointee.load(ordering: .relaxed)
            if entry >> 32 == 0 {
                if entry != 0 { graves -= 1 }
                place.pointee.store(UInt64(id) | (UInt64(slot) + 1) << 32, ordering: .releasing)
                count += 1
                return
            }
            index &+= 1
        }
    }

    /// Takes an identifier out; one that is not there is left alone.
    ///
    /// - Complexity: O(1) average.
    mutating func remove(_ id: UInt32) {
        let table = self.table
        var index = table.home(id)
        while true {
            let entry = table.place(index).pointee.load(ordering: .relaxed)
            if entry == 0 { return }
            if UInt32(truncatingIfNeeded: entry) == id, entry >> 32 != 0 { break }
            index &+= 1
        }
        count -= 1
        guard table.place(index &+ 1).pointee.load(ordering: .relaxed) == 0 else {
            table.place(index).pointee.store(Self.grave, ordering: .releasing)
            graves += 1
            return
        }
        // Nothing stands behind it: it and the graves in front of it can be freed, the last one first.
        table.place(index).pointee.store(0, ordering: .releasing)
        while true {
            index &-= 1
            guard table.place(index).pointee.load(ordering: .relaxed) == Self.grave else { return }
            table.place(index).pointee.store(0, ordering: .releasing)
            graves -= 1
        }
    }

    /// Moves to a smaller table when an eighth of the places would do. Without memory for it everything stays.
    mutating func shrinkIfSparse(in epochs: EpochManager) {
        let logarithm = table.logarithm
        guard logarithm > Self.leastLogarithm, count * 16 < 1 << logarithm else { return }
        var target = logarithm
        while target > Self.leastLogarithm, count * 4 < 1 << (target - 1) { target -= 1 }
        try? copy(to: target, in: epochs)
    }

    /// Bytes held from the process's allocator.
    var reservedBytes: Int { table.byteCount }

    /// Entries that do not stand where a look-up begins.
    ///
    /// - Complexity: O(places).
    var entriesAwayFromHome: Int {
        let table = self.table
        var entries = 0
        for place in 0...table.mask {
            let entry = table.place(place).pointee.load(ordering: .relaxed)
            if entry >> 32 != 0, table.home(UInt32(truncatingIfNeeded: entry)) != place { entries += 1 }
        }
        return entries
    }

    /// Bytes of the tables that are retired when so many identifiers come, at most.
    func garbageBytes(inserting count: Int) -> Int {
        var logarithm = table.logarithm
        guard (self.count + graves + count) * 8 > 5 << logarithm else { return 0 }
        // Each size that is outgrown, and once more the last one, which may be copied first to be rid of its graves.
        var bytes = MemoryLayout<UInt64>.stride << logarithm
        repeat {
            bytes += MemoryLayout<UInt64>.stride << logarithm
            logarithm += 1
        } while (self.count + count) * 8 > 5 << logarithm
        return bytes
    }

    /// Copies the entries into a table of their own, publishes it, and retires the old one.
    private mutating func copy(to logarithm: Int, in epochs: EpochManager) throws(StrataError) {
        let old = self.table
        // Both tables are there for a time.
        let byteCount = MemoryLayout<UInt64>.stride << logarithm
        try charge.grow(by: byteCount)
        let new: IndexTable
        do throws(StrataError) { new = try IndexTable(logarithm: logarithm) } catch {
            charge.settle(at: reservedBytes)
            throw error
        }
        for place in 0...old.mask {
            let entry = old.place(place).pointee.load(ordering: .relaxed)
            guard entry >> 32 != 0 else { continue }
            var index = new.home(UInt32(truncatingIfNeeded: entry))
            while new.place(index).pointee.load(ordering: .relaxed) != 0 { index &+= 1 }
            new.place(index).pointee.store(entry, ordering: .relaxed)
        }
        view.current.pointee.store(new.word, ordering: .releasing)
        graves = 0
        // Its bytes stay taken until readers have let go of it.
        charge.leave(old.byteCount)
        let oldByteCount = old.byteCount
        epochs.retire(
            RetiredObject(address: old.address, byteCount: oldByteCount) { address in
                HeapBlock.freeTable(UnsafeMutableRawPointer(bitPattern: address)!, byteCount: oldByteCount)
            }, takenFrom: budget?.ledger)
    }
}
