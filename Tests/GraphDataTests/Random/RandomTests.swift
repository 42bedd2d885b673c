import Foundation
import Testing

@testable import GraphData

@Suite struct SplitMix64Tests {
    @Test func givesThePublishedSequence() {
        var generator = SplitMix64(seed: 1_234_567)
        let numbers = (0..<5).map { _ in generator.next() }
        #expect(
            numbers == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
                4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
            ])
    }

    @Test func skippingEqualsDrawing() {
        var drawn = SplitMix64(seed: 7, stream: 3)
        var skipped = drawn
        for _ in 0..<100 { _ = drawn.next() }
        skipped.skip(100)
        #expect(drawn == skipped)
    }

    @Test func streamsOfNeighbouringSeedsShareNothing() {
        var seen: Set<UInt64> = []
        for seed in 0..<10 as Range<UInt64> {
            for stream in 0..<10 as Range<UInt64> {
                var generator = SplitMix64(seed: seed, stream: stream)
                for _ in 0..<100 { seen.insert(generator.next()) }
            }
        }
        #expect(seen.count == 10_000)
    }

    @Test func belowIsTheUpperHalfOfTheProduct() {
        var generator = SplitMix64(seed: 11)
        var twin = generator
        for bound in [1, 2, 3, 10, 1_000_003, Int.max] {
            let number = generator.below(bound)
            #expect(number == Int(twin.next().multipliedFullWidth(by: UInt64(bound)).high))
            #expect((0..<bound).contains(number))
        }
        #expect(generator.below(0) == 0)
    }

    @Test func unitsFillTheInterval() {
        var generator = SplitMix64(seed: 5)
        let units = (0..<10_000).map { _ in generator.unit() }
        #expect(units.allSatisfy { $0 >= 0 && $0 < 1 })
        #expect(abs(units.reduce(0, +) / 10_000 - 0.5) < 0.015)
    }
}

@Suite struct PortableMathTests {
    @Test func agreesWithTheLibrary() {
        var generator = SplitMix64(seed: 17)
        for _ in 0..<5_000 {
            let x = Foundation.exp(generator.unit() * 80 - 40)
            #expect(abs(PortableMath.log(x) - Foundation.log(x)) <= 4e-16 * max(1, abs(Foundation.log(x))), "log \(x)")
            let y = generator.unit() * 1_200 - 600
            #expect(abs(PortableMath.exp(y) / Foundation.exp(y) - 1) < 1e-15, "exp \(y)")
        }
        #expect(PortableMath.log(1) == 0)
        #expect(PortableMath.exp(0) == 1)
    }

    @Test(arguments: [0.2, 0.5, 0.99, 1 - 1e-9, 1, 1 + 1e-9, 1.0001, 1.02, 1.5, 3])
    func integralAndInverseBelongTogether(exponent: Double) {
        let law = PowerIntegral(exponent: exponent)
        for x in [0.5, 0.9, 1, 1.001, 1.5, 2, 10, 1_000, 1e6] {
            let y = law.integral(x)
            // Above 1 the integral has a limit, and what lies far out is packed close before it.
            let tolerance = max(1e-9, 1e-15 * Foundation.pow(x, max(0, exponent - 1)))
            #expect(abs(law.inverse(y) / x - 1) < tolerance, "exponent \(exponent), x \(x)")
            let exact =
                exponent == 1
                ? Foundation.log(x) : Foundation.expm1((1 - exponent) * Foundation.log(x)) / (1 - exponent)
            #expect(abs(y - exact) <= 1e-12 * max(1, abs(exact)), "exponent \(exponent), x \(x)")
        }
    }
}

@Suite struct ZipfSamplerTests {
    @Test(arguments: [0.3, 0.8, 0.99, 1, 1.2, 2, 5], [1, 2, 3, 20, 1_000])
    func matchesTheExactFrequencies(exponent: Double, count: Int) {
        let seed: UInt64 = 1_996
        let draws = 20_000
        let sampler = ZipfSampler(count: count, exponent: exponent)
        var generator = SplitMix64(seed: seed)
        var observed = [Int](repeating: 0, count: count)
        for _ in 0..<draws { observed[sampler.rank(using: &generator)] += 1 }

        let weights = (1...count).map { Foundation.pow(Double($0), -exponent) }
        let total = weights.reduce(0, +)
        // Pearson's chi-squared over cells of at least ten expected draws; the tail is one cell.
        var statistic = 0.0
        var cells = 0
        var expected = 0.0
        var seen = 0
        for rank in 0..<count {
            expected += weights[rank] / total * Double(draws)
            seen += observed[rank]
            if expected >= 10 || rank == count - 1 {
                if expected > 0.5 {
                    statistic += (Double(seen) - expected) * (Double(seen) - expected) / expected
                    cells += 1
                }
                expected = 0
                seen = 0
            }
        }
        let freedom = Double(max(cells - 1, 1))
        #expect(
            statistic < freedom + 5 * (2 * freedom).squareRoot() + 5,
            "seed \(seed), exponent \(exponent), \(count) ranks: chi-squared \(statistic) with \(freedom) degrees")
    }

    @Test func hugeCountsStayInRange() {
        var generator = SplitMix64(seed: 3)
        for exponent in [0.01, 0.5, 1, 3, 16] {
            let sampler = ZipfSampler(count: 1 << 52, exponent: exponent)
            for _ in 0..<500 { #expect((0..<1 << 52).contains(sampler.rank(using: &generator))) }
        }
    }

    @Test func ranksAreFixedForEver() {
        let sampler = ZipfSampler(count: 100_000, exponent: 0.99)
        var generator = SplitMix64(seed: 42)
        let ranks = (0..<10_000).map { _ in UInt64(sampler.rank(using: &generator)) }
        #expect(ranks.withUnsafeBytes(ContentDigest.hash) == 0x39C6_87E2_EEB0_BF4F)
    }
}

@Suite struct SeededPermutationTests {
    @Test(arguments: [1, 2, 3, 4, 5, 7, 16, 17, 100, 1_000, 4_097])
    func isABijectionWithItsInverse(count: Int) {
        let permutation = SeededPermutation(count: count, seed: 9)
        let places = (0..<count).map { permutation($0) }
        #expect(Set(places).count == count)
        #expect(places.allSatisfy { (0..<count).contains($0) })
        #expect((0..<count).allSatisfy { permutation.inverse(places[$0]) == $0 })
    }

    @Test func seedsDiffer() {
        let one = SeededPermutation(count: 1_000, seed: 1)
        let two = SeededPermutation(count: 1_000, seed: 2)
        let equal = (0..<1_000).count { one($0) == two($0) }
        #expect(equal < 20)
    }
}
