/// A set of identifiers, a bit for each up to the largest: what a filtered search may return.
///
/// Adding, removing and asking is O(1); the memory is an eighth of the largest identifier in bytes.
public struct IdentifierBitmap: ~Copyable {
    private var words = IndexArray<UInt64>()
    /// The count of identifiers in the set.
    public private(set) var count = 0

    public init() {}

    /// Bytes held from the process's allocator.
    public var reservedBytes: Int { words.reservedBytes }

    /// Whether the identifier is in the set.
    public func contains(_ id: UInt32) -> Bool { view.contains(id) }

    /// - Throws: `limitExceeded` when there is no memory.
    /// - Returns: whether it was new.
    @discardableResult
    public mutating func insert(_ id: UInt32) throws(StrataError) -> Bool {
        let word = Int(id >> 6)
        if word >= words.count {
            try words.reserveMore(word + 1 - words.count)
            words.append(repeating: 0, count: word + 1 - words.count)
        }
        let bit = UInt64(1) << UInt64(id & 63)
        guard words[word] & bit == 0 else { return false }
        words[word] |= bit
        count += 1
        return true
    }

    /// - Returns: whether it was in.
    @discardableResult
    public mutating func remove(_ id: UInt32) -> Bool {
        guard contains(id) else { return false }
        words[Int(id >> 6)] &= ~(UInt64(1) << UInt64(id & 63))
        count -= 1
        return true
    }

    /// What a search reads; valid while the set is borrowed and not changed.
    var view: IdentifierFilter { IdentifierFilter(words: words.base, wordCount: words.count, count: count) }
}

/// A borrowed set of identifiers.
///
/// Invariant: `words` has `wordCount` words for as long as the set is borrowed; `count` bits are set in them.
struct IdentifierFilter: BitwiseCopyable {
    let words: UnsafePointer<UInt64>
    let wordCount: Int
    let count: Int

    @inline(__always)
    func contains(_ id: UInt32) -> Bool {
        let word = Int(id >> 6)
        return word < wordCount && words[word] & (1 << UInt64(id & 63)) != 0
    }
}
