import BenchResults
import BenchVerdict
import Testing

@Suite struct DigestTests {
    @Test func equalAnswersAreNoConflict() {
        var samples = Samples()
        samples.add([1, 2, 3])
        samples.add([1, 2, 3], subject: "standard", strategy: "-")
        samples.add([1, 2, 3], subject: "null", strategy: "-")
        samples.add([1, 2, 3], phase: "scan", digest: "other")
        #expect(digestConflicts(samples.rows) == [])
    }

    @Test func armsThatDifferAreNamed() throws {
        var samples = Samples()
        samples.add([1, 2])
        samples.add([1, 2], allocator: "jemalloc")
        samples.add([1, 2], subject: "standard", strategy: "-", digest: "d2")
        let conflict = try #require(digestConflicts(samples.rows).first)
        #expect(
            "\(conflict)" == "million-inserts/get: answers differ: d1 by strata/glibc/bump/1 (blocks 0, 1), "
                + "strata/jemalloc/bump/1 (blocks 0, 1); d2 by standard/glibc/-/1 (blocks 0, 1)")
    }

    @Test func blocksOfOneArmThatDifferAreNamed() throws {
        var samples = Samples()
        samples.add([1, 2, 3])
        samples.rows[1].digest = "d9"
        let conflict = try #require(digestConflicts(samples.rows).first)
        #expect(
            conflict.answers.map(\.arms) == [["strata/glibc/bump/1 (blocks 0, 2)"], ["strata/glibc/bump/1 (block 1)"]])
    }

    @Test func pointsOfASweepThatChangeTheWorkHaveAnswersOfTheirOwn() {
        var samples = Samples()
        samples.add([1], parameters: "dataset.entities=10", digest: "a")
        samples.add([1], parameters: "dataset.entities=20", digest: "b")
        #expect(digestConflicts(samples.rows) == [])
        samples.add([1], parameters: "configuration.cache_size=1;dataset.entities=20", digest: "c")
        #expect(digestConflicts(samples.rows).count == 1)
    }
}
