import BenchMeasurement
import BenchResults
import BenchWorkload
import Histogram
import Testing

@testable import BenchDriver

@Suite("Open loops", .serialized)
struct OpenLoopTests {
    private let phases = TestScenario.phases("{ name: read, operations: { get: 1 }, count: 60 }")

    private func run(
        _ law: ArrivalSpecification.Law = .poisson, rate: Double = 4_000, milliseconds: UInt64? = nil, threads: Int = 1,
        witness: Witness = Witness()
    ) throws -> BlockResult {
        try TestJob.run(phases, threads: threads) { job in
            job.scenario.phases[1].arrival = ArrivalSpecification(ratePerSecond: rate, law: law)
            if let milliseconds {
                job.scenario.phases[1].count = nil
                job.scenario.phases[1].durationNanoseconds = milliseconds * 1_000_000
            }
        } on: { _ in
            RecordingSubject(witness)
        }
    }

    @Test("Each operation of a count is done once and alone, and answers are compared", arguments: [1, 2])
    func counted(threads: Int) throws {
        let witness = Witness()
        let result = try run(threads: threads, witness: witness)
        #expect(witness.value.batches.suffix(60).allSatisfy { $0 == 1 })
        #expect((0..<60).allSatisfy { (witness.value.places[$0] ?? 0) == ($0 < 300 ? 2 : 1) })
        let closed = try TestJob.run(phases, threads: threads)
        #expect(result.phase("read")?.digest == closed.phase("read")?.digest)
        let metrics = result.metrics(phase: "read")
        #expect(metrics.isSuperset(of: ["planned_rate", "schedule_late_share", "schedule_backlog", "throughput"]))
        #expect(metrics.allSatisfy { !$0.hasPrefix("latency_") })
        #expect(result.value("planned_rate", phase: "read") == 4_000)
        #expect(result.value("schedule_backlog", phase: "read") == 0)
        // Too few sends for a percentile of them.
        #expect(!metrics.contains("schedule_lateness_p99"))
        // A machine that is busy may make the generator late; then there are no times.
        let isValid = result.phase("read")?.invalid == nil
        #expect(metrics.isSuperset(of: ["service_max", "queueing_max", "response_p50"]) == isValid)
        let schedule = try #require(result.phase("read")?.schedules.first)
        #expect((schedule.lateShare <= ScheduleAudit.tolerance) == isValid && schedule.role.isEmpty)
        let quantities = result.histograms.filter { $0.phase == "read" }.map(\.quantity)
        #expect(quantities == (isValid ? [.service, .queueing, .response] : []))
        // The last operation is not begun before it is due, however fast the subject is.
        let wall = try #require(result.value("wall_time", phase: "read"))
        let ends = (0..<threads).map { thread in
            var schedule = ArrivalSchedule(
                ArrivalSpecification(ratePerSecond: 4_000, law: .poisson), phase: "read", thread: thread,
                threads: threads, seed: 42)
            return (0..<60 / threads).map { _ in schedule.pop() }.last ?? 0
        }
        #expect(wall >= Double(ends.max() ?? 0))
    }

    @Test("An open loop with a duration lasts as long, and does no more than is due", arguments: [1, 2])
    func duration(threads: Int) throws {
        let result = try run(.constant, rate: 1_000, milliseconds: 40, threads: threads)
        #expect(result.phase("read")?.digest == "-")
        #expect(try #require(result.value("wall_time", phase: "read")) >= 40_000_000)
        let done = try #require(result.value("operations", phase: "read"))
        let left = try #require(result.value("schedule_backlog", phase: "read"))
        #expect(done + left == 40)
    }

    @Test("What a subject that is too slow leaves undone is counted and told")
    func saturated() throws {
        let result = try TestJob.run(phases) { job in
            job.scenario.phases[1].arrival = ArrivalSpecification(ratePerSecond: 20_000, law: .constant)
            job.scenario.phases[1].count = nil
            job.scenario.phases[1].durationNanoseconds = 30_000_000
        } on: { _ in
            SpinningSubject(Witness(), microseconds: 200)
        }
        let done = try #require(result.value("operations", phase: "read"))
        let left = try #require(result.value("schedule_backlog", phase: "read"))
        #expect(done <= 151 && done + left == 600)
        let schedule = try #require(result.phase("read")?.schedules.first)
        #expect(abs(schedule.leftShare - left / 600) < 1e-9)
        guard result.phase("read")?.invalid == nil else { return }
        // Waiting counts: the service takes its time, the response many times that.
        let service = try #require(result.histograms.first { $0.quantity == .service }).histogram
        let response = try #require(result.histograms.first { $0.quantity == .response }).histogram
        #expect(service.valueAtPercentile(0) >= 199_000)
        #expect(response.maxRecorded > 10 * 200_000)
    }

