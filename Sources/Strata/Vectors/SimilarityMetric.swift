/// What makes two vectors similar. A larger score is always a better one.
public enum SimilarityMetric: UInt8, Sendable, CaseIterable {
    /// The inner product; for unit vectors the cosine of the angle.
    case innerProduct = 0
    /// The cosine of the angle; 0 where one of the two has no length.
    case cosine = 1
    /// The squared Euclidean distance, as a negative number.
    case squaredDistance = 2
}
