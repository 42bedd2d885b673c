import BenchMeasurement
import BenchResults
import BenchWorkload
import Histogram
import Testing

@testable import BenchDriver

@Suite("The layout of a phase")
struct PhaseLayoutTests {
    private let arm = ArmKey(subject: "echo", allocator: "glibc", strategy: "direct", threads: 3)

    private func layout(_ specification: PhaseSpecification, count: Int? = nil) throws -> PhaseLayout {
        try PhaseLayout(specification, count: count, arm: arm, entityCount: 100)
    }

    private let get = [WeightedOperation(.get)]

    @Test("Threads of a phase without roles are the arm's, and one where the store changes")
    func plain() throws {
        let reading = try layout(PhaseSpecification(name: "read", operations: get, count: 10), count: 10)
        #expect(reading.threads == 3 && reading.planLength == 10 && !reading.hasRoles && reading.openThreads == 0)
        let changing = PhaseSpecification(name: "change", operations: [WeightedOperation(.update)], count: 10)
        #expect(try layout(changing, count: 10).threads == 1)
        let open = PhaseSpecification(
            name: "open", operations: get, durationNanoseconds: 2_000_000_000,
            arrival: ArrivalSpecification(ratePerSecond: 50.25))
        #expect(try layout(open).planLength == 101 && layout(open).openThreads == 3)
    }

    @Test("Roles follow each other in threads and plan")
    func roles() throws {
        let roles = [
            RoleSpecification(name: "readers", threads: 2, operations: get),
            RoleSpecification(
                name: "writer", threads: 1, operations: [WeightedOperation(.update)],
                arrival: ArrivalSpecification(ratePerSecond: 1_000)),
            RoleSpecification(name: "stalled", threads: 2, operations: get, isStalled: true),
        ]
        var specification = PhaseSpecification(name: "both", operations: get)
        specification.assign(roles, milliseconds: 100)
        let layout = try layout(specification)
        #expect(layout.lanes.map(\.threads) == [0..<2, 2..<3, 3..<5])
        #expect(layout.lanes.map(\.plan.count) == [1 << 16, 100, 2])
        #expect(layout.threads == 5 && layout.planLength == (1 << 16) + 102 && layout.openThreads == 3)
        #expect(layout.lanes.map(\.specification.name) == ["both.readers", "both.writer", "both.stalled"])
    }

    @Test("Roles without an end or without work are refused")
    func refused() {
        var endless = PhaseSpecification(name: "both", operations: get)
        endless.roles = [RoleSpecification(name: "readers", threads: 1, operations: get)]
        let error = #expect(throws: DriverError.self) { try layout(endless) }
        #expect(error?.message.contains("phase `both`") == true && error?.message.contains("duration") == true)
        var idle = PhaseSpecification(name: "both", operations: get)
        idle.assign(
            [RoleSpecification(name: "stalled", threads: 1, operations: get, isStalled: true)], milliseconds: 1)
        #expect(throws: DriverError.self) { try layout(idle) }
    }

    @Test("Of large phases only some batches are timed, never so few that a percentile is lost")
    func strides() throws {
        let plan = UnsafeMutableBufferPointer<Operation>.allocate(capacity: 64)
        plan.initialize(repeating: Operation(kind: .get, key: 0))
        defer { plan.deallocate() }
        func stride(_ specification: PhaseSpecification, _ operations: Int, duration: UInt64? = nil) -> Int {
            PlanSlice(
                operations: UnsafeBufferPointer(plan), firstIndex: 0, specification: specification, duration: duration,
                laneOperations: operations
            ).sampleStride
        }
        let plain = PhaseSpecification(name: "read", operations: get)
        #expect(stride(plain, 1_000_000) == 1)
        #expect(stride(plain, 64 * 20_000) == 2)
        #expect(stride(plain, 64 * 1_000_000) == 16)
        #expect(stride(plain, 64 * 1_000_000, duration: 1) == 1)
        let dear = PhaseSpecification(name: "hops", operations: [WeightedOperation(.traverse)])
        #expect(stride(dear, 64 * 1_000_000) == 1)
        let mixed = PhaseSpecification(name: "mix", operations: get + [WeightedOperation(.traverse)])
        #expect(stride(mixed, 64 * 1_000_000) == 1)
    }

    @Test("Where few batches are timed, each operation is done once all the same, in batches of the same size")
    func stretches() throws {
        let plan = UnsafeMutableBufferPointer<Operation>.allocate(capacity: 300)
        for index in plan.indices { plan.initializeElement(at: index, to: Operation(kind: .get, key: UInt32(index))) }
        defer { plan.deallocate() }
        let slice = PlanSlice(
            operations: UnsafeBufferPointer(plan), firstIndex: 7,
            specification: PhaseSpecification(name: "read", operations: get),
            duration: nil, laneOperations: 64 * 20_000)
        let witness = Witness()
        let recorder = LatencyRecorder(kinds: [.get])
        let loop = ClosedLoop(
            subject: RecordingSubject(witness), thread: 0, slice: slice, recorder: recorder,
            progress: .init(threads: 1))
        var tally = ThreadTally(end: 0)
        try loop.run(&tally)
        #expect(witness.value.batches == [1, 63, 64, 1, 63, 64, 1, 43])
        #expect(witness.value.places.count == 300 && witness.value.places.allSatisfy { $0.value == 1 })
        #expect((7..<307).allSatisfy { witness.value.places[$0] == 1 })
        #expect(tally.operations == 300 && recorder.histogram(of: .get)?.totalCount == 3)
    }
}