    @Test("Queueing and service make the response, and only the generator's own delay is late")
    func recorder() {
        let recorder = ScheduleRecorder(kinds: [.get])
        recorder.reset(lateLimit: ScheduleAudit.lateLimit(meanGapNanoseconds: 1_000))
        let kind = OperationKind.get.rawValue
        // In time; waiting for the one before; late by more than the limit.
        recorder.record(kind: kind, planned: 1_000, ready: 1_000, start: 1_010, end: 1_510)
        recorder.record(kind: kind, planned: 1_100, ready: 90_000, start: 90_005, end: 91_005)
        recorder.record(kind: kind, planned: 100_000, ready: 100_000, start: 120_001, end: 120_101)
        #expect(recorder.sends == 3 && recorder.lateSends == 1)
        #expect(recorder.response.histogram(of: .get)?.maxRecorded == 89_905)
        #expect(recorder.queueing.histogram(of: .get)?.maxRecorded == 88_905)
        #expect(recorder.service.histogram(of: .get)?.maxRecorded == 1_000)
        let other = ScheduleRecorder(kinds: [.get])
        other.reset(lateLimit: .max)
        other.record(kind: kind, planned: 0, ready: 0, start: 0, end: 5)
        other.backlog = 4
        recorder.absorb(other)
        let audit = ScheduleAudit(plannedRate: 10, recorder)
        #expect(audit.sends == 4 && audit.lateShare == 0.25 && audit.backlog == 4)
        #expect(audit.invalidity("")?.contains("25.0 %") == true)
        #expect(audit.leftShare == 0.5)
        #expect(ScheduleAudit.lateLimit(meanGapNanoseconds: 1_000_000) == 100_000)
    }

    @Test("A hundredth of late sends is borne, more is not")
    func tolerance() {
        for (late, isValid) in [(10, true), (11, false)] {
            let recorder = ScheduleRecorder(kinds: [.get])
            recorder.reset(lateLimit: 20_000)
            for send in 0..<1_000 {
                let start: UInt64 = send < late ? 20_001 : 50
                recorder.record(kind: OperationKind.get.rawValue, planned: 0, ready: 0, start: start, end: start + 1)
            }
            let audit = ScheduleAudit(plannedRate: 1, recorder)
            #expect((audit.invalidity("") == nil) == isValid)
            #expect(audit.latenessP99 == (isValid ? 50 : 20_001) || audit.latenessP99.map { $0 >= 20_000 } == !isValid)
            #expect(audit.measurements.contains { $0.metric == "schedule_lateness_p99" })
        }
    }

    @Test("The times of a phase whose generator was late are left out, its audit stays")
    func invalid() throws {
        let folder = try TestFolder()
        var job = try TestJob.make(try TestScenario.make(phases: phases), in: folder)
        job.scenario.phases[1].arrival = ArrivalSpecification(ratePerSecond: 100_000)
        let specification = job.scenario.phases[1]
        let layout = try PhaseLayout(specification, count: 60, arm: job.arm, entityCount: 300)
        let equipment = try PhaseEquipment([layout], kinds: [.get], allocatorKind: AllocatorIdentity.ofProcess().kind)
        let plan = UnsafeMutableBufferPointer<Operation>.allocate(capacity: 60)
        defer { plan.deallocate() }
        ExecutionPlan.operations(for: specification, entityCount: 300, seed: 1, into: plan)
        let context = PhaseContext(
            specification: specification, threads: 1, loaded: 300, operations: UnsafeBufferPointer(plan),
            isRepeatable: true)
        let subject = EchoSubject(Witness())
        let figures = try PhaseRunner(
            subject: subject, phase: "read", layout: layout, operations: context.operations, equipment: equipment,
            seed: 1, warmsUp: false
        ).run()
        // What a generator would have recorded that was not let run for a millisecond, each time.
        for _ in 0..<20 {
            equipment.schedules[0].record(
                kind: OperationKind.get.rawValue, planned: 0, ready: 0, start: 1_000_000, end: 1_000_001)
        }
        var result = BlockResult(status: .done)
        try PhaseCollector(job: job, context: context, layout: layout, equipment: equipment).collect(
            figures, PhaseReport(), MemoryBaseline(ProcessMemoryReader(), equipment.statistics), into: &result)
        let invalid = try #require(result.phase("read")?.invalid)
        #expect(invalid.contains("late"))
        #expect(try #require(result.phase("read")?.schedules.first).lateShare > ScheduleAudit.tolerance)
        #expect(result.histograms.isEmpty)
        let metrics = result.metrics(phase: "read")
        #expect(metrics.isSuperset(of: ["schedule_late_share", "planned_rate", "throughput"]))
        #expect(metrics.allSatisfy { !$0.hasPrefix("service_") && !$0.hasPrefix("response_") })
        let share = try #require(result.value("schedule_late_share", phase: "read"))
        #expect(share >= 20.0 / 80)
    }
}
