import BenchResults
import BenchVerdict
import Foundation
import Testing

@testable import BenchReport

private let nothing = ExecutableLookup { _ in nil }

@Suite("Phases with roles, a duration or a planned rate")
struct PaceTests {
    /// Readers and a paced writer of two subjects in a phase of given time: `strata` reads three times as fast; the
    /// writer of `standard` does what the caller says, of 1,000 a second.
    private func samples(writer: Double) -> [SampleRow] {
        ["strata", "standard"].flatMap { subject -> [SampleRow] in
            (0..<8).flatMap { block -> [SampleRow] in
                let arm = TinyRun.arm("glibc", subject: subject)
                func row(
                    _ metric: String, _ value: Double, _ unit: String, role: String, direction: Direction
                ) -> SampleRow {
                    var row = TinyRun.row(
                        arm, block, value, phase: "both", metric: metric, unit: unit, direction: direction, digest: "-")
                    row.role = role
                    return row
                }
                let even = Double(block % 3) * 0.001
                return [
                    row(
                        "throughput", (subject == "strata" ? 3e6 : 1e6) * (1 + even), "operations/s", role: "readers",
                        direction: .higher),
                    row(
                        "throughput", subject == "strata" ? 1000 : writer, "operations/s", role: "writer",
                        direction: .higher),
                    row("planned_rate", 1000, "operations/s", role: "writer", direction: .none),
                    row("wall_time", 3e8, "ns", role: "", direction: .none),
                ]
            }
        }
    }

    private func text(_ samples: [SampleRow]) throws -> String {
        let folder = try RunFolder(TinyRun.run(samples))
        try Report.write(run: folder.run, lookup: nothing)
        return try folder.text("report.md")
    }

    @Test("The roles' figures are compared; a given time and a planned rate make no ratio")
    func ratios() throws {
        let text = try text(samples(writer: 1000))
        #expect(text.contains("strata is 3.00 × (3.00 to 3.00) as fast as standard in readers of both;"), "\(text)")
        #expect(text.contains("In `both` the role `writer` is sent at 1 k/s: strata keeps it and standard keeps it."))
        #expect(!text.contains("runs/s"))
        let chart = try #require(TinyRun.chart(TinyRun.run(samples(writer: 0.5)), "tiny-speedup"))
        #expect(chart.data.contains("both, readers") && !chart.data.contains("writer"))
    }

    @Test("A rival that falls behind or stands still is told as such")
    func rivals() throws {
        #expect(try text(samples(writer: 900)).contains("standard falls behind (90 % of it)."))
        let still = try text(samples(writer: 0.5))
        #expect(still.contains("strata keeps it and standard stands still (0.05 % of it)."), "\(still)")
        #expect(!still.contains("2,000 ×"))
    }

    @Test("A program that is run as a whole still has its rate")
    func programs() {
        let rows = (0..<3).map {
            TinyRun.row(
                TinyRun.arm("glibc"), $0, 2e9, phase: "run", metric: "wall_time", unit: "ns", direction: .lower)
        }
        #expect(TinyRun.run(rows).contest.samples.filter { $0.unit == "runs/s" }.map(\.value) == [0.5, 0.5, 0.5])
    }
}

@Suite("The table of memory")
struct MemoryTableTests {
    private func row(
        _ allocator: String, _ block: Int, _ metric: String, _ value: Double, phase: String = "get"
    ) -> SampleRow {
        TinyRun.row(
            TinyRun.arm(allocator), block, value, phase: phase, metric: metric,
            unit: metric == "fragmentation_ratio" ? "ratio" : "bytes", direction: .lower)
    }

    private func memory(_ samples: [SampleRow], settled: String? = nil) throws -> (text: String, explained: String) {
        let tables = ArmTables(samples, names: TinyRun.run(samples).names(of: "tiny"))
        let (explained, table) = try #require(tables.memory(settled: settled))
        let text = MarkdownRenderer().text(Document(title: "t", blocks: [table]))
        return (text, explained)
    }

