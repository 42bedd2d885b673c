import BenchResults
import BenchVerdict
import Foundation
import Testing

@testable import BenchReport

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// Whether gnuplot is there, without which no picture can be looked at.
private let hasGnuplot = ExecutableLookup.environment.find("gnuplot") != nil
private let nothing = ExecutableLookup { _ in nil }

@Suite("Reports")
struct ReportTests {
    @Test("Gnuplot draws every chart as well-formed SVG, and the page holds them all", .enabled(if: hasGnuplot))
    func pictures() throws {
        let arms = SyntheticRun.twelve.filter { ["glibc", "mimalloc"].contains($0.allocator) }
        let folder = try RunFolder(SyntheticRun(arms: arms, blocks: 3).finished())
        let outcome = try Report.write(run: folder.run)
        #expect(outcome.chartsSkipped == nil)
        #expect(outcome.drawn.count == 12, "\(outcome)")
        let page = try folder.text("report.html")
        for name in outcome.drawn {
            for ending in ["dat", "gp", "svg"] { #expect(folder.exists("charts/\(name).\(ending)")) }
            let svg = try folder.text("charts/\(name).svg")
            #expect(XMLParser(data: Data(svg.utf8)).parse(), "\(name)")
            #expect(svg.contains("viewBox=\"0 0 800 "))
            let inline = InlineSVG.text(svg, name: name, title: "a \"title\" & more")
            #expect(XMLParser(data: Data(inline.utf8)).parse(), "\(name)")
            #expect(page.contains("id='\(name)-gpPt1'"))
        }
        let ids = page.matches(of: /\sid=['"]([^'"]+)['"]/).map { String($0.1) }
        #expect(Set(ids).count == ids.count, "an id stands twice on the page")
        // Nothing is fetched from anywhere.
        #expect(page.matches(of: /(src|href)=["']https?:/).isEmpty)
        #expect(!page.contains("<script") && !page.contains("@import"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.run.path(of: "charts")).count == 36)
    }

    @Test("Every number of the text comes from the run's files")
    func numbers() throws {
        let (strata, other) = (TinyRun.arm("glibc"), TinyRun.arm("jemalloc"))
        var samples: [SampleRow] = []
        for (block, value) in [1_110_000.0, 1_240_000, 1_370_000].enumerated() {
            samples.append(TinyRun.row(strata, block, value))
            samples.append(TinyRun.row(other, block, value * 1.5))
            samples.append(
                TinyRun.row(strata, block, 471 + Double(block), metric: "latency_p50", unit: "ns", direction: .lower))
            samples.append(
                TinyRun.row(strata, block, 8_420, metric: "latency_p99", unit: "ns", direction: .lower))
            samples.append(
                TinyRun.row(
                    strata, block, 77_700_000, metric: "resident_bytes_peak", unit: "bytes", direction: .lower))
            samples.append(
                TinyRun.row(strata, block, 66_600_000, metric: "live_bytes", unit: "bytes", direction: .lower))
            samples.append(
                TinyRun.row(
                    strata, block, 77.7 / 66.6, metric: "fragmentation_ratio", unit: "ratio", direction: .lower))
        }
        var data = TinyRun.run(samples)
        data.targets = [SyntheticRun.targets[1]]
        let folder = try RunFolder(data)
        try Report.write(run: folder.run, lookup: nothing)
        let text = try folder.text("report.md")

        for expected in [
            "1.24 M ±10 %",  // (1.37 - 1.24) / 1.24
            "1.86 M ±10 %",  // 1.5 times that
            "472 ns / 8.42 µs", "77.7 MB", "66.6 MB",
            "1.17 ×",  // 77.7 / 66.6
            "jemalloc is clearly the fastest in get (1.50 × glibc",
            "6.13 ×", "≥ 3 ×", "≥ 6 ×", "Of 1 documented targets 1 are met, 0 missed and 0 not measured in this run.",
        ] { #expect(text.contains(expected), "\(expected)\n\(text)") }

        // And no other number is there than those, and the words that are the report's own.
        let own = [
            "95", "99", "10", "3", "1", "0", "2", "100",  // interval, percentile, tolerance, counts of arms and blocks
            "1.24", "1.86", "472", "8.42", "77.7", "66.6", "1.17", "1.50", "6.13", "6", "117,659",
            "1111111111111111",
            "1.5", "1.00",  // the verdict's sentence, and the reference's own ratio
            "5", "11",  // blocks that a distribution needs, charts that are not there
            "8",  // blocks that the next run is to have
        ]
        let words = text.matches(of: /[\w.,-]*\d[\w.,-]*/).map { $0.0.trimmingCharacters(in: .punctuationCharacters) }
        let found = words.filter { $0.wholeMatch(of: /\d[\d,]*(\.\d+)?/) != nil }
        #expect(Set(found).subtracting(own) == [], "\(text)")
        // Half the throughput in, half the throughput out.
        for index in data.samples.indices where data.samples[index].metric == "throughput" {
            data.samples[index].value /= 2
        }
        let half = try RunFolder(data)
        try Report.write(run: half.run, lookup: nothing)
        #expect(try half.text("report.md").contains("620 k ±10 %"))
    }

    @Test("Without gnuplot data and scripts are written, and everyone is told")
    func missingGnuplot() throws {
        let folder = try RunFolder(SyntheticRun(arms: SyntheticRun.two, blocks: 3).finished())
        let outcome = try Report.write(run: folder.run, lookup: .searching(""))
        #expect(
            outcome.chartsSkipped
                == "charts are skipped: gnuplot was not found; install it with `apt-get install gnuplot`")
        #expect(outcome.drawn.isEmpty)
        #expect(folder.exists("charts/wordnet-speedup.dat") && folder.exists("charts/wordnet-speedup.gp"))
        #expect(!folder.exists("charts/wordnet-speedup.svg"))
        for file in ["report.md", "report.html"] {
            let text = try folder.text(file)
            #expect(text.contains("Charts are skipped: gnuplot was not found"), "\(file)")
            #expect(!text.contains("wordnet-speedup.svg"))
        }
    }

    @Test("A gnuplot that fails or hangs costs one chart, and leaves no old picture")
    func failingGnuplot() throws {
        let folder = try RunFolder(TinyRun.twoAllocators)
        try folder.run.write(text: "#!/bin/sh\necho 'line 3: undefined variable: x' >&2\nexit 7\n", to: "bin/gnuplot")
        try folder.run.write(text: "#!/bin/sh\nexec sleep 60\n", to: "slow/gnuplot")
        for path in ["bin/gnuplot", "slow/gnuplot"] {
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.run.path(of: path))
        }
        try folder.run.write(text: "<svg>old</svg>", to: "charts/tiny-blocks.svg")
        let outcome = try Report.write(run: folder.run, lookup: .searching(folder.run.path(of: "bin")))
        #expect(outcome.drawn.isEmpty)
        #expect(!folder.exists("charts/tiny-blocks.svg"))
        let reason = "tiny-blocks: gnuplot failed with status 7: line 3: undefined variable: x"
        #expect(outcome.leftOut.map(\.description).contains(reason))
        #expect(try folder.text("report.md").contains("No chart \(reason)"))

        let charts = URL(fileURLWithPath: folder.run.path(of: "charts"))
        var slow = try #require(Gnuplot(lookup: .searching(folder.run.path(of: "slow")), folder: charts))
        slow.timeoutSeconds = 0.1
        #expect(slow.draw("tiny-blocks") == "gnuplot took longer than 100 ms and was stopped")
    }

