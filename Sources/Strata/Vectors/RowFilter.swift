/// Which rows of a column take part in a search, asked for 64 rows at a time, so that a search can pass over rows
/// without looking at them.
public protocol RowFilter {
    /// Bit i tells whether row `row + i` takes part. Rows behind the last may say anything.
    func mask(from row: Int) -> UInt64
}

/// Every row takes part.
@frozen
public struct EveryRow: RowFilter {
    @inlinable
    public init() {}
    @inlinable
    public func mask(from row: Int) -> UInt64 { .max }
}

/// A set of rows: one bit a row.
public struct RowBitmap: RowFilter, Sendable, Equatable {
    /// Room for this many rows; others are never in the set.
    public let rowCount: Int
    private var words: [UInt64]

    /// A set of none of `rowCount` rows, or of all.
    ///
    /// - Precondition: `rowCount` is not negative.
    public init(rowCount: Int, all: Bool = false) {
        precondition(rowCount >= 0)
        self.rowCount = rowCount
        words = [UInt64](repeating: all ? .max : 0, count: (rowCount + 63) / 64)
        if all, rowCount % 64 != 0 { words[words.count - 1] = .max >> UInt64(64 - rowCount % 64) }
    }

    /// Number of rows in the set. O(rowCount / 64).
    public var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    public func contains(_ row: UInt32) -> Bool {
        row < rowCount && words[Int(row) / 64] >> UInt64(row % 64) & 1 == 1
    }

    /// - Precondition: the row is below `rowCount`.
    public mutating func insert(_ row: UInt32) {
        precondition(row < rowCount)
        words[Int(row) / 64] |= 1 << UInt64(row % 64)
    }

    /// Takes a row out, if it is in.
    public mutating func remove(_ row: UInt32) {
        guard row < rowCount else { return }
        words[Int(row) / 64] &= ~(1 << UInt64(row % 64))
    }

    /// Leaves only what is in the other set, too.
    public mutating func formIntersection(_ other: RowBitmap) {
        for index in words.indices { words[index] &= index < other.words.count ? other.words[index] : 0 }
    }

    public func mask(from row: Int) -> UInt64 {
        let index = row / 64
        let shift = UInt64(row % 64)
        guard row >= 0, index < words.count else { return 0 }
        let low = words[index] >> shift
        guard shift > 0, index + 1 < words.count else { return low }
        return low | words[index + 1] << (64 - shift)
    }
}

extension RowFilter {
    /// Whether a row takes part.
    @inline(__always)
    func contains(_ row: UInt32) -> Bool { mask(from: Int(row)) & 1 == 1 }

    /// Runs of rows that hold all that take part among `count` rows from `first` on: each run begins and ends with a row
    /// that does, and a few that do not may be inside; none is longer than `limit`.
    @inline(__always)
    func forEachRun(
        from first: Int, count: Int, limit: Int, _ body: (_ start: Int, _ count: Int) -> Void
    ) {
        var start = 0
        var length = 0
        var offset = 0
        while offset < count {
            var mask = mask(from: first + offset)
            if count - offset < 64 { mask &= .max >> UInt64(64 - (count - offset)) }
            if mask == .max, length > 0, start + length == offset, length + 64 <= limit {
                length += 64
            } else if mask != 0 {
                if length > 0 { body(start, length) }
                length = 0
                if mask.nonzeroBitCount <= 8 {
                    // Few: one at a time.
                    while mask != 0 {
                        body(offset + mask.trailingZeroBitCount, 1)
                        mask &= mask - 1
                    }
                } else {
                    start = offset + mask.trailingZeroBitCount
                    length = offset + 64 - mask.leadingZeroBitCount - start
                }
            }
            offset += 64
        }
        if length > 0 { body(start, length) }
    }
}