    @Test("No ratio where nobody tells the live bytes, and none below 1")
    func ratios() throws {
        let rows = (0..<3).flatMap { block in
            [
                row("glibc", block, "resident_bytes_peak", 3e6), row("glibc", block, "live_bytes", 2e6),
                row("glibc", block, "fragmentation_ratio", 1.25), row("jemalloc", block, "resident_bytes_peak", 3e6),
                row("jemalloc", block, "live_bytes", 4e6), row("jemalloc", block, "fragmentation_ratio", 0.75),
                row("mimalloc", block, "resident_bytes_peak", 3e6), row("mimalloc", block, "fragmentation_ratio", 11.5),
            ]
        }
        let (text, explained) = try memory(rows)
        #expect(text.contains("| glibc | 3.00 MB | 2.00 MB | 1.25 × |"), "\(text)")
        #expect(
            text.contains("| jemalloc | 3.00 MB | 4.00 MB | below 1 |") && explained.contains("Below 1 a ratio says"))
        #expect(text.contains("| mimalloc | 3.00 MB | – | – |") && !text.contains("11.5"))
        #expect(text.contains("Resident / live at the end of get"))
    }

    @Test("What the store counts comes before what an allocator tells")
    func subject() throws {
        let rows = (0..<3).flatMap { block in
            [
                row("glibc", block, "resident_bytes_peak", 3e6), row("glibc", block, "live_bytes", 2e6),
                row("glibc", block, "subject_live_bytes", 1e6),
            ]
        }
        #expect(try memory(rows).text.contains(" | 3.00 MB | 1.00 MB |"))
    }

    @Test("Equal readings after a drain have one column, uneven blocks their range")
    func drained() throws {
        func rows(late: Double) -> [SampleRow] {
            (0..<4).flatMap { block in
                [
                    row("glibc", block, "resident_bytes_peak", 9e6),
                    row("glibc", block, "resident_bytes_after_100ms", block == 2 ? 8e6 : 4e6),
                    row("glibc", block, "resident_bytes_after_1s", (block == 2 ? 8e6 : 4e6) * late),
                ]
            }
        }
        let same = try memory(rows(late: 1), settled: "It rested.")
        #expect(same.text.contains("| Arm | Resident, peak | Resident, 1 s after |"), "\(same.text)")
        #expect(same.text.contains("| 9.00 MB | 4.00 MB \\[4.00 to 8.00 MB\\] |"))
        #expect(same.explained.hasSuffix("The earlier readings after the drain are the same as the last. It rested."))
        let other = try memory(rows(late: 0.5))
        #expect(other.text.contains("| Resident, 100 ms after | Resident, 1 s after |"), "\(other.text)")
    }

    @Test("Faults that never happened have no column")
    func faults() throws {
        let rows = (0..<3).flatMap { block in
            [
                row("glibc", block, "resident_bytes_peak", 9e6), row("glibc", block, "minor_faults", 12),
                row("glibc", block, "major_faults", 0),
            ]
        }
        let text = try memory(rows).text
        #expect(text.contains("Minor faults") && !text.contains("Major faults"))
    }
}

@Suite("The table of targets")
struct TargetDisplayTests {
    private func text(_ change: (inout TargetRow) -> Void, low: Double, high: Double) throws -> String {
        var data = TinyRun.twoAllocators
        data.targets = [SyntheticRun.targets[1]]
        change(&data.targets[0])
        data.verdict?.targets = [TargetEvaluation(row: data.targets[0], n: 7, ciLow: low, ciHigh: high)]
        let folder = try RunFolder(data)
        try Report.write(run: folder.run, lookup: nothing)
        return try folder.text("report.md")
    }

    @Test("Where the interval contains the threshold, the verdict says so")
    func doubt() throws {
        let missed = try text(
            {
                $0.measured = 3.2
                $0.verdict = .missed
            }, low: 2.8, high: 3.5)
        #expect(missed.contains("| **missed**<br>the interval contains the threshold | 3.20 ×<br>2.80 × to 3.50 × |"))
        #expect(
            missed.components(separatedBy: "the interval contains the threshold |").count == 2, "the bar of 6 is clear")
        let clear = try text({ $0.verdict = .missed }, low: 2.1, high: 2.9)
        #expect(!clear.contains("the interval contains the threshold |"))
    }

    @Test("Rates say of what, and bytes a second are bytes")
    func units() throws {
        let entities = try text(
            {
                $0.unit = "entities/s"
                $0.threshold = 100_000
                $0.bar = 10_000_000
                $0.measured = 963_000
            }, low: 950_000, high: 980_000)
        #expect(entities.contains("963 k entities/s<br>950 k entities/s to 980 k entities/s"))
        #expect(entities.contains("| ≥ 100 k entities/s | ≥ 10 M entities/s |"))
        let bytes = try text(
            {
                $0.unit = "bytes/s"
                $0.threshold = 8e9
                $0.measured = 1.73e9
            }, low: 1.7e9, high: 1.75e9)
        #expect(bytes.contains("| 1.73 GB/s<br>1.70 GB/s to 1.75 GB/s | ≥ 8 GB/s |"), "\(bytes)")
    }

    @Test("What was not measured stands at the end")
    func unmeasured() throws {
        var data = TinyRun.twoAllocators
        data.targets = SyntheticRun.targets
        let folder = try RunFolder(data)
        try Report.write(run: folder.run, lookup: nothing)
        let text = try folder.text("report.md")
        let notes = try #require(text.range(of: "## Notes"))
        let rest = try #require(text.range(of: "## Appendix: targets that this run did not measure"))
        let recovery = try #require(text.range(of: "| `recovery`"))
        #expect(notes.lowerBound < rest.lowerBound && rest.lowerBound < recovery.lowerBound)
    }
}
