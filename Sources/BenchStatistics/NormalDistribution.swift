import Glibc

/// The standard normal distribution.
public enum NormalDistribution {
    /// The probability of a value of at most `z`. Relative error near 1e-15 in the lower tail too. Takes O(1).
    public static func probability(atMost z: Double) -> Double { erfc(-z / 2.0.squareRoot()) / 2 }

    /// The value that is not exceeded with a given probability: infinite for 0 and 1. Takes O(1).
    ///
    /// The rational approximation 26.2.23 of Abramowitz and Stegun, then steps of Halley on `erfc`, to about 1e-14.
    ///
    /// - Parameter probability: between 0 and 1.
    public static func quantile(_ probability: Double) -> Double {
        precondition(probability >= 0 && probability <= 1, "a probability lies between 0 and 1")
        if probability == 0.5 { return 0 }
        // Only the lower tail is solved: there the probability keeps its digits.
        if probability > 0.5 { return -quantile(1 - probability) }
        if probability == 0 { return -.infinity }
        let t = (-2 * log(probability)).squareRoot()
        var z =
            -(t - (2.515517 + t * (0.802853 + t * 0.010328))
                / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))))
        for _ in 0..<3 {
            let density = exp(-z * z / 2) / (2 * Double.pi).squareRoot()
            guard density > 0 else { break }
            let step = (self.probability(atMost: z) - probability) / density
            z -= step / (1 + z * step / 2)
        }
        return z
    }
}
