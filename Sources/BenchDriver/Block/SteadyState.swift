/// Tells from the rates of slices of work, one after the other, whether the pace has become steady.
///
/// It has when the last three rates lie within 5 % of each other and the last five do not all rise or all fall by more
/// than that in sum: a slow drift keeps three neighbours close and is no steady state. Fewer than five slices are never
/// enough. Noise of more than 5 % cannot be told from change.
struct SteadyState {
    /// How far apart rates may be, as a fraction of the smaller.
    static let tolerance = 0.05
    /// The rates that must lie close to each other.
    static let closeCount = 3
    /// The rates in which no trend may show.
    static let trendCount = 5

    private(set) var rates: [Double] = []

    /// Takes the next slice's rate, in any unit. Amortized O(1).
    mutating func add(_ rate: Double) { rates.append(rate) }

    /// Whether the pace is steady now. O(1).
    var isSteady: Bool {
        guard rates.count >= Self.trendCount else { return false }
        let recent = rates.suffix(Self.trendCount)
        return Self.spread(recent.suffix(Self.closeCount)) <= Self.tolerance && !Self.hasTrend(recent)
    }

    /// How much larger the largest is than the smallest, as a fraction of it.
    private static func spread(_ rates: ArraySlice<Double>) -> Double {
        guard let least = rates.min(), let most = rates.max(), least > 0 else { return .infinity }
        return most / least - 1
    }

    private static func hasTrend(_ rates: ArraySlice<Double>) -> Bool {
        let steps = zip(rates, rates.dropFirst())
        let isMonotone = steps.allSatisfy { $0 <= $1 } || steps.allSatisfy { $0 >= $1 }
        return isMonotone && spread(rates) > tolerance
    }
}
