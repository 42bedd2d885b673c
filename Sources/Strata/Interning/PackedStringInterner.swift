import Glibc

/// The strings of an interner at one time, in the least memory: sorted, without the beginnings that neighbours share, and
/// the rest coded by symbols where that is shorter. For any number of threads.
///
/// Strings are decoded to be read, some hundred nanoseconds each, and looked up by a binary search of blocks. Ids are
/// those of the interner that it came from: 8 bytes a string lead from ids to the sorted order and back. For texts that
/// are named often and read seldom, such as WordNet's, of which it takes less than half of what a
/// ``FrozenStringInterner`` does.
public struct PackedStringInterner: Sendable {
    private let storage: PackedStrings
    /// The number of distinct strings.
    public var count: Int { storage.count }
    private let given: InternerStats

    init(_ records: InternerRecords, count: Int, stats: InternerStats, budget: MemoryBudget?) throws(StrataError) {
        storage = try PackedStrings(records, count: count, budget)
        given = stats
    }

    /// The id of a string, or nil.
    ///
    /// - Complexity: O(length + log n).
    public func lookup(utf8 text: Span<UInt8>) -> InternedString? {
        storage.rank(of: text).map { InternedString(id: storage.id(ofRank: $0)) }
    }

    /// The id of a string, or nil.
    public func lookup(_ text: String) -> InternedString? { lookup(utf8: text.utf8Span.span) }

    /// Calls `body` with the bytes of a string, in room on the stack up to 1 KiB.
    ///
    /// - Precondition: the id came from the interner.
    /// - Complexity: O(length).
    public func withUTF8<Result, Failure: Error>(
        of string: InternedString, _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(Int(string.id) < count, "the id belongs to another interner")
        return try storage.withUTF8(ofRank: storage.rank(ofID: string.id), body)
    }

    /// A copy of a string.
    ///
    /// - Precondition: the id came from the interner.
    public func text(of string: InternedString) -> String {
        withUTF8(of: string) { bytes in bytes.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) } }
    }

    /// What this holds, counted.
    public var stats: InternerStats {
        InternerStats(
            uniqueStrings: count, references: given.references, uniqueBytes: given.uniqueBytes,
            referencedBytes: given.referencedBytes, totalBytes: storage.byteCount)
    }
}

extension FrozenStringInterner {
    /// The same strings under the same ids in less memory; this one may go on or be let go.
    ///
    /// - Throws: `limitExceeded` when there is no memory.
    /// - Complexity: O(n log n), about a microsecond a string.
    public func packed() throws(StrataError) -> PackedStringInterner {
        try PackedStringInterner(records, count: count, stats: stats, budget: budget)
    }
}

/// The blocks of a ``PackedStringInterner``, and the two orders.
///
/// Invariant: `block` is one allocation with, in this order, where each ``StringBlock`` begins and the last one ends, the
/// rank of each id, the id of each rank, and the blocks' bytes, written in `init` only.
private final class PackedStrings: @unchecked Sendable {
    let count: Int
    private let memory: InternerMemory
    /// Initialised, and this object's own.
    private let symbols: UnsafeMutablePointer<SymbolTable>
    private let block: UnsafeMutableRawPointer
    private let allocated: Int
    private let blockCount: Int
    private let bytes: UnsafePointer<UInt8>
    private let starts: UnsafePointer<Int>
    private let ranks: UnsafePointer<UInt32>
    private let ids: UnsafePointer<UInt32>

