/// The median: the middle of the sorted values, or the mean of the two middle ones. Nil for no values.
///
/// Takes O(n log n). No value may be NaN.
public func median(_ values: some Collection<Double>) -> Double? { quantile(values, 0.5) }

/// The quantile of type 7 (linear between the two nearest order statistics), as R and NumPy compute it by default.
/// Nil for no values.
///
/// Takes O(n log n). No value may be NaN.
///
/// - Parameter fraction: between 0 (the smallest value) and 1 (the largest).
public func quantile(_ values: some Collection<Double>, _ fraction: Double) -> Double? {
    quantile(sorted: sortedNumbers(values), fraction)
}

/// The median of the absolute deviations from the median, unscaled (times 1.4826 it estimates the standard deviation
/// of normal values). Nil for no values.
///
/// Takes O(n log n). No value may be NaN.
public func medianAbsoluteDeviation(_ values: some Collection<Double>) -> Double? {
    guard let center = median(values) else { return nil }
    return median(values.map { ($0 - center).magnitude })
}

/// The Hodges-Lehmann estimate of location: the median of the means of all pairs of values, each value paired with
/// itself too. Nearly as efficient as the mean, and one wild value in four does not move it far. Nil for no values.
///
/// Takes O(n^2 log n) time and O(n^2) memory: meant for blocks, not for operations. No value may be NaN.
public func hodgesLehmann(_ values: some Collection<Double>) -> Double? {
    let sorted = sortedNumbers(values)
    var means: [Double] = []
    means.reserveCapacity(sorted.count * (sorted.count + 1) / 2)
    for (index, left) in sorted.enumerated() {
        for right in sorted[index...] { means.append(midpoint(left, right)) }
    }
    return median(means)
}

/// The values in ascending order.
func sortedNumbers(_ values: some Collection<Double>) -> [Double] {
    precondition(values.allSatisfy { !$0.isNaN }, "statistics of values that are not numbers")
    return values.sorted()
}

/// The quantile of type 7 of values in ascending order. Takes O(1).
func quantile(sorted: [Double], _ fraction: Double) -> Double? {
    precondition(fraction >= 0 && fraction <= 1, "a quantile's fraction lies between 0 and 1")
    guard let last = sorted.last else { return nil }
    let position = fraction * Double(sorted.count - 1)
    let below = Int(position)
    guard below + 1 < sorted.count else { return last }
    let share = position - Double(below)
    let (low, high) = (sorted[below], sorted[below + 1])
    if share == 0 || low == high { return low }
    return share == 0.5 ? midpoint(low, high) : low + share * (high - low)
}

/// The mean of two values, halved first so that it cannot overflow where the values do not.
func midpoint(_ left: Double, _ right: Double) -> Double { left == right ? left : left / 2 + right / 2 }
