import BenchResults
import Foundation
import Testing

@testable import BenchReport

@Suite("Charts")
struct ChartTests {
    @Test("The data and script of a tiny run are these")
    func golden() throws {
        let chart = try #require(TinyRun.chart(TinyRun.eightPairs, "tiny-allocators"))
        #expect(chart.data == Golden.data)
        #expect(chart.script == Golden.script)
    }

    @Test("Every series of the script is in the data, and none is left over")
    func indices() throws {
        for arms in [SyntheticRun.twelve, SyntheticRun.two] {
            for chart in ChartSet(SyntheticRun(arms: arms, blocks: 3).make()).charts {
                let blocks = chart.data.split(separator: "\n").filter { $0.hasPrefix("# index ") }.count
                let used = Set(chart.script.matches(of: /index (\d+)/).compactMap { Int($0.1) })
                #expect(used == Set(0..<blocks), "\(chart.name)")
            }
        }
    }

    @Test("Texts are never enhanced, and every colour is one of the palette or a grey")
    func rules() throws {
        let palette: Set = [
            "#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#ffffff", "#f5f6f7",
        ]
        for chart in ChartSet(SyntheticRun(arms: SyntheticRun.twelve, blocks: 3).make()).charts {
            #expect(chart.script.contains("set termoption noenhanced"))
            #expect(chart.script.contains("svg size 800,") && chart.script.contains("noenhanced font"))
            #expect(chart.name.wholeMatch(of: /[a-z0-9-]+/) != nil)
            for match in chart.script.matches(of: /#[0-9a-fA-F]{6}/) {
                let colour = String(match.0)
                let digits = colour.dropFirst()
                let isGrey = digits.prefix(2) == digits.suffix(2) && digits.prefix(4).suffix(2) == digits.suffix(2)
                #expect(palette.contains(colour) || isGrey, "\(colour) in \(chart.name)")
            }
        }
    }