    init(_ records: InternerRecords, count: Int, _ budget: MemoryBudget?) throws(StrataError) {
        let sorted = Self.sorted(records, count)
        var sampler = StringCodingSampler()
        for id in sorted { sampler.add(records.record(of: id).bytes.span) }
        // Always in blocks: strings without them have no place to be looked up in. Without symbols where those do not pay.
        let choice = sampler.choose()
        var encoder = StringBlockEncoder(symbols: choice.symbols)
        var coded: [UInt8] = []
        var ends = [0]
        for id in sorted {
            if try encoder.append(records.record(of: id).bytes.span, into: &coded) > 0 { ends.append(coded.count) }
        }
        if encoder.finish(into: &coded) > 0 { ends.append(coded.count) }

        let memory = InternerMemory(budget)
        let orders = ends.count * MemoryLayout<Int>.stride
        allocated = orders + 2 * 4 * count + coded.count
        block = try memory.allocate(max(allocated, 1), isZeroed: false)
        let starts = block.bindMemory(to: Int.self, capacity: ends.count)
        starts.initialize(from: ends, count: ends.count)
        let ranks = (block + orders).bindMemory(to: UInt32.self, capacity: count)
        let ids = (block + orders + 4 * count).bindMemory(to: UInt32.self, capacity: count)
        for (rank, id) in sorted.enumerated() {
            (ids + rank).initialize(to: id)
            (ranks + Int(id)).initialize(to: UInt32(rank))
        }
        let bytes = (block + orders + 8 * count).bindMemory(to: UInt8.self, capacity: coded.count)
        bytes.initialize(from: coded, count: coded.count)
        self.memory = memory
        self.count = count
        self.bytes = UnsafePointer(bytes)
        self.starts = UnsafePointer(starts)
        self.ranks = UnsafePointer(ranks)
        self.ids = UnsafePointer(ids)
        blockCount = ends.count - 1
        symbols = .allocate(capacity: 1)
        symbols.initialize(to: SymbolTable(symbols: choice.symbols.symbols))
    }

    deinit {
        symbols.deinitialize(count: 1)
        symbols.deallocate()
        memory.release(block, max(allocated, 1))
    }

    /// All bytes, those of the symbols too.
    var byteCount: Int { memory.heldBytes + SymbolDecoder.byteCount }

    /// Ids in the order of their strings' bytes: by the first eight, which stand beside them, and by all where those are
    /// the same.
    private static func sorted(_ records: InternerRecords, _ count: Int) -> [UInt32] {
        var keyed: [(key: UInt64, id: UInt32)] = []
        keyed.reserveCapacity(count)
        for id in 0..<UInt32(count) { keyed.append((key(records.record(of: id).bytes), id)) }
        keyed.sort { left, right in
            if left.key != right.key { return left.key < right.key }
            let (left, right) = (records.record(of: left.id).bytes, records.record(of: right.id).bytes)
            let common = min(left.count, right.count)
            guard common > 0 else { return left.count < right.count }
            let order = memcmp(left.baseAddress.unsafelyUnwrapped, right.baseAddress.unsafelyUnwrapped, common)
            return order != 0 ? order < 0 : left.count < right.count
        }
        return keyed.map(\.id)
    }

    /// The first eight bytes, the first in the highest bits, zeros behind the last.
    private static func key(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var key: UInt64 = 0
        for index in 0..<8 { key = key << 8 | (index < bytes.count ? UInt64(bytes[index]) : 0) }
        return key
    }

    func id(ofRank rank: Int) -> UInt32 { ids[rank] }
    func rank(ofID id: UInt32) -> Int { Int(ranks[Int(id)]) }

    private func span(_ index: Int) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: bytes + starts[index], count: starts[index + 1] - starts[index])
    }

    func withUTF8<Result, Failure: Error>(
        ofRank rank: Int, _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let (index, place) = rank.quotientAndRemainder(dividingBy: StringBlock.capacity)
        guard let strings = StringBlock(Span(_unsafeElements: span(index)), symbols: symbols.pointee),
            let result = try strings.withUTF8(of: place, body)
        else { preconditionFailure("the blocks of a packed interner are whole") }
        return result
    }

    /// The place of a string among all, or nil.
    func rank(of text: Span<UInt8>) -> Int? {
        // The last block whose first string is not behind the text.
        var (low, high) = (0, blockCount)
        while low < high {
            let middle = (low + high) / 2
            guard let strings = StringBlock(Span(_unsafeElements: span(middle)), symbols: symbols.pointee),
                let order = strings.compareFirst(with: text)
            else { preconditionFailure("the blocks of a packed interner are whole") }
            if order <= 0 { low = middle + 1 } else { high = middle }
        }
        guard low > 0, let strings = StringBlock(Span(_unsafeElements: span(low - 1)), symbols: symbols.pointee) else {
            return nil
        }
        guard case .found(let place) = strings.find(text) else { return nil }
        return (low - 1) * StringBlock.capacity + place
    }
}
