import BenchStatistics
import Glibc
import Testing

@Suite struct BootstrapTests {
    @Test func fewerThanThreeValuesGiveTheirRange() {
        let bootstrap = Bootstrap()
        #expect(bootstrap.median([]) == nil)
        #expect(bootstrap.median([5]) == Interval(low: 5, high: 5, method: .range))
        #expect(bootstrap.median([5, 2]) == Interval(low: 2, high: 5, method: .range))
        #expect(bootstrap.median([5, 2, 3])?.method == .bootstrap)
    }

    @Test func threeValuesSpanTheirRange() {
        // A resample of three has the smallest as its median in 7 of 27 cases, so that both tails lie on the ends.
        #expect(Bootstrap().median([1, 2, 4]) == Interval(low: 1, high: 4, method: .bootstrap))
    }

    @Test func equalValuesGiveAPoint() {
        #expect(Bootstrap().median([2, 2, 2, 2]) == Interval(low: 2, high: 2, method: .bootstrap))
    }

    @Test func theSameValuesGiveTheSameIntervalInAnyOrder() {
        let values = [9.0, 4, 7, 1, 8, 2, 6, 3, 5]
        let first = Bootstrap().median(values)
        #expect(first == Bootstrap().median(values))
        #expect(first == Bootstrap().median(values.sorted()))
        #expect(first == Bootstrap().median(values.reversed()))
    }

    // The distribution of the median of a resample is known: of 11 sorted values the k-th or a lower one is the median
    // when at least 6 of 11 draws fall on the first k. The lower end is the first rank for which that passes 2.5 %.
    @Test func endsAgreeWithTheExactDistribution() throws {
        let values = (1...11).map(Double.init)
        var exactLow = 0
        for rank in 1...11 where exactLow == 0 && probabilityOfAtLeastSix(of: 11, rank: rank) > 0.025 {
            exactLow = rank
        }
        let interval = try #require(Bootstrap(resamples: 20_000).median(values))
        #expect(interval.low == Double(exactLow))
        #expect(interval.high == Double(12 - exactLow))
    }

    private func probabilityOfAtLeastSix(of count: Int, rank: Int) -> Double {
        let share = Double(rank) / Double(count)
        var sum = 0.0
        for hits in 6...count {
            let ways = exp(lgamma(Double(count + 1)) - lgamma(Double(hits + 1)) - lgamma(Double(count - hits + 1)))
            sum += ways * pow(share, Double(hits)) * pow(1 - share, Double(count - hits))
        }
        return sum
    }

    // 95 % intervals of the median of ten normal values have to hold the true median about that often. The percentile
    // bootstrap of a median is close to the order-statistics interval, whose coverage at ten values is 0.89 to 0.98.
    @Test(arguments: [UInt64(1), 2])
    func coverageOfTheMedian(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let rounds = 200
        var held = 0
        for round in 0..<rounds {
            let values = (0..<10).map { _ in normal(&generator) }
            let interval = try #require(Bootstrap(seed: UInt64(round)).median(values))
            if interval.contains(0) { held += 1 }
        }
        let coverage = Double(held) / Double(rounds)
        #expect(coverage >= 0.88 && coverage <= 0.995, "coverage \(coverage), seed \(seed)")
    }
}

/// A normal value by the method of Box and Muller.
func normal(_ generator: inout SeededGenerator) -> Double {
    let first = Double(generator.next() >> 11) / 9_007_199_254_740_992
    let second = Double(generator.next() >> 11) / 9_007_199_254_740_992
    return sqrt(-2 * log(1 - first)) * cos(2 * Double.pi * second)
}
