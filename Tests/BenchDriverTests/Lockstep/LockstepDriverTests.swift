import BenchResults
import BenchWorkload
import Foundation
import Glibc
import Testing

@testable import BenchDriver

/// The driver with real children: shell scripts that speak the lockstep, well or badly.
@Suite("Children in lockstep", .serialized)
struct LockstepDriverTests {
    /// Speaks one phase `load` of 300 operations. The descriptors are those of the job, which begin at 100.
    private static let honest = """
        commands=$(sed -n 's/.*"commandDescriptor":\\([0-9]*\\).*/\\1/p' "$2")
        reports=$(sed -n 's/.*"progressDescriptor":\\([0-9]*\\).*/\\1/p' "$2")
        exec 7</proc/self/fd/$commands 8>/proc/self/fd/$reports
        say() { echo "$*" >&8; }
        say phase load 300 once 00000000000000bb
        while read -r word end <&7; do
            case $word in
                run) say done $end 8000000 7000000 ;;
                finish) say end load 00000000000000aa; say over; break ;;
            esac
        done
        cp "$(dirname "$(readlink -f "$0")")/prepared.json" "$(dirname "$2")/result.json"
        """

    @Test("Four children take turns, leave their rows, and nothing stays behind")
    func round() throws {
        let stage = try Stage(Self.honest)
        let round = try stage.round()
        #expect(round.skipped.isEmpty)
        #expect(round.rows.filter { $0.arm == "planted" }.reduce(0) { $0 + $1.operations } == 300)
        #expect(round.rows.allSatisfy { $0.wallNanoseconds == 8_000_000 && $0.cpuNanoseconds == 7_000_000 })
        #expect(Set(round.rows.map(\.scenarioHash)) == [stage.scenario.hash])
        #expect(!FileManager.default.fileExists(atPath: stage.folder.file("scratch/round")))
    }

    @Test("Programs are started under names of one length")
    func names() throws {
        let stage = try Stage("echo \"$0 $2\" >&2; exit 3")
        let other = try stage.folder.write("#!/bin/sh\necho \"$0 $2\" >&2; exit 3\n", to: "another-name.sh")
        chmod(other, 0o755)
        var lengths: Set<Int> = []
        for executables in [[stage.script, other], [other, stage.script]] {
            let message = try #require(stage.failure(executables)).message
            #expect(message.contains("ended with code 3 and left no result"), "\(message)")
            lengths.insert(try #require(message.split(separator: "\n").last).utf8.count)
        }
        #expect(lengths.count == 1)
    }

    @Test("A child that dies is named, with its last words, and takes the others with it")
    func death() throws {
        let stage = try Stage("echo 'out of luck' >&2; sleep 1000 & kill -SEGV $$")
        let message = try #require(stage.failure()).message
        #expect(message.contains("arm `baseline`") && message.contains("signal 11"), "\(message)")
        #expect(message.contains("out of luck"), "\(message)")
    }

    @Test("A child that says nothing is ended after its time")
    func silence() throws {
        let stage = try Stage("sleep 1000")
        let message = try #require(stage.failure(timeoutNanoseconds: 300_000_000)).message
        #expect(message.contains("no answer after"), "\(message)")
    }

    @Test("A program that does not know the protocol, or another one, is not compared")
    func protocols() throws {
        let number = WorkerProtocol.number
        for (body, words) in [
            ("echo \(number + 1)", "speaks the worker protocol \(number + 1)"), ("exit 64", "knows no worker protocol"),
        ] {
            let stage = try Stage(body)
            let error = try #require(stage.checkFailure())
            #expect(error.kind == .incomparable && error.message.contains(words), "\(error)")
        }
        #expect(try Stage("echo \(number)").checkFailure() == nil)
        #expect(try #require(try Stage("").checkFailure("/no/such/program")).kind == .incomparable)
    }
}

/// A script in the place of all programs of a gate.
private struct Stage {
    let folder: TestFolder
    let scenario: Scenario
    let script: String
    private let dataset: String

    init(_ body: String) throws {
        folder = try TestFolder()
        script = try folder.write("#!/bin/sh\n\(body)\n", to: "worker.sh")
        chmod(script, 0o755)
        scenario = try TestScenario.make()
        dataset = try TestScenario.dataset(in: folder)
        try FileManager.default.createDirectory(
            atPath: folder.file("scratch/round"), withIntermediateDirectories: true)
        try BlockResult(status: .done).write(to: folder.file("prepared.json"))
    }

    private func driver(_ timeoutNanoseconds: UInt64 = 60_000_000_000) -> LockstepDriver {
        LockstepDriver(
            profile: "quick", scratchDirectory: folder.file("scratch"), timeoutNanoseconds: timeoutNanoseconds)
    }

    private func arms(_ executables: [String]) -> [GateArm] {
        zip(Band.names, executables).map { GateArm(name: $0, executable: $1) }
    }

    func round(
        _ executables: [String]? = nil, timeoutNanoseconds: UInt64 = 60_000_000_000
    ) throws(DriverError) -> LockstepRound {
        try driver(timeoutNanoseconds).round(
            scenario: scenario, datasetPath: dataset,
            arms: arms(executables ?? Array(repeating: script, count: 4)), number: 1, stage: "screen")
    }

    /// The failure that the round is expected to come to.
    func failure(_ executables: [String]? = nil, timeoutNanoseconds: UInt64 = 60_000_000_000) -> DriverError? {
        do throws(DriverError) {
            _ = try round(executables, timeoutNanoseconds: timeoutNanoseconds)
            return nil
        } catch { return error }
    }

    func checkFailure(_ executable: String? = nil) -> DriverError? {
        do throws(DriverError) {
            try driver().check(arms([executable ?? script]))
            return nil
        } catch { return error }
    }
}
