/// The interval of a rate by the score method of Wilson (1927). Unlike the textbook's it is of use for rates near 0
/// and 1: 0 of 10,000 gives 0 ... 0.04 %. Takes O(1).
///
/// - Parameters:
///   - hits: how often it happened.
///   - trials: how often it could have happened, at least 1.
///   - level: above 0 and below 1.
public func wilsonInterval(hits: Int, trials: Int, level: Double = 0.95) -> (low: Double, high: Double) {
    precondition(trials > 0 && hits >= 0 && hits <= trials, "a rate needs trials, and no more hits than trials")
    precondition(level > 0 && level < 1, "a level lies between 0 and 1")
    let z = NormalDistribution.quantile((1 + level) / 2)
    let (n, rate) = (Double(trials), Double(hits) / Double(trials))
    let scale = 1 + z * z / n
    let center = (rate + z * z / (2 * n)) / scale
    let half = z / scale * (rate * (1 - rate) / n + z * z / (4 * n * n)).squareRoot()
    return (hits == 0 ? 0 : max(0, center - half), hits == trials ? 1 : min(1, center + half))
}
