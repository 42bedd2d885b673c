import BenchResults
import BenchVerdict
import Testing

@Suite struct StoredRunTests {
    private func judged(
        _ baseline: Samples, _ candidate: Samples, _ tolerances: [String: [String: Double]] = [:]
    ) -> GateDocument {
        var other = candidate.rows
        for index in other.indices { other[index].run = "another" }
        return judgeStoredRuns(
            baseline: baseline.rows, candidate: other, tolerances: tolerances, baselineName: "old",
            candidateName: "new")
    }

    private func run(
        _ values: [Double], metric: String = "throughput", direction: Direction = .higher, digest: String? = nil
    ) -> Samples {
        var samples = Samples()
        samples.add(values, metric: metric, direction: direction, digest: digest)
        return samples
    }

    private let ten = [100.0, 101, 99, 100, 102, 98, 100, 101, 99, 100]

    @Test func aRunAgainstItselfPasses() {
        let document = judged(run(ten), run(ten))
        #expect(document.verdict == .pass && document.controls == [])
        #expect(document.tests.map(\.outcome) == [.pass] && document.tests.map(\.n) == [10])
        #expect(judged(run([100]), run([100])).verdict == .pass)
    }

    @Test func lessThroughputIsARegression() throws {
        let document = judged(run(ten), run(ten.map { $0 * 0.9 }))
        #expect(document.verdict == .regression)
        let test = try #require(document.tests.first)
        #expect((test.change - 1 / 0.9 + 1).magnitude < 1e-9 && test.low > 0.03 && test.tier == "time")
        #expect(document.reasons.first?.hasPrefix("throughput of million-inserts/get") == true)
        #expect(judged(run(ten), run(ten.map { $0 * 0.98 })).verdict == .pass)
        #expect(judged(run(ten), run(ten.map { $0 * 1.2 })).tests.map(\.outcome) == [.improvement])
        #expect(
            judged(run(ten), run(ten.map { $0 * 0.9 }), ["million-inserts": ["throughput": 0.2]]).verdict == .pass)
    }

    @Test func anIntervalThatSpansTheToleranceTellsNothing() {
        let wild = [60.0, 140, 75, 130, 90, 110, 70, 150, 65, 120]
        #expect(judged(run(ten), run(wild)).verdict == .inconclusive)
    }

    @Test func fewPairsBeyondToleranceAreInconclusive() {
        let document = judged(run([100, 100]), run([80, 80]))
        #expect(document.verdict == .inconclusive)
        #expect(document.reasons.first?.contains("2 pairs are too few") == true)
        #expect(judged(run([100, 100, 100]), run([80, 80, 80])).verdict == .regression)
        #expect(judged(run([100, 101, 99]), run([80, 82, 79])).verdict == .regression)
        #expect(judged(run([100, 140, 80]), run([80, 130, 90])).verdict == .inconclusive)
        #expect(judged(run([100, 100, 100]), run([99, 100, 101])).verdict == .pass)
    }

    @Test func countsNeedNoInterval() {
        let base = run([1e6], metric: "instructions", direction: .lower)
        #expect(judged(base, run([1.03e6], metric: "instructions", direction: .lower)).verdict == .regression)
        #expect(judged(base, run([1.004e6], metric: "instructions", direction: .lower)).verdict == .pass)
        let allocations = run([0, 0], metric: "allocations", direction: .lower)
        #expect(judged(allocations, run([1, 1], metric: "allocations", direction: .lower)).verdict == .regression)
    }

    @Test func countsThatDoNotRepeatAreJudgedAsFiguresWithNoise() {
        let noisy = run([100, 120, 90, 110, 95, 105, 100], metric: "allocations", direction: .lower)
        let same = judged(noisy, run([101, 118, 92, 108, 96, 104, 99], metric: "allocations", direction: .lower))
        #expect(same.verdict == .inconclusive && same.tests.map(\.tier) == ["time"])
        let more = judged(noisy, run(noisy.rows.map { $0.value * 2 }, metric: "allocations", direction: .lower))
        #expect(more.verdict == .regression)
    }

    @Test func latenciesAreJudgedOnlyWhereNamed() {
        func both(_ factor: Double) -> Samples {
            var samples = run(ten)
            samples.add(ten.map { $0 * factor }, metric: "latency_p99", unit: "ns", direction: .lower)
            return samples
        }
        #expect(judged(both(1), both(2)).verdict == .pass)
        #expect(judged(both(1), both(2), ["million-inserts": ["latency_p99": 0.1]]).verdict == .regression)
    }

    @Test func theFloorIsIgnored() {
        var slow = run(ten)
        slow.add(ten.map { $0 / 2 }, subject: "null")
        var fast = run(ten)
        fast.add(ten, subject: "null")
        let document = judged(fast, slow)
        #expect(document.verdict == .pass && document.tests.count == 1)
    }

    @Test func blocksArePairedByNumber() {
        var few = run(ten)
        few.rows.removeAll { $0.block < 3 }
        #expect(judged(run(ten), few).tests.map(\.n) == [7])
        for index in few.rows.indices { few.rows[index].block += 100 }
        #expect(judged(run(ten), few).verdict == .incomparable)
    }

    @Test func whatIsNotTheSameIsIncomparable() {
        var changed = run(ten)
        for index in changed.rows.indices { changed.rows[index].scenarioHash = "other" }
        let document = judged(run(ten), changed)
        #expect(document.verdict == .incomparable && document.reasons.first?.contains("other") == true)

        var elsewhere = Samples()
        elsewhere.add(ten, scenario: "wordnet")
        #expect(judged(run(ten), elsewhere).verdict == .incomparable)
        #expect(judged(run(ten), Samples()).verdict == .incomparable)

        let wrong = judged(run(ten), run(ten, digest: "d2"))
        #expect(wrong.verdict == .incomparable)
        #expect(wrong.reasons.first?.contains("candidate strata") == true)
    }

    @Test func whatTheCandidateLacksIsSaid() {
        var more = run(ten)
        more.add(ten, allocator: "jemalloc")
        let document = judged(more, run(ten))
        #expect(document.verdict == .pass)
        #expect(document.reasons.contains { $0.contains("strata/jemalloc/bump/1") })
    }
}
