/// A list of an entity's properties as it lies in the mapped file, grouped by key.
///
/// It borrows the snapshot and holds nothing: each access decodes one number of 1 to 8 bytes. The string ids in a pair are
/// checked where they are used.
@frozen
public struct ZeroCopyProperties: ~Escapable, Sendable {
    // All bytes of `range` and of the keys were checked, and the snapshot that the list depends on keeps them mapped.
    @usableFromInline let column: PropertyColumn
    @usableFromInline let range: Range<Int>

    @inlinable
    @_lifetime(borrow snapshot)
    init(_ column: PropertyColumn, _ range: Range<Int>, of snapshot: borrowing Snapshot) {
        self.column = column
        self.range = range
    }

    /// The pairs of key and value in the list.
    @inlinable
    public var count: Int { range.count }
    @inlinable
    public var isEmpty: Bool { range.isEmpty }
    /// Valid arguments of the subscript.
    @inlinable
    public var indices: Range<Int> { 0..<count }

    /// Traps when `index` is not one of ``indices``. O(1).
    @inlinable
    public subscript(index: Int) -> InternedProperty {
        precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "there is no property of this index")
        return column[range.lowerBound &+ index]
    }
}
