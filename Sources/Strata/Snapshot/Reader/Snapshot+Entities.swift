public import CStrata

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

    /// Calls `body` with the position and the record of each entity of a range, in order.
    ///
    /// The fastest way through many entities: blocks are checked before the loop over their records, and nothing in it
    /// is. Of a record at hand that has wide fields, ``degree(of:at:)`` and ``typeIndex(of:at:)`` tell the values.
    ///
    /// - Throws: `corrupted` before the first record of a damaged block is shown; what `body` throws ends the scan.
    /// - Complexity: O(entities). Allocates nothing.
    @inlinable
    @inline(__always)
    public func forEachEntity(
        at positions: Range<Int>, _ body: (Int, ZeroCopyEntity) throws(StrataError) -> Void
    ) throws(StrataError) {
        guard positions.lowerBound >= 0, positions.upperBound <= entityCount else {
            throw storage.outOfRange("position", positions.upperBound - 1, entityCount)
        }
        // Invariant: positions below `entityCount` are inside the section, which is inside the mapping.
        let records = sections.pointee.entities
        var start = positions.lowerBound
        while start < positions.upperBound {
            // A block's worth at a time: one that is checked now is still in the cache when it is read.
            let end = min(start &+ Self.recordsInBlock, positions.upperBound)
            try storage.touch(records, start..<end)
            var position = start
            while position < end {
                try body(position, records[position])
                position &+= 1
            }
            start = end
        }
    }

    /// Calls `body` with the place in `ids`, the position and the record of the entity with each id, in order; with nil
    /// where there is none.
    ///
    /// For random ids several times as fast as as many calls of ``entity(withID:)``, since the memory of later records
    /// is asked for while earlier ones are shown.
    ///
    /// - Throws: `corrupted`; what `body` throws ends the batch.
    /// - Complexity: O(ids) when ids are dense, else O(ids * log n). Allocates nothing.
    @inlinable
    @inline(__always)
    public func forEachEntity(
        withIDs ids: Span<UInt32>, _ body: (Int, (position: Int, record: ZeroCopyEntity)?) throws(StrataError) -> Void
    ) throws(StrataError) {
        let records = sections.pointee.entities
        let ahead = min(Self.recordsAhead, ids.count)
        for place in 0..<ahead { prefetch(records, ids[unchecked: place]) }
        for place in 0..<ids.count {
            if place &+ ahead < ids.count { prefetch(records, ids[unchecked: place &+ ahead]) }
            try body(place, try entity(withID: ids[unchecked: place]))
        }
    }

    /// About as many cache misses as a core has under way.
    @inlinable
    static var recordsAhead: Int { 24 }

    @inlinable
    static var recordsInBlock: Int { SnapshotFormat.blockByteCount / MemoryLayout<ZeroCopyEntity>.stride }

    /// Asks for the memory of a record where ids are positions; where they are not, of some record or of none.
    @inlinable
    @inline(__always)
    func prefetch(_ records: UnsafePointer<ZeroCopyEntity>, _ id: UInt32) {
        // A hint, for which any address will do: nothing is read.
        let start = UInt(bitPattern: records) &+ UInt(id) &* UInt(MemoryLayout<ZeroCopyEntity>.stride)
        strata_prefetch(UnsafeRawPointer(bitPattern: start))
    }

    /// The position and the record of the entity with an id; nil when there is none. O(1) when ids are dense, else
    /// O(log n).
    @inlinable
    @inline(__always)
    public func entity(withID id: UInt32) throws(StrataError) -> (position: Int, record: ZeroCopyEntity)? {
        guard storage.hasDenseIDs else { return try search(forID: id) }
        let position = Int(id)
        guard position < entityCount else { return nil }
        return (position, try storage.read(sections.pointee.entities, position))
    }

    /// The entity with an id where ids are not positions.
    @usableFromInline
    @inline(never)
    func search(forID id: UInt32) throws(StrataError) -> (position: Int, record: ZeroCopyEntity)? {
        guard let position = try position(ofID: id) else { return nil }
        return (position, try storage.read(sections.pointee.entities, position))
    }

    /// What the entity is known by. O(1).
    @inlinable
    public func id(at position: Int) throws(StrataError) -> UInt32 { try entity(at: position).id }

    /// The count of the entity's outgoing relationships. O(1).
    @inlinable
    public func degree(at position: Int) throws(StrataError) -> Int {
        try degree(of: try entity(at: position), at: position)
    }

    /// The count of outgoing relationships of the entity whose record is at hand. O(1).
    @inlinable
    @inline(__always)
    public func degree(of entity: ZeroCopyEntity, at position: Int) throws(StrataError) -> Int {
        guard entity.flags.contains(.wideDegree) else { return Int(entity.degree) }
        return try storage.wideValue(position, 1, atMost: relationshipCount)
    }

    /// The entity's type, as an index into the entity types. O(1).
    @inlinable
    public func typeIndex(at position: Int) throws(StrataError) -> Int {
        try typeIndex(of: try entity(at: position), at: position)
    }

    /// The type, as an index into the entity types, of the entity whose record is at hand: below ``entityTypeCount``.
    /// O(1).
    @inlinable
    @inline(__always)
    public func typeIndex(of entity: ZeroCopyEntity, at position: Int) throws(StrataError) -> Int {
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

extension ZeroCopyEntity {
    /// Whether some field's value stands in the wide table, and not in the record. Seldom.
    @inlinable
    @inline(__always)
    public var hasWideFields: Bool {
        !flags.isDisjoint(with: [.wideDegree, .wideTypeID, .widePropertySize, .widePropertyOffset])
    }
}
