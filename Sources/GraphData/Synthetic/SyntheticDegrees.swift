/// The out-degree of each row of a synthetic graph, computed, not stored. The degrees add up to
/// `entities * edgesPerEntity`, except where a degree is cut because there are no more entities to lead to.
struct SyntheticDegrees: Sendable {
    private let entities: Int
    private let mean: Int
    private let distribution: DegreeDistribution
    private let law: PowerIntegral
    private let origin: Double
    private let edgesPerIntegral: Double
    private let pairs: SplitMix64

    /// - Parameter exponent: of the degree distribution, P(degree = k) ~ k^-exponent; above 1.
    init(_ specification: SyntheticSpecification, exponent: Double, generator: SplitMix64) {
        entities = specification.entities
        mean = specification.edgesPerEntity
        distribution = specification.degreeDistribution
        // The r-th largest of many degrees with that law is proportional to r^(-1 / (exponent - 1)).
        law = PowerIntegral(exponent: 1 / (exponent - 1))
        origin = law.integral(0.5)
        edgesPerIntegral = Double(entities * mean) / (law.integral(Double(entities) + 0.5) - origin)
        pairs = generator
    }

    /// The out-degree of `row`, whose rank among the hubs is `rank` (0 is the largest).
    func degree(row: Int, rank: Int) -> Int {
        let degree: Int
        switch distribution {
        case .powerLaw:
            // All edges stand in one line, ordered by their source's rank; a rank owns those between two bounds.
            degree = edgesBefore(rank: rank + 1) - edgesBefore(rank: rank)
        case .uniform where row == entities - 1 && row.isMultiple(of: 2):
            degree = mean
        case .uniform:
            // Two rows share one draw and complement each other, which fixes the sum.
            var generator = pairs
            generator.skip(UInt64(row / 2))
            let draw = generator.below(2 * mean + 1)
            degree = row.isMultiple(of: 2) ? draw : 2 * mean - draw
        }
        return min(degree, entities - 1)
    }

    private func edgesBefore(rank: Int) -> Int {
        if rank == entities { return entities * mean }
        return Int((edgesPerIntegral * (law.integral(Double(rank) + 0.5) - origin)).rounded(.down))
    }
}

/// Chooses the targets of one row after the other: never the row itself, never the same target twice.
struct SyntheticTargets: ~Copyable {
    private let entities: Int
    private let hubs: SeededPermutation
    private let popularity: ZipfSampler?
    /// The row, plus 1, that chose each target last.
    private var chosenBy: [UInt32]

    init(_ specification: SyntheticSpecification, exponent: Double, hubs: SeededPermutation) {
        entities = specification.entities
        self.hubs = hubs
        switch specification.degreeDistribution {
        case .uniform: popularity = nil
        case .powerLaw: popularity = ZipfSampler(count: entities, exponent: 1 / (exponent - 1))
        }
        chosenBy = Array(repeating: 0, count: specification.edgesPerEntity == 0 ? 0 : entities)
    }

    /// The next target of `row`. A row asks for at most `entities - 1` targets.
    mutating func next(row: Int, using generator: inout SplitMix64) -> Int {
        let mark = UInt32(row + 1)
        if let popularity {
            let target = hubs.inverse(popularity.rank(using: &generator))
            if take(target, mark, except: row) { return target }
        }
        // A hub soon has the popular ones: it goes on with any, and when few are left, with the next free one.
        for _ in 0..<8 {
            let target = generator.below(entities)
            if take(target, mark, except: row) { return target }
        }
        var target = generator.below(entities)
        while !take(target, mark, except: row) { target = target + 1 == entities ? 0 : target + 1 }
        return target
    }

    private mutating func take(_ target: Int, _ mark: UInt32, except row: Int) -> Bool {
        if target == row || chosenBy[target] == mark { return false }
        chosenBy[target] = mark
        return true
    }
}
