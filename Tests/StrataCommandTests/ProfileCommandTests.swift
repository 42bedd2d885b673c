import Testing

@Suite("Profiles")
struct ProfileCommandTests {
    @Test("one workload is profiled, and what cannot be is told")
    func refusals() async throws {
        expectRefusal(try await Strata.run("profile"), exit: 64, saying: ["workload"])
        expectRefusal(try await Strata.run("profile", "wordnet", "cache-churn"), exit: 64, saying: ["one workload"])
        expectRefusal(
            try await Strata.run("profile", "wordnet", "--against", "/nowhere"), exit: 2, saying: ["/nowhere"])
    }

    @Test("without its tool a profile says what to install, and leaves nothing behind")
    func missingTool() async throws {
        let folder = try TemporaryFolder()
        let out = folder.path("profile")
        for (flag, package) in [("--cpu", "linux-perf"), ("--heap", "heaptrack"), ("--instructions", "valgrind")] {
            let outcome = try await Strata.run(
                ["profile", "memory-bump", flag, "--out", out, "--set", "dataset.entities=1000"],
                environment: ["PATH": folder.path("empty")])
            expectRefusal(outcome, exit: 1, saying: [package])
            #expect(!folder.has("profile"), "\(outcome)")
        }
    }

    @Test("where perf is there, the phases and functions of a scenario are found")
    func cpu() async throws {
        let folder = try TemporaryFolder()
        let out = folder.path("profile")
        let outcome = try await Strata.run(
            "profile", "memory-bump", "--cpu", "--samples", "20", "--out", out, "--set", "dataset.entities=1000")
        // Without perf, or where the machine does not allow it, the sentence is what there is to test.
        guard outcome.exitCode == 0 else {
            return expectRefusal(outcome, exit: 1, saying: ["perf"])
        }
        #expect(outcome.output.contains("BumpArena"), "\(outcome)")
        let stacks = try folder.read("profile/cpu.folded").split(separator: "\n")
        #expect(stacks.contains { $0.hasPrefix("allocate;") && $0.contains("BumpArena") })
        for file in ["cpu.svg", "cpu.speedscope.json", "command.txt", "scenarios/memory-bump.yaml"] {
            #expect(folder.has("profile/\(file)"), "\(file)")
        }
    }
}
