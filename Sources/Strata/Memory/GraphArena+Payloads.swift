/// Rows and lists of records, as the one writer makes and changes them.
extension GraphArena {
    // MARK: Payloads that nobody has seen

    /// A property row that is not in its record yet.
    ///
    /// - Returns: `none` for an empty row.
    /// - Throws: `limitExceeded`; everything is as before.
    /// - Complexity: O(length of the row).
    mutating func makeRow(_ pairs: Span<InternedProperty>, owner slot: UInt32) throws(StrataError) -> PayloadWord {
        guard pairs.count > 0 else { return .none }
        guard pairs.count <= EntityData.maximumPropertyCount else {
            throw StrataError(
                .limitExceeded,
                "an entity has at most \(EntityData.maximumPropertyCount) properties, not \(pairs.count)")
        }
        let word = try payloads.allocate(capacity: pairs.count, count: pairs.count, owner: slot, epochs)
        let entries = word.payload!.entries(of: InternedProperty.self)
        // The source may be a view of another row; the target is nobody's yet.
        pairs.withUnsafeBufferPointer { entries.initialize(from: $0.baseAddress!, count: pairs.count) }
        return word
    }

    /// A relationship list that is not in its record yet.
    ///
    /// - Returns: `none` for an empty list.
    /// - Throws: `limitExceeded`; everything is as before.
    /// - Complexity: O(length of the list).
    mutating func makeList(_ relationships: Span<Relationship>, owner slot: UInt32) throws(StrataError) -> PayloadWord {
        guard relationships.count > 0 else { return .none }
        try checkLength(relationships.count)
        let count = relationships.count
        let word = try payloads.allocate(capacity: count, count: count, owner: slot, epochs)
        let entries = word.payload!.entries(of: Relationship.self)
        relationships.withUnsafeBufferPointer { entries.initialize(from: $0.baseAddress!, count: count) }
        return word
    }

    /// Frees a payload that was never put into a record.
    mutating func discard(_ word: PayloadWord) { payloads.free(word, in: epochs) }

    /// Puts a payload in the place of the one that a record has.
    mutating func replace(_ part: PayloadPart, of record: EntityReference, by word: PayloadWord) {
        let old = record.exchange(part, word)
        payloads.retire(old, in: epochs)
    }

    // MARK: Rows

    /// Gives a record a new property row.
    ///
    /// - Throws: `limitExceeded`; the record keeps its old row then.
    /// - Complexity: O(length of the row).
    mutating func setProperties(
        _ row: Span<InternedProperty>, of record: EntityReference
    ) throws(StrataError) {
        let word = try makeRow(row, owner: record.slot)
        replace(.properties, of: record, by: word)
        record.setPropertyCount(row.count)
    }

    // MARK: Lists

    /// Makes room for at least `count` more entries at the end of a relationship list.
    ///
    /// - Throws: `limitExceeded`; the list is as before.
    /// - Complexity: O(1) amortised for one, O(length) when the list moves.
    @inline(__always)
    mutating func reserve(
        _ count: Int, in direction: Direction, of record: EntityReference
    ) throws(StrataError) {
        if let list = record.payload(direction.list).payload, list.count + count <= list.capacity { return }
        try grow(direction, of: record, by: count)
    }

    /// Adds a relationship for which there is room.
    @inline(__always)
    func append(_ relationship: Relationship, to direction: Direction, of record: EntityReference) {
        let list = record.payload(direction.list).payload!
        let count = list.count
        precondition(count < list.capacity)
        list[word: count] = relationship.word
        list.count = count + 1
        record.setDegree(direction, record.degree(direction) + 1)
    }

    /// Takes the first equal relationship out; whether there was one.
    ///
    /// The others stay where they are, so that a reader who is in the list misses none of them.
    ///
    /// - Complexity: O(1) amortised and expected (see ``ListIndexes``); O(length) where there is no memory for that.
    mutating func remove(_ relationship: Relationship, from direction: Direction, of record: EntityReference) -> Bool {
        guard let list = record.payload(direction.list).payload else { return false }
        let length = list.count
        let degree = record.degree(direction)
        let found =
            length < payloads.indexes.leastLength
            ? ListIndexes.search(for: relationship.word, in: list, length)
            : payloads.indexes.take(relationship.word, from: list, live: degree)
        guard let place = found else { return false }
        list[word: place] = Relationship.hole
        let live = degree - 1
        record.setDegree(direction, live)
        if place == length - 1 { trim(list) }
        // Mostly holes: a shorter copy, where there is memory for it.
        let count = list.count
        if count > 16, live * 4 < count { try? move(direction, of: record, toCapacity: live) }
        return true
    }

    /// Takes the holes off the end of a list.
    private mutating func trim(_ list: Payload) {
        let length = list.count
        var count = length
        while count > 0, list[word: count - 1] == Relationship.hole { count -= 1 }
        list.count = count
        if length >= payloads.indexes.leastLength { payloads.indexes.shorten(list, to: count) }
    }

    private mutating func grow(
        _ direction: Direction, of record: EntityReference, by count: Int
    ) throws(StrataError) {
        let live = record.degree(direction)
        try checkLength(live + count)
        let capacity = record.payload(direction.list).payload?.capacity ?? 0
        try move(
            direction, of: record, toCapacity: Payload.capacity(for: live + count, outgrowing: capacity))
    }

    /// Copies a list without its holes, puts the copy in its place, and retires the list.
    private mutating func move(
        _ direction: Direction, of record: EntityReference, toCapacity capacity: Int
    ) throws(StrataError) {
        let live = record.degree(direction)
        guard capacity > 0 else { return replace(direction.list, of: record, by: .none) }
        let word = try payloads.allocate(capacity: capacity, count: live, owner: record.slot, epochs)
        let copy = word.payload!
        var place = 0
        record.forEachRelationship(direction) { relationship in
            copy[word: place] = relationship.word
            place += 1
        }
        precondition(place == live, "a list holds another number of relationships than its record says")
        replace(direction.list, of: record, by: word)
    }

    private func checkLength(_ count: Int) throws(StrataError) {
        guard count <= Payload.maximumCapacity else {
            throw StrataError(
                .limitExceeded, "an entity has at most \(Payload.maximumCapacity) relationships in one direction")
        }
    }
}
