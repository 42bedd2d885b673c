import CStrata

/// The strings of an interner at one time, which never change: smaller and faster than the interner, without locks, for
/// any number of threads.
///
/// It shares bytes and ids with the interner that it came from, and has a ``PerfectTable`` of 5 bytes a string instead of
/// the interner's table of 11 to 22: a look-up costs one probe, whatever is looked up.
public struct FrozenStringInterner: Sendable {
    private let store: InternerStore
    /// The store's.
    @usableFromInline let records: InternerRecords
    private let table: PerfectTable
    /// What both took their memory from.
    var budget: MemoryBudget? { store.memory.budget }
    /// The number of distinct strings.
    public let count: Int
    private let references: Int
    private let referencedBytes: Int
    private let uniqueBytes: Int
    private let tableBytes: Int

    /// The first `count` strings of a store, all of them whole.
    init(_ store: InternerStore, count: Int, stats: InternerStats) throws(StrataError) {
        self.store = store
        records = store.records
        self.count = count
        references = stats.references
        referencedBytes = stats.referencedBytes
        uniqueBytes = stats.uniqueBytes
        var hashes: [UInt64] = []
        var locations: [UInt32] = []
        hashes.reserveCapacity(count)
        locations.reserveCapacity(count)
        for id in 0..<UInt32(count) {
            let location = records.location(of: id)
            hashes.append(ByteHash.hash(records.record(at: location).bytes))
            locations.append(location)
        }
        let memory = InternerMemory(store.memory.budget)
        let outcome = hashes.withUnsafeBufferPointer { hashes in
            locations.withUnsafeBufferPointer { locations in
                Result { () throws(StrataError) in try PerfectTable(hashes, locations, memory) }
            }
        }
        table = try outcome.get()
        tableBytes = memory.heldBytes
    }

    /// The id of a string, or nil.
    ///
    /// - Complexity: O(length).
    public func lookup(utf8 text: Span<UInt8>) -> InternedString? {
        // The pointer is used in this call only.
        let (bytes, count) = InternerText.pointer(text)
        let hash = ByteHash.hash(bytes, count: count)
        let location = table.value(hash)
        if location != 0 {
            let record = records.record(at: location)
            if record.matches(bytes, count: count) { return InternedString(id: record.id) }
        }
        return _fastPath(table.rest.isEmpty) ? nil : lookupAside(hash, bytes, count)
    }

    /// The id of a string, or nil.
    public func lookup(_ text: String) -> InternedString? { lookup(utf8: text.utf8Span.span) }

    @inline(never)
    private func lookupAside(_ hash: UInt64, _ bytes: UnsafeRawPointer, _ count: Int) -> InternedString? {
        for (_, location) in table.valuesAside(hash) {
            let record = records.record(at: location)
            if record.matches(bytes, count: count) { return InternedString(id: record.id) }
        }
        return nil
    }

    /// The bytes of a string, valid as long as this value.
    ///
    /// - Precondition: the id came from this interner.
    /// - Complexity: O(1), no allocation.
    @inlinable
    @_lifetime(borrow self)
    public func utf8(of string: InternedString) -> Span<UInt8> {
        precondition(Int(string.id) < count, "the id belongs to another interner")
        // The store keeps the bytes in place, and this value keeps the store.
        return _overrideLifetime(Span(_unsafeElements: records.record(of: string.id).bytes), borrowing: self)
    }

    /// The bytes of many strings, several times as fast as one by one where they are not in the processor's caches.
    ///
    /// - Parameter body: gets the place of each string among them, in order, and its bytes.
    /// - Precondition: the ids came from this interner.
    /// - Complexity: O(strings), no allocation.
    public func forEachUTF8(of strings: Span<InternedString>, _ body: (Int, Span<UInt8>) -> Void) {
        // The pointer is used in this call only.
        let strings = strings.withUnsafeBufferPointer { $0 }
        precondition(strings.allSatisfy { Int($0.id) < count }, "the id belongs to another interner")
        records.forEach(of: strings) { place, bytes in body(place, bytes.span) }
    }

    /// A copy of a string.
    public func text(of string: InternedString) -> String {
        precondition(Int(string.id) < count, "the id belongs to another interner")
        return String(decoding: records.record(of: string.id).bytes, as: UTF8.self)
    }

    /// What this holds, counted. Bytes that it shares with an interner which is still there are in both.
    public var stats: InternerStats {
        InternerStats(
            uniqueStrings: count, references: references, uniqueBytes: uniqueBytes, referencedBytes: referencedBytes,
            totalBytes: store.bytesWithoutTables + tableBytes)
    }
}
