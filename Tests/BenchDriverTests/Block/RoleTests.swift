import BenchMeasurement
import BenchResults
import BenchWorkload
import Testing

@testable import BenchDriver

@Suite("Roles of a phase", .serialized)
struct RoleTests {
    private let phases = TestScenario.phases("{ name: both, operations: { get: 1 }, count: 10 }")

    private func run(
        _ roles: [RoleSpecification], armThreads: Int = 1, reports: Bool = true, _ subject: CompanySubject
    ) throws -> BlockResult {
        try TestJob.run(phases, threads: armThreads) { job in
            job.scenario.phases[1].assign(roles, milliseconds: 30)
            job.reportsSingleThreadPhases = reports
        } on: { _ in
            subject
        }
    }

    private let readersAndWriter = [
        RoleSpecification(
            name: "readers", threads: 2,
            operations: [WeightedOperation(.get, weight: 9), WeightedOperation(.neighbors)]),
        RoleSpecification(name: "writer", threads: 1, operations: [WeightedOperation(.update)]),
    ]

    @Test("All roles run at once, each on its own threads, and have rows of their own")
    func together() throws {
        let subject = CompanySubject(Witness(), company: 3)
        // The subject makes each thread wait for all others: one that comes later would leave them waiting.
        let result = try run(
            [
                RoleSpecification(name: "readers", threads: 2, operations: [WeightedOperation(.get)]),
                readersAndWriter[1],
            ], subject)
        #expect(subject.value.threadsByKind == [.get: [0, 1], .update: [2]])
        #expect(subject.value.hadConcurrentWriter)
        let phase = try #require(result.phase("both"))
        #expect(phase.digest == "-" && phase.threads == 3 && phase.operation == "mixed" && phase.invalid == nil)
        let rows = result.rows.filter { $0.phase == "both" }
        #expect(Set(rows.map(\.role)) == ["", "readers", "writer"])
        #expect(rows.allSatisfy { $0.threads == 3 && $0.digest == "-" })
        #expect(
            result.metrics(phase: "both", role: "readers", operation: "get").isSuperset(of: [
                "throughput", "operations", "bandwidth", "latency_max",
            ]))
        #expect(result.metrics(phase: "both", role: "writer", operation: "update").contains("throughput"))
        let whole = result.metrics(phase: "both", role: "")
        #expect(whole.isSuperset(of: ["resident_bytes_peak", "wall_time", "cpu_time", "minor_faults", "operations"]))
        #expect(whole.isDisjoint(with: ["throughput", "latency_max"]))
        let parts = ["readers", "writer"].compactMap { result.value("operations", phase: "both", role: $0) }
        #expect(parts.reduce(0, +) == result.value("operations", phase: "both", role: ""))
        // A hundred bytes an operation, as the subject says.
        let rate = try #require(result.value("throughput", phase: "both", role: "readers"))
        let bandwidth = try #require(result.value("bandwidth", phase: "both", role: "readers"))
        #expect(abs(bandwidth / rate - 100) < 1e-6)
        let records = result.histograms.filter { $0.phase == "both" }
        #expect(
            records.map { "\($0.role) \($0.operation) \($0.quantity)" } == [
                "readers get latency", "writer update latency",
            ])
    }

    @Test("A role's mixture is drawn for itself")
    func mixture() throws {
        let result = try run(readersAndWriter, CompanySubject(Witness(), company: 1))
        #expect(result.metrics(phase: "both", role: "readers", operation: "mixed").contains("throughput"))
        #expect(result.metrics(phase: "both", role: "readers", operation: "neighbors").contains("latency_max"))
        #expect(result.metrics(phase: "both", role: "writer", operation: "update").contains("latency_max"))
    }

    @Test("A stalled role does one operation and holds on until the others are done")
    func stalled() throws {
        let subject = CompanySubject(Witness(), company: 2)
        let result = try run(
            [
                RoleSpecification(name: "readers", threads: 1, operations: [WeightedOperation(.get)]),
                RoleSpecification(
                    name: "stalled", threads: 1, operations: [WeightedOperation(.traverse)], isStalled: true),
            ], subject)
        #expect(subject.value.holds == 1 && subject.value.operationsDuringHold > 0)
        #expect(result.value("operations", phase: "both", role: "stalled") == 1)
        #expect(!result.metrics(phase: "both", role: "stalled").contains("throughput"))
        #expect(try #require(result.value("wall_time", phase: "both", role: "")) >= 30_000_000)
        #expect(!subject.value.hadConcurrentWriter)
    }

    @Test("Of arms that differ in threads, one reports the roles' phases, whose threads are their own")
    func reporting() throws {
        let roles = [RoleSpecification(name: "readers", threads: 2, operations: [WeightedOperation(.get)])]
        let silent = try run(roles, armThreads: 2, reports: false, CompanySubject(Witness(), company: 2))
        #expect(silent.rows.allSatisfy { $0.phase != "both" } && silent.phase("both") != nil)
    }

    @Test("A failure in one role ends the block with its reason; the others come to their end")
    func failure() throws {
        let roles = [
            RoleSpecification(name: "readers", threads: 1, operations: [WeightedOperation(.neighbors)]),
            RoleSpecification(name: "others", threads: 1, operations: [WeightedOperation(.get)]),
        ]
        let error = #expect(throws: DriverError.self) {
            try TestJob.run(phases) { job in
                job.scenario.phases[1].assign(roles, milliseconds: 5)
            } on: { _ in
                FailingSubject(Witness())
            }
        }
        #expect(error?.message == "phase `both`: the store is gone")
    }

    @Test("Histograms of a phase's roles do not share a file")
    func files() throws {
        let folder = try TestFolder()
        let job = try TestJob.make(try TestScenario.make(phases: phases), in: folder)
        let result = try run(
            [
                RoleSpecification(name: "first", threads: 1, operations: [WeightedOperation(.get)]),
                RoleSpecification(
                    name: "second", threads: 1, operations: [WeightedOperation(.get)],
                    arrival: ArrivalSpecification(ratePerSecond: 1_000)),
            ], CompanySubject(Witness(), company: 1))
        guard result.phase("both")?.invalid == nil else { return }
        var collection = LatencyCollection()
        collection.add(result, of: job)
        let directory = try RunDirectory(creating: folder.file("run"))
        try collection.write(to: directory)
        let stem = HistogramFiles.name(
            scenario: job.scenario.name, phase: "both",
            arm: ArmKey(subject: "echo", allocator: "glibc", strategy: "direct", threads: 2), operation: "")
        for ending in ["first.get", "second.get.service", "second.get.queueing", "second.get.response"] {
            #expect(throws: Never.self) { try directory.readText("histograms/\(stem)\(ending).hgrm") }
        }
    }
}
