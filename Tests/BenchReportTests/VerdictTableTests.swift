import BenchResults
import BenchVerdict
import BenchWorkload
import Foundation
import Testing

@testable import BenchReport

private let nothing = ExecutableLookup { _ in nil }

@Suite("The verdict's tables")
struct VerdictTableTests {
    /// Two strategies on three allocators. With `direct` jemalloc is faster than glibc by half and mimalloc scatters;
    /// with `bump` all scatter. jemalloc keeps a third after the drain.
    private var data: RunData {
        var rows: [SampleRow] = []
        for block in 0..<8 {
            let swing = block.isMultiple(of: 2) ? 1.6 : 0.6
            for strategy in ["direct", "bump"] {
                for allocator in ["glibc", "jemalloc", "mimalloc"] {
                    let arm = TinyRun.arm(allocator, strategy: strategy)
                    let own = allocator == "mimalloc" || strategy == "bump" && allocator != "glibc" ? swing : 1
                    let speed =
                        (allocator == "jemalloc" && strategy == "direct" ? 1.5 : own) * (strategy == "bump" ? 0.5 : 1)
                    rows.append(TinyRun.row(arm, block, 1e6 * speed * (1 + 0.001 * Double(block % 3))))
                    for (metric, bytes) in [
                        ("resident_bytes_peak", 9e6),
                        ("resident_bytes_after_1s", allocator == "jemalloc" ? 3e6 : block == 3 ? 18e6 : 9e6),
                    ] {
                        rows.append(
                            TinyRun.row(arm, block, bytes, metric: metric, unit: "bytes", direction: .lower))
                    }
                }
            }
        }
        var data = TinyRun.run(rows)
        data.environment = SyntheticRun.environment("r1")
        data.environment?.allocators[1].options = "opt.dirty_decay_ms=10000 opt.muzzy_decay_ms=0"
        data.command = "strata bench --profile quick Workloads/tiny.yaml --set seed=7 --out 'a b'"
        data.blockRows = rows.filter { $0.metric == "throughput" }.map { row in
            BlockRow(
                scenario: "tiny", arm: row.arm.label, block: row.block, attempt: 0, position: 0,
                startSeconds: Double(row.block), seconds: 2, kept: true)
        }
        return data
    }

    private func text(_ data: RunData) throws -> String {
        let folder = try RunFolder(data)
        try Report.write(run: folder.run, lookup: nothing)
        return try folder.text("report.md")
    }

