import BenchMeasurement
import BenchResults
import BenchWorkload
import Testing

@testable import BenchDriver

@Suite("Planted loads", .serialized)
struct PlantedSubjectTests {
    private let phases = TestScenario.phases("{ name: hops, operations: { traverse: 1 }, count: 50 }")

    @Test("A planted share of time is at least that much longer, and answers stay the same")
    func time() throws {
        let subject = SpinningSubject(Witness(), microseconds: 200)
        let result = try TestJob.run(phases) {
            $0.planted = BlockJob.PlantedLoad(timeShare: 0.5)
        } on: { _ in
            subject
        }
        // The subject's own time is what it took in fact, however busy the machine was.
        let wall = try #require(result.value("wall_time", phase: "hops"))
        #expect(wall >= 1.49 * Double(subject.spunNanoseconds))
        #expect(result.phase("hops")?.digest == (try TestJob.run(phases)).phase("hops")?.digest)
    }

    @Test("Planted memory is never given back")
    func leak() async {
        await #expect(processExitsWith: .success) {
            let phases = TestScenario.phases("{ name: hops, operations: { traverse: 1 }, count: 50 }")
            let result = try TestJob.run(phases) { job in
                job.planted = BlockJob.PlantedLoad(leakedBytesPerBatch: 1 << 20)
            } on: { _ in
                EchoSubject(Witness())
            }
            let least = Double(50 << 20) * 0.95
            #expect(try #require(result.value("resident_bytes_peak", phase: "hops")) > least)
            if let live = result.value("live_bytes", phase: "hops") { #expect(live > least) }
        }
    }

    @Test("A planted subject is its base in all else")
    func passes() throws {
        let witness = Witness()
        let base = CompanySubject(witness, company: 1)
        let planted = PlantedSubject(
            base, BlockJob.PlantedLoad(turnsPerBatch: 10), threads: 2, clockNanoseconds: 25)
        var calls = 0
        try planted.hold { calls += 1 }
        #expect(calls == 1 && base.value.holds == 1)
        #expect(planted.supports(.get))
        var plan = [Operation(kind: .get, key: 1)]
        var outcome = BatchOutcome()
        try plan.withUnsafeMutableBufferPointer { buffer throws(SubjectError) in
            let batch = OperationBatch(operations: UnsafeBufferPointer(buffer), firstIndex: 3, thread: 1)
            try planted.execute(batch, into: &outcome)
        }
        #expect(base.value.threadsByKind == [.get: [1]])
        #expect(outcome.digest == testAnswer(plan[0], index: 3) && outcome.items == 1)
    }
}
