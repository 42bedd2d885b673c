import BenchMeasurement
import BenchResults
import BenchWorkload
import Foundation
import Testing

@testable import BenchDriver

@Suite("Counting", .serialized)
struct CountingDriverTests {
    @Test(
        "The same program counts the same again; more work, allocations and leaks show where they were planted",
        .enabled(if: Programs.canCount, "valgrind, strace, .build/debug/strata or libstrata-counting.so is not there"))
    func wholeWay() throws {
        let folder = try TestFolder()
        let turns = BlockJob.PlantedLoad(turnsPerBatch: 1_000)
        let leak = BlockJob.PlantedLoad(leakedBytesPerBatch: 100)
        var plan = try Programs.plan(in: folder, [("baseline", nil), ("repeat", nil), ("planted", turns)])
        plan.purposes = [.instructions]
        let counted = try CountingDriver(plan: plan).run()
        #expect(counted.leftOut.isEmpty && !counted.isInterrupted)
        let instructions = counted.values("instructions", phase: "read")
        let baseline = try #require(instructions["baseline"])
        let again = try #require(instructions["repeat"])
        let planted = try #require(instructions["planted"])
        #expect(abs(again - baseline) <= baseline * 1e-5, "\(baseline) and then \(again)")
        let turnCount = Double(1_000 * (try #require(counted.batches["read"])))
        #expect(counted.batches == ["load": 10, "read": 16])
        #expect(planted - baseline > turnCount && planted - baseline < 200 * turnCount)
        #expect(counted.counts.allSatisfy { $0.scenarioHash == plan.scenarioHash && $0.unit == "count" })
        // The functions tell where it is.
        let before = counted.functions.filter { $0.arm == "baseline" && $0.phase == "read" }
        #expect(before.reduce(0) { $0 + $1.instructions } == Int(baseline))
        let after = counted.functions.filter { $0.arm == "planted" && $0.phase == "read" }
        let worst = FunctionDifference.largest(before: before, after: after, by: .instructions).first
        #expect(worst?.instructionChange ?? 0 > 0)

        plan.arms[2].planted = leak
        plan.purposes = [.allocations, .systemCalls]
        let native = try CountingDriver(plan: plan, libraryPath: Programs.library).run()
        #expect(native.leftOut.isEmpty && native.functions.isEmpty)
        #expect(native.values("allocations", phase: "read") == ["baseline": 0, "repeat": 0, "planted": 16])
        #expect(native.values("allocated_bytes", phase: "read") == ["baseline": 0, "repeat": 0, "planted": 1_600])
        #expect(native.values("temporary_allocations", phase: "read") == ["baseline": 0, "repeat": 0, "planted": 0])
        #expect(native.values("system_calls", phase: "read")["baseline"] == 0)
    }

    @Test("A missing library is one sentence, and what it counts has no row")
    func missingLibrary() throws {
        let folder = try TestFolder()
        var plan = try Programs.plan(in: folder, [("baseline", nil)])
        plan.purposes = [.allocations, .measure]
        let outcome = try CountingDriver(plan: plan, libraryPath: "/no/such/libstrata-counting.so").run()
        #expect(outcome.counts.isEmpty && outcome.functions.isEmpty && outcome.leftOut.count == 2)
        #expect(outcome.leftOut.first?.hasPrefix("allocations were not counted: /no/such/libstrata") == true)
    }

    @Test("A child that fails, hangs or leaves nothing ends counting with its words")
    func failures() throws {
        let folder = try TestFolder()
        for (script, timeout, words) in [
            ("echo the store is gone; exit 3", 60, ["ended with code 3 and left no result", "the store is gone"]),
            ("sleep 100", 1, ["no result after 1 s"]), ("kill -SEGV $$", 60, ["was ended by signal 11"]),
        ] as [(String, UInt64, [String])] {
            let program = try folder.write("#!/bin/sh\n\(script)\n", to: "worker")
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
            var plan = try Programs.plan(in: folder, [("baseline", nil)])
            plan.purposes = [.allocations]
            plan.arms[0].executable = program
            let error = #expect(throws: DriverError.self) {
                // Any shared object will do: the script does not count.
                try CountingDriver(
                    plan: plan, timeoutNanoseconds: timeout * 1_000_000_000,
                    libraryPath: AllocatorIdentity.ofProcess().path
                ).run()
            }
            let message = error?.message ?? ""
            #expect(message.hasPrefix("counting allocations of example, arm baseline: "), "\(message)")
            for word in words { #expect(message.contains(word), "\(message)") }
            #expect(!FileManager.default.fileExists(atPath: folder.file("scratch/counting")))
        }
    }

    @Test("In this process, which nothing counts, counting is refused; so is a phase without a number of operations")
    func refusals() throws {
        for (purpose, word) in [
            (BlockJob.Purpose.instructions, "valgrind"), (.allocations, "preloaded library"),
        ] {
            let error = #expect(throws: DriverError.self) {
                try TestJob.run(TestScenario.loadPhase) { $0.purpose = purpose }
            }
            #expect(error?.message.contains(word) == true)
        }
        let endless = TestScenario.phases("{ name: read, operations: { get: 1 }, duration: 20ms }")
        let error = #expect(throws: DriverError.self) { try TestJob.run(endless) { $0.purpose = .systemCalls } }
        #expect(error?.message.contains("`read`") == true)
    }

    @Test("A counted child does what a timed one does: the same plan, answers and batches")
    func sameWork() throws {
        let phases = TestScenario.phases("{ name: mix, operations: { get: 9, similar: 1 }, count: 500 }")
        let (timed, counted) = (TestFactory(), TestFactory())
        let first = try TestJob.run(phases, subject: "recording", factory: timed)
        let second = try TestJob.run(phases, subject: "recording", factory: counted) { $0.purpose = .systemCalls }
        #expect(first.phases == second.phases)
        #expect(timed.witness.value.batches == counted.witness.value.batches)
        #expect(timed.witness.value.calls == counted.witness.value.calls)
        let poor = try TestJob.run(phases, subject: "poor") { $0.purpose = .systemCalls }
        #expect(poor.phase("mix")?.skipped == "the subject `poor` cannot do `similar`")
    }

    @Test("How far repeated counts lie apart is told by metric")
    func spread() {
        var outcome = CountingOutcome()
        func row(_ metric: String, _ arm: String, _ repetition: Int, _ value: Double) -> CountRow {
            CountRow(
                scenario: "s", scenarioHash: "h", phase: "p", operation: "get", arm: arm, repetition: repetition,
                metric: metric, value: value, unit: "count")
        }
        outcome.counts = [
            row("instructions", "a", 0, 1_000), row("instructions", "a", 1, 1_001), row("instructions", "b", 0, 5),
            row("allocations", "a", 0, 0), row("allocations", "a", 1, 0), row("system_calls", "a", 0, 0),
            row("system_calls", "a", 1, 1),
        ]
        #expect(outcome.spread() == ["instructions": 0.001, "allocations": 0, "system_calls": .infinity])
    }
}

extension CountingOutcome {
    fileprivate func values(_ metric: String, phase: String) -> [String: Double] {
        Dictionary(
            counts.filter { $0.metric == metric && $0.phase == phase }.map { ($0.arm, $0.value) },
            uniquingKeysWith: { first, _ in first })
    }
}

/// What the build has made beside the tests, and what the machine has.
private enum Programs {
    /// The folder of the tests' own image.
    private static let folder: String = {
        let address = UInt64(UInt(bitPattern: #dsohandle))
        let image = (try? MemoryMapping.ofProcess())?.first { $0.start <= address && address < $0.end }
        return URL(fileURLWithPath: image?.path ?? "/").deletingLastPathComponent().path
    }()
    static let strata = "\(folder)/strata"
    static let library = "\(folder)/\(CountingLibrary.fileName)"

    static var canCount: Bool {
        Instrumentation.isBuiltIn && ToolSearch.find("valgrind") != nil && ToolSearch.find("strace") != nil
            && FileManager.default.isExecutableFile(atPath: strata)
            && FileManager.default.fileExists(atPath: library)
    }

    /// A plan over a small graph for the subject `null`, which does nothing by itself.
    static func plan(
        in folder: TestFolder, _ arms: [(name: String, planted: BlockJob.PlantedLoad?)]
    ) throws -> CountingPlan {
        let phases = TestScenario.phases("{ name: read, operations: { get: 1 }, count: 512 }")
        let scenario = try TestScenario.make(subjects: ["null"], phases: phases)
        let key = ArmKey(subject: "null", allocator: "glibc", strategy: "direct", threads: 1)
        return CountingPlan(
            run: "test-run", profile: "quick", scenario: scenario, scenarioHash: scenario.hash,
            datasetPath: try TestScenario.dataset(in: folder),
            arms: arms.map {
                CountingPlan.Arm(
                    name: $0.name, key: key, allocator: AllocatorLibrary(name: "glibc", path: nil), executable: strata,
                    planted: $0.planted)
            }, repetitions: 1, scratchDirectory: folder.file("scratch"))
    }
}
