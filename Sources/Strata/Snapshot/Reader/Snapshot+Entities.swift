extension Snapshot {
    /// The position of the entity with an id; nil when there is none. O(1) when ids are dense, else O(log n).
    @inlinable
    public func position(ofID id: UInt32) throws(StrataError) -> Int? {
        if storage.hasDenseIDs { return Int(id) < entityCount ? Int(id) : nil }
        var (low, high) = (0, entityCount)
        while low < high {
            let middle = low + (high - low) / 2
            let found = try storage.read(sections.pointee.entities, middle).id
            if found == id { return middle }
            if found < id { low = middle + 1 } else { high = middle }
        }
        return nil
    }

    /// The position of the first entity with a name; nil when there is none. O(log n).
    public func position(ofName utf8: Span<UInt8>) throws(StrataError) -> Int? {
        guard let name = try stringID(of: utf8) else { return nil }
        var (low, high) = (0, storage.namedCount)
        while low < high {
            let middle = low + (high - low) / 2
            if try nameOfIndexed(middle).name < name { low = middle + 1 } else { high = middle }
        }
        guard low < storage.namedCount else { return nil }
        let found = try nameOfIndexed(low)
        return found.name == name ? found.position : nil
    }

    /// The position of the first entity with a name; nil when there is none. O(log n).
    public func position(ofName name: String) throws(StrataError) -> Int? {
        try position(ofName: name.utf8Span.span)
    }

    /// The entity's record. A field that its flags call wide has its value elsewhere: see ``degree(at:)``,
    /// ``type(at:)`` and ``properties(at:)``. O(1).
    @inlinable
    public func entity(at position: Int) throws(StrataError) -> ZeroCopyEntity {
        try storage.requirePosition(position)
        return try storage.read(sections.pointee.entities, position)
    }

    /// The records of consecutive entities, for a scan: all bytes of them are checked once, not one by one. O(1) once
    /// they were checked, else linear in the records. See ``entity(at:)``.
    @inlinable
    @_lifetime(borrow self)
    public func entities(at positions: Range<Int>) throws(StrataError) -> Span<ZeroCopyEntity> {
        guard positions.lowerBound >= 0, positions.upperBound <= entityCount else {
            throw storage.outOfRange("position", positions.upperBound - 1, entityCount)
        }
        try storage.touch(sections.pointee.entities, positions)
        return unsafe _overrideLifetime(
            Span(_unsafeStart: sections.pointee.entities + positions.lowerBound, count: positions.count),
            borrowing: self)
    }

    /// What the entity is known by. O(1).
    @inlinable
    public func id(at position: Int) throws(StrataError) -> UInt32 { try entity(at: position).id }

    /// The count of the entity's outgoing relationships. O(1).
    @inlinable
    public func degree(at position: Int) throws(StrataError) -> Int {
        let entity = try entity(at: position)
        guard entity.flags.contains(.wideDegree) else { return Int(entity.degree) }
        return try storage.wideValue(position, 1, atMost: relationshipCount)
    }

    /// The entity's type, as an index into the entity types. O(1).
    @inlinable
    public func typeIndex(at position: Int) throws(StrataError) -> Int {
        let entity = try entity(at: position)
        let index =
            entity.flags.contains(.wideTypeID)
            ? try storage.wideValue(position, 2, atMost: entityTypeCount) : Int(entity.typeID)
        guard index < entityTypeCount else {
            throw storage.damage(
                at: sections.pointee.entities + position, "the type \(index) is not one of \(entityTypeCount)")
        }
        return index
    }

    /// The entity's type as a string id. O(1).
    @inlinable
    public func type(at position: Int) throws(StrataError) -> UInt32 {
        try storage.read(sections.pointee.entityTypes, try typeIndex(at: position))
    }

    /// The UTF-8 bytes of the entity's type. O(1).
    @inlinable
    @_lifetime(borrow self)
    public func typeString(at position: Int) throws(StrataError) -> Span<UInt8> {
        try string(try type(at: position))
    }

    /// The string id of the entity type with an index. O(1).
    @inlinable
    public func entityType(_ index: Int) throws(StrataError) -> UInt32 {
        guard 0..<entityTypeCount ~= index else { throw storage.outOfRange("entity type", index, entityTypeCount) }
        return try storage.read(sections.pointee.entityTypes, index)
    }

    /// The entity's name as a string id; nil when it has none. O(1).
    @inlinable
    public func nameID(at position: Int) throws(StrataError) -> UInt32? {
        try storage.requirePosition(position)
        guard storage.namedCount > 0 else { return nil }
        let name = try storage.read(sections.pointee.names, position)
        return name == SnapshotFormat.absent ? nil : name
    }

    /// The UTF-8 bytes of the entity's name; nil when it has none. O(1).
    @inlinable
    @_lifetime(borrow self)
    public func name(at position: Int) throws(StrataError) -> Span<UInt8>? {
        guard let name = try nameID(at: position) else { return nil }
        return try string(name)
    }

    /// The position at a place of the name index, and its name.
    private func nameOfIndexed(_ index: Int) throws(StrataError) -> (position: Int, name: UInt32) {
        let position = Int(try storage.read(sections.pointee.nameIndex, index))
        guard position < entityCount else {
            throw storage.damage(
                at: sections.pointee.nameIndex + index, "the position \(position) is not one of \(entityCount)")
        }
        return (position, try storage.read(sections.pointee.names, position))
    }
}
