/// Draws ranks from a Zipf law: rank r of `0..<count` with a probability proportional to `(r + 1)^-exponent`.
///
/// Rejection inversion (Hoermann & Derflinger 1996): exact, no table, constant time and memory whatever the count; on
/// average fewer than 1.1 tries a draw. The same generator gives the same ranks on every machine.
@frozen
public struct ZipfSampler: Sendable, BitwiseCopyable {
    @usableFromInline let law: PowerIntegral
    /// The number of ranks.
    public let count: Int
    @usableFromInline let lowest: Double
    @usableFromInline let highest: Double
    @usableFromInline let shortcut: Double

    /// A sampler of `count` ranks (at least 1, at most 2^52) for an `exponent` above 0 (at most 16).
    public init(count: Int, exponent: Double) {
        precondition(count >= 1 && count <= 1 << 52, "a Zipf law needs 1 to 2^52 ranks")
        precondition(exponent > 0 && exponent <= 16, "a Zipf law needs an exponent above 0 and at most 16")
        let law = PowerIntegral(exponent: exponent)
        self.law = law
        self.count = count
        lowest = law.integral(1.5) - 1
        highest = law.integral(Double(count) + 0.5)
        shortcut = 2 - law.inverse(law.integral(2.5) - law.density(2))
    }

    /// The exponent of the law.
    @inlinable
    public var exponent: Double { law.exponent }

    /// The next rank, in `0..<count`; 0 is the most frequent.
    @inlinable
    public func rank(using generator: inout SplitMix64) -> Int {
        while true {
            let u = highest + generator.unit() * (lowest - highest)
            let x = law.inverse(u)
            // The hat's columns are centred on the whole numbers 1...count; rounding at the ends may pass them.
            let k = min(max((x + 0.5).rounded(.down), 1), Double(count))
            // Columns that lie wholly under the hat are taken without the costly test.
            if k - x <= shortcut || u >= law.integral(k + 0.5) - law.density(k) { return Int(k) - 1 }
        }
    }
}
