import CStrata

/// Holds each distinct string once, and names it by a dense number, for many threads at once.
///
/// ```swift
/// let interner = try ConcurrentStringInterner()
/// DispatchQueue.concurrentPerform(iterations: names.count) { _ = try? interner.intern(names[$0]) }
/// ```
///
/// Resolving never waits, and neither does interning a string that is there. A new string takes the lock of its shard,
/// which its hash names; its id is given out inside, so that no string ever has two. Ids are dense, but in which order
/// threads get them is chance. It is made of the parts of a ``StringInterner``, and holds a little more memory: each shard
/// has a table and a stretch of text of its own.
public final class ConcurrentStringInterner: Sendable {
    let store: InternerStore
    /// The store's.
    @usableFromInline let records: InternerRecords
    private let shards: ConcurrentShards
    private let epochs: EpochManager
    private let counters: ReferenceCounters

    /// - Parameters:
    ///   - capacity: distinct strings that the tables take before they first grow.
    ///   - shards: how many threads may add strings at once, rounded up to a power of two; at most 4,096. More shards
    ///     make it less likely that two threads meet in one, and cost some 8 KiB each.
    ///   - budget: what strings and tables are taken from; nil for no bound.
    /// - Throws: `limitExceeded` when there is no memory for the tables.
    public init(capacity: Int = 1_024, shards: Int = 64, budget: MemoryBudget? = nil) throws(StrataError) {
        var count = 1
        while count < min(shards, 4_096) { count *= 2 }
        let store = try InternerStore(budget: budget, isShared: true)
        let counters = try ReferenceCounters(store.memory)
        let logarithm = InternerTable.logarithm(for: (capacity + count - 1) / count)
        do throws(StrataError) { self.shards = try ConcurrentShards(count, logarithm: logarithm, store.memory) } catch {
            counters.destroy(store.memory)
            throw error
        }
        self.store = store
        records = store.records
        self.counters = counters
        epochs = EpochManager()
    }

    deinit {
        shards.destroy(store.memory)
        counters.destroy(store.memory)
    }

    /// The number of distinct strings.
    public var count: Int { store.count }

    // MARK: Strings

    /// The id of a string; a new one is copied in.
    ///
    /// - Throws: `invalidArgument` when the bytes are not UTF-8, `limitExceeded` when there are 2^32 - 2^16 strings or
    ///   16 GiB of them, there is no memory, or more threads than ``EpochManager/maximumParticipants`` use the interner;
    ///   the interner is as before then.
    /// - Complexity: O(length), amortised.
    public func intern(utf8 text: Span<UInt8>) throws(StrataError) -> InternedString {
        // The pointer is used in this call only.
        let (bytes, count) = InternerText.pointer(text)
        let place = try epochs.threadPlace()
        place.pin(epochs.epochAddress, usesMembarrier: epochs.usesMembarrier)
        defer { place.unpin() }
        let hash = ByteHash.hash(bytes, count: count)
        let shard = shards[hash]
        let id: UInt32
        if let record = shard.table.find(hash, bytes, count: count, in: records) {
            id = record.id
        } else {
            id = try shard.findOrAdd(hash, bytes, count, store, epochs)
        }
        counters.add(1, UInt64(count), at: place)
        return InternedString(id: id)
    }

    /// The id of a string; a new one is copied in.
    ///
    /// - Throws: as ``intern(utf8:)``.
    public func intern(_ text: String) throws(StrataError) -> InternedString { try intern(utf8: text.utf8Span.span) }

    /// The id of a string that is there already, or nil.
    ///
    /// - Throws: `limitExceeded` when too many threads use the interner.
    /// - Complexity: O(length).
    public func lookup(utf8 text: Span<UInt8>) throws(StrataError) -> InternedString? {
        // The pointer is used in this call only.
        let (bytes, count) = InternerText.pointer(text)
        let place = try epochs.threadPlace()
        place.pin(epochs.epochAddress, usesMembarrier: epochs.usesMembarrier)
        defer { place.unpin() }
        let hash = ByteHash.hash(bytes, count: count)
        return shards[hash].table.find(hash, bytes, count: count, in: records).map { InternedString(id: $0.id) }
    }

    /// The id of a string that is there already, or nil.
    ///
    /// - Throws: as ``lookup(utf8:)``.
    public func lookup(_ text: String) throws(StrataError) -> InternedString? {
        try lookup(utf8: text.utf8Span.span)
    }

    /// The bytes of a string, valid as long as the interner. Never waits, whoever writes meanwhile.
    ///
    /// - Precondition: the id came from this interner.
    /// - Complexity: O(1), no allocation.
    @inlinable
    @_lifetime(borrow self)
    public func utf8(of string: InternedString) -> Span<UInt8> {
        // The store keeps the bytes in place as long as the interner lives.
        _overrideLifetime(Span(_unsafeElements: records.record(of: string.id).bytes), borrowing: self)
    }

