/// Corrections for asking many questions of one run.
public enum MultipleTesting {
    /// The adjusted p-values of Holm (1979), in the order of the values: what is at most `level` may be called
    /// significant, and the probability of even one wrong call among all tests is at most `level`, however the tests
    /// depend on each other.
    ///
    /// Takes O(n log n).
    ///
    /// - Parameter probabilities: p-values, between 0 and 1.
    public static func holm(_ probabilities: [Double]) -> [Double] {
        precondition(probabilities.allSatisfy { $0 >= 0 && $0 <= 1 }, "a probability lies between 0 and 1")
        var adjusted = probabilities
        var largest = 0.0
        for (rank, index) in probabilities.indices.sorted(by: { probabilities[$0] < probabilities[$1] }).enumerated() {
            largest = max(largest, min(1, probabilities[index] * Double(probabilities.count - rank)))
            adjusted[index] = largest
        }
        return adjusted
    }
}
