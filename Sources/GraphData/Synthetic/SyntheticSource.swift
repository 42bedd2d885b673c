/// A graph from a seed: the same bytes on every machine, and each entity from a stream of its own.
///
/// - Degrees: as `DegreeDistribution` says. In the power law P(degree = k) ~ k^-2.1 the largest hub has more than
///   65,535 neighbours, in and out, from about a million entities with 4 relationships each. The degrees add up to
///   `entities * edgesPerEntity`, unless the largest hub would need more targets than there are.
/// - Relationships: six types, frequencies by Zipf; no entity leads to itself or twice to the same target.
/// - Entities have no names. Their type, one of eight, follows from the cluster of their embedding.
/// - Properties: `p0`, `p1`, ...; values of 26 bytes by Zipf with exponent 1, the same values for all keys.
/// - Embeddings: unit vectors in up to 256 clusters of unequal size.
public struct SyntheticSource: GraphSource {
    /// The exponent of the power law of degrees, as of links in the World-Wide Web.
    public static let degreeExponent = 2.1
    /// The types of entities.
    public static let entityTypes = [
        "person", "organization", "place", "event", "work", "concept", "product", "document",
    ]
    /// The types of relationships, the most frequent first.
    public static let relationshipTypes = [
        "related_to", "part_of", "located_in", "member_of", "created_by", "cites",
    ]
    /// The length of each property value.
    public static let valueBytes = 26

    /// What the graph is made of.
    public let specification: SyntheticSpecification

    /// The streams of random numbers that belong to no entity; those of entities are their rows.
    private enum Stream: UInt64 {
        case degrees = 0xFFFF_FFFF_0000_0000
        case hubs
        case centres
        case values
    }

    /// A source of the graph that `specification` describes; it is checked when it is streamed.
    public init(_ specification: SyntheticSpecification) { self.specification = specification }

    public var title: String {
        "synthetic graph, \(specification.degreeDistribution.rawValue), \(specification.entities) entities, "
            + "seed \(specification.seed)"
    }

    public var embeddingDimensions: Int { specification.embeddingDimensions }

    public var expectedEntityCount: Int? { specification.entities }

    public func stream(into sink: inout some GraphSink & ~Copyable, progress: (Int) -> Void) throws(GraphDataError) {
        try specification.validate()
        let seed = specification.seed
        let entities = specification.entities
        func generator(_ stream: Stream) -> SplitMix64 { SplitMix64(seed: seed, stream: stream.rawValue) }

        var hubSeed = generator(.hubs)
        let hubs = SeededPermutation(count: entities, seed: hubSeed.next())
        let degrees = SyntheticDegrees(specification, exponent: Self.degreeExponent, generator: generator(.degrees))
        var targets = SyntheticTargets(specification, exponent: Self.degreeExponent, hubs: hubs)
        let vectors = ClusteredVectors(
            dimensions: specification.embeddingDimensions, clusterCount: min(256, max(1, entities / 8)),
            generator: generator(.centres))
        let clusterLaw = ZipfSampler(count: vectors.clusterCount, exponent: 0.5)
        let relationshipLaw = ZipfSampler(count: Self.relationshipTypes.count, exponent: 1)
        var values = SyntheticValues(specification, seed: generator(.values))

        let entityTypes = Self.entityTypes.map { sink.intern($0) }
        let relationshipTypes = Self.relationshipTypes.map { sink.intern($0) }
        let keys = (0..<specification.propertiesPerEntity).map { sink.intern("p\($0)") }
        var record = GraphRecord(embedding: Array(repeating: 0, count: specification.embeddingDimensions))

        for row in 0..<entities {
            var generator = SplitMix64(seed: seed, stream: UInt64(row))
            let cluster = clusterLaw.rank(using: &generator)
            record.beginEntity(type: entityTypes[cluster % entityTypes.count])
            for key in keys {
                record.properties.append(PropertyPair(key: key, value: values.next(into: &sink, using: &generator)))
            }
            for _ in 0..<degrees.degree(row: row, rank: hubs(row)) {
                let type = relationshipTypes[relationshipLaw.rank(using: &generator)]
                let target = targets.next(row: row, using: &generator)
                record.relationships.append(RelationshipPair(type: type, target: UInt32(target)))
            }
            vectors.fill(&record.embedding, cluster: cluster, using: &generator)
            try sink.add(record)
            if (row + 1).isMultiple(of: progressInterval) { progress(row + 1) }
        }
        progress(entities)
    }
}

/// The property values of a synthetic graph, interned when they are first needed.
struct SyntheticValues: ~Copyable {
    private let law: ZipfSampler
    private let seed: SplitMix64
    private var ids: [UInt32]

    init(_ specification: SyntheticSpecification, seed: SplitMix64) {
        law = ZipfSampler(count: specification.distinctValues, exponent: 1)
        self.seed = seed
        ids = Array(repeating: .max, count: specification.propertiesPerEntity == 0 ? 0 : specification.distinctValues)
    }

    /// The string id of the next value.
    mutating func next(into sink: inout some GraphSink & ~Copyable, using generator: inout SplitMix64) -> UInt32 {
        let rank = law.rank(using: &generator)
        if ids[rank] != .max { return ids[rank] }
        let id = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: SyntheticSource.valueBytes) { text in
            write(rank, into: text)
            return sink.intern(UnsafeBufferPointer(text))
        }
        ids[rank] = id
        return id
    }

    /// Thirteen letters, a hyphen and the rank in twelve digits: distinct, and alike in nothing but their form.
    func write(_ rank: Int, into text: UnsafeMutableBufferPointer<UInt8>) {
        var letters = seed
        letters.skip(UInt64(rank))
        var word = letters.next()
        for index in 0..<13 {
            text[index] = UInt8(ascii: "a") + UInt8(word % 26)
            word /= 26
        }
        text[13] = UInt8(ascii: "-")
        var rest = rank
        for index in (14..<26).reversed() {
            text[index] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
    }
}
