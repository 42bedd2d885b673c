import BenchMeasurement
import BenchResults
import BenchWorkload
import Foundation
import Glibc
import Testing

@testable import BenchDriver

/// Sessions on threads of this process, over pipes, led by the conductor as child processes are.
@Suite("Arms in lockstep", .serialized)
struct LockstepTests {
    private static let phases = TestScenario.phases(
        "{ name: read, operations: { get: 1 }, count: 1000 }",
        "{ name: change, operations: { update: 1 }, count: 500 }",
        "{ name: alike, operations: { similar: 1 }, count: 3, k: 2 }",
        "{ name: hops, operations: { traverse: 1 }, count: 5, depth: 2 }")

    @Test("Slice by slice all arms do the same operations, each once where it must not be twice")
    func slices() throws {
        let band = try Band(Self.phases, subjects: ["recording", "recording", "recording", "recording"])
        let score = try band.play()
        #expect(score.skipped.isEmpty)
        #expect(Set(score.rows.map(\.phase)) == ["load", "read", "change", "alike", "hops"])
        let slices = Dictionary(grouping: score.rows) { "\($0.phase) \($0.slice)" }
        for (slice, rows) in slices {
            #expect(Set(rows.map(\.arm)) == ["baseline", "repeat", "candidate", "planted"], "\(slice)")
            #expect(rows.map(\.position) == [0, 1, 2, 3], "\(slice)")
            #expect(Set(rows.map(\.operations)).count == 1, "\(slice)")
            #expect(rows.allSatisfy { $0.wallNanoseconds > 0 && $0.round == 3 && $0.stage == "screen" }, "\(slice)")
        }
        func operations(_ phase: String) -> Int {
            score.rows.filter { $0.phase == phase && $0.arm == "repeat" }.reduce(0) { $0 + $1.operations }
        }
        #expect(operations("load") == TestScenario.entities)
        #expect(operations("change") == 500)
        #expect(operations("alike") == 3)
        // An echo takes nanoseconds: the plan is gone through many times to make slices of a useful length.
        #expect(operations("read") > 1_000)
        #expect(score.rows.filter { $0.phase == "alike" }.allSatisfy { $0.operations == 1 })
        for (place, witness) in band.witnesses.enumerated() {
            #expect(witness.value.calls.map { $0.split(separator: " ")[0] }.count == 10, "arm \(place)")
            #expect(witness.value.batches == band.witnesses[0].value.batches, "arm \(place)")
        }
        let digests = try band.results().map { $0.phases.map(\.digest) }
        #expect(digests.allSatisfy { $0 == digests[0] && !$0.contains("-") })
    }

    @Test("The digest of a phase that is done once is the block's, with the same plan")
    func digests() throws {
        let band = try Band(Self.phases, subjects: ["echo", "echo"])
        _ = try band.play()
        let block = try TestJob.run(Self.phases)
        for result in try band.results() {
            #expect(result.status == .done)
            #expect(result.phases.map(\.planHash) == block.phases.map(\.planHash))
            for name in ["load", "change", "alike"] {
                #expect(result.phase(name)?.digest == block.phase(name)?.digest, "\(name)")
            }
        }
    }

