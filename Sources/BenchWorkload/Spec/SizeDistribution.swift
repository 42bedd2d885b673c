/// The sizes in bytes that `allocate` asks for.
public enum SizeDistribution: Sendable, Hashable, Codable, CustomStringConvertible {
    /// Always the same.
    case fixed(Int)
    /// All sizes from the first to the second are equally likely.
    case uniform(Int, Int)
    /// All octaves from the first to the second are equally likely: many small ones, few large ones.
    case logUniform(Int, Int)
    /// The logarithms follow the normal law with this mean and deviation; what is below the first bound or above the
    /// second becomes the bound.
    case logNormal(mean: Double, deviation: Double, Int, Int)

    /// What a phase without `sizes` asks for: the size of a small record.
    public static let standard = SizeDistribution.fixed(48)

    /// As a scenario writes it: `fixed(48)`, `uniform(16,256)`, `log-uniform(16,4096)`, `log-normal(4.2,0.9,16,1024)`.
    public var description: String {
        switch self {
        case .fixed(let size): "fixed(\(size))"
        case .uniform(let least, let most): "uniform(\(least),\(most))"
        case .logUniform(let least, let most): "log-uniform(\(least),\(most))"
        case .logNormal(let mean, let deviation, let least, let most):
            "log-normal(\(mean),\(deviation),\(least),\(most))"
        }
    }
}
