/// A place in a series where the distribution of its values changes.
public struct ChangePoint: Sendable, Hashable {
    /// The index of the first value after the change.
    public var index: Int
    /// The median of the values between the change before, or the beginning, and this one.
    public var before: Double
    /// The median of the values between this change and the next, or the end.
    public var after: Double
    /// The energy statistic of the split that found it.
    public var statistic: Double
    /// The share of permutations, the series itself among them, with a statistic at least as large.
    public var probability: Double

    /// A change by its parts.
    public init(index: Int, before: Double, after: Double, statistic: Double, probability: Double) {
        self.index = index
        self.before = before
        self.after = after
        self.statistic = statistic
        self.probability = probability
    }
}

/// Finds changes in the distribution of a series: E-divisive (Matteson and James, "A nonparametric approach for
/// multiple change point analysis of multivariate data", JASA 109, 2014), for one dimension.
///
/// A stretch of the series is split where the energy distance of its two parts, weighted by their lengths, is largest;
/// the second part may end before the stretch does, so that a hump shows. The best split of all stretches is kept when
/// few permutations of the values within the stretches have one as good; then the search goes on in the new stretches.
/// No distribution is assumed; what is assumed is that values between two changes are exchangeable.
public struct EDivisive: Sendable, Hashable {
    /// The largest probability at which a split is called a change.
    public var level: Double
    /// Permutations of each test. The smallest probability is 1 / (1 + permutations).
    public var permutations: Int
    /// The fewest values between two changes, at least 2.
    public var minimumSize: Int
    /// The seed of the permutations: the same series always gives the same changes.
    public var seed: UInt64

    /// A search with its settings. With the usual ones at most one series in a hundred that never changes shows a
    /// change.
    public init(level: Double = 0.01, permutations: Int = 499, minimumSize: Int = 3, seed: UInt64 = 1) {
        precondition(level > 0 && level < 1, "a level lies between 0 and 1")
        precondition(permutations > 0 && minimumSize >= 2, "a test needs permutations, and stretches two values")
        self.level = level
        self.permutations = permutations
        self.minimumSize = minimumSize
        self.seed = seed
    }

    /// The changes of a series, in its order.
    ///
    /// Takes O(n^2) memory and O(n^2) time for each change that is found and each permutation. No value may be NaN.
    public func changePoints(in values: [Double]) -> [ChangePoint] {
        precondition(values.allSatisfy { !$0.isNaN }, "changes of values that are not numbers")
        guard values.count >= 2 * minimumSize else { return [] }
        var generator = SeededGenerator(seed: seed)
        var found: [(index: Int, statistic: Double, probability: Double)] = []
        var bounds = [0, values.count]
        var distances = PairwiseDistances(values)
        while let split = bestSplit(distances, bounds) {
            var atLeast = 0
            var shuffled = values
            for _ in 0..<permutations {
                for (low, high) in zip(bounds, bounds.dropFirst()) { shuffle(&shuffled, low..<high, &generator) }
                distances.fill(shuffled)
                // Sums of the same distances in another order differ in their last bits.
                if let other = bestSplit(distances, bounds), other.statistic >= split.statistic * (1 - 1e-9) {
                    atLeast += 1
                }
            }
            let probability = Double(atLeast + 1) / Double(permutations + 1)
            guard probability <= level else { break }
            found.append((split.index, split.statistic, probability))
            bounds = (bounds + [split.index]).sorted()
            distances.fill(values)
        }
        return found.sorted { $0.index < $1.index }.map { change in
            let low = bounds.last { $0 < change.index } ?? 0
            let high = bounds.first { $0 > change.index } ?? values.count
            return ChangePoint(
                index: change.index, before: median(values[low..<change.index]) ?? 0,
                after: median(values[change.index..<high]) ?? 0, statistic: change.statistic,
                probability: change.probability)
        }
    }

    /// The split with the largest statistic in any of the stretches; nil where none is long enough or all values are
    /// the same.
    private func bestSplit(_ distances: PairwiseDistances, _ bounds: [Int]) -> (index: Int, statistic: Double)? {
        var best: (index: Int, statistic: Double)?
        for (low, high) in zip(bounds, bounds.dropFirst()) where high - low >= 2 * minimumSize {
            for index in low + minimumSize...high - minimumSize {
                for end in index + minimumSize...high {
                    let statistic = distances.energy(low, index, end)
                    if statistic > best?.statistic ?? 0 { best = (index, statistic) }
                }
            }
        }
        return best
    }

    /// Fisher and Yates.
    private func shuffle(_ values: inout [Double], _ range: Range<Int>, _ generator: inout SeededGenerator) {
        for offset in stride(from: range.count - 1, to: 0, by: -1) {
            values.swapAt(range.lowerBound + offset, range.lowerBound + generator.index(below: offset + 1))
        }
    }
}

/// The sums of the distances between the values of any two stretches of a series, each in O(1).
struct PairwiseDistances {
    private let count: Int
    /// At `[i * (count + 1) + j]` the sum of the distances between the first i values and the first j values.
    private var sums: [Double]

    init(_ values: [Double]) {
        count = values.count
        sums = Array(repeating: 0, count: (count + 1) * (count + 1))
        fill(values)
    }

    /// Takes another series of the same length.
    mutating func fill(_ values: [Double]) {
        precondition(values.count == count, "the series has another length")
        let width = count + 1
        for row in 0..<count {
            var line = 0.0
            for column in 0..<count {
                line += (values[row] - values[column]).magnitude
                sums[(row + 1) * width + column + 1] = sums[row * width + column + 1] + line
            }
        }
    }

    /// The energy statistic of the stretches `low..<middle` and `middle..<high` (each of at least two values): the
    /// energy distance of the two, times the product of their lengths over their sum.
    func energy(_ low: Int, _ middle: Int, _ high: Int) -> Double {
        let (left, right) = (Double(middle - low), Double(high - middle))
        let between = sum(low, middle, middle, high) * 2 / (left * right)
        // Each pair stands twice in the sum over a square, as it does in the number of ordered pairs.
        let withinLeft = sum(low, middle, low, middle) / (left * (left - 1))
        let withinRight = sum(middle, high, middle, high) / (right * (right - 1))
        return left * right / (left + right) * (between - withinLeft - withinRight)
    }

    private func sum(_ top: Int, _ bottom: Int, _ left: Int, _ right: Int) -> Double {
        let width = count + 1
        return sums[bottom * width + right] - sums[top * width + right] - sums[bottom * width + left]
            + sums[top * width + left]
    }
}
