/// Everything of a ``SnapshotSource`` but the strings' bytes and the embeddings, gathered in one pass over it and
/// checked. Strings still have the source's ids.
struct CollectedGraph: ~Copyable {
    let count: Int
    let ids: WorkArray<UInt32>
    let types: WorkArray<UInt32>
    let names: WorkArray<UInt32>
    let flags: WorkArray<ZeroCopyEntity.Flags>
    let propertyOffsets: WorkArray<UInt64>
    let properties: WorkArray<InternedProperty>
    let relationshipOffsets: WorkArray<UInt64>
    let relationships: WorkArray<ZeroCopyRelationship>
    /// What each of the source's strings is used for.
    let usage: WorkArray<Usage>
    let embeddingCount: Int
    let embeddingDimensions: Int
    let namedCount: Int
    /// Whether every id is the entity's position.
    let isDense: Bool

    /// What a string is used for.
    struct Usage: OptionSet, BitwiseCopyable {
        var rawValue: UInt8
        static let any = Usage(rawValue: 1)
        static let entityType = Usage(rawValue: 2)
        static let relationshipType = Usage(rawValue: 4)
        static let propertyKey = Usage(rawValue: 8)
    }

    /// - Throws: `invalidArgument` when the source contradicts itself, `limitExceeded` when it is too large.
    init(_ source: borrowing some SnapshotSource & ~Copyable, path: String) throws(StrataError) {
        let count = source.entityCount
        let strings = source.stringCount
        try Self.require(0..<SnapshotFormat.countMaximum ~= count, .limitExceeded, "\(count) entities", path)
        try Self.require(0..<SnapshotFormat.countMaximum ~= strings, .limitExceeded, "\(strings) strings", path)
        let dimensions = source.embeddingDimensions
        try Self.require(
            0...Int(UInt32.max) / MemoryLayout<Float>.stride ~= dimensions, .limitExceeded,
            "embeddings of \(dimensions) numbers", path)

        let propertyOffsets = WorkArray<UInt64>(repeating: 0, count: count + 1)
        let relationshipOffsets = WorkArray<UInt64>(repeating: 0, count: count + 1)
        for position in 0..<count {
            let relationships = source.relationshipCount(at: position)
            try Self.require(
                relationships >= 0, .invalidArgument, "\(relationships) relationships at position \(position)", path)
            relationshipOffsets[position] = UInt64(relationships)
            propertyOffsets[position] = UInt64(source.properties(at: position).count)
        }
        propertyOffsets.accumulate()
        relationshipOffsets.accumulate()

        let ids = WorkArray<UInt32>(unsetCount: count)
        let types = WorkArray<UInt32>(unsetCount: count)
        let names = WorkArray<UInt32>(unsetCount: count)
        let flags = WorkArray<ZeroCopyEntity.Flags>(unsetCount: count)
        let properties = WorkArray<InternedProperty>(unsetCount: Int(propertyOffsets[count]))
        let relationships = WorkArray<ZeroCopyRelationship>(unsetCount: Int(relationshipOffsets[count]))
        let usage = WorkArray<Usage>(repeating: [], count: strings)
        var isDense = true
        var embedded = 0
        var named = 0

        for position in 0..<count {
            let id = source.id(at: position)
            if position > 0, ids[position - 1] >= id {
                throw Self.contradiction("id \(id) at position \(position) behind id \(ids[position - 1])", path)
            }
            ids[position] = id
            isDense = isDense && Int(id) == position
            types[position] = try Self.note(source.type(at: position), [.any, .entityType], usage, position, path)

            var entityFlags: ZeroCopyEntity.Flags = []
            names[position] = SnapshotFormat.absent
            if let name = source.name(at: position) {
                names[position] = try Self.note(name, .any, usage, position, path)
                entityFlags.insert(.hasName)
                named += 1
            }
            if dimensions > 0, source.embedding(at: position) != nil {
                entityFlags.insert(.hasEmbedding)
                embedded += 1
            }
            flags[position] = entityFlags

            let pairs = source.properties(at: position)
            let pairsStart = Int(propertyOffsets[position])
            guard pairs.count == Int(propertyOffsets[position + 1]) - pairsStart else {
                throw Self.contradiction("another count of properties on the second look at position \(position)", path)
            }
            for (index, pair) in pairs.enumerated() {
                _ = try Self.note(pair.key, [.any, .propertyKey], usage, position, path)
                _ = try Self.note(pair.value, .any, usage, position, path)
                properties[pairsStart + index] = pair
            }

            // The source calls back, and nothing may be thrown through it: what is wrong is noted and told after.
            var next = Int(relationshipOffsets[position])
            let end = Int(relationshipOffsets[position + 1])
            var surplus = false
            var wrong: (type: UInt32, target: Int)?
            let room = relationships.base
            let usageRoom = usage.base
            source.forEachRelationship(at: position) { type, target in
                guard next < end else {
                    surplus = true
                    return
                }
                guard type.id < strings, 0..<count ~= target else {
                    wrong = (type.id, target)
                    return
                }
                usageRoom[Int(type.id)].formUnion([.any, .relationshipType])
                room[next] = ZeroCopyRelationship(target: UInt32(target), type: type.id)
                next += 1
            }
            if let wrong {
                throw Self.contradiction(
                    "a relationship of type \(wrong.type) to position \(wrong.target) at position \(position)", path)
            }
            guard next == end, !surplus else {
                throw Self.contradiction("another count of relationships than announced at position \(position)", path)
            }
        }

        self.count = count
        self.ids = ids
        self.types = types
        self.names = names
        self.flags = flags
        self.propertyOffsets = propertyOffsets
        self.properties = properties
        self.relationshipOffsets = relationshipOffsets
        self.relationships = relationships
        self.usage = usage
        self.embeddingCount = embedded
        self.embeddingDimensions = dimensions
        self.namedCount = named
        self.isDense = isDense
    }

    /// Notes what a string is used for.
    private static func note(
        _ string: InternedString, _ use: Usage, _ usage: borrowing WorkArray<Usage>, _ position: Int, _ path: String
    ) throws(StrataError) -> UInt32 {
        guard string.id < usage.count else {
            throw contradiction("string \(string.id) of \(usage.count) at position \(position)", path)
        }
        usage[Int(string.id)].formUnion(use)
        return string.id
    }

    private static func require(
        _ holds: Bool, _ code: StrataError.Code, _ what: @autoclosure () -> String, _ path: String
    ) throws(StrataError) {
        guard !holds else { return }
        throw StrataError(
            code, "a snapshot cannot hold \(what())", path: path, remedy: "write the graph in several snapshots")
    }

    static func contradiction(_ what: String, _ path: String) -> StrataError {
        StrataError(
            .invalidArgument, "the graph to write is not consistent: \(what)", path: path,
            remedy: "nothing was written; check the source of the snapshot")
    }
}
