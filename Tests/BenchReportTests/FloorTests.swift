import BenchResults
import BenchWorkload
import Foundation
import Testing

@testable import BenchReport

private let nothing = ExecutableLookup { _ in nil }

@Suite("The harness's own cost")
struct FloorTests {
    /// Two allocators and three subjects in two read phases. On `get`, `null` takes 2 ns, `strata` 20 and `standard`
    /// 80; on `near`, `null` takes 5.
    private var data: RunData {
        var samples: [SampleRow] = []
        for allocator in ["glibc", "jemalloc"] {
            let slower = allocator == "glibc" ? 1.0 : 1.25
            for (subject, get, near) in [("strata", 20.0, 100.0), ("standard", 80, 300), ("null", 2, 5)] {
                for block in 0..<3 {
                    let arm = TinyRun.arm(allocator, subject: subject, strategy: "direct")
                    let digest = subject == "null" ? "-" : "00000000000000aa"
                    samples.append(TinyRun.row(arm, block, 1e9 / get / slower, digest: digest))
                    samples.append(TinyRun.row(arm, block, 1e9 / near / slower, phase: "near", digest: digest))
                }
            }
        }
        var data = TinyRun.run(samples)
        data.timeline = ["strata", "null"].flatMap { subject in
            (0..<5).map { step in
                TimelineRow(
                    scenario: "tiny", phase: "get", arm: "\(subject)/glibc/direct/1", seconds: Double(step),
                    operations: step, liveBytes: 1000 * step, residentBytes: 2000 * step, block: 0)
            }
        }
        return data
    }