    @Test("Pictures of the very same data stay when gnuplot has gone", .enabled(if: hasGnuplot))
    func unchanged() throws {
        let folder = try RunFolder(TinyRun.twoAllocators)
        let first = try Report.plot(run: folder.run)
        let second = try Report.plot(run: folder.run, lookup: nothing)
        #expect(first.drawn == second.drawn && !second.drawn.isEmpty)
        #expect(second.chartsSkipped == nil)
        #expect(!folder.exists("report.md"), "plotting writes no report")
    }

    @Test("A run without a single sample gives a report that says so")
    func empty() throws {
        let folder = try RunFolder(RunData(name: "r1", samples: []))
        let outcome = try Report.write(run: folder.run)
        #expect(outcome.drawn.isEmpty && outcome.chartsSkipped == nil)
        let text = try folder.text("report.md")
        #expect(text.contains("The run holds no samples: nothing was measured."))
        #expect(text.contains("No target was judged"))
        #expect(text.contains("The run holds no verdict.json"))
        #expect(text.contains("The run holds no environment.json"))
    }

    @Test("Interrupted runs, unequal blocks, skipped allocators and contradicting answers are told")
    func notes() throws {
        var data = TinyRun.twoAllocators
        data.samples.removeLast()
        data.samples[1].digest = "00000000000000bb"
        data.verdict?.complete = false
        data.environment = SyntheticRun.environment("r1")
        data.environment?.warnings = ["the clock was changed during the run"]
        let folder = try RunFolder(data)
        // A line that an interruption cut off.
        let path = folder.run.path(of: .samples)
        let whole = try String(contentsOfFile: path, encoding: .utf8)
        try (whole + "1,r1,ti").write(toFile: path, atomically: true, encoding: .utf8)

        let outcome = try Report.write(run: folder.run, lookup: nothing)
        #expect(outcome.warnings.count == 1)
        let text = try folder.text("report.md")
        for sentence in [
            "> **Note:** The run is not complete: it was interrupted, its budget was used up, or a block failed.",
            "Arms answered the same work differently in tiny/get",
            "00000000000000bb by strata/jemalloc/bump/1 (block 0)",
            "tiny: the arm strata/jemalloc/bump/1 has 2 of 3 blocks.", "The arms of snmalloc were skipped: ",
            "The clock was changed during the run.", "No chart tiny-allocators: ",
        ] { #expect(text.contains(sentence), "\(sentence)\n\(text)") }
        #expect(!text.contains("clearly the fastest"))
        let notice = try #require(text.range(of: "> **Note:**"))
        let targets = try #require(text.range(of: "## Documented targets"))
        #expect(notice.lowerBound < targets.lowerBound, "what undermines the figures stands above them")
    }

    @Test("Damaged files are errors with their place")
    func damaged() throws {
        let folder = try RunFolder(TinyRun.twoAllocators)
        try folder.run.write(text: "target,source\nx\n", to: RunFile.targets.rawValue)
        let error = #expect(throws: ReportError.self) { try Report.write(run: folder.run, lookup: nothing) }
        #expect(error?.path == folder.run.path(of: .targets) && error?.line == 2)
        #expect(error?.description.hasPrefix("\(folder.run.path(of: .targets)):2:") == true)
    }

    @Test("Nothing in a name is HTML, Markdown or a command", .enabled(if: hasGnuplot))
    func hostile() throws {
        let name = "<script>alert('x')</script> `touch pwned` | 50 % of_it's\\"
        var arms = [TinyRun.arm("glibc"), TinyRun.arm(name)]
        arms[1].parameters = "a=\"b\";<i>"
        var data = TinyRun.run(
            arms.flatMap { arm in (0..<3).map { TinyRun.row(arm, $0, 100 + Double($0), phase: name, scenario: name) } })
        data.command = "strata </pre><script> ``` \u{7}"
        data.targets = [SyntheticRun.targets[0]]
        data.targets[0].claim = name
        let folder = try RunFolder(data)
        let outcome = try Report.write(run: folder.run)
        #expect(!outcome.drawn.isEmpty)
        #expect(!folder.exists("charts/pwned") && !folder.exists("pwned"))
        let page = try folder.text("report.html")
        #expect(!page.contains("<script") && !page.contains("<i>"))
        #expect(page.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"))
        #expect(page.contains("strata &lt;/pre&gt;&lt;script&gt; ``` \u{FFFD}"))
        for name in outcome.drawn {
            #expect(XMLParser(data: Data(try folder.text("charts/\(name).svg").utf8)).parse(), "\(name)")
        }
        let text = try folder.text("report.md")
        #expect(text.contains("&lt;script&gt;alert('x')&lt;/script&gt; \\`touch pwned\\` \\| 50 % of\\_it's\\\\"))
        #expect(text.contains("````\nstrata </pre><script> ```"), "code is fenced by more ticks than it holds")
        // The table of targets keeps its columns.
        let row = try #require(text.split(separator: "\n").first { $0.hasPrefix("| `serialization-throughput`") })
        #expect(row.replacing("\\|", with: "").count { $0 == "|" } == 8)
    }
}

@Suite("Best allocator")
struct GridSectionTests {
    private func sentences(_ factors: [String: [Double]]) -> [String] {
        let samples = factors.sorted { $0.key < $1.key }.flatMap { allocator, factors in
            factors.enumerated().map { TinyRun.row(TinyRun.arm(allocator), $0.offset, 1000 * $0.element) }
        }
        let data = TinyRun.run(samples)
        let sections = grid(samples).map { GridSection($0, names: data.names(of: "tiny")) }
        return sections.flatMap { section in section.groups.map(section.sentence) }
    }

