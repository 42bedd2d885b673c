import BenchResults
import Testing

@testable import BenchVerdict

/// What to take follows from what is proven, and from nothing else.
@Suite struct ChoiceTests {
    private func contest(
        _ contender: String, _ rival: String, _ verdict: ComparisonVerdict, ratio: Double = 1, to high: Double? = nil
    ) -> GridDocument.Contest {
        GridDocument.Contest(
            contender: contender, rival: rival, n: 8, ratio: ratio, low: ratio * 0.9, high: high ?? ratio * 1.1,
            verdict: verdict)
    }

    @Test func theLeaderOfTheMediansIsNotTakenWhereAnotherHasTheProof() throws {
        // a leads, but its scatter proves nothing; b is faster than c for sure.
        let choice = try #require(
            Choice(
                order: ["a", "b", "c"],
                contests: [
                    contest("a", "b", .unresolved), contest("a", "c", .unresolved),
                    contest("b", "c", .faster, ratio: 1.3),
                ]))
        #expect(choice.outcome == .taken && choice.taken == ["b"])
        #expect(choice.beaten.map(\.rival) == ["c"] && choice.open.map(\.rival) == ["a"])
    }

    @Test func whatTiesWithTheTakenIsTakenWithIt() throws {
        let choice = try #require(
            Choice(
                order: ["a", "b", "c"],
                contests: [contest("a", "b", .tie), contest("a", "c", .faster), contest("c", "b", .slower)]))
        #expect(choice.taken == ["a", "b"] && choice.open.isEmpty)
        // A tie with what is taken is no way in for what another beats.
        let beaten = try #require(
            Choice(
                order: ["a", "b", "c"],
                contests: [contest("a", "b", .tie), contest("a", "c", .unresolved), contest("c", "b", .faster)]))
        #expect(beaten.taken == ["c"] && beaten.open.map(\.rival) == ["a"])
    }

    @Test func whatAnotherBeatsIsOutHoweverManyItBeatsItself() throws {
        let choice = try #require(
            Choice(
                order: ["b", "a", "c"],
                contests: [contest("b", "a", .slower), contest("b", "c", .faster), contest("a", "c", .unresolved)]))
        #expect(choice.taken == ["a"] && choice.beaten.map(\.rival) == ["b"] && choice.open.map(\.rival) == ["c"])
    }

    @Test func nothingIsTakenWithoutAProof() throws {
        let ties = try #require(Choice(order: ["a", "b"], contests: [contest("a", "b", .tie)]))
        #expect(ties.outcome == .indifferent && ties.taken.isEmpty)
        let open = try #require(Choice(order: ["a", "b"], contests: [contest("a", "b", .unresolved, ratio: 2)]))
        #expect(open.outcome == .open && open.taken.isEmpty && open.open.map(\.rival) == ["b"])
        #expect(Choice(order: ["a"], contests: []) == nil)
    }

    @Test func whatIsNotExcludedIsTheWidestAndNothingWhereOneHasNoInterval() {
        let narrow = contest("a", "b", .unresolved, ratio: 1, to: 1.2)
        var none = narrow
        none.low = nil
        #expect((Choice.notExcluded([narrow]).map { ($0 - 0.2).magnitude < 1e-9 }) == true)
        #expect(Choice.notExcluded([narrow, none]) == nil && Choice.notExcluded([]) == nil)
        #expect(
            Choice.smallestTold([narrow, none], tolerance: 0.05) == nil && Choice.smallestTold([], tolerance: 0) == nil)
    }

    @Test func aDifferenceIsToldFromTheOneOnWhoseIntervalLiesBeyondTheTolerance() throws {
        // Both intervals reach a tenth below their ratio.
        let range = try #require(
            Choice.smallestTold(
                [contest("a", "b", .unresolved), contest("a", "c", .faster, ratio: 3)], tolerance: 0.05))
        #expect((range.lowerBound - (1.05 / 0.9 - 1)).magnitude < 1e-9)
        #expect((range.upperBound - range.lowerBound).magnitude < 1e-9, "the width counts, not where it lies")
        var wide = contest("a", "d", .unresolved)
        wide.low = 0.5
        let both = try #require(Choice.smallestTold([wide, contest("a", "b", .tie)], tolerance: 0.05))
        #expect((both.upperBound - 1.1).magnitude < 1e-9 && (both.lowerBound - range.lowerBound).magnitude < 1e-9)
    }

    @Test func memoryIsChosenByTheLeastOfIt() throws {
        var planted = PlantedGrid(seed: 31)
        planted.peak = { contender, _ in ["jemalloc": 700_000, "mimalloc": 1_500_000][contender] ?? 1_000_000 }
        planted.drained = { contender, _ in contender == "mimalloc" ? 200_000 : 900_000 }
        let document = try #require(grid(planted.samples(["glibc", "jemalloc", "mimalloc"])).first)
        let standing = try #require(document.standings.first)
        let kept = try #require(standing.memoryChoice)
        #expect(kept.taken == ["mimalloc"] && kept.beaten.count == 2, "seed \(planted.seed)")
        let peak = try #require(standing.peakChoice)
        #expect(
            peak.taken == ["jemalloc"] && peak.beaten.map(\.rival) == ["glibc", "mimalloc"], "seed \(planted.seed)")
        planted.drained = nil
        let without = try #require(grid(planted.samples(["glibc", "jemalloc"])).first?.standings.first)
        #expect(without.peakChoice == nil && without.memoryChoice?.taken == ["jemalloc"])
    }
}