    private func row(_ text: String, _ start: String) throws -> [String] {
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix(start) }, "\(start)\n\(text)")
        return line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    }

    @Test("Each strategy has its row: what to take, proven against whom, and what is open")
    func choice() throws {
        let text = try text(data)
        let direct = try row(text, "| tiny, strata/direct | **jemalloc** (provisional)")
        #expect(direct[2].hasPrefix("glibc 1.50 × (1.") && direct[3].hasPrefix("mimalloc; differences up to "))
        let kept = try row(text, "| tiny, strata/direct, 1 s after the drain |")
        #expect(kept[1] == "**jemalloc** (provisional)" && kept[2].hasPrefix("glibc 0.3") && kept[3] == "–", "\(kept)")
        #expect(
            try row(text, "| tiny, strata/direct, at the peak |") == [
                "tiny, strata/direct, at the peak", "any: all tie", "–", "–",
            ])
        let bump = try row(text, "| tiny, strata/bump |")
        #expect(
            bump[1] == "nothing proven: keep glibc" && bump[2] == "–"
                && bump[3].hasPrefix("any from any, but jemalloc ties with mimalloc; "))
        #expect(
            text.contains(
                "**Provisional, for want of a placebo: on tiny with the direct strategy take jemalloc (1.5 × glibc"))
        #expect(
            text.contains(
                "; not told apart from mimalloc). On tiny with the bump strategy no two allocators are told apart by speed, "
                    + "so that none is recommended there: keep glibc.**"))
    }

    @Test("The words of the choice are those of the figures, and uneven blocks are told")
    func figures() throws {
        let text = try text(data)
        let figures = try row(text, "| tiny, strata/direct | mimalloc |")
        // Seven blocks of 9 MB and one of 18, against the same: the median and the range.
        #expect(figures.last?.hasPrefix("9.00 MB<br>\\[9.00 to 18.0 MB\\]<br>1.00 ×") == true, "\(figures)")
        #expect(figures.last?.hasSuffix("<br>ties") == true, "the bytes have a verdict too")
        let jemalloc = try row(text, "| tiny, strata/direct | jemalloc |")
        let contest = try #require(grid(data.samples).first?.standings.first?.memory("jemalloc", "glibc"))
        #expect(
            jemalloc.last?.contains(Wording.ratio(contest.ratio, low: contest.low, high: contest.high, pairs: 8))
                == true)
        let folded = try #require(text.range(of: "The figures of workloads that tell no two allocators apart"))
        let open = try #require(text.range(of: "| tiny, strata/bump | glibc |"))
        #expect(folded.lowerBound < open.lowerBound, "what tells nothing is folded away")
    }

    @Test("Strategies stand against each other on each allocator")
    func strategies() throws {
        let text = try text(data)
        #expect(
            text.contains(
                "On tiny the strategy bump is, against direct, slower for sure on glibc and mimalloc (0.500 ×)")
                || text.contains("slower for sure on glibc, jemalloc and mimalloc")
                || text.contains("slower for sure on all 3 allocators"), "\(text)")
        let row = try row(text, "| tiny, glibc | bump ÷ direct | **0.500 × (0.500 to 0.500)**")
        #expect(row[3] == "**get 0.500**" && row[4].hasPrefix("1.00 ×"))
    }

    @Test("Whoever gives back later than the run watched is judged by an upper bound, and where it wins that is enough")
    func drain() throws {
        let told =
            "The run watched the process for 1 s after the drain, so that memory which is given back later is not seen. By "
            + "its options jemalloc (over 10 s) gives unused memory back little by little: some of it was back already when it "
            + "was read, and the rest was to follow, so that the figures after the drain are upper bounds for it: where it "
            + "keeps the least"
        let text = try text(data)
        #expect(text.contains("\(told) (strata/direct and strata/bump) that holds all the more, and where another"))
        #expect(DrainNote([TinyRun.row(TinyRun.arm("glibc"), 0, 1)], environment: nil) == nil)
        // Where it loses, what it lost by is what it came to so far.
        var data = data
        for index in data.samples.indices
        where data.samples[index].metric == "resident_bytes_after_1s" && data.samples[index].allocator == "jemalloc" {
            data.samples[index].value = 27e6
        }
        let lost = try self.text(data)
        #expect(
            !lost.contains(told) && lost.contains("upper bounds for it: where another is proven smaller than it"))
        let direct = try row(lost, "| tiny, strata/direct, 1 s after the drain |")
        #expect(direct[2].contains("jemalloc 0.3") && direct[2].contains(") so far"), "\(direct)")
        // Without options that say so nobody is late.
        data.environment?.allocators[1].options = ""
        #expect(try !self.text(data).contains("upper bounds") && !self.text(data).contains(") so far"))
    }

    @Test("Bytes of several numbers of threads are told one by one")
    func threads() throws {
        var data = data
        data.samples += data.samples.map { row in
            var copy = row
            copy.threads = 2
            copy.value *= row.unit == "bytes" ? 2 : 1.5
            return copy
        }
        let text = try text(data)
        let figures = try row(text, "| tiny, strata/direct | jemalloc |")
        #expect(figures.last?.hasPrefix("1 thread: 3.00 MB<br>2 threads: 6.00 MB<br>") == true, "\(figures)")
        #expect(text.contains("; it is that of the number of threads with the most bytes in each block"))
        #expect(try !self.text(self.data).contains("it is that of the number of threads"))
    }

    @Test("The next command is the run's own, with blocks enough")
    func next() throws {
        let grid = try #require(grid(data.samples).first)
        let next = NextRun(data: data, grid: grid)
        let blocks = try #require(next.blocks)
        let near = grid.standings.flatMap { standing in
            standing.contests.filter { $0.verdict == .unresolved }.compactMap(\.pairsToSettle)
        }
        if let most = near.filter({ $0 <= NextRun.mostBlocks }).max() { #expect(blocks == max(most, 8)) }
        #expect(
            next.command
                == "strata compare Workloads/tiny.yaml --profile quick --set seed=7 --strategies direct,bump --blocks \(blocks)"
        )
        #expect(next.reason?.hasPrefix("`strata compare` adds the placebo that this run lacks.") == true)
        // Six arms of 2 s and two more for the placebo.
        let seconds = 16 * blocks
        #expect(
            next.reason?.contains(seconds < 90 ? " s." : "\((seconds + 59) / 60) minutes.") == true,
            "\(next.reason ?? "")")
        #expect(try text(data).contains("```\nstrata compare Workloads/tiny.yaml"))
    }

    @Test("Where all is settled and a placebo ran, nothing is asked for")
    func settled() throws {
        var data = data
        data.samples.removeAll { $0.allocator == "mimalloc" || $0.strategy == "bump" }
        data.samples += data.samples.filter { $0.allocator == "glibc" }.map { row in
            var copy = row
            copy.allocator = "placebo"
            return copy
        }
        let grid = try #require(grid(data.samples).first)
        #expect(NextRun(data: data, grid: grid).command == nil)
        #expect(!(try text(data).contains("What to run next")))
    }

    @Test("Where blocks are no help, longer phases are asked for, and it is said what stays possible")
    func longerPhases() throws {
        func contest(_ name: String, _ verdict: ComparisonVerdict) -> GridDocument.Contest {
            .init(contender: name, rival: "glibc", n: 9, ratio: 1.04, low: 0.9, high: 1.2, verdict: verdict)
        }
        var grid = try #require(grid(data.samples).first)
        grid.placebo = [.init(place: "all phases, strata/bump", contest: contest("placebo", .tie), ties: true)]
        grid.standings = [grid.standings[0]]
        grid.standings[0].order = ["jemalloc", "glibc"]
        grid.standings[0].contests = [contest("jemalloc", .unresolved)]
        var data = data
        let quick = NextRun(data: data, grid: grid)
        #expect(quick.command == "strata compare Workloads/tiny.yaml --set seed=7 --strategies direct --blocks 8")
        #expect(
            quick.reason
                == "No number of blocks up to 60 would settle jemalloc against glibc: they are too close to the tolerance, or "
                + "scatter too much. Differences up to 20 % stay possible there. Longer phases scatter less, so that the "
                + "profile `default` may tell more than `quick`.")
        // Of several pairs the one that needs the most blocks counts, up to the limit.
        grid.standings[0].order = ["a", "b", "c", "d"]
        grid.standings[0].contests = [("a", "b", 20), ("a", "c", 33), ("a", "d", 61)].map { name, rival, pairs in
            var pair = contest(name, .unresolved)
            pair.rival = rival
            pair.pairsToSettle = pairs
            return pair
        }
        #expect(NextRun(data: data, grid: grid).blocks == 33)
        #expect(
            NextRun(data: data, grid: grid).reason?.hasPrefix(
                "33 blocks would settle a against b and a against c, should they scatter as these did. But no number of "
                    + "blocks up to 60 would settle a against d: ") == true)
        grid.standings[0].contests = [contest("a", .unresolved)]
        data.environment?.profile = "full"
        #expect(NextRun(data: data, grid: grid).command == nil)
        #expect(NextRun(data: data, grid: grid).reason?.hasSuffix("stay possible there.") == true)
    }

    @Test("What a placebo shows is told for all phases, not only for the worst of them")
    func placebo() throws {
        var data = data
        data.samples += data.samples.filter { $0.allocator == "glibc" }.map { row in
            var copy = row
            copy.allocator = "placebo"
            copy.value *= row.metric == "throughput" ? (row.block.isMultiple(of: 2) ? 1.01 : 0.99) : 1
            return copy
        }
        let text = try text(data)
        #expect(
            text.contains(
                "- The placebo, glibc under a second name, is told apart from glibc at none of 4 places, as it has to be. "
                    + "And its interval reaches to "), "\(text)")
        #expect(text.contains(" % over all phases, and in the worst single one to ") && !text.contains("provisional)"))
        #expect(text.contains(", within the tolerance of 3 %: "))
        // Each block has the very bytes of the reference.
        #expect(
            text.contains(
                "- In memory the placebo ties with glibc for strata/direct at the peak (1.00 ×, 1.00 to 1.00), strata/direct "
                    + "1 s after the drain (1.00 ×, 1.00 to 1.00), "), "\(text)")
        #expect(text.contains("**On tiny with the direct strategy take jemalloc"))
    }

    @Test("A placebo that scatters beyond the tolerance is no proof that small differences can be told")
    func noisyPlacebo() throws {
        var data = data
        data.samples.removeAll { $0.strategy == "bump" || $0.allocator == "mimalloc" }
        data.samples += data.samples.filter { $0.allocator == "glibc" }.map { row in
            var copy = row
            copy.allocator = "placebo"
            copy.value *= row.metric == "throughput" ? (row.block.isMultiple(of: 2) ? 1.2 : 1 / 1.2) : 1
            return copy
        }
        let text = try text(data)
        #expect(text.contains(": wider than the tolerance of 3 %. Something that favours one arm by less"), "\(text)")
        #expect(text.contains("what is not told apart need not be equal"))
        // jemalloc and glibc scatter together: their own interval is as narrow as the tolerance lets it be.
        #expect(text.contains("- The smallest difference in speed over all phases that this run can tell is 3 %"))
    }

    @Test("Places are named by what tells them apart")
    func places() {
        func place(_ phase: String, threads: Int = 1, parameters: String = "a=1") -> GridDocument.Place {
            .init(
                phase: phase, role: "", operation: "get", subject: "strata", strategy: "bump", threads: threads,
                parameters: parameters)
        }
        func labels(_ places: [GridDocument.Place]) -> [String] { places.map(PlaceLabels(places).label) }
        #expect(labels([place("get"), place("load")]) == ["get", "load"])
        #expect(labels([place("get"), place("get", threads: 2)]) == ["get (1 thread)", "get (2 threads)"])
        #expect(labels([place("get"), place("get", parameters: "a=2")]) == ["get (a 1)", "get (a 2)"])
    }

    @Test("Words of a command keep their quotes")
    func words() {
        #expect(NextRun.words("a  'b c' --set=\"x y\" d") == ["a", "'b c'", "--set=\"x y\"", "d"])
        #expect(NextRun.words("").isEmpty)
    }

    @Test("A scenario that the run kept is told in one line; what stands on one allocator goes to the end")
    func workloads() throws {
        var data = data
        data.samples += (0..<3).map { TinyRun.row(TinyRun.arm("glibc"), $0, 5e5, scenario: "alone") }
        let folder = try RunFolder(data)
        try folder.run.write(
            text: """
                name: tiny
                title: "A tiny one"
                description: "For tests."
                dataset: { source: synthetic, entities: 1000, edges_per_entity: 0, properties_per_entity: 0, embedding_dimensions: 0 }
                arms: { allocators: [glibc, jemalloc, mimalloc], strategies: [direct, bump] }
                phases:
                  - { name: load, operations: { insert: 1 } }
                  - { name: get, operations: { get: 1 }, count: 500 }
                blocks: 8

                """, to: "scenarios/tiny.yaml")
        try Report.write(run: folder.run, lookup: nothing)
        let text = try folder.text("report.md")
        let line = "1,000 made-up rows; load: all rows, insert; get: 500 × get on uniform keys; 1 thread."
        #expect(text.contains("- **tiny:** A tiny one. \(line)"), "\(text)")
        #expect(text.contains("What this run did, profile quick: \(line)"))
        #expect(
            text.contains(
                "\n\n**The scenario in general** (profiles differ in size, and in how long they wait): For tests.\n\n"))
        #expect(
            text.contains(
                " After the drain the process rested for 1 s in this run; its resident memory was read after 1 s."),
            "\(text)")
        let notes = try #require(text.range(of: "## Notes"))
        let alone = try #require(text.range(of: "## Appendix: scenario alone"))
        #expect(notes.lowerBound < alone.lowerBound && !text.contains("## Scenario alone"))
    }
}
