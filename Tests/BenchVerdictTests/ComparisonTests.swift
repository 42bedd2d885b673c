import BenchResults
import BenchVerdict
import Testing

@Suite struct ComparisonTests {
    private func row(
        _ candidate: [Double], _ reference: [Double], direction: Direction = .higher, tolerance: Double = 0.03
    ) throws -> ComparisonRow {
        var samples = Samples()
        samples.add(reference, direction: direction)
        samples.add(candidate, allocator: "jemalloc", direction: direction)
        let rows = compare(samples.rows, reference: arm(), tolerances: Tolerances(fallback: tolerance))
        #expect(rows.count == 1)
        return try #require(rows.first)
    }

    /// Each value three times: nine pairs, enough for an interval.
    private func row9(
        _ candidate: [Double], _ reference: [Double], direction: Direction = .higher, tolerance: Double = 0.03
    ) throws -> ComparisonRow {
        try row(
            candidate + candidate + candidate, reference + reference + reference, direction: direction,
            tolerance: tolerance)
    }

    @Test func eachVerdict() throws {
        #expect(try row9([11, 12, 13], [10, 10, 10]).verdict == .faster)
        #expect(try row9([11, 12, 13], [10, 10, 10], direction: .lower).verdict == .slower)
        #expect(try row9([8, 9, 8], [10, 10, 10]).verdict == .slower)
        #expect(try row9([8, 9, 8], [10, 10, 10], direction: .lower).verdict == .faster)
        #expect(try row9([10.1, 9.9, 10], [10, 10, 10]).verdict == .tie)
        #expect(try row9([9, 10, 12], [10, 10, 10]).verdict == .unresolved)
        #expect(try row9([10.1, 10.2, 10.4], [10, 10, 10]).verdict == .unresolved)
        #expect(try row9([10.1, 10.2, 10.4], [10, 10, 10], tolerance: 0.05).verdict == .tie)
        #expect(try row9([10.1, 10.2, 10.4], [10, 10, 10], tolerance: 0).verdict == .faster)
    }

    @Test func figuresOfARow() throws {
        let row = try row([20, 30, 80], [10, 10, 20])
        #expect(row.n == 3 && row.reference == "strata/glibc/bump/1" && row.arm == arm("strata", "jemalloc"))
        #expect(try (#require(row.ratio) - 3).magnitude < 1e-12)
        #expect(try (#require(row.ciLow) - 2).magnitude < 1e-12 && (#require(row.ciHigh) - 4).magnitude < 1e-12)
    }

    @Test func fewPairsResolveNothing() throws {
        let row = try row([20, 20, 20, 20, 20], [10, 10, 10, 10, 10])
        #expect(row.verdict == .unresolved && row.n == 5 && row.ratio == 2)
    }

    @Test func zerosHaveNoRatioUnlessAllAgree() throws {
        #expect(try row([0, 0, 0], [0, 0, 0], direction: .lower).verdict == .tie)
        let mixed = try row([0, 1, 0], [0, 0, 0], direction: .lower)
        #expect(mixed.ratio == nil && mixed.ciLow == nil && mixed.verdict == .unresolved)
    }

    @Test func pairsAreBlocksThatBothHave() throws {
        var samples = Samples()
        samples.add([10, 20, 40, 80])
        samples.add([20, 40, 80], allocator: "jemalloc")
        samples.rows.removeAll { $0.allocator == "glibc" && $0.block == 1 }
        let row = try #require(compare(samples.rows, reference: arm()).first)
        #expect(row.n == 2 && row.ratio == 2)
        #expect(compare(samples.rows.filter { $0.allocator == "jemalloc" }, reference: arm()) == [])
    }

    @Test func eachPointOfASweepHasItsOwnReference() {
        var samples = Samples()
        for (size, factor) in [("10", 1.0), ("20", 5.0)] {
            let parameters = "dataset.entities=\(size)"
            let values = [Double](repeating: factor, count: 6)
            samples.add(values, parameters: parameters, digest: size)
            samples.add(
                values.map { 2 * $0 }, allocator: "jemalloc", parameters: parameters, digest: size)
        }
        let rows = compare(samples.rows, reference: arm())
        #expect(rows.map(\.parameters) == ["dataset.entities=10", "dataset.entities=20"])
        #expect(rows.allSatisfy { $0.verdict == .faster && ($0.ratio ?? 0) == 2 })
    }

    @Test func differingOrUnprovenAnswersAreNotCompared() {
        var samples = Samples()
        samples.add([1, 1, 1])
        samples.add([2, 2, 2], allocator: "jemalloc", digest: "d2")
        samples.add([1, 1, 1], phase: "scan")
        samples.add([2, 2, 2], allocator: "jemalloc", phase: "scan", digest: SampleRow.noDigest)
        samples.add([1, 1, 1], phase: "timed", digest: SampleRow.noDigest)
        samples.add([2, 2, 2], allocator: "jemalloc", phase: "timed", digest: SampleRow.noDigest)
        #expect(compare(samples.rows, reference: arm()).map(\.phase) == ["timed"])
    }

    @Test func theFloorAndFiguresWithoutABetterSideAreLeftOut() {
        var samples = Samples()
        samples.add([1, 1, 1], phase: "timed", digest: SampleRow.noDigest)
        samples.add([9, 9, 9], subject: "null", phase: "timed")
        samples.add([1, 1, 1], metric: "entities", direction: .none)
        samples.add([1, 1, 1], allocator: "jemalloc", metric: "entities", direction: .none)
        #expect(compare(samples.rows, reference: arm()) == [])
    }

    @Test func allocatorsAreComparedWithinAnArm() {
        var samples = Samples()
        for strategy in ["bump", "direct"] {
            samples.add([1, 1, 1], strategy: strategy)
            samples.add([2, 2, 2], allocator: "mimalloc", strategy: strategy)
        }
        let rows = compareAllocators(samples.rows)
        #expect(
            rows.map { "\($0.arm.label) \($0.reference)" } == [
                "strata/mimalloc/bump/1 strata/glibc/bump/1", "strata/mimalloc/direct/1 strata/glibc/direct/1",
            ])
    }

    @Test func subjectsAreComparedOnTheSameAllocator() {
        var samples = Samples()
        for allocator in ["glibc", "mimalloc"] {
            let values = [Double](repeating: 1, count: 6)
            samples.add(values, subject: "standard", allocator: allocator, strategy: "-")
            samples.add(values.map { 3 * $0 }, allocator: allocator)
        }
        let rows = compareSubjects(samples.rows)
        #expect(
            rows.map { "\($0.arm.label) \($0.reference) \($0.verdict)" } == [
                "strata/glibc/bump/1 standard/glibc/-/1 faster", "strata/mimalloc/bump/1 standard/mimalloc/-/1 faster",
            ])
    }

    @Test func tolerancesAreFoundByMetric() {
        let tolerances = Tolerances(metrics: ["instructions": 0.005])
        #expect(tolerances["instructions"] == 0.005)
        #expect(tolerances["throughput"] == 0.03)
    }
}
