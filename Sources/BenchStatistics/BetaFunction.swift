import Glibc

/// The regularized incomplete beta function I_x(a, b), the distribution function behind Student's t and the binomial.
///
/// The continued fraction of DLMF 8.17.22 by the method of Lentz, on the side of the mean where it converges fast.
/// Takes O(sqrt(max(a, b))). Relative error below 1e-13 for parameters up to a few thousand.
func regularizedBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
    precondition(a > 0 && b > 0, "the parameters of the beta function are above zero")
    precondition(x >= 0 && x <= 1, "the beta function is taken between 0 and 1")
    if x == 0 || x == 1 { return x }
    let front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x))
    if x < (a + 1) / (a + b + 2) { return front * betaFraction(x, a, b) / a }
    return 1 - front * betaFraction(1 - x, b, a) / b
}

private func betaFraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
    let tiny = 1e-300
    func away(_ value: Double) -> Double { value.magnitude < tiny ? tiny : value }
    var c = 1.0
    var d = 1 / away(1 - (a + b) * x / (a + 1))
    var fraction = d
    for step in 1...10_000 {
        let m = Double(step)
        let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1 / away(1 + even * d)
        c = away(1 + even / c)
        fraction *= d * c
        let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d = 1 / away(1 + odd * d)
        c = away(1 + odd / c)
        fraction *= d * c
        if (d * c - 1).magnitude < 1e-15 { break }
    }
    return fraction
}
