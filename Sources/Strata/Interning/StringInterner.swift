import Glibc

/// Holds each distinct string once, and names it by a dense number.
///
/// The bytes stand in a bump arena, so their addresses hold as long as the interner; the table is open addressing with
/// linear probing, at most three quarters full, and keeps 32 bits of the hash beside each id, so that a probe seldom
/// touches the wrong string. Interning is O(length), resolving O(1). One writer at a time, with no reader beside it.
///
/// Invariant: `table` holds each id below `count` exactly once, at the first free place from its hash's home at the time
/// of its insertion; an id's entry is the address and length of its bytes.
public struct StringInterner: ~Copyable {
    private struct Entry: BitwiseCopyable {
        var address: UnsafePointer<UInt8>
        var length: UInt32
        var hash: UInt32
    }

    /// 32 bits of hash and the id plus one; 0 for a free place.
    private struct Place: BitwiseCopyable {
        var hash: UInt32
        var next: UInt32
    }

    /// Entries stand in chunks of this many: no growth copies them, and little room is unused.
    private static var chunkShift: Int { 12 }

    private var arena: BumpArena
    private var chunks: [UnsafeMutablePointer<Entry>] = []
    private var table: UnsafeMutablePointer<Place>
    private var mask: Int
    /// The number of distinct strings.
    public private(set) var count = 0
    private var references = 0
    private var referencedBytes = 0
    /// Of the tables; the arena takes from the budget itself.
    private var charge: MemoryCharge

    /// An interner whose table has room for `capacity` distinct strings before it first grows.
    ///
    /// - Parameter budget: what strings and tables are taken from; nil for no bound.
    /// - Throws: `limitExceeded` when there is no memory for the tables.
    public init(capacity: Int = 1_024, budget: MemoryBudget? = nil) throws(StrataError) {
        var places = 32
        while places * 3 < capacity * 4 { places *= 2 }
        var charge = MemoryCharge(budget)
        try charge.grow(by: places * MemoryLayout<Place>.stride)
        guard let table = calloc(places, MemoryLayout<Place>.stride) else {
            throw StrataError(.limitExceeded, "the allocator has no memory for \(capacity) strings", errno: errno)
        }
        self.charge = charge
        self.table = table.bindMemory(to: Place.self, capacity: places)
        mask = places - 1
        arena = BumpArena(firstChunkBytes: 16 << 10, largestChunkBytes: 1 << 20, budget: budget?.ledger)
    }

    deinit {
        free(table)
        for chunk in chunks { free(chunk) }
    }

    /// The id of a string; a new one is copied in.
    ///
    /// - Throws: `invalidArgument` when the bytes are not UTF-8, `limitExceeded` when the string is longer than 4 GiB,
    ///   there are 3 * 2^30 strings, or there is no memory; the interner is as before then.
    /// - Complexity: O(length), amortised.
    public mutating func intern(utf8 text: Span<UInt8>) throws(StrataError) -> InternedString {
        // The pointer is used in this call only.
        let utf8 = text.withUnsafeBufferPointer { $0 }
        let hash = ByteHash.hash(utf8)
        let tag = UInt32(truncatingIfNeeded: hash >> 32)
        var place = Int(truncatingIfNeeded: hash) & mask
        while table[place].next != 0 {
            if table[place].hash == tag {
                let id = table[place].next - 1
                if matches(id, utf8) {
                    references += 1
                    referencedBytes += utf8.count
                    return InternedString(id: id)
                }
            }
            place = (place + 1) & mask
        }
        guard isValidUTF8(utf8) else {
            throw StrataError(
                .invalidArgument, "a string of \(utf8.count) bytes is not UTF-8", remedy: "decode it first")
        }
        guard utf8.count <= Int(UInt32.max), count < 3 << 30 else {
            throw StrataError(.limitExceeded, "the interner takes 3 * 2^30 strings of less than 4 GiB")
        }
        if count == chunks.count << Self.chunkShift { try addChunk() }
        if (count + 1) * 4 > (mask + 1) * 3 {
            try growTable()
            place = Int(truncatingIfNeeded: hash) & mask
            while table[place].next != 0 { place = (place + 1) & mask }
        }
        let bytes = try arena.allocate(byteCount: utf8.count, alignment: 1)
        let address = bytes.bindMemory(to: UInt8.self, capacity: utf8.count)
        if let source = utf8.baseAddress { address.initialize(from: source, count: utf8.count) }
        chunks[count >> Self.chunkShift][count & (1 << Self.chunkShift - 1)] = Entry(
            address: address, length: UInt32(utf8.count), hash: UInt32(truncatingIfNeeded: hash))
        table[place] = Place(hash: tag, next: UInt32(count) + 1)
        count += 1
        references += 1
        referencedBytes += utf8.count
        return InternedString(id: UInt32(count - 1))
    }

    /// The id of a string; a new one is copied in.
    ///
    /// - Throws: as ``intern(utf8:)``.
    public mutating func intern(_ text: String) throws(StrataError) -> InternedString {
        try intern(utf8: text.utf8Span.span)
    }

    /// The id of a string that is there already, or nil.
    ///
    /// - Complexity: O(length).
    public borrowing func lookup(utf8 text: Span<UInt8>) -> InternedString? {
        // The pointer is used in this call only.
        let utf8 = text.withUnsafeBufferPointer { $0 }
        let hash = ByteHash.hash(utf8)
        let tag = UInt32(truncatingIfNeeded: hash >> 32)
        var place = Int(truncatingIfNeeded: hash) & mask
        while table[place].next != 0 {
            if table[place].hash == tag, matches(table[place].next - 1, utf8) {
                return InternedString(id: table[place].next - 1)
            }
            place = (place + 1) & mask
        }
        return nil
    }

