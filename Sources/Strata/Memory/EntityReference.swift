/// The place of a record in a ``GraphArena``, read and changed in place.
///
/// Invariant: used only while the record is in its arena; nothing keeps one across the removal of its entity.
struct EntityReference {
    fileprivate let address: UnsafeMutablePointer<EntityData>

    init(_ address: UnsafeMutablePointer<EntityData>) { self.address = address }

    var value: EntityData {
        unsafeAddress { UnsafePointer(address) }
        nonmutating unsafeMutableAddress { address }
    }
}

extension EntityData {
    /// The property row, or nil when it is empty.
    var propertyRow: UnsafeMutablePointer<InternedProperty>? { UnsafeMutablePointer(bitPattern: properties) }

    /// The properties, valid until the entity changes.
    var propertyBuffer: UnsafeBufferPointer<InternedProperty> {
        UnsafeBufferPointer(start: propertyRow, count: Int(propertyCount))
    }
}

extension RelationshipList {
    /// The entries' address, or nil when nothing was ever in the list.
    var entries: UnsafeMutablePointer<Relationship>? { UnsafeMutablePointer(bitPattern: address) }

    /// The relationships, valid until the entity changes.
    var buffer: UnsafeBufferPointer<Relationship> { UnsafeBufferPointer(start: entries, count: Int(count)) }

    /// Adds an entry for which there is room.
    mutating func append(_ relationship: Relationship) {
        precondition(count < capacity)
        entries![Int(count)] = relationship
        count += 1
    }

    /// Takes the first equal entry out; the last one takes its place. Whether there was one.
    ///
    /// - Complexity: O(length).
    mutating func remove(_ relationship: Relationship) -> Bool {
        guard let place = buffer.firstIndex(of: relationship) else { return false }
        entries![place] = entries![Int(count) - 1]
        count -= 1
        return true
    }
}
