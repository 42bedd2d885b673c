import CStrata

/// Strings one after another in one buffer, and how an interner takes them in: in groups, whose memory is waited for
/// together.
///
/// A string alone waits for its place in the table and then for its record. In a group all hashes are made and all
/// places fetched, then all places read and all records fetched, then all strings compared (Chen and others, "Improving
/// hash join performance through prefetching", 2004). What is not found then goes the single way, in order, so that ids
/// are those of one call a string.
///
/// Invariant: `offsets` rise, from at least 0 to at most the buffer's length.
struct InternerBatch {
    let base: UnsafeRawPointer
    let offsets: UnsafeBufferPointer<Int>

    /// Strings of a group: as many misses as a core has under way, and hashes and locations that stay in its first cache.
    static let groupSize = 64

    /// - Throws: `invalidArgument` when offsets fall, or are outside the buffer.
    init(_ utf8: Span<UInt8>, _ offsets: Span<Int>) throws(StrataError) {
        base = InternerText.pointer(utf8).bytes
        // Used for as long as the spans.
        self.offsets = offsets.withUnsafeBufferPointer { $0 }
        var last = 0
        var isRising = true
        for offset in self.offsets {
            isRising = isRising && offset >= last
            last = offset
        }
        guard isRising, last <= utf8.count else {
            throw StrataError(
                .invalidArgument, "the offsets of a batch do not rise from 0 to the \(utf8.count) bytes of its buffer")
        }
    }

    /// The number of strings.
    var count: Int { max(0, offsets.count - 1) }

    /// Bytes of the first strings.
    func byteCount(of strings: Int) -> Int { strings == 0 ? 0 : offsets[strings] - offsets[0] }

    @inline(__always)
    func length(_ index: Int) -> Int { offsets[index &+ 1] &- offsets[index] }

    /// - Throws: `invalidArgument` when there is not one id for each string.
    func requireRoom(_ ids: Int) throws(StrataError) {
        guard ids == count else {
            throw StrataError(.invalidArgument, "a batch of \(count) strings cannot give \(ids) ids")
        }
    }

    /// Finds or adds each string.
    ///
    /// - Parameters:
    ///   - target: what finds and adds.
    ///   - ids: room for ``count`` ids; gets those that were given, in order.
    ///   - given: gets how many were given, also when an error ends it.
    @inline(__always)
    func intern<Target: InternerTarget & ~Copyable>(
        into target: inout Target, _ records: InternerRecords, _ ids: UnsafeMutablePointer<InternedString>,
        given: inout Int
    ) throws(StrataError) {
        // Hashes, and addresses of records or 0.
        let scratch = UnsafeMutablePointer<UInt64>.allocate(capacity: 2 * Self.groupSize)
        defer { scratch.deallocate() }
        let found = scratch + Self.groupSize
        while given < count {
            let first = given
            let size = min(Self.groupSize, count &- first)
            for index in 0..<size {
                let hash = ByteHash.hash(base + offsets[first &+ index], count: length(first &+ index))
                scratch[index] = hash
                target.table(for: hash).prefetch(hash)
            }
            for index in 0..<size {
                let location = target.table(for: scratch[index]).candidate(scratch[index])
                found[index] = 0
                if location == 0 {
                    target.prefetchToAdd(scratch[index])
                } else {
                    let record = records.record(at: location).address
                    strata_prefetch(record)
                    strata_prefetch(record + (InternerRecord.headerBytes &+ length(first &+ index)))
                    found[index] = UInt64(UInt(bitPattern: record))
                }
            }
            for index in 0..<size {
                let (bytes, length) = (base + offsets[first &+ index], length(first &+ index))
                let record = UnsafeRawPointer(bitPattern: UInt(found[index])).map { InternerRecord(address: $0) }
                if let record, _fastPath(record.matches(bytes, count: length)) {
                    ids[given] = InternedString(id: record.id)
                } else {
                    ids[given] = InternedString(id: try target.findOrAdd(scratch[index], bytes, length))
                }
                given &+= 1
            }
        }
    }
}

/// What a batch is interned into.
protocol InternerTarget: ~Copyable {
    /// The table for a hash as it is now. It stays whole until the next ``findOrAdd(_:_:_:)`` at least.
    func table(for hash: UInt64) -> InternerTable
    /// A string with this hash will most likely be added soon.
    func prefetchToAdd(_ hash: UInt64)
    /// The id of a string, one at a time.
    mutating func findOrAdd(_ hash: UInt64, _ bytes: UnsafeRawPointer, _ count: Int) throws(StrataError) -> UInt32
}

extension StringInterner: InternerTarget {
    @inline(__always)
    func table(for hash: UInt64) -> InternerTable { shard.table }

    /// All lines are the one thread's own.
    @inline(__always)
    func prefetchToAdd(_ hash: UInt64) {}

    @inline(never)
    mutating func findOrAdd(_ hash: UInt64, _ bytes: UnsafeRawPointer, _ count: Int) throws(StrataError) -> UInt32 {
        if let record = shard.table.find(hash, bytes, count: count, in: records) { return record.id }
        return try add(hash, bytes, count)
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
    public mutating func intern(
        utf8 bytes: Span<UInt8>, offsets: Span<Int>, into ids: inout MutableSpan<InternedString>
    ) throws(StrataError) {
        let batch = try InternerBatch(bytes, offsets)
        try batch.requireRoom(ids.count)
        var given = 0
        defer {
            references &+= UInt64(given)
            referencedBytes &+= UInt64(batch.byteCount(of: given))
        }
        let records = records
        // The pointer is used in this call only. Without strings there may be none, and none is written then.
        guard let out = ids.withUnsafeMutableBufferPointer({ $0.baseAddress }) else { return }
        try batch.intern(into: &self, records, out, given: &given)
    }

    /// The ids of many strings; new ones are copied in.
    ///
    /// - Throws: as ``intern(utf8:offsets:into:)``.
    public mutating func intern(_ texts: [String]) throws(StrataError) -> [InternedString] {
        let (bytes, offsets) = InternerText.joined(texts)
        var ids = [InternedString](repeating: InternedString(id: 0), count: texts.count)
        var span = ids.mutableSpan
        try intern(utf8: bytes.span, offsets: offsets.span, into: &span)
        return ids
    }
}