    @Test("Charts that would be empty are left out with their reason")
    func leftOut() {
        let set = ChartSet(TinyRun.run([TinyRun.row(TinyRun.arm("glibc"), 0, 5)]))
        #expect(set.charts.map(\.name) == ["tiny-blocks"])
        #expect(
            set.leftOut.map(\.description) == [
                "tiny-speedup: a speed-up needs the subject `standard` and another one",
                "tiny-allocators: a comparison of allocators needs at least two",
                "tiny-heat: a comparison of allocators needs at least two",
                "tiny-frontier: a comparison of allocators needs at least two",
                "tiny-roles: no phase of this scenario has roles",
                "tiny-threads: no phase ran with more than one number of threads",
                "tiny-latency: the run holds no histogram of this scenario",
                "tiny-open-loop: no phase of this scenario has an open loop with valid latencies",
                "tiny-throughput: the timeline holds no row of this scenario",
                "tiny-memory: the timeline holds no row of this scenario",
                "tiny-drain: no phase of this scenario settles after a drain",
                "tiny-distribution: a distribution needs 5 blocks of an arm, and there are at most 1 block",
            ])
        #expect(ChartSet(TinyRun.run([])).charts.isEmpty)
    }

    @Test("Figures without a ratio, without time and without bytes make no plot")
    func degenerate() {
        let (glibc, jemalloc) = (TinyRun.arm("glibc"), TinyRun.arm("jemalloc"))
        var data = TinyRun.run([TinyRun.row(glibc, 0, 0), TinyRun.row(jemalloc, 0, 0)])
        func moment(_ seconds: Double, _ bytes: Int?) -> TimelineRow {
            TimelineRow(
                scenario: "tiny", phase: "get", arm: glibc.label, seconds: seconds, operations: 0,
                residentBytes: bytes, block: 0)
        }
        func reasons() -> [String] { ChartSet(data).leftOut.map(\.description) }
        #expect(
            reasons().contains("tiny-allocators: no phase has comparable throughput of two allocators"))
        data.timeline = [moment(0, 5)]
        #expect(reasons().contains("tiny-memory: no arm has two moments in the timeline"))
        data.timeline = [moment(0, 0), moment(1, 0)]
        #expect(reasons().contains("tiny-memory: no arm ever held a byte more than before set-up"))
        data.timeline = [moment(0, 7), moment(0, 9)]
        #expect(reasons().contains("tiny-memory: all moments of the timeline lie at 0 s"))
        data.timeline = [moment(0, nil), moment(1, nil)]
        #expect(reasons().contains("tiny-memory: no arm has two moments in the timeline"))
        data.timeline = [moment(0, 7), moment(1, 7)]
        #expect(ChartSet(data).charts.map(\.name).contains("tiny-memory"))
    }

    @Test("A percentile curve ends where fewer than ten samples lie beyond it, and needs a hundred")
    func percentiles() throws {
        let arm = TinyRun.arm("glibc")
        var data = TinyRun.run([TinyRun.row(arm, 0, 1)])
        func curve(_ total: Int) -> [PercentileChart.Step] {
            [2.0, 10, 100, 1000].map {
                .init(nanoseconds: $0 * 10, inverse: $0, count: Int(Double(total) * (1 - 1 / $0)))
            } + [.init(nanoseconds: 99_999, inverse: .infinity, count: total)]
        }
        data.histograms = [
            .init(
                scenario: "tiny", phase: "get", role: "", operation: "get", curve: .init(arm: arm, steps: curve(1000)))
        ]
        let chart = try #require(TinyRun.chart(data, "tiny-latency-get"))
        let rows = chart.data.split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(rows == ["2\t20\t500", "10\t100\t900", "100\t1000\t990"])
        data.histograms[0].curve.steps = curve(99)
        #expect(
            ChartSet(data).leftOut.contains {
                $0.description == "tiny-latency-get: at most 99 samples of get in the phase get, and a curve needs 100"
            })
    }

    @Test("Phases of a timeline are laid end to end")
    func endToEnd() {
        let arm = TinyRun.arm("glibc")
        let rows = [("a", 0.0), ("a", 2), ("b", 0), ("b", 3), ("c", 1)].enumerated().map { index, place in
            TimelineRow(
                scenario: "s", phase: place.0, arm: arm.label, seconds: place.1, operations: 0, residentBytes: index,
                block: 4)
        }
        let chart = MemoryChart(scenario: "s", rows: rows, names: ArmNames([arm]))
        #expect(chart.block == 4)
        #expect(chart.tracks.first?.moments.map(\.seconds) == [0, 2, 2, 5, 6])
    }

    @Test("Every phase has its name, in as many lines of text as it takes, and none covers another")
    func phaseNames() throws {
        let arm = TinyRun.arm("glibc")
        let phases = [
            ("load", 0.5), ("get", 0.02), ("get-batch", 0.02), ("neighbors", 0.03), ("scan", 0.4), ("last", 0.01),
        ]
        let rows = phases.flatMap { phase, seconds in
            [0, seconds].map {
                TimelineRow(
                    scenario: "s", phase: phase, arm: arm.label, seconds: $0, operations: 0, residentBytes: 5, block: 0)
            }
        }
        let chart = MemoryChart(scenario: "s", rows: rows, names: ArmNames([arm]))
        let track = try #require(chart.tracks.first)
        let axis = try #require(
            Axis.linear("", covering: track.moments.map(\.seconds), unit: .seconds, fromZero: true))
        let marks = MemoryChart.marks(track, axis)
        #expect(marks.map(\.label) == phases.map(\.0))
        #expect(marks.map(\.isBefore) == [false, false, false, false, false, false])
        #expect(marks[1].line == 0 && marks[2].line == 1 && marks[3].line == 2 && marks[4].line == 0, "\(marks)")
        // At the right edge a name stands before its line.
        let long = MemoryChart.marks(
            MemoryChart.Track(
                arm: arm,
                moments: [(0.0, "a"), (1, "a"), (1, "similar-while-changing"), (1.01, "similar-while-changing")].map {
                    .init(seconds: $0.0, resident: 1, live: nil, phase: $0.1)
                }), axis)
        #expect(long.map(\.isBefore) == [false, true])
        #expect(
            try #require(
                TinyRun.chart(
                    {
                        var data = TinyRun.run([TinyRun.row(arm, 0, 5)])
                        data.timeline = [0, 1].map {
                            TimelineRow(
                                scenario: "tiny", phase: "get", arm: arm.label, seconds: $0, operations: 0,
                                liveBytes: 25_000_000, residentBytes: 5_000_000, block: 0)
                        }
                        return data
                    }(), "tiny-memory")
            ).caption.contains("Live above resident: memory that was taken and not touched yet."))
    }

    @Test("Blocks of arms that are near share an axis; of others each arm has its own")
    func split() {
        func rows(_ slow: Double) -> [SampleRow] {
            (0..<5).flatMap { block in
                [("strata", 1.0), ("standard", slow)].map { subject, speed in
                    var arm = TinyRun.arm("glibc")
                    arm.subject = subject
                    return TinyRun.row(arm, block, 1e6 * speed + Double(block))
                }
            }
        }
        func split(_ slow: Double) -> PanelSplit {
            let rows = rows(slow)
            return PanelSplit(rows, names: ArmNames(Set(rows.map(\.arm))))
        }
        #expect(split(0.5).parts.map(\.title) == ["get"] && split(0.5).rowNames == ["strata", "standard"])
        #expect(split(0.01).parts.map(\.title) == ["get: strata", "get: standard"] && split(0.01).rowNames == [""])
        let allocators = TinyRun.twoAllocators.samples
        #expect(PanelSplit(allocators, names: ArmNames(allocators.map(\.arm))).rowNames == ["glibc", "jemalloc"])
        // Roles of one phase do different things: each has its panel.
        let readers = RichRun.epochReaders()
        let titles = PanelSplit(
            readers.filter { $0.metric == "throughput" }, names: RichRun.make().names(of: "epoch-readers")
        ).parts.map(\.title)
        #expect(titles == ["load", "read-while-writing, readers", "read-while-writing, writer"])
    }

    @Test("A title says whose latency of what kind is drawn")
    func titles() throws {
        func title(_ phase: String, _ operation: String) throws -> String {
            let arm = TinyRun.arm("glibc")
            let chart = PercentileChart(
                name: "n", scenario: "s", phase: phase, operation: operation,
                curves: [
                    .init(
                        arm: arm,
                        steps: [2.0, 10].map { .init(nanoseconds: $0, inverse: $0, count: 1000) })
                ], names: ArmNames([arm]))
            guard case .chart(let drawn) = chart.make() else { return "" }
            return drawn.title
        }
        #expect(try title("get", "get") == "s: latency of get at each percentile")
        #expect(try title("mixed", "get_batch") == "s, phase mixed: latency of get_batch at each percentile")
        #expect(
            try title("beside", "writer.update.response")
                == "s, phase beside: response time of update by the role writer at each percentile")
        #expect(
            try title("beside", "readers.get")
                == "s, phase beside: latency of get by the role readers at each percentile")
    }

    @Test("Arms whose answers differ are not drawn against each other")
    func conflict() {
        var data = TinyRun.twoAllocators
        data.samples[1].digest = "00000000000000bb"
        #expect(
            ChartSet(data).leftOut.contains {
                $0.description == "tiny-allocators: no phase has comparable throughput of two allocators"
            })
    }

    @Test("Labels hold only what tells an arm from the others")
    func names() {
        let twelve = ArmNames(SyntheticRun.twelve)
        #expect(twelve.panels == ["strata, bump", "strata, direct", "standard"])
        #expect(twelve.series == ["glibc", "jemalloc", "mimalloc", "tcmalloc"])
        #expect(twelve.common == "1 thread")
        let two = ArmNames(SyntheticRun.two)
        #expect(two.panels == [""] && two.series == ["strata", "standard"])
        #expect(two.common == "allocator glibc, strategy bump, 1 thread")
        var options = TinyRun.arm("jemalloc")
        options.allocatorOptions = "dirty_decay_ms:0"
        #expect(ArmNames([options, TinyRun.arm("jemalloc")]).series == ["jemalloc", "jemalloc [dirty_decay_ms:0]"])
    }

    @Test("Percentile files are read, and a damaged row is an error with its line")
    func histogramText() throws {
        let text = """
                   Value     Percentile TotalCount 1/(1-Percentile)

                  12.000 0.000000000000          1           1.00
                  20.500 0.900000000000         90          10.00
                  99.000 1.000000000000        100            inf
            #[Mean    =       20.000, StdDeviation   =        3.000]
            """
        let steps = try HistogramText.steps(text, path: "x.hgrm")
        #expect(steps.map(\.nanoseconds) == [12, 20.5, 99])
        #expect(steps.map(\.count) == [1, 90, 100])
        #expect(abs(steps[1].inverse - 10) < 1e-9)
        #expect(steps[2].inverse == .infinity)
        let error = #expect(throws: ResultsError.self) {
            try HistogramText.steps(text.replacing("20.500", with: "abc"), path: "x.hgrm")
        }
        #expect(error?.path == "x.hgrm" && error?.line == 4)
    }
}
