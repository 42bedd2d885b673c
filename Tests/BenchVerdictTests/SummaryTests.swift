import BenchResults
import BenchVerdict
import Testing

@Suite struct SummaryTests {
    @Test func statisticsOfASeries() throws {
        var samples = Samples()
        samples.add([5, 1, 3, 2, 9])
        let row = try #require(summarize(samples.rows).first)
        #expect((row.n, row.median, row.min, row.max, row.mad) == (5, 3, 1, 9, 2))
        #expect(row.ciLow == 1 && row.ciHigh == 9)
        #expect(row.arm == arm() && row.metric == "throughput" && row.scenarioHash == "hash")
    }

    @Test func sixBlocksGiveAnInterval() throws {
        var samples = Samples()
        samples.add([5, 1, 3, 2, 9, 4])
        let row = try #require(summarize(samples.rows).first)
        #expect(row.n == 6 && row.median == 3.5)
        #expect(row.ciLow > 1 && row.ciLow < 2 && row.ciHigh > 5 && row.ciHigh < 9)
    }

    @Test func twoBlocksGiveTheirRange() throws {
        var samples = Samples()
        samples.add([5, 1])
        let row = try #require(summarize(samples.rows).first)
        #expect((row.n, row.median, row.ciLow, row.ciHigh, row.mad) == (2, 3, 1, 5, 2))
    }

    @Test func seriesKeepTheirOrderAndArms() {
        var samples = Samples()
        samples.add([1, 2, 3], allocator: "tcmalloc")
        samples.add([1, 2, 3], allocator: "glibc")
        samples.add([1, 2, 3], metric: "wall_time", unit: "ns", direction: .lower)
        #expect(
            summarize(samples.rows).map { "\($0.allocator) \($0.metric)" }
                == ["tcmalloc throughput", "glibc throughput", "glibc wall_time"])
        #expect(summarize([]) == [])
    }

    @Test func aRepeatedBlockCountsOnceWithItsLastValue() throws {
        var samples = Samples()
        samples.add([1, 2, 3])
        samples.add([7])
        let row = try #require(summarize(samples.rows).first)
        #expect((row.n, row.median) == (3, 3))
        #expect(row.max == 7)
    }
}
