import BenchStatistics
import Glibc
import Testing

@Suite struct PairedEffectTests {
    @Test func medianOfLogRatiosByHand() throws {
        // Ratios 2, 4, 8: the middle one is 4, whatever the scale of the pairs; three pairs have a range only.
        let effect = try #require(PairedEffect([(20, 10), (4, 1), (8000, 1000)]))
        #expect((effect.ratio - 4).magnitude < 1e-12)
        #expect(effect.pairs == 3)
        #expect((effect.interval.low - 2).magnitude < 1e-12)
        #expect((effect.interval.high - 8).magnitude < 1e-12)
        #expect(effect.interval.method == .range)
        #expect((effect.hodgesLehmannLogRatio - log(4)).magnitude < 1e-12)
    }

    @Test func equalPairsAreExactlyOne() throws {
        let effect = try #require(PairedEffect([(3, 3), (5, 5), (7, 7), (2, 2), (4, 4), (6, 6)]))
        #expect(effect.ratio == 1)
        #expect(effect.interval == Interval(low: 1, high: 1, method: .bootstrap))
    }

    @Test func swappingTheSidesInvertsTheRatio() throws {
        let pairs: [(candidate: Double, reference: Double)] = [
            (11, 10), (13, 10), (9, 10), (12, 10), (14, 10), (8, 10), (10, 10),
        ]
        let forward = try #require(PairedEffect(pairs))
        let backward = try #require(PairedEffect(pairs.map { ($0.reference, $0.candidate) }))
        #expect((forward.ratio * backward.ratio - 1).magnitude < 1e-12)
        #expect((forward.interval.low * backward.interval.high - 1).magnitude < 1e-12)
    }

    @Test func valuesWithoutALogarithmGiveNothing() {
        #expect(PairedEffect([]) == nil)
        #expect(PairedEffect([(0, 1), (1, 1), (1, 1)]) == nil)
        #expect(PairedEffect([(1, -1)]) == nil)
        #expect(PairedEffect([(.infinity, 1)]) == nil)
    }

    // What disturbs both halves of a pair cancels: with 25 % of common noise and 1 % of its own, a true 10 % is found
    // and the interval is narrow; unpaired the same figures would overlap.
    @Test(arguments: [UInt64(3), 4, 5])
    func commonNoiseCancels(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let pairs = (0..<10).map { _ in
            let common = exp(0.25 * normal(&generator))
            return (candidate: 1.1 * common * exp(0.01 * normal(&generator)), reference: common)
        }
        let effect = try #require(PairedEffect(pairs))
        #expect((effect.ratio - 1.1).magnitude < 0.02, "seed \(seed)")
        #expect(effect.interval.low > 1.05 && effect.interval.high < 1.15, "seed \(seed)")
    }
}
