/// The shape of a graph index (Malkov and Yashunin, "Efficient and robust approximate nearest neighbor search using
/// Hierarchical Navigable Small World graphs", 2018).
public struct HNSWParameters: Sendable, Equatable {
    /// Components of a vector, 1 to 65,536.
    public var dimensions: Int
    public var metric: IndexMetric
    /// Neighbours that a new vector is linked to on each level (`M`), 2 to 128; twice as many may be held on the lowest.
    /// More finds more at the same breadth and takes 8 bytes a vector each.
    public var links: Int
    /// How widely neighbours are looked for when a vector is inserted (`efConstruction`), `links` to 65,536.
    public var constructionBreadth: Int
    /// What the levels are drawn from.
    public var seed: UInt64

    public init(
        dimensions: Int, metric: IndexMetric, links: Int = 16, constructionBreadth: Int = 100, seed: UInt64 = 42
    ) {
        self.dimensions = dimensions
        self.metric = metric
        self.links = links
        self.constructionBreadth = constructionBreadth
        self.seed = seed
    }

    /// Levels that a graph has at most, the lowest included. With 2 links the 30th is met once in 2^29 vectors.
    static let levelLimit = 30

    func check() throws(StrataError) {
        guard 1...65_536 ~= dimensions else {
            throw StrataError(
                .invalidArgument, "an index of \(dimensions) dimensions", remedy: "give 1 to 65536 dimensions")
        }
        guard 2...128 ~= links else {
            throw StrataError(.invalidArgument, "an index of \(links) links a vector", remedy: "give 2 to 128 links")
        }
        guard links...65_536 ~= constructionBreadth else {
            throw StrataError(
                .invalidArgument, "an index with a construction breadth of \(constructionBreadth)",
                remedy: "give at least as many as links (\(links)), and at most 65536")
        }
    }
}
