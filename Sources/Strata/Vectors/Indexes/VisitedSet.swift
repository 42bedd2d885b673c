/// Which rows a search has met: a bit for each, and a log of the words that were touched, so that starting anew costs as
/// much as the last search did and not as much as the index is large.
struct VisitedSet: ~Copyable {
    private static let logCapacity = 4_096

    private var words = IndexArray<UInt64>()
    private var log = IndexArray<UInt32>()
    /// Words touched since the last start; beyond the log's capacity they are counted alone.
    private var touched = 0

    var reservedBytes: Int { words.reservedBytes + log.reservedBytes }

    /// Makes room for rows `0..<rows`.
    mutating func reserve(_ rows: Int) throws(StrataError) {
        try log.reserve(Self.logCapacity)
        let wanted = (rows + 63) / 64
        guard wanted > words.count else { return }
        try words.reserveMore(wanted - words.count)
        words.append(repeating: 0, count: wanted - words.count)
    }

    /// Forgets all rows.
    mutating func removeAll() {
        if touched <= Self.logCapacity {
            for index in 0..<touched { words.base[Int(log.base[index])] = 0 }
        } else {
            words.base.update(repeating: 0, count: words.count)
        }
        touched = 0
    }

    /// Whether the row is new.
    ///
    /// - Precondition: there is room for the row.
    @inline(__always)
    mutating func insert(_ row: UInt32) -> Bool {
        let index = Int(row >> 6)
        assert(index < words.count)
        let bit = UInt64(1) << UInt64(row & 63)
        let word = words.base[index]
        if word == 0 {
            if touched < Self.logCapacity { log.base[touched] = UInt32(index) }
            touched += 1
        }
        words.base[index] = word | bit
        return word & bit == 0
    }
}
