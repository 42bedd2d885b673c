import BenchStatistics
import Testing

@Suite struct OrderStatisticsTests {
    @Test func medianOfOddEvenAndNone() {
        #expect(median([3, 1, 2]) == 2)
        #expect(median([4, 1, 3, 2]) == 2.5)
        #expect(median([7]) == 7)
        #expect(median([]) == nil)
    }

    // The expected values are those of R's quantile(x, p, type = 7) and NumPy's percentile.
    @Test(arguments: [
        (0.0, 1.0), (0.1, 1.9), (0.25, 3.25), (0.5, 5.5), (0.75, 7.75), (0.9, 9.1), (0.975, 9.775), (1.0, 10.0),
    ])
    func quantileOfTypeSeven(fraction: Double, expected: Double) throws {
        let value = try #require(quantile([10, 9, 8, 7, 6, 5, 4, 3, 2, 1], fraction))
        #expect((value - expected).magnitude < 1e-12)
    }

    @Test func quantileInterpolatesUnevenGaps() throws {
        // Position 0.3 * 3 = 0.9: 1 + 0.9 * (2 - 1).
        #expect(try (#require(quantile([1, 2, 10, 100], 0.3)) - 1.9).magnitude < 1e-12)
        // Position 0.8 * 3 = 2.4: 10 + 0.4 * (100 - 10).
        #expect(try (#require(quantile([1, 2, 10, 100], 0.8)) - 46).magnitude < 1e-12)
    }

    @Test func medianDoesNotOverflow() {
        #expect(median([Double.greatestFiniteMagnitude, Double.greatestFiniteMagnitude]) == .greatestFiniteMagnitude)
        #expect(median([-Double.greatestFiniteMagnitude, Double.greatestFiniteMagnitude]) == 0)
    }

    @Test func deviationsFromTheMedian() {
        // Median 2; deviations 1 1 0 0 2 4 7; their median 1.
        #expect(medianAbsoluteDeviation([1, 1, 2, 2, 4, 6, 9]) == 1)
        #expect(medianAbsoluteDeviation([5]) == 0)
        #expect(medianAbsoluteDeviation([]) == nil)
    }

    @Test func hodgesLehmannByHand() {
        // Means of pairs of 1, 2, 6: 1, 1.5, 3.5, 2, 4, 6; sorted 1 1.5 2 3.5 4 6; median 2.75.
        #expect(hodgesLehmann([1, 2, 6]) == 2.75)
        #expect(hodgesLehmann([4]) == 4)
        #expect(hodgesLehmann([]) == nil)
    }

    @Test func hodgesLehmannResistsOneWildValue() throws {
        let calm = try #require(hodgesLehmann([1, 2, 3, 4, 5, 6, 7]))
        let wild = try #require(hodgesLehmann([1, 2, 3, 4, 5, 6, 1e9]))
        #expect(calm == 4)
        #expect(wild < 6)
    }
}