    @Test("It is the time of an operation, the most of the arms, and a share of each subject's")
    func cost() throws {
        let costs = HarnessFloor.costs(data.samples)
        #expect(costs.map(\.phase) == ["get", "near"] && costs.map(\.place) == ["get of tiny", "near of tiny"])
        let cost = try #require(costs.first)
        // On jemalloc everything is slower by a quarter.
        #expect(abs(try #require(cost.nanoseconds) - 2.5) < 1e-9)
        #expect(cost.shares.map(\.subject).sorted() == ["standard", "strata"])
        for (subject, share) in cost.shares { #expect(abs(share - (subject == "strata" ? 0.1 : 0.025)) < 1e-9) }
        #expect(HarnessFloor.costs(data.samples.filter { $0.subject != "null" }).isEmpty)
    }

    @Test("Batches are what the bar is about: dear operations are timed one by one, planned ones wait")
    func manner() throws {
        var rows = data.samples.filter { $0.allocator == "glibc" && $0.phase == "get" }
        for index in rows.indices { rows[index].threads = 4 }
        func cost() throws -> HarnessFloor.Cost { try #require(HarnessFloor.costs(rows).first) }
        #expect(try cost().manner == .batched)
        #expect(abs(try #require(cost().nanoseconds) - 8) < 1e-9, "time is a thread's")
        for index in rows.indices { rows[index].operation = "traverse" }
        #expect(try cost().manner == .single)
        for index in rows.indices { rows[index].operation = "mixed" }
        #expect(try cost().manner == .unknown, "a mixture whose scenario was not kept")
        var plan = rows[0]
        plan.metric = "planned_rate"
        rows.append(plan)
        let waiting = try cost()
        #expect(waiting.manner == .paced && waiting.nanoseconds == nil)
    }

    @Test("A role's threads are its own, not the phase's, and known from the scenario alone")
    func roles() throws {
        var rows = data.samples.filter { $0.allocator == "glibc" && $0.phase == "get" }
        for index in rows.indices {
            rows[index].threads = 2
            rows[index].role = "readers"
            rows[index].operation = "mixed"
        }
        #expect(try #require(HarnessFloor.costs(rows).first).nanoseconds == nil)
        let scenario = try Scenario.parse(
            text: """
                name: tiny
                dataset: { source: synthetic, entities: 1000 }
                phases:
                  - { name: load, operations: { insert: 1 } }
                  - name: get
                    duration: 1s
                    roles:
                      - { name: readers, threads: 1, operations: { get: 95, neighbors: 5 } }
                      - { name: writer, threads: 1, operations: { update: 1 }, rate: 100/s }

                """, file: "tiny.yaml")
        let cost = try #require(HarnessFloor.costs(rows, workloads: ["tiny": scenario]).first)
        #expect(cost.manner == .batched)
        #expect(abs(try #require(cost.nanoseconds) - 2) < 1e-9)
        #expect(cost.place == "readers in get of tiny")
    }

    @Test("The report gives the most, not the least, and neither a chart nor a table has an arm of it")
    func report() throws {
        let folder = try RunFolder(data)
        try Report.write(run: folder.run, lookup: nothing)
        let text = try folder.text("report.md")
        #expect(
            text.contains(
                "**The harness's own cost per operation is at most 6.25 ns in closed-loop phases whose operations run in"
                    + " batches** (near of tiny), and 2 of 2 such phases are not below the bar of 2 ns. That is what the"
                    + " subject `null`, which does nothing, takes there. It is at most "), "\(text)")
        #expect(text.contains("| near | in batches | 6.25 ns |"))
        #expect(text.contains("10 % of the time of strata (get of tiny)"))
        #expect(text.components(separatedBy: "null").count == 2, "\(text)")
        for chart in ChartSet(data).charts {
            #expect(!chart.data.contains("null") && !chart.script.contains("null"), "\(chart.name)")
        }
        #expect(ChartSet(data).charts.contains { $0.kind == .speedup })
        #expect(text.contains("4 arms"))
    }

    @Test("Where nothing else ran, it is what was measured")
    func alone() {
        var alone = data
        alone.samples.removeAll { $0.subject != "null" }
        #expect(alone.withoutFloor.samples.count == alone.samples.count)
        #expect(HarnessFloor.costs(alone.samples).first?.shares.isEmpty == true)
    }
}

@Suite("Environment and sentences")
struct SentenceTests {
    @Test("The clock's cost and the machine's pressure are told where they are known")
    func conditions() throws {
        var data = TinyRun.twoAllocators
        data.environment = SyntheticRun.environment("r1")
        let plain = try RunFolder(data)
        try Report.write(run: plain.run, lookup: nothing)
        #expect(!(try plain.text("report.md").contains("Reading the clock")))
        data.environment?.clockNanoseconds = 24.5
        data.environment?.stolenSeconds = 0.25
        data.environment?.cpuPressureSeconds = 1.5
        data.environment?.memoryPressureSeconds = 0
        let folder = try RunFolder(data)
        try Report.write(run: folder.run, lookup: nothing)
        let text = try folder.text("report.md")
        for row in [
            "| Reading the clock | 24.5 ns |", "| Processor time stolen by the hypervisor | 250 ms |",
            "| Some task waited for a processor | 1.5 s |", "| Some task waited for memory | 0 s |",
        ] { #expect(text.contains(row), "\(row)\n\(text)") }
        #expect(!text.contains("waited for the disk"))
        #expect(text.contains("| defaults |"))
    }

    @Test("Thresholds of nanoseconds keep their digits, and so does what is held against them")
    func thresholds() throws {
        var data = TinyRun.twoAllocators
        data.targets = [SyntheticRun.targets[3]]
        data.targets[0].threshold = 1.3
        data.targets[0].comparison = "<="
        data.targets[0].measured = 1.274
        data.targets[0].bar = 1.05
        let folder = try RunFolder(data)
        try Report.write(run: folder.run, lookup: nothing)
        #expect(try folder.text("report.md").contains("| 1.27 ns | ≤ 1.3 ns | ≤ 1.05 ns |"))
    }

    @Test("Names between backticks are code, in tables and lists too")
    func codeSpans() throws {
        var data = TinyRun.twoAllocators
        data.targets = SyntheticRun.targets
        data.targets[0].claim = "`open` is faster than `a|b`, and ` alone stays."
        data.verdict?.targets = [
            TargetEvaluation(row: data.targets[4], reason: "the scenario `recovery` did not run")
        ]
        data.verdict?.warnings = ["the phase `near` was skipped"]
        let folder = try RunFolder(data)
        try Report.write(run: folder.run, lookup: nothing)
        let text = try folder.text("report.md")
        #expect(text.contains("<br>`open` is faster than `a\\|b`, and \\` alone stays. |"), "\(text)")
        #expect(text.contains("| the scenario `recovery` did not run |"))
        #expect(text.contains("- The phase `near` was skipped."))
        #expect(try folder.text("report.html").contains("<code>recovery</code>"))
    }

    @Test("Only a pair of backticks with a name between makes code")
    func pairs() {
        #expect([Document.Inline].sentence("") == [.text("")])
        #expect([Document.Inline].sentence("a `b` c") == [.text("a "), .code("b"), .text(" c")])
        #expect([Document.Inline].sentence("`b`") == [.code("b")])
        #expect([Document.Inline].sentence("a ` c") == [.text("a ` c")])
        #expect([Document.Inline].sentence("``` c") == [.text("``` c")])
        #expect([Document.Inline].sentence("a `b`", as: { .aside($0) }) == [.aside("a "), .code("b")])
    }
}
