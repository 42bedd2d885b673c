import BenchResults
import BenchStatistics
@testable import BenchVerdict
import Testing

@Suite struct GridTests {
    private static let all = ["glibc", "jemalloc", "mimalloc", "placebo"]

    private func only(_ samples: [SampleRow], tolerance: Double = 0.03) throws -> GridDocument {
        let grids = grid(samples, tolerances: Tolerances(fallback: tolerance))
        #expect(grids.count == 1)
        return try #require(grids.first)
    }

    @Test func aPlantedDifferenceIsFoundAndToldWithItsMemory() throws {
        var planted = PlantedGrid(seed: 11)
        planted.effect = { contender, _, _ in contender == "jemalloc" || contender == "mimalloc" ? 1.3 : 1 }
        planted.drained = { contender, _ in contender == "glibc" || contender == "placebo" ? 2_100_000 : 1_000_000 }
        let document = try only(planted.samples(Self.all))
        #expect(document.isRanked && document.refusal == nil, "seed \(planted.seed)")
        let standing = try #require(document.standings.first)
        #expect(standing.matters == true && standing.order.last == "glibc", "seed \(planted.seed)")
        #expect(standing.contest("jemalloc", "mimalloc")?.verdict == .tie, "seed \(planted.seed)")
        let contest = try #require(standing.contest("glibc", "jemalloc"))
        #expect(contest.verdict == .slower)
        #expect(try #require(contest.low) < 1 / 1.3 && 1 / 1.3 < #require(contest.high), "seed \(planted.seed)")
        #expect(standing.memoryMetric == "resident_bytes_after_30s")
        #expect(standing.stability.leader > 0 && standing.stability.order <= standing.stability.leader)
        let sentence = document.sentence
        #expect(sentence.hasPrefix("On this workload "), "\(sentence)")
        #expect(sentence.contains("tie, and glibc is 1.") && sentence.contains("x slower ("), "\(sentence)")
        #expect(sentence.contains("and keeps 2.1 x as much memory after the drain."), "\(sentence)")
        let overall = try #require(overallSentence([document]))
        #expect(overall.hasPrefix("On million-inserts take ") && overall.contains(" or "), "\(overall)")
    }

    @Test func eachPlaceHasItsOwnOrder() throws {
        var planted = PlantedGrid(seed: 12)
        planted.effect = { contender, _, phase in
            switch (contender, phase) {
            case ("jemalloc", "get"): 1.5
            case ("mimalloc", "load"): 1.2
            default: 1
            }
        }
        let document = try only(planted.samples(Self.all))
        #expect(document.rankings.map(\.place.phase) == ["load", "get"])
        let get = try #require(document.rankings.last)
        #expect(get.cells.first?.contender == "jemalloc" && get.cells.map(\.rank) == [1, 2, 3])
        #expect(!get.cells.contains { $0.contender == "placebo" })
        #expect(get.contests.count == 3, "all pairs, each once")
        let lead = get.contests.filter { $0.contender == "jemalloc" }
        #expect(lead.count == 2 && lead.allSatisfy { $0.verdict == .faster }, "seed \(planted.seed)")
        #expect(get.stability?.leader == 1)
        let cell = try #require(get.cells.first)
        #expect((cell.ratio / 1.5 - 1).magnitude < 0.03, "seed \(planted.seed)")
        // A cell is the contest with the reference: one figure, one interval.
        let contest = try #require(get.contests.contest("jemalloc", "glibc"))
        #expect(cell.ratio == contest.ratio && cell.low == contest.low && cell.high == contest.high)
        #expect(cell.verdict == contest.verdict)
    }

    @Test func equalAllocatorsTieUnderEveryStrategy() throws {
        var planted = PlantedGrid(seed: 13, blocks: 12, noise: 0.002)
        planted.strategies = ["direct", "bump"]
        let document = try only(planted.samples(Self.all))
        #expect(document.standings.allSatisfy { $0.matters == false }, "seed \(planted.seed)")
        #expect(document.sentence.contains("does not matter under any strategy"), "\(document.sentence)")
        #expect(document.sentence.contains("% are excluded"), "\(document.sentence)")
    }

