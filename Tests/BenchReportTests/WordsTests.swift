import BenchResults
import BenchVerdict
import Foundation
import Testing

@testable import BenchReport

private let nothing = ExecutableLookup { _ in nil }

/// What a reader who has only the report needs, and what would lead him astray.
@Suite("Words of the report")
struct WordsTests {
    private func text(_ data: RunData, scenario: String? = nil) throws -> String {
        let folder = try RunFolder(data)
        if let scenario { try folder.run.write(text: scenario, to: "scenarios/tiny.yaml") }
        try Report.write(run: folder.run, lookup: nothing)
        return try folder.text("report.md")
    }

    private func row(_ text: String, _ start: String) throws -> String {
        String(try #require(text.split(separator: "\n").first { $0.hasPrefix(start) }, "\(start)\n\(text)"))
    }

    /// Two strategies on two allocators and a placebo; under bump the placebo keeps twice as much after the drain.
    private var data: RunData {
        var rows: [SampleRow] = []
        for block in 0..<8 {
            for strategy in ["direct", "bump"] {
                for allocator in ["glibc", "jemalloc", "placebo"] {
                    let arm = TinyRun.arm(allocator, strategy: strategy)
                    let own = 1 + 0.001 * Double((block + allocator.count) % 3)
                    rows.append(TinyRun.row(arm, block, 1e6 * own * (allocator == "jemalloc" ? 1.5 : 1)))
                    let isBump = strategy == "bump"
                    let kept = allocator == "jemalloc" ? 3e6 : allocator == "placebo" && isBump ? 18e6 : 9e6
                    for (metric, bytes) in [
                        ("resident_bytes_peak", isBump ? 20e6 : 10e6), ("resident_bytes_after_1s", kept),
                    ] {
                        rows.append(
                            TinyRun.row(arm, block, bytes, metric: metric, unit: "bytes", direction: .lower))
                    }
                }
            }
        }
        var data = TinyRun.run(rows)
        data.environment = SyntheticRun.environment("r1")
        return data
    }

    @Test("Memory in which the placebo differs is not ranked, and the page says why")
    func memoryOfThePlacebo() throws {
        let text = try text(data)
        #expect(
            try row(text, "| tiny, strata/bump, 1 s after the drain |").hasSuffix(
                "| not ranked | – | the placebo differs from glibc there: 2.00 × (2.00 to 2.00) |"), "\(text)")
        #expect(try row(text, "| tiny, strata/bump, at the peak |").hasSuffix("| any: all tie | – | – |"))
        #expect(
            try row(text, "| tiny, strata/direct, 1 s after the drain |").contains("| **jemalloc** | glibc 0.333 × "))
        #expect(
            text.contains(
                " for strata/bump 1 s after the drain (2.00 ×, 2.00 to 2.00): one and the same library does not keep one and "
                    + "the same there, so that memory is not ranked there"), "\(text)")
        #expect(
            text.contains(
                "; its memory after the drain is 1.00 × to 1.00 × as large, which is not ranked, since the placebo does not tie "
                    + "there."), "\(text)")
        let figures = try row(text, "| tiny, strata/bump | jemalloc |")
        #expect(figures.contains("0.333 × (0.333 to 0.333)<br>not ranked |"), "\(figures)")
        // Both choices together.
        #expect(text.contains("### Allocator and strategy together"))
        let arm = try row(text, "| bump, jemalloc |")
        #expect(arm.contains("| **2.00 × (2.00 to 2.00)** | 0.333 × (0.333 to 0.333)<br>not ranked |"), "\(arm)")
        #expect(text.contains("| direct, glibc | 1, the reference | 1, the reference | 1, the reference |"))
    }

    @Test("An interval that excludes 1 and reaches into the tolerance says so, wherever it stands")
    func slight() throws {
        var data = data
        for index in data.samples.indices where data.samples[index].metric == "throughput" {
            let row = data.samples[index]
            // Slower under bump by about 5 %, with a scatter that reaches into 3 %.
            if row.strategy == "bump" { data.samples[index].value *= row.block.isMultiple(of: 2) ? 0.98 : 0.92 }
        }
        let text = try text(data)
        let glibc = try row(text, "| tiny, glibc | bump ÷ direct |")
        #expect(glibc.contains("<br>not 1, but perhaps too little to count |"), "\(glibc)")
        #expect(
            text.contains(
                "not told apart on any of 2 allocators (slower on glibc, 0.949 × and slower on jemalloc, 0.949 ×, but")
                || text.contains("(slower on glibc, 0.95"), "\(text)")
    }

    @Test("Only words that occur are defined, and the strategies that ran are explained")
    func terms() throws {
        let with = try text(data)
        for word in ["Arm", "Block", "Placebo", "Interval", "Joint"] {
            #expect(with.contains("- **\(word):**"), "\(word)")
        }
        #expect(!with.contains("**Provisional:**") && !with.contains("- **pool:**"))
        #expect(with.contains("- **direct:** each piece of memory is a `malloc` of its own"))
        #expect(with.contains("- **bump:** pieces stand one behind the other"))
        var without = data
        without.samples.removeAll { $0.allocator == "placebo" || $0.strategy == "bump" }
        let plain = try text(without)
        #expect(plain.contains("- **Provisional:**") && !plain.contains("- **bump:**"))
    }

    @Test("A median of bytes is one and the same in both tables")
    func bytes() throws {
        var data = data
        // Two phases whose peaks take turns: the largest of a block is not the larger median of a phase.
        for block in 0..<8 {
            for strategy in ["direct", "bump"] {
                for allocator in ["glibc", "jemalloc"] {
                    data.samples.append(
                        TinyRun.row(
                            TinyRun.arm(allocator, strategy: strategy), block, block < 3 ? 50e6 : 5e6, phase: "load",
                            metric: "resident_bytes_peak", unit: "bytes", direction: .lower))
                }
            }
        }
        data.samples.removeAll { $0.allocator == "placebo" }
        for index in data.samples.indices
        where data.samples[index].metric == "resident_bytes_peak" && data.samples[index].phase == "get" {
            data.samples[index].value =
                data.samples[index].block < 3 ? 8e6 : data.samples[index].block < 6 ? 30e6 : 12e6
        }
        let text = try text(data)
        let told = "30.0 MB \\[12.0 to 50.0 MB\\]"
        #expect(
            try row(text, "| tiny, strata/direct | glibc |").contains("| 30.0 MB<br>\\[12.0 to 50.0 MB\\] |"), "\(text)"
        )
        #expect(try row(text, "| direct, glibc | \(told) |").contains(told))
        #expect(BlockBytes([]).text == nil)
    }

    @Test("A bar that repeats the documented figure is none")
    func bars() throws {
        var data = TinyRun.twoAllocators
        var same = SyntheticRun.targets[1]
        same.bar = same.threshold
        data.targets = [same]
        data.verdict?.targets = [
            TargetEvaluation(row: same, arm: "strata/glibc/bump/2", reference: "standard/glibc/-/2", n: 7)
        ]
        let without = try text(data)
        #expect(!without.contains("Our bar |") && without.contains("None of our own, harder bars was judged."))
        #expect(
            without.contains("| strata on glibc, bump, 2 threads, against standard on glibc, 2 threads<br>"),
            "\(without)")
        data.targets = [same, SyntheticRun.targets[2]]
        let with = try text(data)
        #expect(with.contains("| Our bar | Bar | Measured at |") && with.contains("harder bars 0 of 1 judged"))
        #expect(with.contains("| ≥ 3 × | – | – |"), "\(with)")
    }

    @Test("What disturbed the blocks is told once")
    func disturbances() throws {
        var data = TinyRun.twoAllocators
        data.environment = SyntheticRun.environment("r1")
        data.environment?.stolenSeconds = 0.89
        data.environment?.cpuPressureSeconds = 3.2
        data.environment?.clockNanoseconds = 25
        data.blockRows = (0..<3).map { block in
            BlockRow(
                scenario: "tiny", arm: "strata/glibc/bump/1", block: block, attempt: 0, position: 0,
                startSeconds: Double(block), seconds: 2, stolenSeconds: 0.34, cpuPressureSeconds: 1.4, kept: true)
        }
        let text = try text(data)
        #expect(
            text.contains(
                "In 6 s of blocks that count the hypervisor gave 1.02 s of processor time to others; some task waited for a "
                    + "processor 4.2 s long."), "\(text)")
        #expect(!text.contains("890 ms") && text.contains("| Reading the clock | 25 ns |"))
    }

    @Test("A phase without answers is named: its digest proves nothing")
    func emptyDigests() throws {
        var data = TinyRun.twoAllocators
        data.samples += data.samples.map { row in
            var copy = row
            copy.phase = "drain"
            copy.digest = "0000000000000000"
            return copy
        }
        #expect(
            try text(data).contains(
                "- Nothing in tiny/drain has an answer (memory is only given back there): its empty"))
        #expect(try !text(TinyRun.twoAllocators).contains("has an answer"))
    }

    private let scenario = """
        name: tiny
        title: "A tiny one"
        dataset: { source: synthetic, entities: 1000, edges_per_entity: 0, properties_per_entity: 0, embedding_dimensions: 0 }
        arms: { subjects: [strata], allocators: [glibc, jemalloc, placebo], strategies: [direct, bump], threads: [1, 2] }
        phases:
          - { name: load, operations: { insert: 1 } }
          - { name: get, operations: { get: 1 }, count: 500 }
        blocks: 8

        """

    @Test("The command to run it again has what the run left to defaults")
    func again() throws {
        var data = data
        data.command = "strata compare tiny --no-progress --threads 1,2 --out 'a b'"
        let text = try text(data, scenario: scenario)
        #expect(text.contains("```\nstrata compare tiny --no-progress --threads 1,2 --out 'a b'\n```"))
        #expect(
            text.contains(
                "```\nstrata compare tiny --threads 1,2 --profile quick --subjects strata --allocators glibc,jemalloc "
                    + "--strategies direct,bump --blocks 8\n```"), "\(text)")
        #expect(text.contains("`strata rerun` with this run's folder"))
        // What says all is not said twice, and neither is what is no command for scenarios.
        data.command =
            "strata compare tiny --threads 1,2 --profile=quick --subjects strata --allocators glibc,jemalloc --strategies "
            + "direct,bump --blocks 8"
        #expect(try !self.text(data, scenario: scenario).contains("The run was called so:"))
        data.command = "strata rerun results/x"
        #expect(try !self.text(data, scenario: scenario).contains("The run was called so:"))
    }
}