    @Test("Of the phases that are not wanted, those are done that others need, and nothing after the last")
    func wanted() throws {
        let band = try Band(Self.phases, subjects: ["recording", "recording"])
        let score = try band.play(wanted: ["alike"])
        #expect(Set(score.rows.map(\.phase)) == ["alike"])
        let calls = band.witnesses[0].value.calls
        #expect(
            calls == [
                "prepare load 1", "finish load", "prepare read 1", "prepare change 1", "finish change",
                "prepare alike 1", "finish alike", "prepare hops 1",
            ])
        let result = try #require(try band.results().first)
        #expect(result.phase("read")?.skipped == "not asked for")
        #expect(result.phase("hops") == nil)
    }

    @Test("What has roles, an arrival or a duration is left out, and so is what needs its rows")
    func refusals() throws {
        func phase(
            _ name: String, _ kinds: OperationKind..., count: Int? = nil, duration: UInt64? = nil
        ) -> PhaseSpecification {
            PhaseSpecification(
                name: name, operations: kinds.map { WeightedOperation($0) }, count: count,
                durationNanoseconds: duration)
        }
        var open = phase("open-loop", .get, count: 5)
        open.arrival = ArrivalSpecification(ratePerSecond: 100, law: .poisson)
        var together = phase("together", .get, duration: 1_000)
        together.roles = [RoleSpecification(name: "readers", threads: 2, operations: [WeightedOperation(.get)])]
        var scenario = try TestScenario.make()
        scenario.phases = [
            phase("load", .insert, count: 10), open, together, phase("read", .get, count: 5),
            phase("grow", .insert, .get, duration: 1_000), phase("late", .get, count: 5),
        ]
        let phases = try ExecutionPlan.phases(of: scenario, entityCount: TestScenario.entities)
        #expect(
            phases.indices.map { LockstepSession.refusal(of: $0, in: phases) } == [
                nil, "it is an open loop", "it has roles", nil, "it goes on for a time",
                "it needs the rows of the phase `grow`, which is left out",
            ])
    }

    @Test("A subject that cannot do a phase leaves it out in all arms, with its reason")
    func unsupported() throws {
        let band = try Band(Self.phases, subjects: ["poor", "poor"])
        let score = try band.play()
        #expect(score.skipped.map(\.phase) == ["alike"])
        #expect(score.skipped.first?.reason == "the subject `poor` cannot do `similar`")
    }

    @Test("Arms that answer differently stop the round: other builds cannot be compared, one build is broken")
    func disagreement() throws {
        for (builds, kind) in [([0, 1], DriverError.Kind.incomparable), ([0, 0], .failure)] {
            let band = try Band(Self.phases, subjects: ["echo", "wrong"], builds: builds)
            let error = try #require(band.failure())
            #expect(error.kind == kind)
            #expect(error.message.contains("`baseline` and `repeat`") && error.message.contains("`read`"), "\(error)")
        }
        let band = try Band(Self.phases, subjects: ["echo", "poor"], builds: [0, 1])
        #expect(try #require(band.failure()).kind == .incomparable)
    }

    @Test("A session that fails closes its reports, and the conductor says whose")
    func death() throws {
        let band = try Band(Self.phases, subjects: ["echo", "failing"])
        var stop: LockstepConductor.Stop?
        do throws(LockstepConductor.Stop) { _ = try band.conduct() } catch { stop = error }
        guard case .silent(player: 1, .closed) = stop else {
            Issue.record("it stopped with \(String(describing: stop))")
            return
        }
        band.close()
        guard case .failure(let error) = band.ends()[1] else {
            Issue.record("the session did not fail")
            return
        }
        #expect(error.message.contains("the store is gone"))
    }

    @Test("A silent arm ends the round after its time, an interrupt at once")
    func silence() throws {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        let channel = LineChannel(input: ends[0], output: ends[1])
        #expect(throws: LineChannel.Silence.late) { try channel.receive(timeoutNanoseconds: 1_000_000) }
        try channel.send("a line")
        #expect(try channel.receive() == "a line")
        var interrupt: [Int32] = [0, 0]
        #expect(pipe(&interrupt) == 0)
        defer { close(interrupt[0]) }
        close(interrupt[1])
        #expect(throws: LineChannel.Silence.interrupted) {
            try channel.receive(timeoutNanoseconds: 60_000_000_000, interruptDescriptor: interrupt[0])
        }
    }

    @Test("Commands and reports survive their lines, and other lines are none")
    func lines() {
        for command in [LockstepCommand.run(upTo: 640), .finish, .skip, .stop] {
            #expect(LockstepCommand(line: command.line) == command)
        }
        let phase = LockstepReport.Phase(name: "read", count: 9, repetition: .again, planHash: "00ab")
        for report in [
            LockstepReport.phase(phase), .skipped(name: "a", reason: "it has roles"), .end(name: "a", digest: "-"),
            .done(upTo: 3, wallNanoseconds: 4, cpuNanoseconds: 5), .over,
        ] {
            #expect(LockstepReport(line: report.line) == report)
        }
        for line in ["", "run", "run x", "finish 1", "again", "phase a 1 often 00", "done 1 2", "over 1"] {
            #expect(LockstepCommand(line: line) == nil && LockstepReport(line: line) == nil, "\(line)")
        }
    }

    @Test("A child refuses what would break the phase")
    func wrongCommands() throws {
        let load = TestScenario.entities
        for (commands, words) in [
            (["finish"], "asked to end after 0 of \(load)"), (["skip"], "asked to leave out"),
            (["run \(load + 1)"], "asked to go from 0 to \(load + 1)"), (["run 64", "run 63"], "from 64 to 63"),
            (["dance"], "no command `dance`"), ([], "says no more"),
        ] {
            let band = try Band(TestScenario.loadPhase, subjects: ["echo"])
            for command in commands { try band.send(command, to: 0) }
            band.close()
            guard case .failure(let error) = band.ends()[0] else {
                Issue.record("\(commands) were followed")
                continue
            }
            #expect(error.message.contains(words), "\(commands): \(error)")
        }
    }
}
