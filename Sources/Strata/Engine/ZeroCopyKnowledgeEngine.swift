import Synchronization

/// A knowledge graph read from a snapshot file, in place: nothing is decoded, and nothing is copied but the answers.
///
/// ```swift
/// let engine = try ZeroCopyKnowledgeEngine(path: "wordnet.strata")
/// let dog = try engine.requireID("n02084071")
/// let animals = try engine.path(from: dog, to: try engine.requireID("n00001740"), type: "hypernym")
/// ```
///
/// Any number of threads may ask at once. ``reload(path:)`` puts another snapshot in place while they do: a question
/// is answered from the snapshot that was current when it was asked, and the old file is unmapped when the last such
/// question has its answer.
public final class ZeroCopyKnowledgeEngine: Sendable {
    /// One opened snapshot and what was learnt about it.
    final class Root: Sendable {
        let snapshot: Snapshot
        /// Tells the answers of different snapshots apart in the cache.
        let version: UInt64
        /// The length of the longest embedding, found by the first search; its bit pattern, 0 before.
        private let rowNormBits = Atomic<UInt64>(0)

        init(path: String, version: UInt64) throws(StrataError) {
            snapshot = try Snapshot(path: path, fileSystem: ChainedFiles())
            self.version = version
        }

        func rowNormBound() throws(StrataError) -> Double {
            let bits = rowNormBits.load(ordering: .relaxed)
            if bits != 0 { return Double(bitPattern: bits) }
            // Two threads may both find it: they find the same.
            let bound = try snapshot.largestEmbeddingNorm()
            rowNormBits.store(bound.bitPattern, ordering: .relaxed)
            return bound
        }
    }

    let root: EpochReference<Root>
    private let similarityCache: SimilarityCache
    private let versions = Atomic<UInt64>(1)
    private let queries = Atomic<Int>(0)

    /// Opens a snapshot, with the deltas that lie beside it: see ``SnapshotChain``.
    ///
    /// - Parameters:
    ///   - cacheSize: the bound on kept similarity answers, in bytes.
    ///   - quantizationLevels: lets queries nearby share answers; see ``MemoryConfiguration/quantizationLevels``.
    /// - Throws: as ``Snapshot/init(path:fileSystem:)`` and ``SnapshotChain/init(path:fileSystem:)``; `invalidArgument`
    ///   for a number of levels that is not 2 to 256.
    /// - Complexity: O(1), whatever the file's size; linear in the names in its folder.
    public init(
        path: String, cacheSize: Int = MemoryConfiguration().cacheSize, quantizationLevels: Int? = nil
    ) throws(StrataError) {
        var quantizer: QueryQuantizer?
        if let quantizationLevels { quantizer = try QueryQuantizer(levels: quantizationLevels) }
        root = EpochReference(try Root(path: path, version: 0), epochs: EpochManager())
        similarityCache = SimilarityCache(byteLimit: cacheSize, quantizer: quantizer)
    }

    /// Puts another snapshot in place of the current one.
    ///
    /// - Throws: as ``Snapshot/init(path:fileSystem:)``; the current snapshot stays then.
    public func reload(path: String) throws(StrataError) {
        let version = versions.add(1, ordering: .relaxed).oldValue
        let next = try Root(path: path, version: version)
        let bytes = next.snapshot.byteCount
        root.replace(with: next, byteCount: bytes)
        similarityCache.removeAll()
    }

    /// What the current snapshot holds, and what was asked so far.
    ///
    /// - Throws: `limitExceeded` when too many readers are at work at once.
    public func metrics() throws(StrataError) -> ZeroCopyMetrics {
        try root.read { root throws(StrataError) in
            ZeroCopyMetrics(
                entityCount: root.snapshot.entityCount, relationshipCount: root.snapshot.relationshipCount,
                stringCount: root.snapshot.stringCount, mappedBytes: root.snapshot.byteCount,
                queries: queries.load(ordering: .relaxed), cache: similarityCache.metrics,
                cacheBytes: similarityCache.byteCount)
        }
    }

    /// Bytes that the engine holds in private memory; the mapped file is in ``ZeroCopyMetrics/mappedBytes``.
    public var memoryUsage: Int { similarityCache.byteCount }

    // MARK: Entities

