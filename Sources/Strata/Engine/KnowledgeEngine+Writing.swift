extension KnowledgeEngine {
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
        let existing = view.index.slot(of: id)
        if let existing, view.records.record(at: existing).isPresent {
            throw StrataError(.alreadyExists, "entity \(id) is in the graph already", remedy: "update or delete it")
        }
        guard entityCount < configuration.maxEntities else {
            throw StrataError(
                .limitExceeded, "the graph holds its \(configuration.maxEntities) entities",
                remedy: "raise max_entities")
        }
        try requireRoomForGarbage(replacing: relationships.count, inserting: relationships.count + 1) { forecast in
            for index in relationships.indices {
                guard let slot = view.index.slot(of: relationships[index].other) else { continue }
                forecast.append(to: .incoming, of: view.records.record(at: slot))
            }
        }
        let parts = try claimingMemory { () throws(StrataError) in
            try prepare(
                id, wasThere: existing != nil, properties: properties, embedding: embedding,
                relationships: relationships)
        }
        // Nothing can fail any more. Readers find all of the entity, or nothing of it: what `publish` vouches for is in
        // place before.
        let record = view.records.record(at: parts.slot)
        record.type = type
        record.embeddingRow = parts.embeddingRow
        record.name = name?.id ?? EntityData.none
        box.value.arena.replace(.properties, of: record, by: parts.row)
        box.value.arena.replace(.outgoing, of: record, by: parts.list)
        record.setDegree(.outgoing, relationships.count)
        record.publish(propertyCount: properties.count)
        box.value.relationshipCount += relationships.count
        box.value.pendingCount -= 1
        tidy()
        return box.value.arena.key(at: parts.slot)!
    }

    /// What an entity consists of before it is published.
    private struct Parts {
        let slot: UInt32
        var row = PayloadWord.none
        var list = PayloadWord.none
        var embeddingRow = EntityData.none
    }

    /// Makes the parts of an entity that is not present, and adds it to the lists of those that it is related to; the
    /// graph is as before when it fails.
    private func prepare(
        _ id: UInt32, wasThere: Bool, properties: Span<InternedProperty>, embedding: Span<Float>,
        relationships: Span<Relationship>
    ) throws(StrataError) -> Parts {
        var parts = Parts(slot: try slotOrPending(id))
        var connected = 0
        do throws(StrataError) {
            if isGrouped(properties) {
                parts.row = try box.value.arena.makeRow(properties, owner: parts.slot)
            } else {
                let grouped = InternedProperties(properties).pairs
                parts.row = try box.value.arena.makeRow(grouped.span, owner: parts.slot)
            }
            if !embedding.isEmpty { parts.embeddingRow = try box.value.embeddings.add(embedding, owner: id) }
            parts.list = try box.value.arena.makeList(relationships, owner: parts.slot)
            try connect(relationships, from: id, &connected)
            return parts
        } catch {
            // A view of a list that is undone may have shown the relationship; its other end was never there.
            for index in 0..<connected { disconnect(relationships[index], from: id) }
            box.value.arena.discard(parts.list)
            if parts.embeddingRow != EntityData.none { box.value.embeddings.remove(parts.embeddingRow) }
            box.value.arena.discard(parts.row)
            if !wasThere { removeIfUnnamed(parts.slot) }
            tidy()
            throw error
        }
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
        try requireRoomForGarbage(replacing: 2) { forecast in
            forecast.append(to: .outgoing, of: from)
            forecast.append(to: .incoming, of: to)
        }
        try claimingMemory { () throws(StrataError) in
            try box.value.arena.reserve(1, in: .outgoing, of: from)
            try box.value.arena.reserve(1, in: .incoming, of: to)
        }
        box.value.arena.append(Relationship(type: type, other: target), to: .outgoing, of: from)
        box.value.arena.append(Relationship(type: type, other: source), to: .incoming, of: to)
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
    /// - Complexity: O(1) amortised and expected; O(relationships of both ends) without memory for tables of their lists.
    @discardableResult
    public func unrelate(_ source: UInt32, _ type: InternedString, _ target: UInt32) throws(StrataError) -> Bool {
        let from = try present(source)
        guard let slot = view.index.slot(of: target) else { throw absent(target) }
        let to = view.records.record(at: slot)
        let relationship = Relationship(type: type, other: target)
        guard box.value.arena.remove(relationship, from: .outgoing, of: from) else { return false }
        let removed = box.value.arena.remove(Relationship(type: type, other: source), from: .incoming, of: to)
        precondition(removed, "a relationship stood in one direction only")
        box.value.relationshipCount -= 1
        removeIfUnnamed(slot)
        tidy()
        return true
    }

    /// Makes `value` the only value of a property.
    ///
    /// - Throws: `notFound`, or `limitExceeded`; the entity is as before then.
    /// - Complexity: O(properties of the entity).
    public func update(_ id: UInt32, _ key: InternedString, to value: InternedString) throws(StrataError) {
        let record = try present(id)
        let row = record.propertyBuffer
        if let place = row.firstIndex(where: { $0.key == key }),
            place + 1 == row.count || row[place + 1].key != key
        {
            // One value takes the place of one value, by one store: readers see the old pair or the new one.
            record.payload(.properties).payload![word: place] = InternedProperty(key: key, value: value).word
            return
        }
        try requireRoomForGarbage(replacing: 1) { $0.replace(.properties, of: record) }
        var properties = InternedProperties(row)
        properties.set(key, to: value)
        try claimingMemory { () throws(StrataError) in
            try box.value.arena.setProperties(properties.pairs.span, of: record)
        }
        tidy()
    }

    /// Deletes an entity, its properties, its embedding, and every relationship that starts or ends at it.
    ///
    /// - Throws: `notFound`.
    /// - Complexity: O(relationships of the entity) amortised and expected, however many its neighbours have.
    public func delete(_ id: UInt32) throws(StrataError) {
        let record = try present(id)
        // First nobody finds the entity any more, then its relationships go, then the rest. Its embedding goes at once:
        // the owners of those that are there are present.
        record.unpublish()
        if record.embeddingRow != EntityData.none { box.value.embeddings.remove(record.embeddingRow) }
        disconnect(record)
        box.value.index.remove(id)
        box.value.arena.remove(box.value.arena.key(at: record.slot)!)
        tidy()
    }

    // MARK: Parts

    private func present(_ id: UInt32) throws(StrataError) -> EntityReference {
        guard let record = view.record(id) else { throw absent(id) }
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
        if let slot = view.index.slot(of: id) { return slot }
        guard id != .max else {
            throw StrataError(.invalidArgument, "4294967295 stands for no entity and cannot be an identifier")
        }
        let key = try box.value.arena.insert(EntityData(id: id, type: InternedString(id: 0)))
        do throws(StrataError) { try box.value.index.insert(id, slot: key.index, in: epochs) } catch {
            box.value.arena.remove(key)
            throw error
        }
        box.value.pendingCount += 1
        return key.index
    }

    /// Takes a record out that stands for an entity to come, when no relationship names that any more.
    private func removeIfUnnamed(_ slot: UInt32) {
        let record = view.records.record(at: slot)
        guard !record.isPresent, record.incomingDegree == 0 else { return }
        box.value.index.remove(record.id)
        box.value.arena.remove(box.value.arena.key(at: slot)!)
        box.value.pendingCount -= 1
    }

    /// Adds relationships to the lists at their other ends.
    ///
    /// - Parameter done: how many of them are there, also when it fails.
    private func connect(
        _ relationships: Span<Relationship>, from id: UInt32, _ done: inout Int
    ) throws(StrataError) {
        prefetchTargets(of: relationships)
        for index in relationships.indices {
            let relationship = relationships[index]
            let slot = try slotOrPending(relationship.other)
            let target = view.records.record(at: slot)
            do throws(StrataError) { try box.value.arena.reserve(1, in: .incoming, of: target) } catch {
                if relationship.other != id { removeIfUnnamed(slot) }
                throw error
            }
            box.value.arena.append(Relationship(type: relationship.type, other: id), to: .incoming, of: target)
            done += 1
        }
    }

    /// Has the memory of the first few targets fetched, step by step for all of them, so that their cache misses
    /// overlap: targets are scattered over the whole graph, and each costs four (index, record, its words, list).
    private func prefetchTargets(of relationships: Span<Relationship>) {
        var slots = InlineArray<16, UInt32>(repeating: EntityData.none)
        let count = min(relationships.count, slots.count)
        guard count > 1 else { return }
        for place in 0..<count { view.index.prefetch(relationships[place].other) }
        for place in 0..<count {
            guard let slot = view.index.slot(of: relationships[place].other) else { continue }
            slots[place] = slot
            view.records.prefetchPayloads(slot)
        }
        for place in 0..<count where slots[place] != EntityData.none {
            view.records.prefetch(.incoming, of: slots[place])
        }
    }

    /// Takes a relationship out of the list at its other end.
    private func disconnect(_ relationship: Relationship, from id: UInt32) {
        let slot = view.index.slot(of: relationship.other)!
        let incoming = Relationship(type: relationship.type, other: id)
        let removed = box.value.arena.remove(incoming, from: .incoming, of: view.records.record(at: slot))
        precondition(removed, "a relationship stood in one direction only")
        if relationship.other != id { removeIfUnnamed(slot) }
    }

    /// Takes the relationships of a record that goes out of the lists at their other ends.
    private func disconnect(_ record: EntityReference) {
        let id = record.id
        record.forEachRelationship(.outgoing) { relationship in
            box.value.relationshipCount -= 1
            if relationship.other != id { disconnect(relationship, from: id) }
        }
        record.forEachRelationship(.incoming) { relationship in
            guard relationship.other != id else { return }
            let source = view.records.record(at: view.index.slot(of: relationship.other)!)
            let outgoing = Relationship(type: relationship.type, other: id)
            let removed = box.value.arena.remove(outgoing, from: .outgoing, of: source)
            precondition(removed, "a relationship stood in one direction only")
            box.value.relationshipCount -= 1
        }
    }
}