    @Test func theStrategyUnderWhichItDoesNotMatterIsNamed() throws {
        var planted = PlantedGrid(seed: 14, blocks: 10, noise: 0.003)
        planted.strategies = ["direct", "bump"]
        planted.effect = { contender, strategy, _ in contender == "jemalloc" && strategy == "direct" ? 1.4 : 1 }
        let document = try only(planted.samples(Self.all))
        #expect(document.standings.map(\.matters) == [true, false], "seed \(planted.seed)")
        #expect(document.sentence.contains("with the direct strategy jemalloc is the fastest"), "\(document.sentence)")
        #expect(
            document.sentence.contains("; with the bump strategy the choice of the allocator does not matter"),
            "\(document.sentence)")
    }

    @Test func aRunThatCannotTellSaysWhatItExcludes() throws {
        var planted = PlantedGrid(seed: 15, blocks: 7, noise: 0.08)
        planted.effect = { contender, _, _ in contender == "jemalloc" ? 1.02 : 1 }
        let document = try only(planted.samples(Self.all))
        #expect(document.standings.first?.matters == .some(nil), "seed \(planted.seed)")
        #expect(
            document.sentence.contains(
                "With 7 blocks this run cannot tell glibc, jemalloc and mimalloc apart; differences up to ")
                && document.sentence.contains(" % stay possible"),
            "\(document.sentence)")
    }

    @Test func twoBlocksSayNothing() throws {
        let document = try only(PlantedGrid(seed: 16, blocks: 2).samples(Self.all))
        #expect(document.sentence == "2 blocks cannot tell allocators apart; run at least 8.")
        #expect(document.noiseFloor == nil && document.rankings.allSatisfy { $0.cells.allSatisfy { $0.low == nil } })
    }

    @Test func aPlaceboThatDiffersForbidsAnyRanking() throws {
        var planted = PlantedGrid(seed: 17)
        planted.effect = { contender, _, phase in
            contender == "placebo" && phase == "get" ? 1.2 : contender == "jemalloc" ? 1.5 : 1
        }
        let document = try only(planted.samples(Self.all))
        #expect(!document.isRanked && document.standings == [] && document.frontier == [])
        #expect(document.rankings.allSatisfy { $0.contests == [] && $0.cells.allSatisfy { $0.rank == nil } })
        #expect(document.placebo.contains { !$0.ties && $0.place == "get, strata/direct/1" })
        #expect(document.placebo.contains { $0.ties && $0.place == "load, strata/direct/1" }, "seed \(planted.seed)")
        #expect(document.sentence.hasPrefix("Nothing is ranked: the placebo, glibc under a second name, differs"))
        #expect(try #require(overallSentence([document])).contains("no allocator can be recommended"))
    }

    @Test func theNoiseFloorIsTheWidestPlaceboInterval() throws {
        let quiet = try only(PlantedGrid(seed: 18, noise: 0.002).samples(Self.all))
        let loud = try only(PlantedGrid(seed: 18, noise: 0.05).samples(Self.all))
        #expect(try #require(quiet.noiseFloor) < 0.01 && #require(loud.noiseFloor) > 0.02)
        let without = try only(PlantedGrid(seed: 18).samples(["glibc", "jemalloc"]))
        #expect(without.noiseFloor == nil && without.placebo == [])
        #expect(without.sentence.contains("provisional: without a placebo"))
    }

    @Test func theFrontierNamesWhoDominates() throws {
        var planted = PlantedGrid(seed: 19)
        planted.threads = [1, 2]
        planted.effect = { contender, _, _ in ["jemalloc": 1.3, "mimalloc": 1.6][contender] ?? 1 }
        planted.peak = { contender, _ in ["jemalloc": 800_000, "mimalloc": 2_000_000][contender] ?? 1_000_000 }
        let document = try only(planted.samples(Self.all))
        #expect(document.frontier.count == 6, "an arm for each allocator and number of threads")
        #expect(Set(document.paretoSet.map(\.contender)) == ["jemalloc", "mimalloc"], "seed \(planted.seed)")
        let dominated = document.frontier.filter { $0.contender == "glibc" }
        #expect(dominated.allSatisfy { $0.dominatedBy?.hasPrefix("strata/jemalloc/direct/") == true })
        let memory = document.memory.filter { $0.metric == "resident_bytes_peak" && $0.contender == "mimalloc" }
        #expect(try (#require(memory.first?.ratio) - 2).magnitude < 0.05)
        let holes = document.memory.filter { $0.metric == "fragmentation_ratio" && $0.contender == "jemalloc" }
        #expect(try (#require(holes.first?.value) - 1).magnitude < 0.05)
    }

    @Test func phasesOfOneThreadCountForEveryNumberOfThreads() throws {
        var planted = PlantedGrid(seed: 20)
        planted.threads = [1, 2]
        planted.effect = { contender, _, _ in contender == "jemalloc" ? 1.3 : 1 }
        // As the driver has it: the load runs on one thread whatever the arm says.
        let samples = planted.samples(Self.all).filter { $0.phase == "get" || $0.threads == 1 }
        let document = try only(samples)
        #expect(document.frontier.count == 6)
        #expect(document.rankings.count == 3)
        for point in document.frontier where point.contender == "jemalloc" {
            #expect((point.throughput / 1.3 - 1).magnitude < 0.05, "seed \(planted.seed): \(point)")
        }
    }

    @Test func optionsAreContendersAndOneAllocatorIsNoGrid() throws {
        #expect(grid(PlantedGrid(seed: 21).samples(["glibc"])) == [])
        #expect(try only(PlantedGrid(seed: 21).samples(["jemalloc", "mimalloc"])).reference == "jemalloc")
        var samples = PlantedGrid(seed: 21).samples(["glibc", "jemalloc", "mimalloc"])
        for index in samples.indices where samples[index].allocator == "mimalloc" {
            samples[index].allocator = "jemalloc"
            samples[index].allocatorOptions = "dirty_decay_ms:0"
        }
        #expect(try only(samples).contenders == ["glibc", "jemalloc", "jemalloc[dirty_decay_ms:0]"])
    }

    @Test func aProgramIsRankedByItsTime() throws {
        var planted = PlantedGrid(seed: 22)
        planted.phases = ["run"]
        planted.effect = { contender, _, _ in contender == "jemalloc" ? 1 / 1.3 : 1 }
        var samples = planted.samples(Self.all)
        for index in samples.indices where samples[index].metric == "throughput" {
            samples[index].metric = "wall_time"
            samples[index].unit = "ns"
            samples[index].direction = .lower
            samples[index].digest = "-"
        }
        let document = try only(samples)
        // A smaller time is a better one: what was planted as a smaller value leads.
        #expect(document.metric == "wall_time" && document.standings.first?.order.first == "jemalloc")
    }

    @Test func equalArmsAreHardlyEverToldApart() {
        // 400 families of all pairs of four equal sides at three places: one in twenty may be wrong somewhere, which
        // is 20 with a deviation of 4.4.
        let seed: UInt64 = 1000
        var generator = SeededGenerator(seed: seed)
        var wrong = 0
        for _ in 0..<400 {
            let family = ContestFamily(size: 3 * pairCount(4), tolerance: 0)
            let told = (0..<3).flatMap { _ in
                family.contests(
                    ["a", "b", "c", "d"].map { name in
                        let blocks = (0..<8).map { ($0, 0.05 * PlantedGrid.normal(&generator)) }
                        return (name, Dictionary(uniqueKeysWithValues: blocks))
                    })
            }
            if told.contains(where: { $0.verdict == .faster || $0.verdict == .slower }) { wrong += 1 }
        }
        #expect(wrong <= 33, "seed \(seed): \(wrong) of 400 families told equal sides apart")
        #expect(wrong >= 4, "seed \(seed): \(wrong) of 400 families: the intervals are needlessly wide")
    }

    @Test func theSentenceOverAllFollowsTheData() throws {
        var first = PlantedGrid(seed: 23)
        first.effect = { contender, _, _ in contender == "jemalloc" ? 1.3 : 1 }
        var second = PlantedGrid(seed: 24)
        second.scenario = "wordnet"
        second.effect = { contender, _, _ in contender == "jemalloc" ? 1 / 1.3 : 1 }
        let grids =
            grid(first.samples(["glibc", "jemalloc", "placebo"]))
            + grid(second.samples(["glibc", "jemalloc", "placebo"]))
        let sentence = try #require(overallSentence(grids))
        #expect(
            sentence.hasPrefix("On million-inserts and wordnet no allocator is best everywhere (jemalloc is 1."),
            "\(sentence)")
        #expect(sentence.contains("x slower than glibc on wordnet"), "\(sentence)")
        #expect(overallSentence([]) == nil)
        #expect(GridTable.text(grids).contains("noise floor"))
    }
}
