/// Draws whole numbers whose logarithms follow the normal law, with what lies outside two bounds put onto them: the
/// sizes of a service's allocations, many small ones and a long tail.
///
/// The normal law by Marsaglia's polar method (1964): a logarithm and a square root for each try, 1.27 tries on
/// average, and only arithmetic that gives the same bits on every machine.
@frozen
public struct LogNormalSampler: Sendable, BitwiseCopyable {
    @usableFromInline let mean: Double
    @usableFromInline let deviation: Double
    @usableFromInline let least: Double
    @usableFromInline let most: Double

    /// A sampler of `exp(mean + deviation * N(0,1))`, rounded down.
    ///
    /// - Parameters:
    ///   - mean: of the natural logarithm, from -100 to 100.
    ///   - deviation: of the natural logarithm, from 0 to 50: the exponential stays finite.
    ///   - least: what smaller numbers become, at least 0.
    ///   - most: what larger numbers become, at most 2^52 - 1.
    public init(mean: Double, deviation: Double, from least: Int, through most: Int) {
        precondition((-100...100).contains(mean), "the mean of a logarithm lies between -100 and 100")
        precondition((0...50).contains(deviation), "the deviation of a logarithm lies between 0 and 50")
        precondition(least >= 0 && least <= most, "a log-normal law needs 0 <= least <= most")
        precondition(most < 1 << 52, "a log-normal law ends below 2^52")
        (self.mean, self.deviation) = (mean, deviation)
        (self.least, self.most) = (Double(least), Double(most))
    }

    /// The next number, in `least ... most`.
    @inlinable
    public func value(using generator: inout SplitMix64) -> Int {
        let value = PortableMath.exp(mean + deviation * generator.gaussian())
        return Int(min(max(value, least), most))
    }
}

extension SplitMix64 {
    /// A number from the normal law of mean 0 and deviation 1. The same seed gives the same numbers on every machine;
    /// none is further from 0 than 12.
    @inlinable
    public mutating func gaussian() -> Double {
        while true {
            let u = 2 * unit() - 1
            let v = 2 * unit() - 1
            let square = u * u + v * v
            // Below 2^-100 nothing but the centre itself is drawn: all are multiples of 2^-52.
            if square < 1, square > 0 { return u * (-2 * PortableMath.log(square) / square).squareRoot() }
        }
    }
}
