import BenchMeasurement
import BenchResults
import BenchWorkload
import Glibc
import Testing

@testable import BenchDriver

@Suite("What is measured around a phase", .serialized)
struct AroundPhaseTests {
    private let phases = TestScenario.phases("{ name: read, operations: { get: 1 }, count: 2000 }")

    @Test("A warm-up goes through the plan before and leaves answers and figures as they are", arguments: [1, 2])
    func warmUp(threads: Int) throws {
        let witness = Witness()
        let result = try TestJob.run(phases, threads: threads) { job in
            job.scenario.phases[1].warmsUp = true
        } on: { _ in
            RecordingSubject(witness)
        }
        let plain = try TestJob.run(phases, threads: threads)
        #expect(result.phase("read")?.digest == plain.phase("read")?.digest)
        let places = witness.value.places
        #expect((300..<2_000).allSatisfy { places[$0] == 1 || places[$0] == 2 })
        // Five slices of twenty at least, unless one of them took the whole time.
        #expect((0..<2_000 / 20).allSatisfy { places[$0] == 3 })
        #expect(result.value("operations", phase: "read") == 2_000)
        let samples = plain.histograms.first { $0.phase == "read" }?.counts
        #expect(result.histograms.first { $0.phase == "read" }?.counts.reduce(0, +) == samples?.reduce(0, +))
        #expect(try #require(result.value("warmup_time", phase: "read")) > 0)
        #expect([0, 1].contains(result.value("is_steady", phase: "read")))
        #expect(result.metrics(phase: "load").isDisjoint(with: ["warmup_time", "is_steady"]))
        #expect(plain.metrics(phase: "read").isDisjoint(with: ["warmup_time", "is_steady"]))
    }

    @Test("A failure in the warm-up is the phase's", arguments: [1, 2])
    func warmUpFailure(threads: Int) {
        let error = #expect(throws: DriverError.self) {
            try TestJob.run(phases, threads: threads) {
                $0.scenario.phases[1].warmsUp = true
            } on: { _ in
                FailingSubject(Witness())
            }
        }
        #expect(error?.message == "phase `read`: the store is gone")
    }

    @Test("After a phase the memory is read where the process has settled, in blocks that count")
    func settle() throws {
        func run(_ isWarmup: Bool) throws -> BlockResult {
            try TestJob.run(phases) { job in
                job.scenario.phases[0].settleNanoseconds = 120_000_000
                job.isWarmup = isWarmup
            }
        }
        let result = try run(false)
        let metrics = result.metrics(phase: "load").filter { $0.hasPrefix("resident_bytes_after") }
        #expect(metrics == ["resident_bytes_after_100ms"])
        #expect(result.metrics(phase: "read").allSatisfy { !$0.hasPrefix("resident_bytes_after") })
        #expect(try run(true).metrics(phase: "load").allSatisfy { !$0.hasPrefix("resident_bytes_after") })
    }

    @Test("A process that settles long after its last phase says so first, and judges the machine before")
    func lingering() throws {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        let result = try TestJob.run(phases) { job in
            job.scenario.phases[1].settleNanoseconds = SettleObserver.lingering + 1
            job.progressDescriptor = ends[1]
        }
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = read(ends[0], &buffer, buffer.count)
        #expect(String(decoding: buffer.prefix(max(0, count)), as: UTF8.self) == "load\nread\nsettling\n")
        #expect(
            result.metrics(phase: "read").isSuperset(of: ["resident_bytes_after_100ms", "resident_bytes_after_1s"]))
        #expect(result.referenceNanoseconds.count == 2 && result.conditions != nil)
    }

    @Test("The reference loop stands before and after a block")
    func reference() throws {
        let result = try TestJob.run(TestScenario.loadPhase)
        #expect(result.referenceNanoseconds.count == 2 && result.referenceNanoseconds.allSatisfy { $0 > 0 })
    }

    @Test("Bytes of files make a bandwidth, over all threads", arguments: [1, 2])
    func bandwidth(threads: Int) throws {
        let result = try TestJob.run(phases, threads: threads) { _ in
            CompanySubject(Witness(), company: 1)
        }
        let bandwidth = try #require(result.value("bandwidth", phase: "read"))
        let throughput = try #require(result.value("throughput", phase: "read"))
        #expect(abs(bandwidth / throughput - 100) < 1e-6)
        #expect(result.rows.first { $0.metric == "bandwidth" }?.unit == "bytes/s")
        #expect(try !TestJob.run(phases).metrics(phase: "read").contains("bandwidth"))
    }

    @Test("Fragmentation is what is resident for each live byte")
    func fragmentation() async throws {
        await #expect(processExitsWith: .success) {
            let result = try TestJob.run(TestScenario.loadPhase, subject: "hungry")
            let ratio = result.value("fragmentation_ratio", phase: "load")
            let live = result.value("live_bytes", phase: "load")
            #expect((ratio == nil) == (live == nil))
            // 96 MiB that are in use and touched: nothing else is of that size.
            if let ratio { #expect(abs(ratio - 1) < 0.1, "\(ratio)") }
        }
    }
}
