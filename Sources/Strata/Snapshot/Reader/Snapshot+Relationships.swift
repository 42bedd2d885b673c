extension Snapshot {
    /// The entity's outgoing relationships, sorted by (type, target); one that was written twice is there twice. O(1).
    ///
    /// That a target is below ``entityCount`` and a type below ``relationshipTypeCount`` is checked by every call that
    /// takes one, not here: who uses them as an index of its own must compare first.
    @inlinable
    @_lifetime(borrow self)
    public func outgoing(at position: Int) throws(StrataError) -> ZeroCopyRelationships {
        let column = sections.pointee.outRelationships
        return ZeroCopyRelationships(
            column, try relationshipRange(sections.pointee.outOffsets, column, position), of: self)
    }

    /// The entity's outgoing relationships of one type, given by its index. O(log d) in the entity's relationships.
    @inlinable
    @_lifetime(borrow self)
    public func outgoing(at position: Int, type: UInt32) throws(StrataError) -> ZeroCopyRelationships {
        let column = sections.pointee.outRelationships
        let range = try relationshipRange(sections.pointee.outOffsets, column, position)
        return ZeroCopyRelationships(column, narrowed(range, column, type), of: self)
    }

    /// The relationships that lead to the entity, sorted by (type, source); `target` is the source's position. O(1).
    /// See ``outgoing(at:)`` for what is checked.
    @inlinable
    @_lifetime(borrow self)
    public func incoming(at position: Int) throws(StrataError) -> ZeroCopyRelationships {
        let column = sections.pointee.inRelationships
        return ZeroCopyRelationships(
            column, try relationshipRange(sections.pointee.inOffsets, column, position), of: self)
    }

    /// The relationships of one type, given by its index, that lead to the entity. O(log d).
    @inlinable
    @_lifetime(borrow self)
    public func incoming(at position: Int, type: UInt32) throws(StrataError) -> ZeroCopyRelationships {
        let column = sections.pointee.inRelationships
        let range = try relationshipRange(sections.pointee.inOffsets, column, position)
        return ZeroCopyRelationships(column, narrowed(range, column, type), of: self)
    }

    /// The string id of the relationship type with an index. O(1).
    @inlinable
    public func relationshipType(_ index: UInt32) throws(StrataError) -> UInt32 {
        guard Int(index) < relationshipTypeCount else {
            throw storage.outOfRange("relationship type", Int(index), relationshipTypeCount)
        }
        return try storage.read(sections.pointee.relationshipTypes, Int(index))
    }

    /// The index of the relationship type with a string id; nil when no relationship has it. O(log t) in the types.
    public func relationshipTypeIndex(ofString string: UInt32) throws(StrataError) -> UInt32? {
        var (low, high) = (0, relationshipTypeCount)
        while low < high {
            let middle = low + (high - low) / 2
            let found = try storage.read(sections.pointee.relationshipTypes, middle)
            if found == string { return UInt32(middle) }
            if found < string { low = middle + 1 } else { high = middle }
        }
        return nil
    }

    /// Where the entity's relationships are in a section, checked and touched.
    @inlinable
    func relationshipRange(
        _ offsets: NumberColumn, _ relationships: RelationshipColumn, _ position: Int
    ) throws(StrataError) -> Range<Int> {
        try storage.requirePosition(position)
        let range = try storage.range(offsets, position, of: relationshipCount)
        try storage.touch(relationships.numbers, range)
        return range
    }

    /// The part of a sorted list that has one type.
    @inlinable
    func narrowed(_ range: Range<Int>, _ relationships: RelationshipColumn, _ type: UInt32) -> Range<Int> {
        let start = lowerBound(range) { relationships[$0].type < type }
        return start..<lowerBound(start..<range.upperBound) { relationships[$0].type <= type }
    }
}
