import Glibc

/// Who adds strings to an ``InternerStore``: one thread at a time, into a table and a stretch of text of its own.
///
/// A ``StringInterner`` is one of these; a ``ConcurrentStringInterner`` has many, each under a lock, and each string
/// belongs to the one that its hash names.
///
/// Invariant: `table` has `count` records, and fewer than ``InternerTable/room(_:)`` more fit; `words` are locations for
/// this shard alone, behind its records.
struct InternerShard: ~Copyable {
    private(set) var table: InternerTable
    private(set) var count = 0
    /// Bytes of the strings.
    private(set) var uniqueBytes = 0
    private var words: Range<UInt32> = 0..<0
    /// The most words that are taken from the store at once; all of a block for the only shard of a store.
    private let regionWords: Int

    init(table: InternerTable, regionWords: Int) {
        self.table = table
        self.regionWords = regionWords
    }

    /// Whether another string needs a larger table.
    @inline(__always)
    var isFull: Bool { count >= InternerTable.room(table.logarithm) }

    /// Words that were taken for text and hold none, in bytes.
    var untouchedBytes: Int { words.count * 4 }

    /// Makes the table larger.
    ///
    /// - Returns: the table as it was, which the caller destroys when nobody reads it any more.
    /// - Throws: `limitExceeded` when there is no memory; the shard is as before.
    @inline(never)
    mutating func grow(_ memory: InternerMemory) throws(StrataError) -> InternerTable {
        let larger = try InternerTable(logarithm: table.logarithm + 1, memory)
        table.copy(to: larger)
        let old = table
        table = larger
        return old
    }

    /// Adds a string that the table does not have.
    ///
    /// - Precondition: the shard is not full.
    /// - Throws: `invalidArgument` when the bytes are not UTF-8, `limitExceeded` when there is no room or no memory; the
    ///   shard is as before.
    @inline(never)
    mutating func add(
        _ hash: UInt64, _ bytes: UnsafeRawPointer, count byteCount: Int, to store: InternerStore
    ) throws(StrataError) -> UInt32 {
        let needed = InternerRecords.words(of: byteCount)
        if words.count < needed {
            // A shard among many takes little at first.
            let most = regionWords == .max ? .max : min(regionWords, 256 + uniqueBytes / 16)
            words = try store.region(least: needed, most: most)
        }
        var long: UnsafeMutableRawPointer?
        if byteCount >= InternerStore.longBytes { long = try store.copyOfLongString(bytes, byteCount) }
        let id: UInt32
        do throws(StrataError) { id = try store.takeID() } catch {
            if let long { store.releaseLongString(long) }
            throw error
        }
        let location = words.lowerBound
        words = location + UInt32(needed)..<words.upperBound
        store.records.write(id, bytes, count: byteCount, long: long, at: location)
        table.insert(hash, location)
        count += 1
        uniqueBytes += byteCount
        return id
    }
}