    /// The identifier of the entity with an external name, or nil.
    ///
    /// - Complexity: O(log entities).
    public func id(named name: String) throws(StrataError) -> UInt32? {
        try ask { snapshot throws(StrataError) in
            guard let position = try snapshot.position(ofName: name) else { return nil }
            return try snapshot.id(at: position)
        }
    }

    /// The identifier that a text means: the external name, or else the number.
    ///
    /// - Throws: `notFound` when no entity has it.
    public func requireID(_ text: String) throws(StrataError) -> UInt32 {
        if let id = try id(named: text) { return id }
        if let id = UInt32(text), try contains(id) { return id }
        throw StrataError(
            .notFound, "no entity has the name or number '\(text)'", remedy: "look it up with find or top")
    }

    /// The types that relationships have, in the order of their bytes.
    ///
    /// - Complexity: O(types).
    public func relationshipTypes() throws(StrataError) -> [String] {
        try ask { snapshot throws(StrataError) in
            var types: [String] = []
            for index in 0..<snapshot.relationshipTypeCount {
                types.append(try snapshot.text(try snapshot.relationshipType(UInt32(index))))
            }
            return types
        }
    }

    /// Whether an entity has this identifier.
    public func contains(_ id: UInt32) throws(StrataError) -> Bool {
        try ask { snapshot throws(StrataError) in try snapshot.position(ofID: id) != nil }
    }

    /// Everything about an entity but its relationships and its embedding; nil when it is not there.
    public func entity(_ id: UInt32) throws(StrataError) -> ZeroCopyEntityInfo? {
        try ask { snapshot throws(StrataError) in
            guard let position = try snapshot.position(ofID: id) else { return nil }
            var info = ZeroCopyEntityInfo(
                id: id, name: try snapshot.nameText(at: position),
                type: try snapshot.text(try snapshot.type(at: position)), degree: try snapshot.degree(at: position),
                properties: [])
            let row = try snapshot.properties(at: position)
            for index in row.indices {
                let value = try snapshot.text(row[index].value.id)
                // Compared by id: two keys may be canonically equivalent, and yet not the same.
                if index > 0, row[index - 1].key == row[index].key {
                    info.properties[info.properties.count - 1].values.append(value)
                } else {
                    let key = try snapshot.text(row[index].key.id)
                    info.properties.append(ZeroCopyEntityInfo.Property(key: key, values: [value]))
                }
            }
            return info
        }
    }

    /// The entities at the other ends of an entity's relationships, one for each relationship.
    ///
    /// - Throws: `notFound` when the entity is not there; no relationship has an unknown type.
    public func neighbors(
        of id: UInt32, type: String? = nil, _ direction: Direction = .outgoing
    ) throws(StrataError) -> [ZeroCopyNeighbor] {
        try ask { snapshot throws(StrataError) in
            let position = try snapshot.requirePosition(ofID: id)
            guard let filter = try snapshot.typeFilter(type) else { return [] }
            let list = try snapshot.relationships(at: position, filter, direction)
            var neighbors: [ZeroCopyNeighbor] = []
            neighbors.reserveCapacity(list.count)
            for index in list.indices {
                let other = Int(list[index].target)
                neighbors.append(
                    ZeroCopyNeighbor(
                        id: try snapshot.id(at: other), name: try snapshot.nameText(at: other),
                        type: try snapshot.text(try snapshot.relationshipType(list[index].type))))
            }
            return neighbors
        }
    }

    /// The entities that have a value of a property, by rising identifier.
    ///
    /// - Complexity: O(log strings + log values + entities found): the snapshot's index of values is used in place.
    public func find(_ key: String, _ value: String) throws(StrataError) -> [ZeroCopyEntityName] {
        try ask { snapshot throws(StrataError) in
            guard let key = try snapshot.stringID(of: key), let value = try snapshot.stringID(of: value) else {
                return []
            }
            let positions = try snapshot.positions(withKey: key, value: value)
            var found: [ZeroCopyEntityName] = []
            for index in positions.indices {
                let position = Int(positions[index])
                found.append(
                    ZeroCopyEntityName(id: try snapshot.id(at: position), name: try snapshot.nameText(at: position)))
            }
            return found
        }
    }

