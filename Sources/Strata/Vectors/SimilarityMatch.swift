/// An entity and how similar it is to the query.
public struct SimilarityMatch: Sendable, Equatable, BitwiseCopyable {
    public var id: UInt32
    /// The inner product in double precision; for unit vectors the cosine of the angle.
    public var score: Double

    /// Higher scores come first; equal ones in order of the identifier.
    static func precedes(_ left: SimilarityMatch, _ right: SimilarityMatch) -> Bool {
        left.score != right.score ? left.score > right.score : left.id < right.id
    }

    public init(id: UInt32, score: Double) {
        self.id = id
        self.score = score
    }
}
