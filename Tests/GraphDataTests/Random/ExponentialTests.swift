import GraphData
import Testing

@Suite("Exponential draws")
struct ExponentialTests {
    @Test("They are never negative, have mean and variance 1 and the law's tail")
    func law() {
        var draws = SplitMix64(seed: 42)
        let count = 200_000
        let numbers = (0..<count).map { _ in draws.exponential() }
        #expect(numbers.allSatisfy { $0 >= 0 && $0 < 37 })
        let mean = numbers.reduce(0, +) / Double(count)
        #expect(abs(mean - 1) < 0.01, "seed 42: \(mean)")
        let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
        #expect(abs(variance - 1) < 0.03, "seed 42: \(variance)")
        for (bound, share) in [(0.5, 0.60653), (1, 0.36788), (3, 0.04979)] {
            let above = Double(numbers.count { $0 > bound }) / Double(count)
            #expect(abs(above - share) < 0.005, "seed 42: \(above) above \(bound)")
        }
    }
}
