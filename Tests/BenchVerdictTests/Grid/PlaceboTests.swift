import BenchResults
import Testing

@testable import BenchVerdict

/// What the placebo does not tie in is not ranked: all of it for throughput, one figure at a time for memory.
@Suite struct PlaceboTests {
    private static let all = ["glibc", "jemalloc", "mimalloc", "placebo"]

    /// Under bump the placebo's memory is told by `factor` after the drain; jemalloc keeps half everywhere.
    private func document(_ factor: @escaping (Int) -> Double, seed: UInt64) throws -> GridDocument {
        var planted = PlantedGrid(seed: seed, noise: 0.005)
        planted.strategies = ["direct", "bump"]
        planted.effect = { contender, _, _ in contender == "mimalloc" ? 1.3 : 1 }
        planted.peak = { contender, _ in contender == "jemalloc" ? 500_000 : 1_000_000 }
        planted.drained = { contender, _ in contender == "jemalloc" ? 200_000 : 400_000 }
        var samples = planted.samples(Self.all)
        for index in samples.indices {
            let row = samples[index]
            if row.allocator == "placebo", row.strategy == "bump", row.metric == "resident_bytes_after_30s" {
                samples[index].value *= factor(row.block)
            }
        }
        return try #require(grid(samples).first)
    }

    @Test func memoryInWhichThePlaceboDiffersIsNotRanked() throws {
        let document = try document({ _ in 1.5 }, seed: 71)
        #expect(document.isRanked, "throughput is not spoilt")
        let tests = try #require(document.memoryPlacebo)
        #expect(tests.count == 4)
        #expect(
            tests.filter { !$0.passes }.map { "\($0.strategy) \($0.metric)" } == ["bump resident_bytes_after_30s"],
            "seed 71")
        let bump = try #require(document.standings.first { $0.strategy == "bump" })
        #expect(bump.memory.count == 3 && bump.memory.allSatisfy { $0.verdict == .unresolved && $0.low != nil })
        #expect(bump.memoryChoice?.outcome == .open && bump.peakChoice?.taken == ["jemalloc"])
        let direct = try #require(document.standings.first { $0.strategy == "direct" })
        #expect(direct.memoryChoice?.taken == ["jemalloc"], "seed 71")
        // A strategy is no better known than the other that it is compared with.
        let strategies = try #require(document.strategies)
        #expect(strategies.allSatisfy { $0.drained.allSatisfy { $0.verdict == .unresolved } })
        #expect(strategies.allSatisfy { $0.peak.allSatisfy { $0.verdict == .tie } }, "seed 71")
        #expect(!document.ranksMemory("resident_bytes_after_30s", "strata", "bump"))
        #expect(document.ranksMemory("resident_bytes_after_30s", "strata", "direct"))
        #expect(
            GridTable.text([document]).contains(
                "strata/bump: memory after the drain is not ranked, since the placebo's is 1.5 x that of glibc (1."))
    }

    @Test func whereOneLibraryMightDifferFromItselfByAFactorOfTwoNothingIsRanked() throws {
        // Holds 1, and would let pass anything.
        let wide = try document({ $0.isMultiple(of: 2) ? 4 : 0.25 }, seed: 72)
        let test = try #require(wide.memoryPlacebo("resident_bytes_after_30s", "strata", "bump"))
        #expect(try #require(test.contest.low) < 1 && 1 < #require(test.contest.high))
        #expect(try #require(test.contest.notExcluded) > 1 && !test.passes, "seed 72")
        // Half as wide it does no harm.
        let narrow = try document({ $0.isMultiple(of: 2) ? 1.2 : 1 / 1.2 }, seed: 72)
        #expect(narrow.ranksMemory("resident_bytes_after_30s", "strata", "bump"), "seed 72")
        #expect(narrow.standings.allSatisfy { $0.memoryChoice?.taken == ["jemalloc"] }, "seed 72")
    }

    @Test func whereThePlaceboDoesNotQuiteTieOnlyWhatLiesBeyondItsReachCounts() throws {
        // Larger by 3 to 10 %: the interval excludes 1, and the tolerance of 3 % it does not.
        let near = try document({ $0.isMultiple(of: 2) ? 1.1 : 1.03 }, seed: 75)
        let test = try #require(near.memoryPlacebo("resident_bytes_after_30s", "strata", "bump"))
        let margin = try #require(test.margin, "seed 75: \(test)")
        #expect(test.passes && (margin - (test.contest.notExcluded ?? 0)).magnitude < 1e-12 && margin < 0.2)
        #expect(near.standings.allSatisfy { $0.memoryChoice?.taken == ["jemalloc"] }, "half as much is beyond it")
        // A family with a margin proves nothing within it.
        let sides = [("a", 0.0), ("b", 0.1), ("c", 0.4)].map { name, value in
            let blocks = (0..<8).map { ($0, value + 0.0001 * Double($0 % 2)) }
            return (name: name, blocks: Dictionary(uniqueKeysWithValues: blocks))
        }
        let family = ContestFamily(size: 3, tolerance: 0.03, direction: .lower)
        #expect(family.contests(sides, margin: 0).map(\.verdict) == [.faster, .faster, .faster])
        #expect(family.contests(sides, margin: 0.2).map(\.verdict) == [.unresolved, .faster, .faster])
        #expect(family.contests(sides, margin: nil).map(\.verdict) == [.unresolved, .unresolved, .unresolved])
        // Of two strategies the larger margin counts, and one that is not ranked forbids the pair.
        var other = test
        other.strategy = "other"
        other.passes = true
        other.margin = 0.4
        #expect([other].margin(test.metric, "strata", ["bump", "other"]) == 0.4)
        #expect([other].margin(test.metric, "strata", ["bump"]) == 0)
        other.passes = false
        #expect([other].margin(test.metric, "strata", ["bump", "other"]) == nil)
    }

    @Test func withoutAPlaceboNothingSpeaksAgainstMemory() throws {
        var planted = PlantedGrid(seed: 73)
        planted.peak = { contender, _ in contender == "jemalloc" ? 500_000 : 1_000_000 }
        let document = try #require(grid(planted.samples(["glibc", "jemalloc"])).first)
        #expect(document.memoryPlacebo == nil && document.standings.first?.memoryChoice?.taken == ["jemalloc"])
        let tested = try #require(grid(planted.samples(["glibc", "jemalloc", "placebo"])).first)
        #expect(tested.memoryPlacebo?.map(\.passes) == [true], "seed 73")
    }

    @Test func theNoiseFloorIsThatOfTheTests() throws {
        let document = try #require(grid(PlantedGrid(seed: 74).samples(Self.all)).first)
        #expect(document.noiseFloor == document.placebo.compactMap(\.contest.notExcluded).max())
        #expect(document.noiseFloor != nil)
    }
}