/// How many blocks would settle what is open.
@Suite struct PairsToSettleTests {
    private let family = ContestFamily(size: 6, tolerance: 0.05)

    private func sides(_ differences: [Double]) -> ((String, [Int: Double]), (String, [Int: Double])) {
        let blocks = Dictionary(uniqueKeysWithValues: differences.enumerated().map { ($0.offset, $0.element) })
        return (("a", blocks), ("b", blocks.mapValues { _ in 0 }))
    }

    @Test func asManyBlocksOfTheSameScatterSettleIt() throws {
        // Mean 0.1, scatter 0.1: eight pairs cannot tell.
        let pattern = [0.0, 0.2]
        let (a, b) = sides((0..<8).map { pattern[$0 % 2] })
        let open = try #require(family.contest(a, b))
        #expect(open.verdict == .unresolved)
        let wanted = try #require(open.pairsToSettle)
        #expect(wanted > 8 && wanted < 200)
        // The same scatter over so many pairs is resolved, over three quarters of them it is not.
        func verdict(_ count: Int) throws -> ComparisonVerdict {
            let (a, b) = sides((0..<count).map { pattern[$0 % 2] })
            return try #require(family.contest(a, b)).verdict
        }
        #expect(try verdict(wanted + 2 - wanted % 2) == .faster)
        #expect(try verdict(wanted * 3 / 8 * 2) == .unresolved)
    }

    @Test func whatIsResolvedOrLiesOnTheEdgeAsksForNone() throws {
        let (fast, slow) = sides([0.3, 0.31, 0.3, 0.31, 0.3])
        #expect(try #require(family.contest(fast, slow)).pairsToSettle == nil)
        let edge = 0.04879016416943204  // log 1.05
        let (a, b) = sides([edge - 0.1, edge + 0.1, edge - 0.1, edge + 0.1])
        let contest = try #require(family.contest(a, b))
        #expect(contest.verdict == .unresolved && contest.pairsToSettle == nil)
    }
}

/// Over several workloads only what holds under one strategy is recommended, and none on a workload that tells nothing
/// apart.
@Suite struct OverallSentenceTests {
    private let names = ["glibc", "jemalloc", "mimalloc"]

    private func document(
        _ scenario: String, seed: UInt64, noise: Double = 0.005, strategies: [String] = ["direct"],
        placebo: Bool = true,
        _ effect: @escaping (String, String) -> Double
    ) throws -> GridDocument {
        var planted = PlantedGrid(seed: seed, noise: noise)
        planted.scenario = scenario
        planted.strategies = strategies
        planted.effect = { contender, strategy, _ in effect(contender, strategy) }
        return try #require(grid(planted.samples(names + (placebo ? ["placebo"] : []))).first)
    }

    @Test func onAWorkloadThatTellsNothingNoneIsRecommended() throws {
        let told = try document("churn", seed: 41) { contender, _ in contender == "jemalloc" ? 1.3 : 1 }
        let open = try document("wordnet", seed: 42, noise: 0.1) { _, _ in 1 }
        #expect(open.standings.first?.speedChoice?.outcome == .open)
        let sentence = try #require(overallSentence([told, open]))
        #expect(sentence.hasPrefix("On churn take jemalloc (1.3"), "\(sentence)")
        #expect(
            sentence.hasSuffix(
                " On wordnet no two allocators are told apart by speed, so that none is recommended there: keep glibc."),
            "\(sentence)")
    }

    @Test func strategiesAreNotMerged() throws {
        let told = try document("churn", seed: 43, strategies: ["direct", "bump"]) { contender, strategy in
            contender == (strategy == "direct" ? "jemalloc" : "mimalloc") ? 1.3 : 1
        }
        let sentence = try #require(overallSentence([told]))
        #expect(sentence.contains("with the direct strategy take jemalloc ("), "\(sentence)")
        #expect(sentence.contains("; on churn with the bump strategy take mimalloc ("), "\(sentence)")
    }

    @Test func withoutAPlaceboItIsProvisional() throws {
        let told = try document("churn", seed: 44, placebo: false) { contender, _ in contender == "jemalloc" ? 1.3 : 1 }
        let sentence = try #require(overallSentence([told]))
        #expect(sentence.hasPrefix("Provisional, for want of a placebo: on churn take jemalloc"), "\(sentence)")
    }

    @Test func theSameWinnerOnSeveralWorkloadsIsTakenOnAllOfThem() throws {
        let grids = try [("churn", 45), ("mixed", 46)].map { name, seed in
            try document(name, seed: UInt64(seed)) { contender, _ in contender == "jemalloc" ? 1.3 : 1 }
        }
        let sentence = try #require(overallSentence(grids))
        #expect(
            sentence == "On churn and mixed take jemalloc, slower than another for sure on none of them.", "\(sentence)"
        )
    }

    @Test func nothingProvenMeansKeepingTheReference() throws {
        let open = try document("wordnet", seed: 47, noise: 0.1) { _, _ in 1 }
        let sentence = try #require(overallSentence([open]))
        #expect(sentence.hasPrefix("No allocator is shown to be faster than another: keep glibc."), "\(sentence)")
        let same = try document("wordnet", seed: 48, noise: 0.001) { _, _ in 1 }
        #expect(
            try #require(overallSentence([same])).hasPrefix("The choice of the allocator does not matter on wordnet"))
    }
}

