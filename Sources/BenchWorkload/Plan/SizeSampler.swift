import GraphData

/// Draws the sizes that `allocate` asks for.
enum SizeSampler: Sendable {
    case fixed(Int)
    case uniform(least: Int, count: Int)
    case logUniform(LogUniformSampler)
    case logNormal(LogNormalSampler)

    init(_ sizes: SizeDistribution) {
        switch sizes {
        case .fixed(let size): self = .fixed(size)
        case .uniform(let least, let most): self = .uniform(least: least, count: most - least + 1)
        case .logUniform(let least, let most): self = .logUniform(LogUniformSampler(from: least, through: most))
        case .logNormal(let mean, let deviation, let least, let most):
            self = .logNormal(LogNormalSampler(mean: mean, deviation: deviation, from: least, through: most))
        }
    }

    /// The next size in bytes.
    func size(using draws: inout SplitMix64) -> UInt32 {
        switch self {
        case .fixed(let size): UInt32(size)
        case .uniform(let least, let count): UInt32(least + draws.below(count))
        case .logUniform(let law): UInt32(law.value(using: &draws))
        case .logNormal(let law): UInt32(law.value(using: &draws))
        }
    }
}
