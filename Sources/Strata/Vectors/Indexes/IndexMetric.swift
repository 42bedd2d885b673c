/// What "near" means in a similarity index. Distances are numbers of which the smaller is the nearer.
public enum IndexMetric: UInt32, Sendable, Hashable, CaseIterable, BitwiseCopyable {
    /// The square of the Euclidean distance.
    case squaredEuclidean = 1
    /// 1 minus the cosine of the angle. The index keeps vectors scaled to length 1.
    case cosine = 2
    /// The inner product's negative: the largest product is the nearest.
    case innerProduct = 3
}
