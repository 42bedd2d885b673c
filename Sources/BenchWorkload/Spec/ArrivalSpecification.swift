/// When the operations of an open loop are due, whatever became of those before: latency counts from then.
public struct ArrivalSpecification: Sendable, Hashable, Codable {
    /// The law of the gaps between operations.
    public enum Law: String, Sendable, Hashable, Codable, CaseIterable {
        /// All gaps are equal.
        case constant
        /// Gaps are exponential, as of many clients that know nothing of each other.
        case poisson
    }

    /// Operations per second, of all threads of the phase or role together.
    public var ratePerSecond: Double
    /// The law of the gaps.
    public var law: Law

    public init(ratePerSecond: Double, law: Law = .constant) {
        self.ratePerSecond = ratePerSecond
        self.law = law
    }
}
