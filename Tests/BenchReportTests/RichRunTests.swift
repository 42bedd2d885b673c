import BenchResults
import BenchVerdict
import Foundation
import Testing

@testable import BenchReport

#if canImport(FoundationXML)
    import FoundationXML
#endif

private let hasGnuplot = ExecutableLookup.environment.find("gnuplot") != nil
private let nothing = ExecutableLookup { _ in nil }

@Suite("Roles, sweeps, threads, drains and gates")
struct RichRunTests {
    @Test("Every chart that the data allow is there, and those it does not allow say why")
    func charts() throws {
        let set = ChartSet(RichRun.make())
        let names = Set(set.charts.map(\.name))
        for name in [
            "epoch-readers-roles", "epoch-readers-open-loop", "epoch-readers-throughput", "epoch-readers-memory",
            "epoch-readers-frontier", "epoch-readers-heat", "epoch-readers-distribution", "churn-drain", "churn-heat",
            "churn-threads", "churn-sweep-dataset-entities", "churn-frontier", "churn-distribution",
        ] { #expect(names.contains(name), "\(name)\n\(set.leftOut)") }
        let reasons = set.leftOut.map(\.description)
        for reason in [
            "epoch-readers-drain: no phase of this scenario settles after a drain",
            "epoch-readers-threads: no phase ran with more than one number of threads",
            "churn-roles: no phase of this scenario has roles",
            "churn-open-loop: no phase of this scenario has an open loop with valid latencies",
            "churn-throughput: the timeline holds no row of this scenario",
        ] { #expect(reasons.contains(reason), "\(reasons)") }
        for chart in set.charts {
            let blocks = chart.data.split(separator: "\n").filter { $0.hasPrefix("# index ") }.count
            let used = Set(chart.script.matches(of: /index (\d+)/).compactMap { Int($0.1) })
            #expect(used == Set(0..<blocks), "\(chart.name)")
            #expect(chart.script.contains("set termoption noenhanced"), "\(chart.name)")
        }
    }

    @Test("Each of them is drawn as well-formed SVG, and follows the page's theme", .enabled(if: hasGnuplot))
    func pictures() throws {
        let folder = try RunFolder(RichRun.make())
        let outcome = try Report.write(run: folder.run)
        #expect(!outcome.leftOut.contains { $0.reason.contains("gnuplot") }, "\(outcome.leftOut)")
        let page = try folder.text("report.html")
        for name in outcome.drawn {
            let svg = try folder.text("charts/\(name).svg")
            #expect(XMLParser(data: Data(svg.utf8)).parse(), "\(name)")
            let inline = InlineSVG.text(svg, name: name, title: name)
            #expect(XMLParser(data: Data(inline.utf8)).parse(), "\(name)")
            // The picture's own file stays as it is drawn; on the page ground and ink are the theme's.
            #expect(svg.contains("rgb(34,34,34)") && !svg.contains("var("))
            #expect(inline.contains("var(--c-222222)") && inline.contains("var(--c-ffffff)"), "\(name)")
            #expect(!inline.contains("rgb(34,34,34)") && !inline.contains("\"black\""), "\(name)")
        }
        let style = page.prefix(8000)
        for variable in Set(page.matches(of: /var\((--c-[0-9a-f]+)\)/).map { String($0.1) }) {
            #expect(style.ranges(of: "\(variable): #").count == 2, "\(variable) has a light and a dark value")
        }
    }

    @Test("Arms that differ only in the threads that roles give a phase are one arm")
    func roles() throws {
        let data = RichRun.make()
        let names = data.names(of: "epoch-readers")
        #expect(names.arms.count == 6 && names.all == ["glibc", "jemalloc", "mimalloc"])
        let folder = try RunFolder(data)
        try Report.write(run: folder.run, lookup: nothing)
        let text = try folder.text("report.md")
        #expect(
            text.contains("2 phases (load, read-while-writing), 3 arms, 8 blocks each in a fresh process"), "\(text)")
        let head = try #require(text.split(separator: "\n").first { $0.hasPrefix("| Arm | load") })
        #expect(head.contains("read-while-writing, readers") && head.contains("read-while-writing, writer"))
        #expect(text.contains("| glibc | read-while-writing, writer | 20.0 k/s |"), "\(text)")
    }

    @Test("The verdict comes first, and says which allocator, how sure, and what could not be told")
    func verdict() throws {
        let data = RichRun.make()
        let folder = try RunFolder(data)
        try Report.write(run: folder.run, lookup: nothing)
        let text = try folder.text("report.md")
        func place(_ part: String) throws -> String.Index { try #require(text.range(of: part), "\(part)").lowerBound }
        let order = [
            "## Verdict", "## Gate", "## Documented targets", "## Scenario epoch-readers", "## Counts",
            "## How steady the run was", "## Environment", "## How to run it again", "## Notes",
        ]
        for (first, second) in zip(order, order.dropFirst()) { #expect(try place(first) < place(second), "\(first)") }
        let grids = ChartSet(data).grids
        #expect(grids.map(\.scenario) == ["epoch-readers", "churn"])
        #expect(
            text.contains("**Provisional, for want of a placebo: on epoch-readers and churn with the direct strategy"))
        #expect(text.contains("| epoch-readers, strata/direct | **mimalloc** (provisional) | "), "\(text)")
        #expect(text.contains("| epoch-readers, strata/direct | mimalloc | "))
        #expect(text.contains("Every ratio rests on 8 and 6 blocks of each arm, paired in time."))
        #expect(text.contains("No placebo ran (the reference under a second name"))
        for word in ["Arm:", "Block:", "Interval:"] { #expect(text.contains("**\(word)**")) }
        #expect(text.contains(", 5 s after the drain | **mimalloc** (provisional) |"), "memory stands beside speed")
        #expect(text.contains("### Strategies against each other") && text.contains("| churn, glibc | direct ÷ bump |"))
        #expect(text.contains("### What to run next") && text.contains("\nstrata compare churn --profile quick "))
    }

    @Test("A placebo that differs refuses the ranking, and the report says so first")
    func placebo() throws {
        var data = RichRun.make()
        data.samples = RichRun.epochReaders()
        data.samples += data.samples.filter { $0.allocator == "glibc" }.map { row in
            var copy = row
            copy.allocator = "placebo"
            copy.value *= row.metric == "throughput" ? 1.5 : 1
            return copy
        }
        let folder = try RunFolder(data)
        try Report.write(run: folder.run, lookup: nothing)
        let text = try folder.text("report.md")
        #expect(text.contains("Nothing is ranked: the placebo"), "\(text)")
        #expect(!text.contains("clearly the fastest"))
    }

    @Test("Rounds, counts, gate and outliers are told")
    func sections() throws {
        var data = RichRun.make()
        for index in data.samples.indices where data.samples[index].phase == "load" && data.samples[index].block == 2 {
            data.samples[index].value /= 3
        }
        let folder = try RunFolder(data)
        try Report.write(run: folder.run, lookup: nothing)
        let text = try folder.text("report.md")
        for sentence in [
            "Of 17 rounds 1 was disturbed and repeated for all arms together",
            "from the first third to the last it became 10 % slower",
            "took 1 ms in the median, 1.00 × to 1.10 × of that over the run",
            "Figures are per operation. Repetitions agree within 1.0 instructions in a million.",
            "| churn, churn | strata/glibc/direct/1 | 1 k | 0.25 |",
            "**REGRESSION.** Baseline abc1234, candidate def5678",
            "| `repeat` | yes | The baseline differs from itself by 0.2 %. |",
            "| **regression** | 4.00 % (4.00 % to 4.00 %) | 0.50 % | – | – |",
            "3 severe (3 slow, 0 fast)",
        ] { #expect(text.contains(sentence), "\(sentence)\n\(text)") }
        try folder.run.write(text: "{\"schema\": 1}", to: RunFile.gate.rawValue)
        let error = #expect(throws: ReportError.self) { try Report.write(run: folder.run, lookup: nothing) }
        #expect(error?.path == folder.run.path(of: .gate))
    }

    @Test("A program that only has a wall time is compared by its rate")
    func wallTime() {
        let samples = (0..<8).flatMap { block in
            [("glibc", 2e9), ("jemalloc", 1e9)].map { allocator, nanoseconds in
                TinyRun.row(
                    TinyRun.arm(allocator), block, nanoseconds + Double(block) * 1e6, phase: "run",
                    metric: "wall_time", unit: "ns", direction: .lower)
            }
        }
        let set = ChartSet(TinyRun.run(samples))
        #expect(
            set.charts.contains { $0.name == "tiny-allocators" && $0.data.contains("faster\trun") }, "\(set.leftOut)")
        #expect(set.grids.first?.standings.first?.order == ["jemalloc", "glibc"])
    }
}

@Suite("The data of the new charts")
struct NewChartTests {
    @Test("A staircase counts every block once and ends at all of them")
    func staircase() {
        let arm = TinyRun.arm("glibc")
        let rows = [(0, 5.0), (1, 3), (2, 3), (3, 9), (3, 4)].map { TinyRun.row(arm, $0.0, $0.1) }
        let steps = DistributionChart.staircase(rows)
        #expect(steps.map(\.value) == [3, 4, 5] && steps.map(\.share) == [0.5, 0.75, 1])
        #expect(DistributionChart.staircase([]).isEmpty)
    }

    @Test("A distribution of four blocks is none")
    func fewBlocks() {
        let rows = (0..<4).map { TinyRun.row(TinyRun.arm("glibc"), $0, 1) }
        #expect(
            ChartSet(TinyRun.run(rows)).leftOut.map(\.description).contains(
                "tiny-distribution: a distribution needs 5 blocks of an arm, and there are at most 4 blocks"))
    }

    @Test("A stretch of the timeline has operations enough, and nothing is lost at the end")
    func stretches() {
        func rows(_ operations: [Int]) -> [TimelineRow] {
            operations.enumerated().map {
                TimelineRow(
                    scenario: "s", phase: "p", arm: "a", seconds: Double($0.offset), operations: $0.element, block: 0)
            }
        }
        let rates = ThroughputChart.stretches(rows([0, 100, 300, 305, 310, 600]))
        #expect(rates.map(\.rate) == [100, 200, 100] && rates.map(\.seconds) == [0.5, 1.5, 3.5])
        #expect(ThroughputChart.stretches(rows([0, 1, 1, 2])).isEmpty, "two operations have no course")
        #expect(ThroughputChart.stretches(rows([0, 50, 51])).map(\.rate) == [25.5])
        #expect(ThroughputChart.stretches([]).isEmpty)
        let many = ThroughputChart.stretches(rows((0...1000).map { $0 * 100 }))
        #expect(many.count <= ThroughputChart.mostStretches && many.allSatisfy { abs($0.rate - 100) < 1e-9 })
    }

    @Test("The frontier's line only climbs")
    func frontier() {
        func point(_ name: String, _ speed: Double, _ bytes: Double) -> GridDocument.FrontierPoint {
            .init(
                subject: "strata", contender: name, strategy: "bump", threads: 1, throughput: speed,
                residentBytesPeak: bytes)
        }
        let points = [point("c", 0.9, 3), point("b", 1.2, 2), point("a", 1, 1), point("d", 1.3, 2)]
        #expect(FrontierChart.staircase(points).map(\.contender) == ["a", "d"])
        // A single one is beaten by none either, and no line would show it.
        let set = ChartSet(RichRun.make())
        for chart in set.charts where chart.kind == .frontier {
            #expect(chart.script.contains("pt 6 ps 1.7") && chart.script.contains("beaten by none in both"))
        }
    }

    @Test("Colours of the map: near white for equal, blue for faster, orange for slower, and no stronger than the end")
    func colours() {
        #expect(HeatMapChart.colour(1) == 0xF7F7F7)
        func parts(_ ratio: Double) -> (red: Int, blue: Int) {
            let colour = HeatMapChart.colour(ratio)
            return (colour >> 16, colour & 255)
        }
        #expect(parts(1.3).blue > parts(1.3).red && parts(0.7).red > parts(0.7).blue)
        #expect(HeatMapChart.colour(50) == HeatMapChart.colour(2))
        #expect(HeatMapChart.colour(0.01) == HeatMapChart.colour(0.5))
        // A place without a cell says why.
        func caption(_ samples: [SampleRow]) -> String? {
            ChartSet(TinyRun.run(samples)).charts.first { $0.kind == .heat }?.caption
        }
        let rows = ["strata", "standard"].flatMap { subject in
            ["get", "open"].flatMap { phase in
                ["glibc", "jemalloc"].flatMap { allocator in
                    (0..<4).map { block -> SampleRow in
                        var arm = TinyRun.arm(allocator)
                        arm.subject = subject
                        return TinyRun.row(arm, block, 1e6 + Double(block), phase: phase)
                    }
                }
            }
        }
        #expect(caption(rows)?.contains("An empty place") == false)
        #expect(
            caption(rows.filter { $0.phase == "get" || $0.subject == "strata" })?.contains(
                " An empty place: that arm did not run that phase.") == true)
    }

    @Test("Threads have an ideal line that starts at the first arm's fewest threads")
    func ideal() throws {
        let rows = [1, 2, 4].flatMap { threads in
            (0..<3).map { block -> SampleRow in
                var arm = TinyRun.arm("glibc")
                arm.threads = threads
                return TinyRun.row(arm, block, 1000 * Double(threads).squareRoot())
            }
        }
        let chart = try #require(TinyRun.chart(TinyRun.run(rows), "tiny-threads"))
        let lines = chart.data.split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(lines.first == "1\t1000\tNaN\tNaN")
        let end = try #require(lines.dropFirst().first?.split(separator: "\t").compactMap { Double($0) })
        #expect(abs(end[1] / end[0] - 1000) < 1e-6, "\(lines)")
    }

    @Test("Delays after a drain are read from their metrics")
    func drain() {
        #expect(Drain.delay(of: "resident_bytes_after_100ms") == "100ms" && Drain.text("100ms") == "100 ms")
        #expect(Drain.seconds("resident_bytes_after_100ms") == 0.1 && Drain.seconds("resident_bytes_after_30s") == 30)
        #expect(Drain.delay(of: "resident_bytes_peak") == nil && Drain.delay(of: "resident_bytes_after_x") == nil)
    }

    @Test("Points of a sweep are named by what differs, and ordered as numbers")
    func sweep() {
        let labels = SweepLabels(["dataset.entities=200;k=5", "dataset.entities=1000;k=5"])
        #expect(labels.varying == ["dataset.entities"] && labels.common == "k 5")
        #expect(labels.label("dataset.entities=200;k=5") == "entities 200")
        #expect(SweepLabels(["a.x=1;b.x=1", "a.x=2;b.x=2"]).label("a.x=2;b.x=2") == "a.x 2, b.x 2")
        #expect(SweepLabels.isLess("n=200", "n=1000") && !SweepLabels.isLess("n=1000", "n=200"))
        #expect(SweepLabels.number(of: "n", in: "n=100_000") == 100_000)
        #expect(SweepLabels([""]).varying.isEmpty && SweepLabels([""]).label("") == "")
    }
}
