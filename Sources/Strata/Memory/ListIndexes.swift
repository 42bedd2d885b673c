/// The tables of the long lists that entries are taken out of, one by one.
///
/// A long list is searched from its start at first, and gets a ``ListIndex`` when it has been searched so often that
/// making one costs no more than the searches did (which is at most twice what the better of both would have cost: the
/// ski-rental argument, Karlin, Manasse, Rudolph and Sleator, "Competitive snoopy caching", 1988). Without memory for
/// one it is searched on.
///
/// A table is of use for a time only. It goes with its list, which moves when three quarters of it are holes, and at
/// the second of two sweeps between which nobody looked into it.
///
/// Invariant: each key is the address of a list that a record has.
struct ListIndexes: ~Copyable {
    /// What is known about a list.
    private struct Entry {
        /// Entries that were gone through one by one.
        var searched = 0
        /// Whether the list was searched since the last sweep.
        var isUsed = true
        /// The table, once there is one: the entry's alone.
        var index: UnsafeMutablePointer<ListIndex>?

        var byteCount: Int { index?.pointee.byteCount ?? 0 }
    }

    /// Lists with fewer entries are searched from their start: some hundred nanoseconds.
    var leastLength = 512
    /// How often a list's length is gone through before it gets a table: what making one costs.
    var patience = 8

    /// Entries of long lists that were gone through one by one so far.
    private(set) var searchedEntries = 0
    /// Each pointer is this object's alone.
    private var entries: [UInt: UnsafeMutablePointer<Entry>] = [:]
    /// Bytes of the tables, which take them from the budget themselves.
    private var tableBytes = 0
    /// What the entries take.
    private var charge: MemoryCharge
    private let budget: MemoryBudget?

    init(budget: MemoryBudget?) {
        self.budget = budget
        charge = MemoryCharge(budget)
    }

    deinit { for entry in entries.values { Self.free(entry) } }

    /// The number of tables.
    ///
    /// - Complexity: O(long lists known).
    var count: Int { entries.values.count { $0.pointee.index != nil } }

    /// Bytes held from the process's allocator.
    var byteCount: Int { tableBytes + entryBytes }

    /// Of what is known about lists, apart from their tables: places, a bit for each, and entries.
    private var entryBytes: Int {
        guard entries.capacity > 0 else { return 0 }
        let pair = MemoryLayout<UInt>.stride + MemoryLayout<UnsafeMutablePointer<Entry>>.stride
        return entries.capacity * pair * 4 / 3 + entries.count * MemoryLayout<Entry>.stride
    }

    // MARK: Looking

    /// Finds the first entry of a list that is equal to a word; the caller puts a hole there, and tells
    /// ``shorten(_:to:)`` if that makes the list shorter.
    ///
    /// - Parameters:
    ///   - list: with at least ``leastLength`` entries.
    ///   - live: how many of them are no holes.
    /// - Complexity: O(1) amortised and expected; O(length) where there is no memory for a table.
    mutating func take(_ word: UInt64, from list: Payload, live: Int) -> Int? {
        let entry = entry(of: list)
        entry.pointee.isUsed = true
        let length = list.count
        if entry.pointee.index != nil || entry.pointee.searched >= patience * length,
            prepare(entry, of: list, live: live)
        {
            return entry.pointee.index!.pointee.take(word)
        }
        let place = Self.search(for: word, in: list, length)
        let searched = (place ?? length - 1) + 1
        entry.pointee.searched += searched
        searchedEntries += searched
        return place
    }

    /// The first entry that is equal to a word, looked for one by one.
    @inline(__always)
    static func search(for word: UInt64, in list: Payload, _ length: Int) -> Int? {
        var place = 0
        while place < length, list[word: place] != word { place += 1 }
        return place < length ? place : nil
    }

    /// Takes note that holes were taken off the end of a list.
    mutating func shorten(_ list: Payload, to count: Int) {
        if count < leastLength { return drop(list) }
        entries[UInt(bitPattern: list.base)]?.pointee.index?.pointee.shorten(to: count)
    }

    private mutating func entry(of list: Payload) -> UnsafeMutablePointer<Entry> {
        let key = UInt(bitPattern: list.base)
        if let entry = entries[key] { return entry }
        let entry = UnsafeMutablePointer<Entry>.allocate(capacity: 1)
        entry.initialize(to: Entry())
        entries[key] = entry
        charge.settle(at: entryBytes)
        return entry
    }

    // MARK: Tables

    /// Makes a table that has all entries of a list, unless there is one.
    ///
    /// - Returns: whether there is one now.
    private mutating func prepare(_ entry: UnsafeMutablePointer<Entry>, of list: Payload, live: Int) -> Bool {
        if let index = entry.pointee.index {
            // An entry that has an equal may want memory.
            tableBytes -= index.pointee.byteCount
            let isComplete = (try? index.pointee.extend()) ?? false
            tableBytes += index.pointee.byteCount
            if isComplete { return true }
            discard(entry)
        }
        entry.pointee.searched = 0
        guard list.capacity <= ListIndex.greatestCapacity, budget?.pressure != .hard else { return false }
        do throws(StrataError) {
            var index = try ListIndex(of: list, live: live, budget: budget)
            guard try index.extend() else { preconditionFailure("a list has more entries than its record says") }
            tableBytes += index.byteCount
            let place = UnsafeMutablePointer<ListIndex>.allocate(capacity: 1)
            place.initialize(to: index)
            entry.pointee.index = place
            return true
        } catch { return false }
    }

    private mutating func discard(_ entry: UnsafeMutablePointer<Entry>) {
        tableBytes -= entry.pointee.byteCount
        Self.freeIndex(of: entry)
    }

    // MARK: Giving back

    /// Forgets a list that goes, or that is not long any more.
    mutating func drop(_ list: Payload) {
        guard let entry = entries.removeValue(forKey: UInt(bitPattern: list.base)) else { return }
        discard(entry)
        Self.free(entry)
        // A dictionary keeps its room as it shrinks.
        if entries.isEmpty { entries = [:] }
        charge.settle(at: entryBytes)
    }

    /// Forgets the lists that were not searched since the last sweep.
    ///
    /// - Complexity: O(long lists known).
    mutating func sweep() {
        guard !entries.isEmpty else { return }
        for (key, entry) in entries {
            if entry.pointee.isUsed {
                entry.pointee.isUsed = false
            } else {
                drop(Payload(at: UnsafeMutableRawPointer(bitPattern: key).unsafelyUnwrapped))
            }
        }
    }

    /// Forgets all lists.
    mutating func dropAll() {
        guard !entries.isEmpty else { return }
        for entry in entries.values { Self.free(entry) }
        entries = [:]
        tableBytes = 0
        charge.settle(at: 0)
    }

    private static func free(_ entry: UnsafeMutablePointer<Entry>) {
        freeIndex(of: entry)
        entry.deallocate()
    }

    private static func freeIndex(of entry: UnsafeMutablePointer<Entry>) {
        guard let index = entry.pointee.index else { return }
        index.deinitialize(count: 1)
        index.deallocate()
        entry.pointee.index = nil
    }
}
