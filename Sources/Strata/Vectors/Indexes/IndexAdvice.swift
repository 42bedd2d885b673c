/// Which index is worth building for a column of vectors, and why.
public struct IndexAdvice: Sendable, Equatable {
    /// `exact` stands for no index.
    public let method: SearchPlan.Method
    public let vectors: Int
    public let dimensions: Int
    /// Comparing a vector with all takes about so long, in microseconds, at 12 GB/s from memory.
    public let exactMicroseconds: Int

    /// Under half a millisecond a query, comparing all is exact and costs nothing to keep.
    static let patience = 500
    /// A graph takes about 300 us a vector to build, lists a tenth of that; below so many vectors lists answer about as
    /// fast.
    static let graphVectors = 50_000

    public init(vectors: Int, dimensions: Int) {
        self.vectors = vectors
        self.dimensions = dimensions
        exactMicroseconds = vectors * dimensions * 4 / 12_000
        method =
            exactMicroseconds <= Self.patience ? .exact : vectors < Self.graphVectors ? .lists : .graph
    }

    /// One sentence for people.
    public var explanation: String {
        let cost = "comparing \(vectors) vectors of \(dimensions) takes about \(exactMicroseconds) us a query"
        return switch method {
        case .exact: "no index: \(cost), and is exact"
        case .lists: "inverted lists: \(cost); they build in seconds, and a graph would gain little at this size"
        case .graph: "a graph: \(cost); at this size it finds the same with the fewest comparisons"
        }
    }
}
