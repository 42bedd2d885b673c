extension Snapshot {
    /// The entity's pairs of key and value, sorted by key; the values of one key are in the order in which they were
    /// written. O(1). The string ids in them are checked where they are used.
    @inlinable
    @inline(__always)
    @_lifetime(borrow self)
    public func properties(at position: Int) throws(StrataError) -> ZeroCopyProperties {
        try properties(of: try entity(at: position), at: position)
    }

    /// As ``properties(at:)``, of the entity whose record is at hand: the fastest way in a scan and behind
    /// ``entity(withID:)``. O(1).
    @inlinable
    @inline(__always)
    @_lifetime(borrow self)
    public func properties(of entity: ZeroCopyEntity, at position: Int) throws(StrataError) -> ZeroCopyProperties {
        let range = try propertyRange(entity, position)
        return ZeroCopyProperties(sections.pointee.properties, range, of: self)
    }

    /// The entity's pairs with one key. O(log p) in the entity's pairs.
    @inlinable
    @_lifetime(borrow self)
    public func properties(at position: Int, key: UInt32) throws(StrataError) -> ZeroCopyProperties {
        let range = try propertyRange(try entity(at: position), position)
        let pairs = sections.pointee.properties
        let start = lowerBound(range) { pairs[$0].key.id < key }
        let end = lowerBound(start..<range.upperBound) { pairs[$0].key.id <= key }
        return ZeroCopyProperties(pairs, start..<end, of: self)
    }

    /// The positions, in ascending order and each once, of the entities that have a property. O(log d) in the distinct
    /// pairs. That positions are below ``entityCount`` is checked by every call that takes one, not here.
    @_lifetime(borrow self)
    public func positions(withKey key: UInt32, value: UInt32) throws(StrataError) -> ZeroCopyPositions {
        let wanted = UInt64(key) << 32 | UInt64(value)
        var (low, high) = (0, storage.distinctPropertyCount)
        var found = 0..<0
        while low < high {
            let middle = low + (high - low) / 2
            try touch(sections.pointee.valuePairs, middle..<middle + 1)
            let pair = sections.pointee.valuePairs[middle]
            let order = UInt64(pair.key.id) << 32 | UInt64(pair.value.id)
            if order == wanted {
                found = try storage.range(
                    sections.pointee.valueOffsets, middle, of: sections.pointee.valuePositionCount)
                break
            }
            if order < wanted { low = middle + 1 } else { high = middle }
        }
        try storage.touch(sections.pointee.valuePositions, found)
        return ZeroCopyPositions(sections.pointee.valuePositions, found, of: self)
    }

    /// Where the pairs of the entity with this record are in the section, checked and touched.
    @inlinable
    @inline(__always)
    func propertyRange(_ entity: ZeroCopyEntity, _ position: Int) throws(StrataError) -> Range<Int> {
        var start = Int(entity.propertyOffset)
        var count = Int(entity.propertySize)
        if entity.flags.contains(.widePropertyOffset) || entity.flags.contains(.widePropertySize) {
            (start, count) = try widePropertyRange(entity, position)
        }
        // Both are at most 2^32 or the section's count, so the sum cannot overflow.
        guard start &+ count <= propertyCount else { throw propertiesLeadOut(position, start, count) }
        try touch(sections.pointee.properties, start..<start &+ count)
        return start..<start &+ count
    }

    /// Where the pairs are of an entity whose record does not hold it.
    @usableFromInline
    @inline(never)
    func widePropertyRange(
        _ entity: ZeroCopyEntity, _ position: Int
    ) throws(StrataError) -> (start: Int, count: Int) {
        (
            entity.flags.contains(.widePropertyOffset)
                ? try storage.wideValue(position, 4, atMost: propertyCount) : Int(entity.propertyOffset),
            entity.flags.contains(.widePropertySize)
                ? try storage.wideValue(position, 3, atMost: propertyCount) : Int(entity.propertySize)
        )
    }

    @usableFromInline
    @inline(never)
    func propertiesLeadOut(_ position: Int, _ start: Int, _ count: Int) -> StrataError {
        storage.damage(
            at: sections.pointee.entities + position,
            "\(count) properties from \(start) on lead out of \(propertyCount)")
    }

    /// Makes sure that properties and their keys may be trusted. The range is inside the section.
    @inlinable
    @inline(__always)
    func touch(_ properties: PropertyColumn, _ range: Range<Int>) throws(StrataError) {
        if range.isEmpty { return }
        try storage.touch(properties.numbers, range)
        try storage.touch(properties.keys, 0..<properties.keyCount)
    }
}

/// The first index of a range for which `isBefore` is false, where it is true for a part at the start only.
@inlinable
func lowerBound(_ range: Range<Int>, _ isBefore: (Int) -> Bool) -> Int {
    var (low, high) = (range.lowerBound, range.upperBound)
    while low < high {
        let middle = low + (high - low) / 2
        if isBefore(middle) { low = middle + 1 } else { high = middle }
    }
    return low
}
