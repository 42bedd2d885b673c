/// A range that an estimate lies in, and what kind of range it is.
public struct Interval: Sendable, Hashable {
    /// Where a range comes from.
    public enum Method: Sendable, Hashable {
        /// The expanded bootstrap over blocks: a confidence interval.
        case bootstrap
        /// The smallest and the largest value, because there are too few for a confidence interval.
        case range
    }

    /// The lower end.
    public var low: Double
    /// The upper end.
    public var high: Double
    /// Where the range comes from.
    public var method: Method

    /// A range.
    public init(low: Double, high: Double, method: Method) {
        self.low = low
        self.high = high
        self.method = method
    }

    /// Whether a value lies in the range, ends included.
    public func contains(_ value: Double) -> Bool { low <= value && value <= high }
}