    /// The bytes of many strings, several times as fast as one by one where they are not in the processor's caches.
    /// Never waits, whoever writes meanwhile.
    ///
    /// - Parameter body: gets the place of each string among them, in order, and its bytes.
    /// - Precondition: the ids came from this interner.
    /// - Complexity: O(strings), no allocation.
    public func forEachUTF8(of strings: Span<InternedString>, _ body: (Int, Span<UInt8>) -> Void) {
        // The pointer is used in this call only.
        let strings = strings.withUnsafeBufferPointer { $0 }
        records.forEach(of: strings) { place, bytes in body(place, bytes.span) }
    }

    /// A copy of a string. Never waits for writers.
    public func text(of string: InternedString) -> String {
        String(decoding: records.record(of: string.id).bytes, as: UTF8.self)
    }

    // MARK: Batches

    /// The tables of all shards, for the length of a pin.
    private struct Target: InternerTarget, ~Copyable {
        let shards: ConcurrentShards
        /// Whoever made this keeps the interner. Not a reference: threads that counted one for each string would wait
        /// for each other's count.
        let interner: Unmanaged<ConcurrentStringInterner>

        @inline(__always)
        func table(for hash: UInt64) -> InternerTable { shards[hash].table }

        @inline(__always)
        func prefetchToAdd(_ hash: UInt64) { strata_prefetch_to_write(shards[hash].cell) }

        @inline(__always)
        mutating func findOrAdd(
            _ hash: UInt64, _ bytes: UnsafeRawPointer, _ count: Int
        ) throws(StrataError) -> UInt32 {
            let outcome = interner._withUnsafeGuaranteedRef { interner in
                Result { () throws(StrataError) in try interner.findOrAdd(hash, bytes, count) }
            }
            return try outcome.get()
        }
    }

    @inline(never)
    private func findOrAdd(
        _ hash: UInt64, _ bytes: UnsafeRawPointer, _ count: Int
    ) throws(StrataError) -> UInt32 {
        try shards[hash].findOrAdd(hash, bytes, count, store, epochs)
    }

    /// The ids of many strings; new ones are copied in. What one call of ``intern(utf8:)`` each would do, several times
    /// as fast when the tables are larger than the processor's caches.
    ///
    /// - Parameters:
    ///   - bytes: the strings, one after another.
    ///   - offsets: where each begins, rising, and at the end where the last one ends: one more than there are strings.
    ///   - ids: gets the id of each, in order; as many as there are strings.
    /// - Throws: as ``intern(utf8:)``, and `invalidArgument` when offsets or ids are wrong. Strings before the one that is
    ///   refused are in the interner, with their ids in `ids`.
    /// - Complexity: O(bytes), amortised.
    public func intern(
        utf8 bytes: Span<UInt8>, offsets: Span<Int>, into ids: inout MutableSpan<InternedString>
    ) throws(StrataError) {
        let batch = try InternerBatch(bytes, offsets)
        try batch.requireRoom(ids.count)
        // The pointer is used in this call only. Without strings there may be none, and none is written then.
        guard let out = ids.withUnsafeMutableBufferPointer({ $0.baseAddress }) else { return }
        let place = try epochs.threadPlace()
        place.pin(epochs.epochAddress, usesMembarrier: epochs.usesMembarrier)
        var given = 0
        defer {
            counters.add(UInt64(given), UInt64(batch.byteCount(of: given)), at: place)
            place.unpin()
        }
        var target = Target(shards: shards, interner: .passUnretained(self))
        try batch.intern(into: &target, records, out, given: &given)
    }

    /// The ids of many strings; new ones are copied in.
    ///
    /// - Throws: as ``intern(utf8:offsets:into:)``.
    public func intern(_ texts: [String]) throws(StrataError) -> [InternedString] {
        let (bytes, offsets) = InternerText.joined(texts)
        var ids = [InternedString](repeating: InternedString(id: 0), count: texts.count)
        var span = ids.mutableSpan
        try intern(utf8: bytes.span, offsets: offsets.span, into: &span)
        return ids
    }

    // MARK: The whole

    /// What the interner holds, counted; exact when no thread interns meanwhile. Takes the lock of every shard.
    ///
    /// Tables that were replaced and wait for a reader are in the bytes.
    public var stats: InternerStats { shards.withAllLocked { statsUnderLocks } }

    private var statsUnderLocks: InternerStats {
        let sums = counters.sums()
        return InternerStats(
            uniqueStrings: count, references: Int(clamping: sums.references), uniqueBytes: shards.uniqueBytes,
            referencedBytes: Int(clamping: sums.bytes),
            totalBytes: store.memory.heldBytes + shards.byteCount + epochs.footprintBytes)
    }

    /// What is in the interner now, unchangeable, for look-ups without locks; it shares bytes and ids with the interner,
    /// which may go on or be let go. No string is added while it is made.
    ///
    /// - Throws: `limitExceeded` when there is no memory.
    /// - Complexity: O(n), some hundred nanoseconds a string.
    public func freeze() throws(StrataError) -> FrozenStringInterner {
        try shards.withAllLocked { () throws(StrataError) in
            try FrozenStringInterner(store, count: count, stats: statsUnderLocks)
        }
    }
}
