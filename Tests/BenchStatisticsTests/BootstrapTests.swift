import BenchStatistics
import Glibc
import Testing

@Suite struct BootstrapTests {
    @Test func fewValuesGiveTheirRange() {
        let bootstrap = Bootstrap()
        #expect(bootstrap.median([]) == nil)
        #expect(bootstrap.median([5]) == Interval(low: 5, high: 5, method: .range))
        #expect(bootstrap.median([5, 2, 3, 9, 4]) == Interval(low: 2, high: 9, method: .range))
        #expect(bootstrap.median([5, 2, 3, 9, 4, 7])?.method == .bootstrap)
        #expect(Bootstrap.fewestValues == 6)
    }

    @Test func equalValuesGiveAPoint() {
        #expect(Bootstrap().median([2, 2, 2, 2, 2, 2]) == Interval(low: 2, high: 2, method: .bootstrap))
    }

    @Test func theSameValuesGiveTheSameIntervalInAnyOrder() {
        let values = [9.0, 4, 7, 1, 8, 2, 6, 3, 5]
        let first = Bootstrap().median(values)
        #expect(first == Bootstrap().median(values))
        #expect(first == Bootstrap().median(values.sorted()))
        #expect(first == Bootstrap().median(values.reversed()))
    }

    // Of 11 sorted values the k-th or a lower one is the median of a resample when at least 6 of 11 draws fall on the
    // first k. The ends lie where the normal quantiles of the middles of these steps pass those of Student's t.
    @Test func endsAgreeWithTheExactDistribution() throws {
        let steps = (0...11).map { probabilityOfAtLeastSix(of: 11, rank: $0) }
        let scores = (1...11).map { NormalDistribution.quantile((steps[$0 - 1] + steps[$0]) / 2) }
        let reach = -2.2281388519862742  // Student's t with 10 degrees, 2.5 %, from R.
        let above = try #require(scores.firstIndex { $0 >= reach })
        let share = (reach - scores[above - 1]) / (scores[above] - scores[above - 1])
        let interval = try #require(Bootstrap().median((1...11).map(Double.init)))
        #expect((interval.low - (Double(above) + share)).magnitude < 1e-9)
        #expect((interval.high - (12 - interval.low)).magnitude < 1e-9)
    }

    private func probabilityOfAtLeastSix(of count: Int, rank: Int) -> Double {
        let share = Double(rank) / Double(count)
        var sum = 0.0
        for hits in 6...count {
            let ways = exp(lgamma(Double(count + 1)) - lgamma(Double(hits + 1)) - lgamma(Double(count - hits + 1)))
            sum += ways * pow(share, Double(hits)) * pow(1 - share, Double(count - hits))
        }
        return min(1, sum)
    }

    // For even numbers the closed form is held against drawn resamples: the lower end lies between two medians of
    // resamples, and the wanted tail between the middles of their steps.
    @Test(arguments: [6, 10, 14])
    func evenNumbersAgreeWithDrawnResamples(count: Int) throws {
        let values = (0..<count).map { Double($0 * $0) }
        let interval = try #require(Bootstrap(level: 0.5).median(values))
        let quartile = StudentDistribution(degrees: Double(count - 1)).value(exceededWith: 0.25)
        let tail = NormalDistribution.probability(atMost: -quartile)
        var generator = SeededGenerator(seed: UInt64(count))
        var steps: [Double: Int] = [:]
        let draws = 20_000
        for _ in 0..<draws {
            let resample = try #require(median((0..<count).map { _ in values[generator.index(below: count)] }))
            steps[resample, default: 0] += 1
        }
        func share(_ medians: [Dictionary<Double, Int>.Element]) -> Double {
            Double(medians.reduce(0) { $0 + $1.value }) / Double(draws)
        }
        let below = steps.filter { $0.key < interval.low }.sorted { $0.key < $1.key }
        let next = try #require(steps.filter { $0.key >= interval.low }.min { $0.key < $1.key })
        let passed = share(below)
        #expect(tail > passed - share(below.suffix(1)) / 2 - 0.01, "seed \(count)")
        #expect(tail < passed + share([next]) / 2 + 0.01, "seed \(count)")
    }

    @Test func shiftsAndScalesPassThrough() throws {
        let values = [3.0, 1, 4, 1.5, 9, 2.6, 5]
        let plain = try #require(Bootstrap().median(values))
        let moved = try #require(Bootstrap().median(values.map { 10 - 2 * $0 }))
        #expect((moved.low - (10 - 2 * plain.high)).magnitude < 1e-9)
        #expect((moved.high - (10 - 2 * plain.low)).magnitude < 1e-9)
    }

    @Test func manyValuesAreNoTrouble() throws {
        let interval = try #require(Bootstrap().median((1...4000).map(Double.init)))
        // 1.96 standard errors of a median of uniform values: 1.96 / (2 sqrt(n)) of the range.
        #expect((interval.low - (2000.5 - 0.98 * 63.25)).magnitude < 1)
    }

    // The plain percentile bootstrap holds the median of 7 values 87 times in 100. These must hold it 95 times, less
    // three standard errors of 500 samples.
    @Test(arguments: [(6, UInt64(1)), (7, 2), (10, 4), (11, 5)])
    func coverageOfTheMedian(count: Int, seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let rounds = 500
        var (normals, skewed) = (0, 0)
        for _ in 0..<rounds {
            let values = (0..<count).map { _ in normal(&generator) }
            if try #require(Bootstrap().median(values)).contains(0) { normals += 1 }
            if try #require(Bootstrap().median(values.map { exp($0) })).contains(1) { skewed += 1 }
        }
        #expect(normals >= 460 && skewed >= 460, "\(normals) and \(skewed) of \(rounds), seed \(seed)")
        #expect(normals <= 499 && skewed <= 499, "\(normals) and \(skewed) of \(rounds), seed \(seed)")
    }
}

/// A normal value by the method of Box and Muller.
func normal(_ generator: inout SeededGenerator) -> Double {
    let first = Double(generator.next() >> 11) / 9_007_199_254_740_992
    let second = Double(generator.next() >> 11) / 9_007_199_254_740_992
    return sqrt(-2 * log(1 - first)) * cos(2 * Double.pi * second)
}
