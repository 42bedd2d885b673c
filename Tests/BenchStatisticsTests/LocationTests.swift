import BenchStatistics
import Glibc
import Testing

@Suite struct LocationTests {
    // By hand: 2 ... 7 are left, mean 4.5; winsorized 2 2 3 4 5 6 7 7 has squares of 25 + 4.5 + 0.5 around it.
    @Test func trimmedMeanByHand() throws {
        let mean = try #require(TrimmedMean([100, 1, 2, 3, 4, 5, 6, 7]))
        #expect(mean.n == 8 && mean.center == 4.5 && mean.degrees == 5)
        #expect((mean.standardError - (30.0 / 30).squareRoot()).magnitude < 1e-12)
        // Student's t with 5 degrees above 1.5.
        #expect((mean.probability(ofTruthAtMost: 3) - 0.0969518).magnitude < 1e-6)
    }

    @Test func fewValuesGiveThePlainMean() throws {
        let mean = try #require(TrimmedMean([1, 2, 6]))
        #expect(mean.center == 3 && mean.degrees == 2)
        #expect((mean.standardError - (7.0 / 3).squareRoot()).magnitude < 1e-12)
        #expect(TrimmedMean([1]) == nil && TrimmedMean([]) == nil)
    }

    @Test func valuesWithoutSpreadAreCertain() throws {
        let mean = try #require(TrimmedMean([2, 2, 2]))
        #expect(mean.probability(ofTruthAtMost: 1) == 0)
        #expect(mean.probability(ofTruthAtMost: 2) == 1)
    }

    // At the bound itself a test of level 5 % fires 5 times in 100, on heavy tails too.
    @Test(arguments: [UInt64(1), 2])
    func theTestKeepsItsLevel(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var (normals, heavy) = (0, 0)
        for _ in 0..<1000 {
            let calm = (0..<10).map { _ in normal(&generator) }
            let wild = calm.map { value in
                let square = (0..<3).reduce(0.0) { sum, _ in sum + pow(normal(&generator), 2) }
                return value / (square / 3).squareRoot()
            }
            if try #require(TrimmedMean(calm)).probability(ofTruthAtMost: 0) <= 0.05 { normals += 1 }
            if try #require(TrimmedMean(wild)).probability(ofTruthAtMost: 0) <= 0.05 { heavy += 1 }
        }
        #expect(normals > 25 && normals < 75, "\(normals) of 1000, seed \(seed)")
        #expect(heavy > 20 && heavy < 75, "\(heavy) of 1000, seed \(seed)")
    }

    // Quartiles 3 and 7 of 1 ... 9: fences at -9, -3, 13 and 19.
    @Test func outliersByTheFencesOfTukey() {
        let calm = OutlierClassification([1, 2, 3, 4, 5, 6, 7, 8, 9])
        #expect(calm.fences == [-9, -3, 13, 19] && calm.outliers == 0)
        let wild = OutlierClassification([3, 5, 7, 13, 13.5, 19.5, 3, 5, 7, 3, 5, 7, -3.5, -9.5, 3, 7, 3, 7])
        #expect(wild.fences == [-9, -3, 13, 19])
        #expect(wild.labels.prefix(6) == [.normal, .normal, .normal, .normal, .highMild, .highSevere])
        #expect(wild.labels[12...13] == [.lowMild, .lowSevere])
        #expect(wild.count(.normal) == 14 && wild.outliers == 4)
        #expect(OutlierClassification([]).labels == [] && OutlierClassification([1]).labels == [.normal])
    }
}
