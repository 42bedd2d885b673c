import BenchMeasurement
import BenchResults
import BenchWorkload
import Histogram
import Testing

@testable import BenchDriver

@Suite("A block in its process", .serialized)
struct BlockWorkerTests {
    @Test("Rows carry the keys of their arm and the figures of their phase")
    func rows() throws {
        let result = try TestJob.run(TestScenario.phases("{ name: read, operations: { get: 1 }, count: 2000 }"))
        #expect(result.status == .done)
        #expect(result.allocator?.path == (try AllocatorIdentity.ofProcess().path))
        #expect(result.phases.map(\.name) == ["load", "read"])
        #expect(try #require(result.clockNanoseconds) > 0)
        for row in result.rows {
            #expect(row.schema == 1 && row.run == "test-run" && row.scenario == "example" && row.block == 0)
            #expect(row.subject == "echo" && row.allocator == "glibc" && row.strategy == "direct" && row.threads == 1)
            #expect(row.scenarioHash.count == 16 && row.role.isEmpty && row.value.isFinite && row.value >= 0)
            #expect(row.operation == (row.phase == "load" ? "insert" : "get"))
        }
        let metrics = result.metrics(phase: "read")
        #expect(
            metrics.isSuperset(of: [
                "throughput", "operations", "wall_time", "cpu_time", "resident_bytes_peak", "minor_faults",
                "major_faults", "context_switches", "latency_p50", "latency_max", "own",
            ]))
        let statistics = AllocatorStatistics(kind: try AllocatorIdentity.ofProcess().kind)
        #expect(metrics.contains("live_bytes") == statistics.tellsAnything)
        // The timeline ends where the phase's own figure stands.
        let last = result.timeline.last { $0.phase == "read" }
        #expect(last?.allocatedBytes.map(Double.init) == result.value("allocated_bytes", phase: "read"))
        let throughput = try #require(result.value("throughput", phase: "read"))
        let wall = try #require(result.value("wall_time", phase: "read"))
        #expect(abs(throughput * wall / 1e9 - 2_000) < 0.001)
        #expect(result.value("operations", phase: "load") == Double(TestScenario.entities))
        #expect(result.rows.first { $0.metric == "throughput" }?.unit == "operations/s")
    }

    @Test("The digest is the sum over the plan, plus the audit's, on one thread as on three", arguments: [1, 3])
    func digests(threads: Int) throws {
        let phases = TestScenario.phases(
            "{ name: mix, operations: { get: 3, neighbors: 1 }, count: 1003, keys: zipf(0.99) }")
        let result = try TestJob.run(phases, threads: threads)
        let scenario = try TestScenario.make(phases: phases)
        for (specification, count) in zip(scenario.phases, [TestScenario.entities, 1_003]) {
            let plan = UnsafeMutableBufferPointer<Operation>.allocate(capacity: count)
            defer { plan.deallocate() }
            ExecutionPlan.operations(
                for: specification, entityCount: TestScenario.entities, seed: scenario.seed, into: plan)
            var expected: UInt64 = 7
            for (index, operation) in plan.enumerated() { expected &+= testAnswer(operation, index: UInt64(index)) }
            let phase = try #require(result.phase(specification.name))
            #expect(phase.digest == BlockSession.hexadecimal(expected))
            #expect(phase.planHash == BlockSession.hexadecimal(ExecutionPlan.hash(UnsafeBufferPointer(plan))))
            #expect(result.rows.filter { $0.phase == phase.name }.allSatisfy { $0.digest == phase.digest })
        }
        #expect(result.phase("load")?.threads == 1)
        #expect(result.phase("mix")?.threads == threads)
        // The mixture's figures stand under its own name, latencies under each kind's.
        #expect(result.metrics(phase: "mix", operation: "mixed").contains("throughput"))
        #expect(result.metrics(phase: "mix", operation: "get").contains("latency_max"))
        #expect(!result.metrics(phase: "mix", operation: "mixed").contains("latency_max"))
    }

    @Test("Each operation is done once, the first of each 64 alone, the dear ones alone", arguments: [1, 2])
    func batches(threads: Int) throws {
        let cheap = TestFactory()
        _ = try TestJob.run(TestScenario.loadPhase, subject: "recording", factory: cheap)
        #expect(cheap.witness.value.batches == [1, 63, 1, 63, 1, 63, 1, 63, 1, 43])

        let dear = TestFactory()
        let phases = TestScenario.phases("{ name: hops, operations: { traverse: 1 }, count: 7, depth: 2 }")
        _ = try TestJob.run(phases, subject: "recording", threads: threads, factory: dear)
        #expect(dear.witness.value.batches.dropFirst(10) == [1, 1, 1, 1, 1, 1, 1])

        let mixed = TestFactory()
        let mixture = TestScenario.phases("{ name: mix, operations: { get: 9, similar: 1 }, count: 500 }")
        let result = try TestJob.run(mixture, subject: "recording", threads: threads, factory: mixed)
        let places = mixed.witness.value.places
        #expect(places.count == 500)
        #expect((0..<500).allSatisfy { places[$0] == ($0 < 300 ? 2 : 1) })
        // Every similar is a sample, and of the cheap ones the first of each run between them.
        let scenario = try TestScenario.make(phases: mixture)
        let plan = UnsafeMutableBufferPointer<Operation>.allocate(capacity: 500)
        defer { plan.deallocate() }
        ExecutionPlan.operations(
            for: scenario.phases[1], entityCount: TestScenario.entities, seed: scenario.seed, into: plan)
        let dearCount = plan.count { $0.operationKind == .similar }
        let samples = result.histograms.first { $0.operation == "similar" }?.counts.reduce(0, +)
        #expect(samples == UInt64(dearCount))
        #expect(mixed.witness.value.batches.allSatisfy { $0 <= 63 })
    }

    @Test("A percentile is told only where ten samples lie beyond it")
    func percentiles() throws {
        for (samples, expected) in [
            (0, []), (19, ["latency_max"]), (20, ["latency_p50", "latency_max"]),
            (1_000, ["latency_p50", "latency_p90", "latency_p99", "latency_max"]),
            (10_000, ["latency_p50", "latency_p90", "latency_p99", "latency_p999", "latency_max"]),
        ] {
            var histogram = LatencyHistogram.empty
            for value in 0..<samples { histogram.record(UInt64(value) + 1) }
            let measurements = PhaseRows.latencyMeasurements(histogram)
            #expect(measurements.map(\.metric) == expected, "\(samples) samples")
            // Values to three digits, and never above the largest.
            if samples == 1_000 {
                #expect(measurements.map(\.value) == [500, 900, 990, 1_000])
            }
        }
    }

    @Test("A phase with a duration goes round its plan until the time is over, and has no digest")
    func durations() throws {
        let factory = TestFactory()
        let phases = TestScenario.phases("{ name: read, operations: { get: 1 }, duration: 20ms }")
        let result = try TestJob.run(phases, threads: 2, factory: factory)
        #expect(result.phase("read")?.digest == "-")
        #expect(result.phase("load")?.digest != "-")
        #expect(try #require(result.value("wall_time", phase: "read")) >= 20_000_000)
        #expect(try #require(result.value("operations", phase: "read")) >= 2)
        #expect(result.rows.first { $0.metric == "wall_time" && $0.phase == "read" }?.direction == Direction.none)
    }

    @Test("Rows cannot be inserted for a duration")
    func endlessInserts() throws {
        let error = #expect(throws: DriverError.self) {
            try TestJob.run(TestScenario.loadPhase) { $0.scenario.phases[0].durationNanoseconds = 5_000_000 }
        }
        #expect(error?.message.contains("phase `load`") == true)
    }

    @Test("A phase that the subject cannot do is left out with the reason, the others run")
    func unsupported() throws {
        let phases = TestScenario.phases(
            "{ name: near, operations: { similar: 1, get: 1 }, count: 5 }",
            "{ name: read, operations: { get: 1 }, count: 5 }")
        let result = try TestJob.run(phases, subject: "poor")
        #expect(result.phase("near")?.skipped == "the subject `poor` cannot do `similar`")
        #expect(result.rows.allSatisfy { $0.phase != "near" })
        #expect(result.metrics(phase: "read").contains("throughput"))
    }

    @Test("A subject's failure names the phase", arguments: [1, 2])
    func failures(threads: Int) throws {
        let phases = TestScenario.phases("{ name: read, operations: { get: 1 }, count: 500 }")
        let error = #expect(throws: DriverError.self) {
            try TestJob.run(phases, subject: "failing", threads: threads)
        }
        #expect(error?.message == "phase `read`: the store is gone")
        let unknown = #expect(throws: DriverError.self) { try TestJob.run(phases, subject: "nobody") }
        #expect(unknown?.message.contains("there is no subject `nobody`") == true)
        let figure = #expect(throws: DriverError.self) { try TestJob.run(phases, subject: "not-a-number") }
        #expect(figure?.message.contains("share") == true)
    }

    @Test("The null subject and one that did other work have no digest")
    func noDigest() throws {
        #expect(try TestJob.run(TestScenario.loadPhase, subject: "null").phase("load")?.digest == "-")
        let other = try TestJob.run(TestScenario.loadPhase, subject: "other-work")
        #expect(other.phase("load")?.digest == "-")
        // A busy machine may add a warning of its own: that the allocator was slow to tell its live bytes.
        let told = other.warnings.filter { $0.contains("did other work than planned") }
        #expect(told.count == 1 && told[0].contains("phase `load`") && told[0].contains("`other-work`"))
    }

    @Test("An allocator that does not own malloc is unproven, and nothing is measured")
    func unproven() throws {
        let factory = TestFactory()
        let result = try TestJob.run(TestScenario.loadPhase, factory: factory) { job in
            job.allocator = AllocatorLibrary(name: "mine", path: "/no/such/library.so")
        }
        guard case .unproven(let reason) = result.status else {
            Issue.record("the status is \(result.status)")
            return
        }
        #expect(reason.contains("/no/such/library.so") && reason.contains("owns malloc"))
        #expect(result.allocator != nil && result.rows.isEmpty && factory.witness.value.calls.isEmpty)
        let foreign = AllocatorIdentity(kind: .jemalloc, path: "/lib/j.so", version: nil, options: [:])
        #expect(BlockWorker.mismatch(foreign, expected: AllocatorLibrary(name: "glibc", path: nil)) != nil)
    }

    @Test("Memory that a phase takes shows in its figures and its timeline")
    func memory() async throws {
        // In a process of its own: other tests take and give back memory beside this one.
        await #expect(processExitsWith: .success) {
            let result = try TestJob.run(TestScenario.loadPhase, subject: "hungry")
            // The kernel's counters are a little behind.
            let least = Double(HungrySubject.bytes) * 0.95
            #expect(try #require(result.value("resident_bytes_peak", phase: "load")) > least)
            if let live = result.value("live_bytes", phase: "load") { #expect(live > least) }
            let timeline = result.timeline.filter { $0.phase == "load" }
            #expect(timeline.count >= 2)
            #expect(timeline.first?.seconds == 0 && timeline.first?.operations == 0)
            #expect(timeline.last?.operations == TestScenario.entities)
            #expect(Double(try #require(timeline.last?.residentBytes)) > least)
            #expect(timeline.allSatisfy { $0.arm == "hungry/glibc/direct/1" })
        }
    }

    @Test("In a closed loop, throughput times mean latency is the number of threads")
    func closedLoop() throws {
        for threads in [1, 2] {
            var best = 0.0
            for _ in 0..<3 where best < Double(threads) * 0.95 {
                let phases = TestScenario.phases("{ name: hops, operations: { traverse: 1 }, count: 200 }")
                let factory = TestFactory(operations: 200)
                let result = try TestJob.run(phases, subject: "meeting", threads: threads, factory: factory)
                let record = try #require(result.histograms.first { $0.phase == "hops" })
                #expect(record.counts.reduce(0, +) == 200)
                let throughput = try #require(result.value("throughput", phase: "hops"))
                let inFlight = throughput * record.histogram.mean / 1e9
                // Samples are kept to three digits: on one thread they add up to the whole time, always. With two
                // the second may start later; the subject makes them end together.
                #expect(inFlight < Double(threads) * 1.005, "\(threads) threads, \(inFlight) operations in flight")
                #expect(inFlight > (threads == 1 ? 0.995 : 1), "\(threads) threads, \(inFlight) operations in flight")
                best = max(best, inFlight)
            }
            // On a busy machine the second thread may start much later, but not three times in a row.
            #expect(best >= Double(threads) * 0.95, "\(threads) threads, at most \(best) operations in flight")
        }
    }

    @Test("Of arms that differ in threads only, one reports the phases on one thread")
    func singleThreadPhases() throws {
        let phases = TestScenario.phases("{ name: read, operations: { get: 1 }, count: 100 }")
        let quiet = try TestJob.run(phases, threads: 2) { $0.reportsSingleThreadPhases = false }
        #expect(Set(quiet.rows.map(\.phase)) == ["read"])
        #expect(Set(quiet.rows.map(\.threads)) == [2])
        #expect(quiet.phase("load")?.digest != "-")
        let loud = try TestJob.run(phases, threads: 2)
        #expect(Set(loud.rows.filter { $0.phase == "load" }.map(\.threads)) == [1])
    }

    @Test("Jobs and results survive their files, histograms included")
    func files() throws {
        let folder = try TestFolder()
        let job = try TestJob.make(try TestScenario.make(), in: folder)
        try job.write(to: job.jobPath)
        let again = try BlockJob(path: job.jobPath)
        #expect(again.arm == job.arm && again.scenario == job.scenario && again.folder == job.folder)
        let result = try BlockWorker.run(job: job, factory: TestFactory())
        try result.write(to: job.resultPath)
        let reread = try BlockResult(path: job.resultPath)
        #expect(reread.rows == result.rows && reread.histograms == result.histograms)
        #expect(reread.phases == result.phases && reread.timeline == result.timeline)
        for record in reread.histograms {
            let copy = LatencyRecord(
                phase: record.phase, operation: record.operation, threads: record.threads,
                startSeconds: record.startSeconds, lengthSeconds: record.lengthSeconds, histogram: record.histogram)
            #expect(copy == record)
        }
        #expect(throws: DriverError.self) { try BlockJob(path: folder.file("missing")) }
    }

    @Test("A latency of more than an hour counts as an hour")
    func longLatency() {
        let recorder = LatencyRecorder(kinds: [.get, .insert])
        recorder.record(kind: OperationKind.get.rawValue, nanoseconds: .max)
        let other = LatencyRecorder(kinds: [.get, .insert])
        other.record(kind: OperationKind.get.rawValue, nanoseconds: 5)
        other.record(kind: OperationKind.insert.rawValue, nanoseconds: 6)
        recorder.absorb(other)
        #expect(recorder.histogram(of: .get)?.maxRecorded == LatencyHistogram.largest)
        #expect(recorder.histogram(of: .get)?.totalCount == 2)
        #expect(recorder.histogram(of: .insert)?.totalCount == 1)
        #expect(recorder.histogram(of: .scan) == nil)
        recorder.reset()
        #expect(recorder.histogram(of: .get)?.totalCount == 0)
    }
}
