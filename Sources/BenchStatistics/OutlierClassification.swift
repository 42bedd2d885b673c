/// Where values stand to the fences of Tukey (1977): quartiles, and one and a half or three times their distance beyond
/// them. Outliers are counted and shown. Nothing is dropped because of them.
public struct OutlierClassification: Sendable, Hashable {
    /// How far out a value lies.
    public enum Label: String, Sendable, Hashable, CaseIterable {
        case lowSevere = "low-severe"
        case lowMild = "low-mild"
        case normal
        case highMild = "high-mild"
        case highSevere = "high-severe"
    }

    /// What each value is, in the order of the values.
    public let labels: [Label]
    /// Below the first lies `lowSevere`, below the second `lowMild`, above the third `highMild`, above the fourth
    /// `highSevere`. Empty for no values.
    public let fences: [Double]

    /// Classifies values. Takes O(n log n). No value may be NaN.
    public init(_ values: some Collection<Double>) {
        let sorted = sortedNumbers(values)
        guard let first = quantile(sorted: sorted, 0.25), let third = quantile(sorted: sorted, 0.75) else {
            (labels, fences) = ([], [])
            return
        }
        let distance = third - first
        let limits = [first - 3 * distance, first - 1.5 * distance, third + 1.5 * distance, third + 3 * distance]
        fences = limits
        labels = values.map { value in
            if value < limits[0] { return .lowSevere }
            if value < limits[1] { return .lowMild }
            if value > limits[3] { return .highSevere }
            return value > limits[2] ? .highMild : .normal
        }
    }

    /// How many values have a label. Takes O(n).
    public func count(_ label: Label) -> Int { labels.count { $0 == label } }

    /// How many values are outliers of any kind. Takes O(n).
    public var outliers: Int { labels.count { $0 != .normal } }
}