    /// The id of a string that is there already, or nil.
    public borrowing func lookup(_ text: String) -> InternedString? {
        lookup(utf8: text.utf8Span.span)
    }

    /// The bytes of a string, valid as long as the interner.
    ///
    /// - Precondition: the id came from this interner.
    /// - Complexity: O(1), no allocation.
    @_lifetime(borrow self)
    public borrowing func utf8(of string: InternedString) -> Span<UInt8> {
        // The arena keeps the bytes in place as long as the interner lives.
        _overrideLifetime(Span(_unsafeElements: buffer(of: string)), borrowing: self)
    }

    borrowing func buffer(of string: InternedString) -> UnsafeBufferPointer<UInt8> {
        precondition(Int(string.id) < count, "the id belongs to another interner")
        let entry = entry(string.id)
        return UnsafeBufferPointer(start: entry.address, count: Int(entry.length))
    }

    /// A copy of a string.
    public borrowing func text(of string: InternedString) -> String {
        String(decoding: buffer(of: string), as: UTF8.self)
    }

    /// What the interner holds, counted.
    public var stats: InternerStats {
        InternerStats(
            uniqueStrings: count, references: references, uniqueBytes: arena.allocatedBytes,
            referencedBytes: referencedBytes,
            totalBytes: arena.reservedBytes + tableBytes)
    }

    /// Bytes that entries and places hold.
    private var tableBytes: Int {
        (chunks.count << Self.chunkShift) * MemoryLayout<Entry>.stride
            + chunks.capacity * MemoryLayout<UnsafeMutablePointer<Entry>>.stride
            + (mask + 1) * MemoryLayout<Place>.stride
    }

    /// Bytes at the ends of the strings' chunks, and of the entries' newest one, that were never handed out.
    var untouchedBytes: Int {
        arena.reservedBytes - arena.allocatedBytes
            + ((chunks.count << Self.chunkShift) - count) * MemoryLayout<Entry>.stride
    }

    @inline(__always)
    private borrowing func entry(_ id: UInt32) -> Entry {
        chunks[Int(id) >> Self.chunkShift][Int(id) & (1 << Self.chunkShift - 1)]
    }

    private borrowing func matches(_ id: UInt32, _ utf8: UnsafeBufferPointer<UInt8>) -> Bool {
        let entry = entry(id)
        guard Int(entry.length) == utf8.count else { return false }
        guard let other = utf8.baseAddress else { return true }
        return memcmp(entry.address, other, utf8.count) == 0
    }

    private mutating func addChunk() throws(StrataError) {
        let bytes = MemoryLayout<Entry>.stride << Self.chunkShift
        try charge.grow(by: bytes)
        defer { charge.settle(at: tableBytes) }
        guard let chunk = malloc(bytes) else {
            throw StrataError(.limitExceeded, "the allocator has no \(bytes) bytes left", errno: errno)
        }
        chunks.append(chunk.bindMemory(to: Entry.self, capacity: 1 << Self.chunkShift))
    }

    private mutating func growTable() throws(StrataError) {
        let places = (mask + 1) * 2
        // Both tables are there for a time.
        try charge.grow(by: places * MemoryLayout<Place>.stride)
        defer { charge.settle(at: tableBytes) }
        guard let memory = calloc(places, MemoryLayout<Place>.stride) else {
            throw StrataError(.limitExceeded, "the allocator has no memory for \(places) places", errno: errno)
        }
        let larger = memory.bindMemory(to: Place.self, capacity: places)
        // A place keeps the upper half of the hash, the entry the lower one, from which the home follows. Tables past
        // 2^32 places do not occur: ids end before.
        for old in 0...mask where table[old].next != 0 {
            var place = Int(entry(table[old].next - 1).hash) & (places - 1)
            while larger[place].next != 0 { place = (place + 1) & (places - 1) }
            larger[place] = table[old]
        }
        free(table)
        table = larger
        mask = places - 1
    }

    private borrowing func isValidUTF8(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        (try? UTF8Span(validating: Span(_unsafeElements: bytes))) != nil
    }
}

// Reads change nothing; writes have one owner.
extension StringInterner: @unchecked Sendable {}

/// What a ``StringInterner`` holds. Every byte of its tables is in `totalBytes`.
public struct InternerStats: Sendable, Equatable {
    /// Distinct strings.
    public var uniqueStrings: Int
    /// Calls that gave an id.
    public var references: Int
    /// Bytes of the distinct strings.
    public var uniqueBytes: Int
    /// Bytes of all the strings that were given, each time they were.
    public var referencedBytes: Int
    /// Bytes that the interner holds from the allocator: strings, unused room, tables.
    public var totalBytes: Int

    /// Bytes that holding each string once saves against holding each reference's bytes, tables counted; negative when
    /// the tables cost more than they save.
    public var savedBytes: Int { referencedBytes - totalBytes - references * MemoryLayout<InternedString>.stride }
    /// ``savedBytes`` over ``referencedBytes``; nil before the first byte.
    public var savedShare: Double? {
        referencedBytes > 0 ? Double(savedBytes) / Double(referencedBytes) : nil
    }
}
