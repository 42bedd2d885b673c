extension KnowledgeEngine {
    /// The record of an entity, or nil: what is at hand of it. The rest through the calls below.
    ///
    /// - Complexity: O(1): one cache miss in the index, one in the record. Allocates nothing.
    @inlinable @inline(__always)
    public func entity(_ id: UInt32) -> EntityData? { view.entity(id) }

    /// The id of an entity's external name; nil when it has none, or is not there.
    ///
    /// - Complexity: O(1).
    public func name(of id: UInt32) -> InternedString? { view.name(of: id) }

    /// The number of relationships that end at an entity; 0 when it is not there.
    ///
    /// - Complexity: O(1).
    public func incomingDegree(of id: UInt32) -> Int { view.record(id)?.incomingDegree ?? 0 }

    /// Calls `body` with the place in `ids` and the record of each entity, or nil where there is none; in order.
    ///
    /// For random identifiers several times as fast as as many calls of ``entity(_:)``: the cache misses of up to 64
    /// look-ups overlap, since each step is done for all of them before the next one begins. `body` must not change the
    /// graph.
    ///
    /// - Complexity: O(identifiers). Allocates nothing.
    @inlinable
    public func forEachEntity(_ ids: Span<UInt32>, _ body: (Int, EntityData?) -> Void) {
        view.forEachEntity(ids, body)
    }

    /// Calls `body` with the properties of an entity, grouped by key; with none when the entity is not there.
    ///
    /// The view is of a copy: it holds for the call, even if `body` changes the entity.
    ///
    /// - Throws: `limitExceeded` when too many readers are at work at once.
    /// - Complexity: O(properties of the entity).
    public func withProperties<Result>(
        of id: UInt32, _ body: (Span<InternedProperty>) -> Result
    ) throws(StrataError) -> Result {
        try epochs.withPin { () throws(StrataError) -> Result in
            view.withProperties(of: id, body)
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
    /// `body` may change the entity: relationships from before the call are then shown, unless they were taken away
    /// before their turn came.
    ///
    /// - Throws: `limitExceeded` when too many readers are at work at once.
    /// - Complexity: O(relationships of the entity in that direction).
    public func forEachRelationship(
        of id: UInt32, type: InternedString? = nil, _ direction: Direction = .outgoing, _ body: (Relationship) -> Void
    ) throws(StrataError) {
        try epochs.withPin { () throws(StrataError) in
            view.forEachRelationship(of: id, type: type, direction, body)
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
    @inlinable
    public func forEachEntity(_ body: (EntityData) -> Void) {
        view.records.forEachPresent(body)
    }

    /// The entities that have a value of a property, by rising identifier.
    ///
    /// - Complexity: O(properties of all entities): the memory store has no index of values; a snapshot has one.
    public func find(_ key: InternedString, _ value: InternedString) -> [UInt32] { view.find(key, value) }

    /// The entities whose embeddings have the largest inner product with a vector; for unit vectors the nearest by
    /// angle. Ranked in double precision over all entities, ties by identifier, and so exact, unless
    /// `quantization_levels` lets a query have what was found for one nearby: ``search(_:limit:excluding:)`` tells.
    ///
    /// - Parameter excluded: an entity that takes no part.
    /// - Throws: `invalidArgument` when the vector has not as many components as the engine's embeddings, one is not
    ///   finite, or the vector is longer than 1e18.
    /// - Complexity: O(embeddings * components) on a miss of the cache.
    public func similar(
        to vector: Span<Float>, limit: Int, excluding excluded: UInt32? = nil
    ) throws(StrataError) -> [SimilarityMatch] {
        try search(vector, limit: limit, excluding: excluded).matches
    }

    /// As ``similar(to:limit:excluding:)``, with the way the answer was come by.
    ///
    /// - Throws: as that.
    /// - Complexity: O(embeddings * components) on a miss of the cache, else O(limit * components).
    public func search(
        _ vector: Span<Float>, limit: Int, excluding excluded: UInt32? = nil
    ) throws(StrataError) -> SimilarityAnswer {
        guard vector.count == embeddingDimensions, embeddingDimensions > 0 else {
            throw StrataError(
                .invalidArgument,
                "the query has \(vector.count) components where the graph's embeddings have \(embeddingDimensions)")
        }
        guard EmbeddingColumn.isUsable(vector), limit >= 0 else {
            throw StrataError(
                .invalidArgument, "a query needs finite components, a length below 1e18 and a limit of 0 or more")
        }
        return try similarityCache.answer(
            to: vector, limit: limit, excluded: excluded, indexVersion: box.value.embeddings.version
        ) { limit in
            box.value.embeddings.top(vector, limit: limit) { $0 != excluded }
        } score: { id in
            withEmbedding(of: id) { ExactSearch.exactScore(vector, $0) } ?? -.infinity
        }
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
        try epochs.withPin { () throws(StrataError) in
            try view.hops(from: id, depth: depth, type: type, direction)
        }
    }

    /// A path with the fewest relationships, as identifiers with both ends; nil when there is none.
    ///
    /// - Throws: `notFound` when an end is not there.
    public func path(
        from source: UInt32, to target: UInt32, type: InternedString? = nil, _ direction: Direction = .outgoing
    ) throws(StrataError) -> [UInt32]? {
        try epochs.withPin { () throws(StrataError) in
            try view.path(from: source, to: target, type: type, direction)
        }
    }
}
