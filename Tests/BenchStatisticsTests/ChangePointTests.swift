import Foundation
import Testing

@testable import BenchStatistics

@Suite struct ChangePointTests {
    private func normal(_ generator: inout SeededGenerator) -> Double {
        func uniform() -> Double { (Double(generator.next() >> 11) + 0.5) / Double(1 << 53) }
        return (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform())
    }

    /// The statistic straight from the paper: equations 5 to 8 with alpha = 1.
    private func energy(_ x: ArraySlice<Double>, _ y: ArraySlice<Double>) -> Double {
        let (n, m) = (Double(x.count), Double(y.count))
        var between = 0.0
        for a in x { for b in y { between += abs(a - b) } }
        func within(_ values: ArraySlice<Double>) -> Double {
            var sum = 0.0
            for i in values.indices { for k in values.indices where k > i { sum += abs(values[i] - values[k]) } }
            return sum / (Double(values.count) * Double(values.count - 1) / 2)
        }
        return m * n / (m + n) * (2 / (m * n) * between - within(x) - within(y))
    }

    @Test func aStatisticByHand() {
        let distances = PairwiseDistances([0, 0, 0, 10, 10, 10])
        // 2/9 * 90 - 0 - 0 = 20, times 9/6.
        #expect(abs(distances.energy(0, 3, 6) - 30) < 1e-12)
        // [0, 0] against [0, 10]: 2/4 * 20 - 0 - 10 = 0.
        #expect(distances.energy(0, 2, 4) == 0)
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func statisticsAreThoseOfTheDefinition(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let values = (0..<14).map { _ in normal(&generator) * 100 }
        let distances = PairwiseDistances(values)
        for low in 0..<10 {
            for middle in low + 2..<12 {
                for high in middle + 2...14 {
                    let expected = energy(values[low..<middle], values[middle..<high])
                    #expect(abs(distances.energy(low, middle, high) - expected) < 1e-8, "seed \(seed)")
                }
            }
        }
    }

    @Test(arguments: 0..<10 as Range<UInt64>)
    func aShiftIsFoundWhereItIs(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let values = (0..<30).map { (place: Int) in (place < 18 ? 100 : 108) + normal(&generator) }
        let found = EDivisive(permutations: 99).changePoints(in: values)
        #expect(found.map(\.index) == [18], "seed \(seed): \(found)")
        let change = try #require(found.first)
        #expect(abs(change.before - 100) < 1.5 && abs(change.after - 108) < 1.5)
        #expect(change.probability <= 0.01)
    }

    @Test(arguments: 0..<5 as Range<UInt64>)
    func severalShiftsAreFoundAndAHumpIsTwo(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let levels = [10.0, 20, 10, 4]
        let values = (0..<48).map { (place: Int) in levels[place / 12] + 0.3 * normal(&generator) }
        let found = EDivisive(permutations: 99).changePoints(in: values)
        #expect(found.map(\.index) == [12, 24, 36], "seed \(seed)")
        #expect(zip(found, found.dropFirst()).allSatisfy { $0.after == $1.before })
    }

    @Test func aChangeOfScatterAloneIsAChange() {
        var generator = SeededGenerator(seed: 3)
        let values = (0..<80).map { (place: Int) in (place < 40 ? 0.1 : 5) * normal(&generator) }
        let found = EDivisive(permutations: 99, minimumSize: 10).changePoints(in: values)
        #expect(found.count == 1 && abs((found.first?.index ?? 0) - 40) <= 4, "\(found)")
    }

    /// With a level of a tenth about six of sixty series that never change show a change.
    @Test func fewSeriesThatNeverChangeShowOne() {
        var shown = 0
        for seed in 0..<60 as Range<UInt64> {
            var generator = SeededGenerator(seed: 1000 + seed * 7919)
            let values = (0..<16).map { _ in exp(normal(&generator)) }
            let search = EDivisive(level: 0.1, permutations: 39, seed: seed)
            if !search.changePoints(in: values).isEmpty { shown += 1 }
        }
        #expect((1...13).contains(shown), "\(shown) of 60")
    }

    @Test func whatCannotHaveChangesHasNone() {
        let search = EDivisive()
        #expect(search.changePoints(in: []).isEmpty)
        #expect(search.changePoints(in: [1, 1, 1, 9, 9]).isEmpty)
        #expect(search.changePoints(in: Array(repeating: 4, count: 30)).isEmpty)
        // Six values allow twenty splits in two halves: no test of them can reach one in a hundred.
        #expect(search.changePoints(in: [1, 1, 1, 9, 9, 9]).isEmpty)
    }

    @Test func theSameSeriesGivesTheSameChanges() {
        var generator = SeededGenerator(seed: 5)
        let values = (0..<40).map { (place: Int) in Double(place / 20) * 2 + normal(&generator) }
        let search = EDivisive(permutations: 99, seed: 9)
        #expect(search.changePoints(in: values) == search.changePoints(in: values))
    }

    /// Neither the unit nor the zero of the values matters.
    @Test func changesDoNotDependOnTheUnit() {
        var generator = SeededGenerator(seed: 8)
        let values = (0..<32).map { (place: Int) in (place < 10 ? 3 : 5) + 0.4 * normal(&generator) }
        let scaled = values.map { 1e9 * $0 + 7e9 }
        let search = EDivisive(permutations: 99)
        #expect(search.changePoints(in: values).map(\.index) == search.changePoints(in: scaled).map(\.index))
        #expect(search.changePoints(in: values).map(\.index) == [10])
    }
}