/// Allocators and strategies together against one arm.
@Suite struct ArmGridTests {
    private func planted(_ seed: UInt64) -> PlantedGrid {
        var planted = PlantedGrid(seed: seed, noise: 0.005)
        planted.strategies = ["direct", "bump"]
        planted.effect = { contender, strategy, _ in
            (contender == "jemalloc" ? 1.5 : 1) * (strategy == "bump" ? 0.5 : 1)
        }
        planted.peak = { contender, strategy in
            1_000_000 * (contender == "jemalloc" ? 0.5 : 1) * (strategy == "bump" ? 3 : 1)
        }
        return planted
    }

    @Test func everyArmStandsAgainstTheReferenceUnderTheFirstStrategy() throws {
        let samples = planted(81).samples(["glibc", "jemalloc", "placebo"])
        let document = try #require(grid(samples).first)
        let arms = try #require(compareArms(samples, grid: document))
        #expect(
            arms.map { "\($0.strategy) \($0.contender)" } == [
                "direct jemalloc", "direct glibc", "bump jemalloc", "bump glibc",
            ])
        #expect(arms[1].speed == nil && arms[1].peak == nil, "the reference has no rival")
        let ratios = arms.compactMap(\.speed?.ratio)
        for (ratio, truth) in zip(ratios, [1.5, 0.75, 0.5]) { #expect((ratio / truth - 1).magnitude < 0.02) }
        for (ratio, truth) in zip(arms.compactMap(\.peak?.ratio), [0.5, 1.5, 3]) {
            #expect((ratio / truth - 1).magnitude < 0.02)
        }
        #expect(arms.compactMap(\.speed?.verdict) == [.faster, .slower, .slower], "seed 81")
        #expect(arms.compactMap(\.peak?.verdict) == [.faster, .slower, .slower], "seed 81: less is better")
        #expect(arms.allSatisfy { $0.drained == nil })
        // Where only one choice differs, it is the contest of the grid: one pair, one interval.
        #expect(arms[0].speed == document.standings.first?.contest("jemalloc", "glibc"))
        #expect(arms[0].peak == document.standings.first?.memory("jemalloc", "glibc"))
        let strategies = document.strategies?.first { $0.contender == "glibc" }
        #expect(arms[3].speed == strategies?.contests.contest("bump", "direct") && arms[3].speed != nil)
        #expect(arms[3].peak == strategies?.peak.contest("bump", "direct") && arms[3].peak != nil)
        var refused = document
        refused.strategies = nil
        #expect(compareArms(samples, grid: refused) == nil)
        let plain = PlantedGrid(seed: 82).samples(["glibc", "jemalloc"])
        #expect(compareArms(plain, grid: try #require(grid(plain).first)) == nil, "one strategy")
    }

    @Test func memoryThatThePlaceboForbidsIsNotRankedHereEither() throws {
        let samples = planted(83).samples(["glibc", "jemalloc", "placebo"])
        var document = try #require(grid(samples).first)
        let tests = try #require(document.memoryPlacebo)
        document.memoryPlacebo = tests.map { test in
            var test = test
            if test.strategy == "bump" { test.passes = false }
            return test
        }
        let arms = try #require(compareArms(samples, grid: document))
        let crossing = try #require(arms.first { $0.strategy == "bump" && $0.contender == "jemalloc" })
        #expect(crossing.peak?.isResolved == false && crossing.speed?.isResolved == true)
    }
}

/// What an interval says that excludes 1 and reaches into the tolerance.
@Suite struct SlightDifferenceTests {
    private func contest(_ low: Double?, _ high: Double?, _ verdict: ComparisonVerdict) -> GridDocument.Contest {
        GridDocument.Contest(
            contender: "a", rival: "b", n: 9, ratio: 0.85, low: low, high: high, verdict: verdict)
    }

    @Test func itIsADifferenceThatMayBeTooSmallToCount() {
        #expect(contest(0.725, 0.982, .unresolved).isSlight && contest(1.01, 1.37, .unresolved).isSlight)
        #expect(!contest(0.725, 1.01, .unresolved).isSlight && !contest(0.7, 0.9, .slower).isSlight)
        #expect(!contest(nil, nil, .unresolved).isSlight && !contest(0.97, 0.99, .tie).isSlight)
        #expect(contest(0.7, 0.9, .slower).isResolved && !contest(0.725, 0.982, .unresolved).isResolved)
    }
}
