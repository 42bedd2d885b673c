/// A list of positions of entities as it lies in the mapped file, ascending.
///
/// It borrows the snapshot and holds nothing: each access decodes one number of 1 to 8 bytes.
@frozen
public struct ZeroCopyPositions: ~Escapable, Sendable {
    // All bytes of `range` were checked, and the snapshot that the list depends on keeps them mapped.
    @usableFromInline let column: NumberColumn
    @usableFromInline let range: Range<Int>

    @inlinable
    @_lifetime(borrow snapshot)
    init(_ column: NumberColumn, _ range: Range<Int>, of snapshot: borrowing Snapshot) {
        self.column = column
        self.range = range
    }

    /// The positions in the list.
    @inlinable
    public var count: Int { range.count }
    @inlinable
    public var isEmpty: Bool { range.isEmpty }
    /// Valid arguments of the subscript.
    @inlinable
    public var indices: Range<Int> { 0..<count }

    /// Traps when `index` is not one of ``indices``. O(1).
    @inlinable
    public subscript(index: Int) -> UInt32 {
        precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "there is no position of this index")
        return UInt32(truncatingIfNeeded: column[range.lowerBound &+ index])
    }
}
