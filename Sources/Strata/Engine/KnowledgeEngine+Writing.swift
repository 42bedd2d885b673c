extension KnowledgeEngine {
    /// Retired bytes at which a write collects.
    private static var garbageStep: Int { 1 << 20 }

    /// Inserts an entity.
    ///
    /// - Parameters:
    ///   - id: any number but 4,294,967,295 that no entity has.
    ///   - type: the entity's type, an id of this engine.
    ///   - name: its external name, an id of this engine; nil for none. Names should be unique: a snapshot refuses to
    ///     look up one that is not.
    ///   - properties: pairs in any order; values of one key keep theirs.
    ///   - embedding: as many finite components as the engine's embeddings have, or none.
    ///   - relationships: relationships that start here. A target that does not exist yet is remembered, and must be
    ///     inserted before a snapshot is written.
    /// - Throws: `alreadyExists`, `invalidArgument`, `limitExceeded`; the graph is as before then.
    /// - Complexity: O(properties + components + relationships), amortised.
    @discardableResult
    public func insert(
        id: UInt32, type: InternedString, name: InternedString? = nil, properties: Span<InternedProperty>,
        embedding: Span<Float>, relationships: Span<Relationship>
    ) throws(StrataError) -> EntityKey {
        let existing = box.value.index.slot(of: id)
        if let existing, box.value.arena.record(at: existing).value.flags.contains(.present) {
            throw StrataError(.alreadyExists, "entity \(id) is in the graph already", remedy: "update or delete it")
        }
        guard entityCount < configuration.maxEntities else {
            throw StrataError(
                .limitExceeded, "the graph holds its \(configuration.maxEntities) entities",
                remedy: "raise max_entities")
        }
        let slot = try slotOrPending(id)
        let record = box.value.arena.record(at: slot)
        do throws(StrataError) {
            if isGrouped(properties) {
                try box.value.arena.setProperties(properties, of: record)
            } else {
                try box.value.arena.setProperties(InternedProperties(properties).pairs.span, of: record)
            }
            if !embedding.isEmpty { record.value.embeddingRow = try box.value.embeddings.add(embedding, owner: id) }
            try connect(relationships, from: record)
        } catch {
            discard(slot, wasThere: existing != nil)
            throw error
        }
        record.value.type = type
        record.value.name = name?.id ?? EntityData.none
        record.value.flags = .present
        box.value.pendingCount -= 1
        tidy()
        return box.value.arena.key(at: slot)!
    }

    /// Inserts an entity given as Swift values.
    ///
    /// - Throws: as ``insert(id:type:name:properties:embedding:relationships:)``.
    @discardableResult
    public func insert(
        id: UInt32, type: String, name: String? = nil, properties: [String: String] = [:], embedding: [Float] = []
    ) throws(StrataError) -> EntityKey {
        var pairs: [InternedProperty] = []
        for (key, value) in properties {
            pairs.append(InternedProperty(key: try intern(key), value: try intern(value)))
        }
        let typeID = try intern(type)
        var nameID: InternedString?
        if let name { nameID = try intern(name) }
        return try insert(
            id: id, type: typeID, name: nameID, properties: pairs.span, embedding: embedding.span,
            relationships: Span())
    }

    /// Relates two entities. The same relationship may be added again, and then counts again.
    ///
    /// - Throws: `notFound` when an end is not in the graph, `limitExceeded`; the graph is as before then.
    /// - Complexity: O(1) amortised.
    public func relate(_ source: UInt32, _ type: InternedString, _ target: UInt32) throws(StrataError) {
        let from = try present(source)
        let to = try present(target)
        try box.value.arena.reserve(1, in: &from.value.outgoing)
        try box.value.arena.reserve(1, in: &to.value.incoming)
        from.value.outgoing.append(Relationship(type: type, other: target))
        to.value.incoming.append(Relationship(type: type, other: source))
        box.value.relationshipCount += 1
        tidy()
    }

    /// Relates two entities by a type given as text.
    ///
    /// - Throws: as ``relate(_:_:_:)-(UInt32,InternedString,UInt32)``.
    public func relate(_ source: UInt32, _ type: String, _ target: UInt32) throws(StrataError) {
        try relate(source, try intern(type), target)
    }

    /// Takes one relationship away; whether there was one.
    ///
    /// - Throws: `notFound` when the source is not in the graph, or the target neither is in it nor still to come.
    /// - Complexity: O(relationships of both ends).
    @discardableResult
    public func unrelate(_ source: UInt32, _ type: InternedString, _ target: UInt32) throws(StrataError) -> Bool {
        let from = try present(source)
        guard let slot = box.value.index.slot(of: target) else { throw absent(target) }
        let to = box.value.arena.record(at: slot)
        guard from.value.outgoing.remove(Relationship(type: type, other: target)) else { return false }
        let removed = to.value.incoming.remove(Relationship(type: type, other: source))
        precondition(removed, "a relationship stood in one direction only")
        box.value.relationshipCount -= 1
        removeIfUnnamed(slot)
        return true
    }

    /// Makes `value` the only value of a property.
    ///
    /// - Throws: `notFound`, or `limitExceeded`; the entity is as before then.
    /// - Complexity: O(properties of the entity).
    public func update(_ id: UInt32, _ key: InternedString, to value: InternedString) throws(StrataError) {
        let record = try present(id)
        let row = record.value.propertyBuffer
        if let place = row.firstIndex(where: { $0.key == key }),
            place + 1 == row.count || row[place + 1].key != key
        {
            // One value takes the place of one value; a view that is pinned may show the old or the new one.
            record.value.propertyRow![place].value = value
            return
        }
        var properties = InternedProperties(row)
        properties.set(key, to: value)
        try box.value.arena.setProperties(properties.pairs.span, of: record)
        tidy()
    }

    /// Deletes an entity, its properties, its embedding, and every relationship that starts or ends at it.
    ///
    /// - Throws: `notFound`.
    /// - Complexity: O(relationships of the entity and of its neighbours).
    public func delete(_ id: UInt32) throws(StrataError) {
        let record = try present(id)
        disconnect(record)
        if record.value.embeddingRow != EntityData.none { box.value.embeddings.remove(record.value.embeddingRow) }
        let slot = box.value.index.slot(of: id)!
        box.value.index.remove(id)
        box.value.arena.remove(box.value.arena.key(at: slot)!)
        tidy()
    }

    // MARK: Parts

    private func present(_ id: UInt32) throws(StrataError) -> EntityReference {
        guard let slot = box.value.index.slot(of: id) else { throw absent(id) }
        let record = box.value.arena.record(at: slot)
        guard record.value.flags.contains(.present) else { throw absent(id) }
        return record
    }

    private func absent(_ id: UInt32) -> StrataError {
        StrataError(.notFound, "entity \(id) is not in the graph", remedy: "insert it first")
    }

    private func isGrouped(_ pairs: Span<InternedProperty>) -> Bool {
        var index = 1
        while index < pairs.count {
            if pairs[index].key < pairs[index - 1].key { return false }
            index += 1
        }
        return true
    }

    /// The slot of an entity; one that is not there gets a record that stands for it until it comes.
    private func slotOrPending(_ id: UInt32) throws(StrataError) -> UInt32 {
        if let slot = box.value.index.slot(of: id) { return slot }
        guard id != .max else {
            throw StrataError(.invalidArgument, "4294967295 stands for no entity and cannot be an identifier")
        }
        let key = try box.value.arena.insert(EntityData(id: id, type: InternedString(id: 0)))
        do throws(StrataError) { try box.value.index.insert(id, slot: key.index) } catch {
            box.value.arena.remove(key)
            throw error
        }
        box.value.pendingCount += 1
        return key.index
    }

    /// Takes a record out that stands for an entity to come, when no relationship names that any more.
    private func removeIfUnnamed(_ slot: UInt32) {
        let record = box.value.arena.record(at: slot)
        guard !record.value.flags.contains(.present), record.value.incoming.count == 0 else { return }
        removePending(record.value.id, slot)
    }

    private func removePending(_ id: UInt32, _ slot: UInt32) {
        box.value.index.remove(id)
        box.value.arena.remove(box.value.arena.key(at: slot)!)
        box.value.pendingCount -= 1
    }

    private func connect(
        _ relationships: Span<Relationship>, from record: EntityReference
    ) throws(StrataError) {
        guard !relationships.isEmpty else { return }
        try box.value.arena.reserve(relationships.count, in: &record.value.outgoing)
        prefetchTargets(of: relationships)
        for index in relationships.indices {
            let relationship = relationships[index]
            let slot = try slotOrPending(relationship.other)
            let target = box.value.arena.record(at: slot)
            do throws(StrataError) { try box.value.arena.reserve(1, in: &target.value.incoming) } catch {
                if relationship.other != record.value.id { removeIfUnnamed(slot) }
                throw error
            }
            record.value.outgoing.append(relationship)
            target.value.incoming.append(Relationship(type: relationship.type, other: record.value.id))
            box.value.relationshipCount += 1
        }
    }

    /// Has the memory of the first few targets fetched, step by step for all of them, so that their cache misses overlap:
    /// targets are scattered over the whole graph, and each costs three (index, record, list).
    private func prefetchTargets(of relationships: Span<Relationship>) {
        var slots = InlineArray<16, UInt32>(repeating: EntityData.none)
        let count = min(relationships.count, slots.count)
        guard count > 1 else { return }
        for place in 0..<count { box.value.index.prefetch(relationships[place].other) }
        for place in 0..<count {
            guard let slot = box.value.index.slot(of: relationships[place].other) else { continue }
            slots[place] = slot
            box.value.arena.prefetch(slot)
        }
        for place in 0..<count where slots[place] != EntityData.none {
            box.value.arena.prefetchEndOfIncoming(slots[place])
        }
    }

    /// Takes the outgoing relationships of a record away, and the incoming ones where the record goes.
    private func disconnect(_ record: EntityReference, incoming: Bool = true) {
        let id = record.value.id
        for relationship in record.value.outgoing.buffer {
            box.value.relationshipCount -= 1
            guard relationship.other != id || !incoming else { continue }
            let slot = box.value.index.slot(of: relationship.other)!
            let target = box.value.arena.record(at: slot)
            let removed = target.value.incoming.remove(Relationship(type: relationship.type, other: id))
            precondition(removed, "a relationship stood in one direction only")
            if relationship.other != id { removeIfUnnamed(slot) }
        }
        record.value.outgoing.count = 0
        guard incoming else { return }
        for relationship in record.value.incoming.buffer where relationship.other != id {
            let source = box.value.arena.record(at: box.value.index.slot(of: relationship.other)!)
            let removed = source.value.outgoing.remove(Relationship(type: relationship.type, other: id))
            precondition(removed, "a relationship stood in one direction only")
            box.value.relationshipCount -= 1
        }
        record.value.incoming.count = 0
    }

    /// Undoes an insertion that failed half way.
    private func discard(_ slot: UInt32, wasThere: Bool) {
        let record = box.value.arena.record(at: slot)
        disconnect(record, incoming: false)
        if record.value.embeddingRow != EntityData.none {
            box.value.embeddings.remove(record.value.embeddingRow)
            record.value.embeddingRow = EntityData.none
        }
        if wasThere || record.value.incoming.count > 0 {
            try? box.value.arena.setProperties(Span(), of: record)
        } else {
            removePending(record.value.id, slot)
        }
        tidy()
    }

    /// Collects garbage when there is enough of it.
    private func tidy() {
        guard epochs.retiredBytes > Self.garbageStep || box.value.arena.needsCompaction else { return }
        // The write that calls is done, and stays so when there is no memory to compact into.
        _ = try? box.value.arena.compactIfNeeded()
        epochs.collect()
    }
}
