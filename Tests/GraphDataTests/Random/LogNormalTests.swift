import GraphData
import Testing

@Suite("Normal and log-normal draws")
struct LogNormalTests {
    @Test("Normal draws have mean 0, variance 1 and the law's tails", arguments: [1, 42] as [UInt64])
    func normalLaw(seed: UInt64) {
        var draws = SplitMix64(seed: seed)
        let count = 200_000
        let numbers = (0..<count).map { _ in draws.gaussian() }
        #expect(numbers.allSatisfy { abs($0) < 12 })
        let mean = numbers.reduce(0, +) / Double(count)
        #expect(abs(mean) < 0.01, "seed \(seed): \(mean)")
        let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
        #expect(abs(variance - 1) < 0.02, "seed \(seed): \(variance)")
        for (bound, share) in [(-1, 0.84134), (0, 0.5), (0.5, 0.30854), (2, 0.02275)] {
            let above = Double(numbers.count { $0 > bound }) / Double(count)
            #expect(abs(above - share) < 0.005, "seed \(seed): \(above) above \(bound)")
        }
    }

    @Test("Sizes have the law's median and stay within their bounds")
    func sizes() {
        var draws = SplitMix64(seed: 7)
        let law = LogNormalSampler(mean: 4.2, deviation: 0.9, from: 16, through: 1_024)
        let sizes = (0..<100_001).map { _ in law.value(using: &draws) }.sorted()
        #expect(sizes.first == 16 && sizes.last == 1_024)
        // exp(4.2) = 66.7; one deviation above it 164.0, two 403.4.
        #expect((65...68).contains(sizes[50_000]), "\(sizes[50_000])")
        #expect((160...168).contains(sizes[84_134]), "\(sizes[84_134])")
        #expect((385...422).contains(sizes[97_725]), "\(sizes[97_725])")
    }

    @Test("Without deviation every number is the same, and the bounds hold at the ends of what may be asked for")
    func ends() {
        var draws = SplitMix64(seed: 1)
        let fixed = LogNormalSampler(mean: 0, deviation: 0, from: 0, through: 10)
        let large = LogNormalSampler(mean: 100, deviation: 50, from: 3, through: 1 << 51)
        let small = LogNormalSampler(mean: -100, deviation: 0, from: 0, through: 9)
        for _ in 0..<1_000 {
            #expect(fixed.value(using: &draws) == 1)
            #expect((3...1 << 51).contains(large.value(using: &draws)))
            #expect(small.value(using: &draws) == 0)
        }
    }
}
