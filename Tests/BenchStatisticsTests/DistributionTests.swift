import BenchStatistics
import Glibc
import Testing

@Suite struct DistributionTests {
    private func agree(_ value: Double, _ expected: Double, within relative: Double = 1e-10) -> Bool {
        (value - expected).magnitude <= relative * expected.magnitude
    }

    // Of scipy.stats.norm.ppf.
    @Test(arguments: [
        (0.975, 1.959963984540054), (0.95, 1.6448536269514722), (0.025, -1.9599639845400545),
        (1e-10, -6.361340902404056), (0.3, -0.5244005127080409), (1e-300, -37.0471),
    ])
    func normalQuantiles(probability: Double, expected: Double) {
        #expect(
            agree(
                NormalDistribution.quantile(probability), expected, within: probability < 1e-200 ? 1e-5 : 1e-10))
    }

    @Test func normalQuantilesAreTheInverse() {
        #expect(NormalDistribution.quantile(0.5) == 0)
        #expect(NormalDistribution.quantile(0) == -.infinity && NormalDistribution.quantile(1) == .infinity)
        for z in stride(from: -8.0, through: 4, by: 0.25) {
            let back = NormalDistribution.quantile(NormalDistribution.probability(atMost: z))
            #expect((back - z).magnitude < 1e-9, "z \(z)")
        }
    }

    // Of scipy.stats.t.sf and closed forms: with 1 degree 1/2 - atan(t)/pi, with 2 degrees (1 - t/sqrt(2 + t^2))/2.
    @Test(arguments: [
        (1.0, 1.0, 0.25), (2.0, 2.0, 0.09175170953613698), (7.0, 2.0, 0.042809664281488025),
        (3.0, 20.0, 0.0001366016251236558), (5.0, 0.0, 0.5), (7.0, -2.0, 1 - 0.042809664281488025),
    ])
    func studentTails(degrees: Double, t: Double, expected: Double) {
        #expect(agree(StudentDistribution(degrees: degrees).probability(above: t), expected))
    }

    // Of scipy.stats.t.isf, and printed in every table.
    @Test(arguments: [
        (1.0, 0.025, 12.706204736174698), (7.0, 0.025, 2.3646242515927844), (7.0, 1e-5, 10.102684252967578),
        (5.0, 0.05, 2.015048373333024), (19.0, 0.025, 2.093024054408263), (1000.0, 0.025, 1.9623390808264078),
    ])
    func studentCriticalValues(degrees: Double, level: Double, expected: Double) {
        let student = StudentDistribution(degrees: degrees)
        #expect(agree(student.value(exceededWith: level), expected))
        #expect(agree(student.value(exceededWith: 1 - level), -expected, within: 1e-9))
        #expect(student.value(exceededWith: 0.5) == 0)
    }

    // The example of every text on Holm's method, by hand: 0.01 x 4, 0.02 x 3, then 0.03 x 2 and 0.04 x 1, none below
    // the one before.
    @Test func holmByHand() {
        let adjusted = MultipleTesting.holm([0.03, 0.01, 0.04, 0.02])
        for (value, expected) in zip(adjusted, [0.06, 0.04, 0.06, 0.06]) {
            #expect((value - expected).magnitude < 1e-12)
        }
        #expect(MultipleTesting.holm([0.5, 0.9]) == [1, 1])
        #expect(MultipleTesting.holm([]) == [])
        #expect(MultipleTesting.holm([0.2]) == [0.2])
    }

    // Of scipy.stats.binomtest(k, n).proportion_ci(method="wilson").
    @Test func wilsonByHand() {
        let some = wilsonInterval(hits: 10, trials: 100)
        #expect(
            agree(some.low, 0.05522913706067509, within: 1e-9) && agree(some.high, 0.17436566150491345, within: 1e-9))
        let none = wilsonInterval(hits: 0, trials: 10_000)
        #expect(none.low == 0 && agree(none.high, 0.000383998, within: 1e-4))
        let all = wilsonInterval(hits: 20, trials: 20)
        #expect(all.high == 1 && agree(all.low, 0.8388747, within: 1e-5))
    }
}
