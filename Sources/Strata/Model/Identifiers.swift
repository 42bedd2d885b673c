/// A string that a ``StringInterner`` holds once, named by its number.
///
/// Ids are dense: the n-th distinct string has the id n, from 0. An id means something only together with the
/// interner or snapshot that gave it.
@frozen
public struct InternedString: Hashable, Comparable, Sendable, BitwiseCopyable {
    public var id: UInt32

    @inlinable
    public init(id: UInt32) { self.id = id }

    @inlinable
    public static func < (left: InternedString, right: InternedString) -> Bool { left.id < right.id }
}

/// One property of an entity: a key and a value, both interned. Eight bytes, in memory and in a snapshot.
///
/// A key may stand in several pairs of one entity; it then has several values, in the order of the pairs.
@frozen
public struct InternedProperty: Hashable, Sendable, BitwiseCopyable {
    public var key: InternedString
    public var value: InternedString

    @inlinable
    public init(key: InternedString, value: InternedString) {
        self.key = key
        self.value = value
    }
}
