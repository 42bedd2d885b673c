/// Holds each distinct string once, and names it by a dense number.
///
/// ```swift
/// var interner = try StringInterner()
/// let name = try interner.intern("name")
/// print(interner.text(of: name), interner.stats.uniqueStrings)
/// ```
///
/// The bytes stand in blocks that never move, each string behind its id and length; a table of 8 bytes a place, at most
/// three quarters full, keeps 32 bits of each hash, so that a probe seldom touches the wrong string and a hit costs two
/// cache misses. Interning is O(length), resolving O(1). Many strings at once are faster: the batches of
/// ``intern(utf8:offsets:into:)`` wait for the memory of all their strings together.
///
/// One writer at a time, with no reader beside it: nothing here locks. Threads that intern together share a
/// ``ConcurrentStringInterner``. What is complete is frozen: ``freeze()``.
public struct StringInterner: ~Copyable {
    let store: InternerStore
    /// The store's.
    @usableFromInline let records: InternerRecords
    var shard: InternerShard
    var references: UInt64 = 0
    var referencedBytes: UInt64 = 0

    /// An interner whose table has room for `capacity` distinct strings before it first grows.
    ///
    /// - Parameter budget: what strings and tables are taken from; nil for no bound.
    /// - Throws: `limitExceeded` when there is no memory for the tables.
    public init(capacity: Int = 1_024, budget: MemoryBudget? = nil) throws(StrataError) {
        let store = try InternerStore(budget: budget)
        let table = try InternerTable(logarithm: InternerTable.logarithm(for: capacity), store.memory)
        self.store = store
        records = store.records
        shard = InternerShard(table: table, regionWords: .max)
    }

    deinit { shard.table.destroy(store.memory) }

    /// The number of distinct strings.
    public var count: Int { shard.count }

    /// The id of a string; a new one is copied in.
    ///
    /// - Throws: `invalidArgument` when the bytes are not UTF-8, `limitExceeded` when there are 2^32 - 2^16 strings or
    ///   16 GiB of them, or there is no memory; the interner is as before then.
    /// - Complexity: O(length), amortised.
    public mutating func intern(utf8 text: Span<UInt8>) throws(StrataError) -> InternedString {
        // The pointer is used in this call only.
        let (bytes, count) = InternerText.pointer(text)
        let hash = ByteHash.hash(bytes, count: count)
        let id: UInt32
        if let record = shard.table.find(hash, bytes, count: count, in: records) {
            id = record.id
        } else {
            id = try add(hash, bytes, count)
        }
        references &+= 1
        referencedBytes &+= UInt64(count)
        return InternedString(id: id)
    }

    /// The id of a string; a new one is copied in.
    ///
    /// - Throws: as ``intern(utf8:)``.
    public mutating func intern(_ text: String) throws(StrataError) -> InternedString {
        try intern(utf8: text.utf8Span.span)
    }

    /// Adds a string that is not there.
    @inline(never)
    mutating func add(_ hash: UInt64, _ bytes: UnsafeRawPointer, _ count: Int) throws(StrataError) -> UInt32 {
        try InternerText.requireUTF8(bytes, count: count)
        if shard.isFull {
            let old = try shard.grow(store.memory)
            old.destroy(store.memory)
        }
        return try shard.add(hash, bytes, count: count, to: store)
    }

    /// The id of a string that is there already, or nil.
    ///
    /// - Complexity: O(length).
    public borrowing func lookup(utf8 text: Span<UInt8>) -> InternedString? {
        // The pointer is used in this call only.
        let (bytes, count) = InternerText.pointer(text)
        let hash = ByteHash.hash(bytes, count: count)
        return shard.table.find(hash, bytes, count: count, in: records).map { InternedString(id: $0.id) }
    }

    /// The id of a string that is there already, or nil.
    public borrowing func lookup(_ text: String) -> InternedString? {
        lookup(utf8: text.utf8Span.span)
    }

    /// The bytes of a string, valid as long as the interner.
    ///
    /// - Precondition: the id came from this interner.
    /// - Complexity: O(1), no allocation.
    @inlinable
    @_lifetime(borrow self)
    public borrowing func utf8(of string: InternedString) -> Span<UInt8> {
        // The store keeps the bytes in place as long as the interner lives.
        _overrideLifetime(Span(_unsafeElements: buffer(of: string)), borrowing: self)
    }

    @inlinable @inline(__always)
    borrowing func buffer(of string: InternedString) -> UnsafeBufferPointer<UInt8> {
        records.record(of: string.id).bytes
    }

    /// The bytes of many strings, several times as fast as one by one where they are not in the processor's caches.
    ///
    /// - Parameter body: gets the place of each string among them, in order, and its bytes.
    /// - Precondition: the ids came from this interner.
    /// - Complexity: O(strings), no allocation.
    public borrowing func forEachUTF8(of strings: Span<InternedString>, _ body: (Int, Span<UInt8>) -> Void) {
        // The pointer is used in this call only.
        let strings = strings.withUnsafeBufferPointer { $0 }
        records.forEach(of: strings) { place, bytes in body(place, bytes.span) }
    }

    /// A copy of a string.
    public borrowing func text(of string: InternedString) -> String {
        String(decoding: buffer(of: string), as: UTF8.self)
    }

    /// What the interner holds, counted.
    public var stats: InternerStats {
        InternerStats(
            uniqueStrings: count, references: Int(clamping: references), uniqueBytes: shard.uniqueBytes,
            referencedBytes: Int(clamping: referencedBytes), totalBytes: store.memory.heldBytes)
    }

    /// Bytes at the end of the newest block of text, which were never written.
    var untouchedBytes: Int { store.untouchedBytes + shard.untouchedBytes }

    /// What is in the interner, unchangeable, in less memory: two thirds of it for strings of 26 bytes. Ids stay.
    ///
    /// - Throws: `limitExceeded` when there is no memory.
    /// - Complexity: O(n), some hundred nanoseconds a string.
    public consuming func freeze() throws(StrataError) -> FrozenStringInterner {
        try FrozenStringInterner(store, count: count, stats: stats)
    }
}

// Reads change nothing; writes have one owner.
extension StringInterner: @unchecked Sendable {}
