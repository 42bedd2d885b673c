/// How the relationships of a synthetic graph are spread over its entities.
public enum DegreeDistribution: String, Codable, Sendable, Hashable, CaseIterable {
    /// Degrees uniform in `0 ... 2 * edgesPerEntity`, every target equally likely.
    case uniform
    /// Out-degrees and popularity as targets both follow a power law with `SyntheticSource.degreeExponent`.
    case powerLaw = "power-law"
}

/// What a synthetic graph is made of. Equal specifications give the same bytes on every machine.
public struct SyntheticSpecification: Codable, Sendable, Hashable {
    /// The number of entities.
    public var entities: Int
    /// The mean number of outgoing relationships.
    public var edgesPerEntity: Int
    /// How they are spread.
    public var degreeDistribution: DegreeDistribution
    /// The number of properties of each entity; their keys are `p0`, `p1` and so on.
    public var propertiesPerEntity: Int
    /// The number of distinct property values, 26 bytes each, chosen by a Zipf law with exponent 1.
    public var distinctValues: Int
    /// The number of components of each embedding; 0 for none.
    public var embeddingDimensions: Int
    /// What all choices follow from.
    public var seed: UInt64

    /// Makes a specification; it is checked when a source streams it, or by `validate`.
    public init(
        entities: Int, edgesPerEntity: Int = 4, degreeDistribution: DegreeDistribution = .powerLaw,
        propertiesPerEntity: Int = 3, distinctValues: Int = 10_000, embeddingDimensions: Int = 96, seed: UInt64 = 42
    ) {
        self.entities = entities
        self.edgesPerEntity = edgesPerEntity
        self.degreeDistribution = degreeDistribution
        self.propertiesPerEntity = propertiesPerEntity
        self.distinctValues = distinctValues
        self.embeddingDimensions = embeddingDimensions
        self.seed = seed
    }

    /// Refuses what no graph can satisfy.
    public func validate() throws(GraphDataError) {
        func check(_ name: String, _ value: Int, _ range: ClosedRange<Int>) throws(GraphDataError) {
            guard range.contains(value) else {
                throw GraphDataError(
                    "a synthetic graph cannot have \(name) = \(value): it lies outside "
                        + "\(range.lowerBound) to \(range.upperBound)")
            }
        }
        try check("entities", entities, 1...4_000_000_000)
        // Two relationships of an entity never lead to the same target, nor one back to itself.
        try check("edgesPerEntity", edgesPerEntity, 0...min(entities - 1, 1_000_000))
        try check("propertiesPerEntity", propertiesPerEntity, 0...10_000)
        try check("distinctValues", distinctValues, 1...1_000_000_000)
        try check("embeddingDimensions", embeddingDimensions, 0...65_536)
    }
}
