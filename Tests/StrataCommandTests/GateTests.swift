import Foundation
import Testing

/// How `gate` ends where nothing can be compared; what it measures is tested where it is measured.
@Suite("gate")
struct GateTests {
    @Test("Without a baseline, or with a program that is too old, the verdict is INCOMPARABLE and says what to do")
    func incomparable() async throws {
        let folder = try TemporaryFolder()
        try folder.write(Scenarios.tiny(), to: "tiny.yaml")
        for (words, saying) in [
            (["--baseline", folder.path("none")], "strata bench --count"),
            (["--baseline", folder.path("none"), "--candidate", folder.path("none")], "no baseline"),
            (
                [
                    "--baseline-binary", "/bin/true", "--candidate-binary", Strata.executable.path,
                    folder.path("tiny.yaml"), "--out", folder.path("run"),
                ], "knows no worker protocol"
            ),
        ] {
            let outcome = try await Strata.run(["gate"] + words)
            expectRefusal(outcome, exit: 5, saying: [saying])
            #expect(outcome.output.hasSuffix("verdict: INCOMPARABLE\n"), "\(outcome)")
            #expect(folder.names(in: "run").isEmpty)
        }
    }

    @Test("Sides that do not go together are wrong usage")
    func usage() async throws {
        for words in [
            [], ["--candidate", "x"], ["--self-test", "--baseline", "x"], ["--baseline-binary", "x"],
            ["--self-test", "--max-rounds", "3"], ["--baseline", "x", "--candidate", "y", "--profile", "quick"],
        ] as [[String]] {
            expectRefusal(try await Strata.run(["gate"] + words), exit: 64, saying: [])
        }
    }

    @Test("A worker tells its protocol's number, and wants either that or a job")
    func workerProtocol() async throws {
        let outcome = try await Strata.run("worker", "--protocol")
        expectSuccess(outcome)
        #expect(Int(outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)) != nil, "\(outcome)")
        expectRefusal(try await Strata.run("worker"), exit: 64, saying: [])
    }
}
