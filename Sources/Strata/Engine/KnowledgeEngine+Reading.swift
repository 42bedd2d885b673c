extension KnowledgeEngine {
    /// The record of an entity, or nil. Its identifier, type, degrees and name; payloads through the calls below.
    ///
    /// - Complexity: O(1): one cache miss in the index, one in the record. Allocates nothing.
    public func entity(_ id: UInt32) -> EntityData? {
        guard let slot = box.value.index.slot(of: id) else { return nil }
        let record = box.value.arena.record(at: slot).value
        return record.flags.contains(.present) ? record : nil
    }

    /// Calls `body` with the place in `ids` and the record of each entity, or nil where there is none; in order.
    ///
    /// For random identifiers several times as fast as as many calls of ``entity(_:)``: the cache misses of up to 64
    /// look-ups overlap, since each step is done for all of them before the next one begins. `body` must not change the
    /// graph.
    ///
    /// - Complexity: O(identifiers). Allocates nothing.
    public func forEachEntity(_ ids: Span<UInt32>, _ body: (Int, EntityData?) -> Void) {
        var slots = InlineArray<64, UInt32>(repeating: EntityData.none)
        var start = 0
        while start < ids.count {
            let count = min(slots.count, ids.count - start)
            for place in 0..<count { box.value.index.prefetch(ids[start + place]) }
            for place in 0..<count {
                slots[place] = box.value.index.slot(of: ids[start + place]) ?? EntityData.none
                if slots[place] != EntityData.none { box.value.arena.prefetch(slots[place]) }
            }
            for place in 0..<count {
                guard slots[place] != EntityData.none else {
                    body(start + place, nil)
                    continue
                }
                let record = box.value.arena.record(at: slots[place]).value
                body(start + place, record.flags.contains(.present) ? record : nil)
            }
            start += count
        }
    }

    /// Calls `body` with the properties of an entity, grouped by key; with none when the entity is not there.
    ///
    /// The view holds for the call, even if `body` changes the entity.
    ///
    /// - Throws: `limitExceeded` when too many readers are at work at once.
    public func withProperties<Result>(
        of id: UInt32, _ body: (Span<InternedProperty>) -> Result
    ) throws(StrataError) -> Result {
        try epochs.withPin { () throws(StrataError) -> Result in
            let row = entity(id)?.propertyBuffer
            guard let row else { return body(Span()) }
            return body(row.span)
        }
    }

    /// The properties of an entity as text; values of one key in order.
    public func properties(of id: UInt32) throws(StrataError) -> [String: [String]] {
        try withProperties(of: id) { row in
            var properties: [String: [String]] = [:]
            for index in row.indices {
                properties[text(of: row[index].key), default: []].append(text(of: row[index].value))
            }
            return properties
        }
    }

    /// Calls `body` with each relationship of an entity, in no particular order.
    ///
    /// `body` may change the entity, whose relationships from before the call are then shown; but where it takes one of
    /// them away, another may be shown in its place.
    ///
    /// - Throws: `limitExceeded` when too many readers are at work at once.
    /// - Complexity: O(relationships of the entity in that direction).
    public func forEachRelationship(
        of id: UInt32, type: InternedString? = nil, _ direction: Direction = .outgoing, _ body: (Relationship) -> Void
    ) throws(StrataError) {
        try epochs.withPin { () throws(StrataError) in
            guard let record = entity(id) else { return }
            let list = direction == .outgoing ? record.outgoing : record.incoming
            for relationship in list.buffer where type == nil || relationship.type == type { body(relationship) }
        }
    }

    /// The embedding of an entity, valid until the entity changes; nil when it has none.
    public func withEmbedding<Result>(of id: UInt32, _ body: (Span<Float>) -> Result) -> Result? {
        guard let record = entity(id), record.embeddingRow != EntityData.none else { return nil }
        let vector = box.value.embeddings.vector(record.embeddingRow)
        return body(vector.span)
    }

    /// Calls `body` with the record of each entity, in no particular order.
    ///
    /// - Complexity: O(slots). Allocates nothing.
    public func forEachEntity(_ body: (EntityData) -> Void) {
        box.value.arena.forEach { _, record in
            if record.value.flags.contains(.present) { body(record.value) }
        }
    }

    /// The entities that have a value of a property, by rising identifier.
    ///
    /// - Complexity: O(properties of all entities): the memory store has no index of values; a snapshot has one.
    public func find(_ key: InternedString, _ value: InternedString) -> [UInt32] {
        let wanted = InternedProperty(key: key, value: value)
        var found: [UInt32] = []
        forEachEntity { record in
            if record.propertyBuffer.contains(wanted) { found.append(record.id) }
        }
        found.sort()
        return found
    }

    /// The entities whose embeddings have the largest inner product with a vector; for unit vectors the nearest by
    /// angle. Exact: ranked in double precision over all entities, ties by identifier. Answers are cached.
    ///
    /// - Parameter excluded: an entity that takes no part.
    /// - Throws: `invalidArgument` when the vector has not as many components as the engine's embeddings, one is not
    ///   finite, or the vector is longer than 1e18.
    /// - Complexity: O(embeddings * components) on a miss of the cache.
    public func similar(
        to vector: Span<Float>, limit: Int, excluding excluded: UInt32? = nil
    ) throws(StrataError) -> [SimilarityMatch] {
        guard vector.count == embeddingDimensions, embeddingDimensions > 0 else {
            throw StrataError(
                .invalidArgument,
                "the query has \(vector.count) components where the graph's embeddings have \(embeddingDimensions)")
        }
        guard EmbeddingColumn.isUsable(vector), limit >= 0 else {
            throw StrataError(
                .invalidArgument, "a query needs finite components, a length below 1e18 and a limit of 0 or more")
        }
        let key = QueryCacheKey(
            vector: vector, limit: limit, excluded: excluded,
            indexVersion: box.value.embeddings.version)
        if let answer = similarityCache.answer(to: key) { return answer }
        let answer = box.value.embeddings.top(vector, limit: limit) { $0 != excluded }
        similarityCache.keep(answer, to: key)
        return answer
    }

    /// The entities most similar to one that has an embedding, without itself.
    ///
    /// - Throws: `notFound` when the entity is not there or has no embedding.
    public func similar(to id: UInt32, limit: Int) throws(StrataError) -> [SimilarityMatch] {
        let result = withEmbedding(of: id) { vector -> Result<[SimilarityMatch], StrataError> in
            do throws(StrataError) { return .success(try similar(to: vector, limit: limit, excluding: id)) } catch {
                return .failure(error)
            }
        }
        guard let result else { throw StrataError(.notFound, "entity \(id) has no embedding") }
        return try result.get()
    }

    /// The number of entities at each distance from one, itself at distance 0; those that are still to be inserted
    /// count, too.
    ///
    /// - Parameter depth: the largest distance; nil for all that can be reached.
    /// - Throws: `notFound` when the start is not there.
    public func hops(
        from id: UInt32, depth: Int?, type: InternedString? = nil, _ direction: Direction = .outgoing
    ) throws(StrataError) -> [Int] {
        let start = try vertex(id)
        return try epochs.withPin { () throws(StrataError) in
            try EngineTopology(engine: self).breadthFirstLevels(
                from: start, depth: depth, type: type?.id, direction: direction)
        }
    }

    /// A path with the fewest relationships, as identifiers with both ends; nil when there is none.
    ///
    /// - Throws: `notFound` when an end is not there.
    public func path(
        from source: UInt32, to target: UInt32, type: InternedString? = nil, _ direction: Direction = .outgoing
    ) throws(StrataError) -> [UInt32]? {
        let (start, goal) = (try vertex(source), try vertex(target))
        return try epochs.withPin { () throws(StrataError) in
            try EngineTopology(engine: self).shortestPath(
                from: start, to: goal, type: type?.id, direction: direction)
        }?.map { box.value.arena.record(at: $0).value.id }
    }

    private func vertex(_ id: UInt32) throws(StrataError) -> UInt32 {
        guard entity(id) != nil, let slot = box.value.index.slot(of: id) else {
            throw StrataError(.notFound, "entity \(id) is not in the graph")
        }
        return slot
    }
}

/// The engine's graph with its slots as vertices.
private struct EngineTopology: GraphTopology {
    let engine: KnowledgeEngine

    var vertexBound: Int { Int(engine.box.value.arena.slotBound) }

    func forEachNeighbor(
        of vertex: UInt32, type: UInt32?, direction: Direction, _ body: (UInt32) -> Void
    ) throws(StrataError) {
        let record = engine.box.value.arena.record(at: vertex).value
        let list = direction == .outgoing ? record.outgoing : record.incoming
        for relationship in list.buffer where type == nil || relationship.type.id == type {
            body(engine.box.value.index.slot(of: relationship.other)!)
        }
    }
}
