import Glibc

/// Student's t distribution.
public struct StudentDistribution: Sendable, Hashable {
    /// The degrees of freedom, above zero.
    public let degrees: Double

    /// The distribution of so many degrees of freedom.
    public init(degrees: Double) {
        precondition(degrees > 0, "a t distribution has degrees of freedom")
        self.degrees = degrees
    }

    /// The probability of a value above `t`. Relative error near 1e-13, in the far tail too. Takes O(sqrt(degrees)).
    public func probability(above t: Double) -> Double {
        precondition(!t.isNaN, "a t value that is not a number")
        if t.isInfinite { return t > 0 ? 0 : 1 }
        let tail = regularizedBeta(degrees / (degrees + t * t), degrees / 2, 0.5) / 2
        return t >= 0 ? tail : 1 - tail
    }

    /// The value that is exceeded with a given probability: the critical value of a one-sided test at that level.
    ///
    /// Steps of Newton, kept inside a bracket by halving it where a step would leave it: mostly under ten evaluations.
    ///
    /// - Parameter probability: above 0 and below 1.
    public func value(exceededWith probability: Double) -> Double {
        precondition(probability > 0 && probability < 1, "a level lies between 0 and 1")
        if probability == 0.5 { return 0 }
        if probability > 0.5 { return -value(exceededWith: 1 - probability) }
        var (low, high) = (0.0, 2.0)
        while self.probability(above: high) > probability { (low, high) = (high, high * 4) }
        let logScale = lgamma((degrees + 1) / 2) - lgamma(degrees / 2) - log(degrees * Double.pi) / 2
        var t = midpoint(low, high)
        for _ in 0..<200 {
            let excess = self.probability(above: t) - probability
            if excess > 0 { low = t } else { high = t }
            let density = exp(logScale - (degrees + 1) / 2 * log1p(t * t / degrees))
            var next = t + excess / density
            if !(next > low && next < high) { next = midpoint(low, high) }
            if (next - t).magnitude <= 1e-15 * t { return next }
            t = next
        }
        return t
    }
}