    private let even = Self.same(1)

    /// Ten blocks of one figure: any interval of it is the figure itself.
    private static func same(_ factor: Double) -> [Double] { Array(repeating: factor, count: 10) }

    @Test("A clear winner is named with its ratio and interval")
    func winner() {
        #expect(
            sentences(["glibc": even, "jemalloc": Self.same(1.2), "mimalloc": Self.same(1.5)])
                == ["mimalloc is clearly the fastest in get (1.50 × glibc, 1.50 to 1.50)."])
    }

    @Test("The reference can win")
    func reference() {
        #expect(
            sentences(["glibc": even, "jemalloc": Self.same(0.8)]) == ["glibc is clearly the fastest in get."])
    }

    @Test("A leader over the reference that others keep up with is no clear winner")
    func shared() {
        // Each is ahead in some blocks, by a hundredth.
        let (high, even) = ([1.22, 1.20, 1.22, 1.20, 1.22], [1.21, 1.21, 1.20, 1.21, 1.21])
        let told = sentences(["glibc": self.even, "jemalloc": even + even, "mimalloc": high + high])
        #expect(told.count == 1)
        #expect(told[0].hasPrefix("In get mimalloc (1.21 × glibc, 1.20 to 1.22) and jemalloc (1.21 × glibc, 1.20 to "))
        #expect(told[0].hasSuffix(") are clearly faster than glibc, and not told apart from each other."), "\(told)")
        // One that is clearly slower than another is so among those ahead of the reference too.
        let three = sentences([
            "glibc": self.even, "jemalloc": even + even, "mimalloc": high + high, "tcmalloc": Self.same(1.1),
        ])
        #expect(
            three.first?.hasSuffix(
                " are clearly faster than glibc; of these mimalloc is clearly faster than tcmalloc and jemalloc is clearly "
                    + "faster than tcmalloc.") == true, "\(three)")
    }

    @Test("Whoever has the higher mean and scatters too much is named beside those that are clearly faster")
    func scattered() {
        let wild = [3.2, 0.7, 3.2, 0.7, 3.2, 0.7, 3.2, 0.7, 3.2, 0.7]
        let told = sentences(["glibc": even, "jemalloc": Self.same(1.3), "mimalloc": wild])
        #expect(
            told.first?.hasPrefix(
                "In get jemalloc (1.30 × glibc, 1.30 to 1.30) is clearly faster than glibc; told apart neither from jemalloc "
                    + "nor from glibc: mimalloc (1.50 × glibc, 0.") == true, "\(told)")
    }

    @Test("Noise is no lead, and neither are two blocks")
    func noise() {
        let none = ["In none of 1 phase is an allocator clearly the fastest."]
        #expect(sentences(["glibc": even, "jemalloc": [1.2, 0.8, 1.1, 0.95, 1.2, 0.8, 1.1, 0.95, 1.2, 0.8]]) == none)
        #expect(sentences(["glibc": [1, 1], "jemalloc": [2, 2]]) == none)
    }

    @Test("One allocator is no comparison")
    func alone() { #expect(sentences(["glibc": even]).isEmpty) }
}