    /// The entities with the most relationships in a direction; ties by rising identifier.
    ///
    /// - Complexity: O(entities).
    public func top(_ limit: Int, by direction: Direction = .outgoing) throws(StrataError) -> [ZeroCopyDegree] {
        guard limit >= 0 else { throw StrataError(.invalidArgument, "a limit of \(limit) asks for less than nothing") }
        return try ask { snapshot throws(StrataError) in
            var best = TopK(capacity: min(limit, snapshot.entityCount))
            for position in 0..<snapshot.entityCount {
                let degree =
                    switch direction {
                    case .outgoing: try snapshot.degree(at: position)
                    case .incoming: try snapshot.incoming(at: position).count
                    }
                best.offer(ScoredRow(row: UInt32(position), score: Double(degree)))
            }
            var result: [ZeroCopyDegree] = []
            for entry in best.sorted() {
                result.append(
                    ZeroCopyDegree(
                        id: try snapshot.id(at: Int(entry.row)), name: try snapshot.nameText(at: Int(entry.row)),
                        degree: Int(entry.score)))
            }
            return result
        }
    }

    // MARK: Similarity

    /// The entities most similar to one that has an embedding, without itself: largest inner product (for unit vectors
    /// nearest by angle), ranked in double precision, ties by identifier; exact, unless quantization lets a query have
    /// what was found for one nearby: ``search(_:limit:)`` tells.
    ///
    /// - Throws: `notFound` when the entity is not there or has no embedding.
    /// - Complexity: O(embeddings * components) on a miss of the cache.
    public func similar(to id: UInt32, limit: Int) throws(StrataError) -> [ZeroCopySearchResult] {
        guard limit >= 0 else { throw StrataError(.invalidArgument, "a limit of \(limit) asks for less than nothing") }
        return try askRoot { root throws(StrataError) in
            let matches = try matches(root.snapshot, root, id, limit)
            var results: [ZeroCopySearchResult] = []
            for match in matches {
                let position = try root.snapshot.requirePosition(ofID: match.id)
                results.append(
                    ZeroCopySearchResult(
                        id: match.id, name: try root.snapshot.nameText(at: position), score: match.score))
            }
            return results
        }
    }

    private func matches(
        _ snapshot: borrowing Snapshot, _ root: Root, _ id: UInt32, _ limit: Int
    ) throws(StrataError) -> [SimilarityMatch] {
        let position = try snapshot.requirePosition(ofID: id)
        guard let vector = try snapshot.embedding(at: position) else {
            throw StrataError(.notFound, "entity \(id) has no embedding")
        }
        return try answer(snapshot, root, vector, limit, excluding: position).matches
    }

    /// The entities whose embeddings have the largest inner product with a vector, and how they were found.
    ///
    /// - Throws: `invalidArgument` when the vector has not as many components as the snapshot's embeddings, one is not
    ///   finite, or the vector is longer than 1e18; `corrupted`.
    /// - Complexity: O(embeddings * components) on a miss of the cache, else O(limit * components).
    public func search(_ vector: Span<Float>, limit: Int) throws(StrataError) -> SimilarityAnswer {
        guard EmbeddingColumn.isUsable(vector), limit >= 0 else {
            throw StrataError(
                .invalidArgument, "a query needs finite components, a length below 1e18 and a limit of 0 or more")
        }
        return try askRoot { root throws(StrataError) in try answer(root.snapshot, root, vector, limit) }
    }

    private func answer(
        _ snapshot: borrowing Snapshot, _ root: borrowing Root, _ vector: Span<Float>, _ limit: Int,
        excluding excluded: Int? = nil
    ) throws(StrataError) -> SimilarityAnswer {
        var excludedID: UInt32?
        if let excluded { excludedID = try snapshot.id(at: excluded) }
        let bound = try root.rowNormBound()
        return try similarityCache.answer(
            to: vector, limit: limit, excluded: excludedID, indexVersion: root.version
        ) { limit throws(StrataError) in
            try snapshot.similar(to: vector, limit: limit, excluding: excluded, rowNormBound: bound)
        } score: { id throws(StrataError) in
            guard let row = try snapshot.embedding(at: try snapshot.requirePosition(ofID: id)) else {
                return -.infinity
            }
            return ExactSearch.exactScore(vector, row)
        }
    }

    private func ask<Result>(
        _ body: (borrowing Snapshot) throws(StrataError) -> Result
    ) throws(StrataError) -> Result {
        try askRoot { root throws(StrataError) in try body(root.snapshot) }
    }

    /// Answers a question, and counts it.
    func askRoot<Result>(_ body: (borrowing Root) throws(StrataError) -> Result) throws(StrataError) -> Result {
        queries.add(1, ordering: .relaxed)
        return try root.read(body)
    }
}
