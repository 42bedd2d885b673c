import BenchMeasurement
import BenchResults
import BenchWorkload
import Foundation
import Glibc
import Synchronization

@testable import BenchDriver

/// Arms in lockstep without child processes: each session runs on a thread of its own, at the other end of two pipes.
final class Band {
    static let names = ["baseline", "repeat", "candidate", "planted"]

    private let folder: TestFolder
    private let scenario: Scenario
    private let players: [LockstepConductor.Player]
    private var commandEnds: [Int32] = []
    private var otherEnds: [Int32] = []
    private let threads: [NativeThread]
    private let outcomes: [Outcome]
    private var isOver = false
    let witnesses: [Witness]

    /// What became of a session. Written by its thread before it ends, read after that.
    private final class Outcome: Sendable {
        let value = Mutex<Result<BlockResult, DriverError>?>(nil)
    }

    init(_ phases: String, subjects: [String], builds: [Int]? = nil) throws {
        folder = try TestFolder()
        scenario = try TestScenario.make(subjects: Array(Set(subjects)).sorted(), phases: phases)
        var players: [LockstepConductor.Player] = []
        var threads: [NativeThread] = []
        var outcomes: [Outcome] = []
        var witnesses: [Witness] = []
        for (place, subject) in subjects.enumerated() {
            var commands: [Int32] = [0, 0]
            var reports: [Int32] = [0, 0]
            guard pipe(&commands) == 0, pipe(&reports) == 0 else { throw DriverError("no pipe (error \(errno))") }
            for end in commands + reports { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            commandEnds.append(commands[1])
            otherEnds += [commands[0], reports[0]]
            var job = try TestJob.make(scenario, in: folder, subject: subject)
            job.purpose = .lockstep
            job.commandDescriptor = commands[0]
            job.progressDescriptor = reports[1]
            let factory = TestFactory()
            let outcome = Outcome()
            let (own, reportEnd) = (job, reports[1])
            witnesses.append(factory.witness)
            outcomes.append(outcome)
            threads.append(
                try NativeThread(name: "arm-\(place)") {
                    let result: Result<BlockResult, DriverError>
                    do throws(DriverError) {
                        result = .success(try BlockWorker.run(job: own, factory: factory))
                    } catch { result = .failure(error) }
                    outcome.value.withLock { $0 = result }
                    Glibc.close(reportEnd)
                })
            players.append(
                LockstepConductor.Player(
                    name: Self.names[place], build: builds?[place] ?? 0,
                    channel: LineChannel(input: reports[0], output: commands[1])))
        }
        self.players = players
        self.threads = threads
        self.outcomes = outcomes
        self.witnesses = witnesses
    }

    deinit {
        close()
        _ = ends()
        for end in otherEnds { Glibc.close(end) }
    }

    /// Leads the round as the driver does.
    func conduct(wanted: Set<String>? = nil) throws(LockstepConductor.Stop) -> LockstepConductor.Score {
        var policy = SlicePolicy()
        policy.sliceNanoseconds = 200_000
        policy.shortestNanoseconds = 100_000
        policy.repeatableNanoseconds = 4_000_000
        return try LockstepConductor(
            players: players, scenario: scenario, scenarioHash: scenario.hash, round: 3, stage: "screen",
            wanted: wanted, policy: policy, timeoutNanoseconds: 60_000_000_000, interruptDescriptor: nil
        ).run { _ in }
    }

    /// Leads the round to its end and closes the pipes.
    func play(wanted: Set<String>? = nil) throws -> LockstepConductor.Score {
        defer { close() }
        return try conduct(wanted: wanted)
    }

    /// The failure that the round is expected to come to.
    func failure() -> DriverError? {
        defer { close() }
        do throws(LockstepConductor.Stop) {
            _ = try conduct()
            return nil
        } catch {
            guard case .failed(let error) = error else { return nil }
            return error
        }
    }

    func send(_ line: String, to player: Int) throws { try players[player].channel.send(line) }

    /// Says no more to any session: those that wait for a command end.
    func close() {
        for end in commandEnds { Glibc.close(end) }
        commandEnds = []
    }

    /// How the sessions ended; waits for them.
    func ends() -> [Result<BlockResult, DriverError>] {
        if !isOver { for thread in threads { thread.join() } }
        isOver = true
        return outcomes.compactMap { $0.value.withLock { $0 } }
    }

    func results() throws -> [BlockResult] { try ends().map { try $0.get() } }
}
