/// Draws whole numbers whose logarithms are uniform: n with a probability proportional to `log((n + 1) / n)`.
///
/// All octaves are equally likely. It inverts the distribution, which takes one exponential a draw, and uses only
/// arithmetic that gives the same bits on every machine.
@frozen
public struct LogUniformSampler: Sendable, BitwiseCopyable {
    @usableFromInline let least: Int
    @usableFromInline let most: Int
    /// The logarithm of (most + 1) / least.
    @usableFromInline let span: Double

    /// A sampler of the numbers from `least`, at least 1, through `most`, at most 2^52 - 1.
    public init(from least: Int, through most: Int) {
        precondition(least >= 1 && least <= most, "a log-uniform law needs 1 <= least <= most")
        precondition(most < 1 << 52, "a log-uniform law ends below 2^52")
        self.least = least
        self.most = most
        span = PortableMath.log(Double(most + 1) / Double(least))
    }

    /// The next number, in `least ... most`.
    @inlinable
    public func value(using generator: inout SplitMix64) -> Int {
        let value = Int(Double(least) * PortableMath.exp(generator.unit() * span))
        // The last bit may lie beyond the ends.
        return min(max(value, least), most)
    }
}