/// Strategies meet on one allocator, phase by phase and as a whole.
@Suite struct StrategyGridTests {
    private func planted(_ seed: UInt64) -> PlantedGrid {
        var planted = PlantedGrid(seed: seed, noise: 0.005)
        planted.strategies = ["direct", "bump"]
        planted.effect = { contender, strategy, phase in
            strategy == "bump" ? (phase == "get" ? 0.5 : 2) * (contender == "jemalloc" ? 1.44 : 1) : 1
        }
        planted.peak = { _, strategy in strategy == "bump" ? 3_000_000 : 1_000_000 }
        planted.drained = { _, strategy in strategy == "bump" ? 100_000 : 400_000 }
        return planted
    }

    @Test func eachAllocatorHasItsContests() throws {
        let planted = planted(51)
        let samples = planted.samples(["glibc", "jemalloc", "placebo"])
        let document = try #require(grid(samples).first)
        let standings = try #require(document.strategies)
        #expect(standings.map(\.contender) == ["glibc", "jemalloc"], "the placebo is no allocator to choose")
        let glibc = try #require(standings.first?.contests.contest("bump", "direct"))
        // Half as fast in one phase and twice in the other: as a whole the same.
        #expect(glibc.verdict == .tie && (glibc.ratio - 1).magnitude < 0.02, "seed \(planted.seed)")
        let jemalloc = try #require(standings.last?.contests.contest("bump", "direct"))
        #expect(jemalloc.verdict == .faster && (jemalloc.ratio / 1.44 - 1).magnitude < 0.02, "seed \(planted.seed)")
        let phases = try #require(standings.first?.phases)
        #expect(phases.map(\.place.phase) == ["load", "get"])
        #expect(phases.map { $0.contests.contest("bump", "direct")?.verdict } == [.faster, .slower])
        let peak = try #require(standings.first?.peak.contest("bump", "direct"))
        #expect(peak.verdict == .slower && (peak.ratio / 3 - 1).magnitude < 0.02)
        let drained = try #require(standings.first?.drained.contest("bump", "direct"))
        #expect(drained.verdict == .faster && standings.first?.drainedMetric == "resident_bytes_after_30s")
        #expect(GridTable.text([document]).contains("strata on jemalloc: direct is 0.69 x bump ("))
    }

    @Test func oneAllocatorIsEnoughAndOneStrategyIsNot() throws {
        #expect(compareStrategies(planted(52).samples(["glibc"]))?.count == 1)
        #expect(compareStrategies(PlantedGrid(seed: 53).samples(["glibc"])) == nil)
        #expect(grid(PlantedGrid(seed: 53).samples(["glibc", "jemalloc"])).first?.strategies == nil)
    }
}

/// What a plan sends at given times comes at the same rate on every allocator.
@Suite struct PacedPhaseTests {
    @Test func aPlannedRateIsNoPartOfTheComposite() throws {
        var planted = PlantedGrid(seed: 61, noise: 0.002)
        planted.effect = { contender, _, phase in contender == "jemalloc" && phase == "get" ? 1.4 : 1 }
        let plain = planted.samples(["glibc", "jemalloc"])
        let plan = plain.filter { $0.phase == "load" && $0.metric == "throughput" }.map { row in
            var copy = row
            copy.metric = "planned_rate"
            copy.direction = .none
            return copy
        }
        func ratio(_ samples: [SampleRow]) throws -> Double {
            try #require(grid(samples).first?.standings.first?.contest("jemalloc", "glibc")).ratio
        }
        #expect(try (ratio(plain) / 1.4.squareRoot() - 1).magnitude < 0.01, "seed \(planted.seed)")
        #expect(try (ratio(plain + plan) / 1.4 - 1).magnitude < 0.01, "seed \(planted.seed)")
        #expect(grid(plain + plan).first?.rankings.map(\.place.phase) == ["get"])
    }
}
