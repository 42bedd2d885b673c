import BenchResults
import Testing

@Suite struct DocumentTests {
    private var environment: Environment {
        Environment(
            run: "r", startedAt: "2025-01-02T03:04:05Z", profile: "quick", entities: ["million-inserts": 100_000],
            machine: .init(cpuModel: "A CPU", cores: 2, memoryBytes: 8 << 30, architecture: "x86_64"),
            kernel: "6.1.0", libc: "glibc 2.36", swiftVersion: "6.3.1", commit: nil, dirty: nil,
            buildFlags: ["-c", "release"], transparentHugePages: "madvise",
            allocators: [
                .init(name: "glibc", path: "/lib/libc.so.6", version: "2.36", ownsMalloc: "/lib/libc.so.6"),
                .init(name: "mimalloc", skipped: "no library was found"),
            ],
            noiseFloor: ["latency_p50": 0.02], clockNanoseconds: 24.5, stolenSeconds: 0.25, cpuPressureSeconds: 1.5,
            memoryPressureSeconds: 0, diskPressureSeconds: 0.125, warnings: ["the machine was busy"])
    }

    @Test func environmentComesBack() throws {
        let folder = try TemporaryFolder()
        let run = try RunDirectory(creating: folder.path("run"))
        try run.write(environment)
        #expect(try run.readEnvironment() == environment)
        let text = try folder.text("run/environment.json")
        let keys = [
            "cpu_model", "memory_bytes", "owns_malloc", "million-inserts", "latency_p50", "noise_floor", "clock_ns",
            "stolen_seconds", "cpu_pressure_seconds", "memory_pressure_seconds", "disk_pressure_seconds",
        ]
        for key in keys { #expect(text.contains("\"\(key)\""), "\(key)") }
    }

    @Test func environmentsWithoutConditionsStayReadable() throws {
        let folder = try TemporaryFolder()
        let run = try RunDirectory(creating: folder.path("run"))
        var plain = environment
        plain.clockNanoseconds = nil
        plain.stolenSeconds = nil
        plain.cpuPressureSeconds = nil
        plain.memoryPressureSeconds = nil
        plain.diskPressureSeconds = nil
        try run.write(plain)
        #expect(!(try folder.text("run/environment.json").contains("_seconds")))
        #expect(try run.readEnvironment() == plain)
    }

    @Test func verdictComesBack() throws {
        let folder = try TemporaryFolder()
        let run = try RunDirectory(creating: folder.path("run"))
        let row = TargetRow(
            target: "t", source: "s", claim: "c", scenario: "wordnet", metric: "m", comparison: "<=", threshold: 1,
            measured: nil, unit: "ns", verdict: .notMeasured, bar: nil, barVerdict: .notMeasured, scale: "")
        let conflict = DigestConflict(
            scenario: "wordnet", phase: "get", role: "", parameters: "",
            answers: [.init(digest: "aa", arms: ["x"]), .init(digest: "bb", arms: ["y", "z"])])
        let verdict = VerdictDocument(
            run: "r", complete: false, profile: "quick", targets: [TargetEvaluation(row: row, reason: "why")],
            comparisons: [], digestConflicts: [conflict], warnings: [])
        try run.write(verdict)
        #expect(try run.readVerdict() == verdict)
        let text = try folder.text("run/verdict.json")
        #expect(text.contains("\"complete\" : false"))
        #expect(text.contains("\"bar_verdict\" : \"not-measured\""))
        #expect("\(conflict)" == "wordnet/get: answers differ: aa by x; bb by y, z")
    }

    @Test(arguments: ["", "{", "[]", "{\"schema\": 1}", "{\"schema\": \"x\"}", "\0\0"])
    func hostileDocumentsAreNamed(text: String) throws {
        let folder = try TemporaryFolder()
        let run = try RunDirectory(creating: folder.path("run"))
        try folder.write(text, to: "run/environment.json")
        #expect(
            performing: { try run.readEnvironment() },
            throws: { "\($0)".hasPrefix("\(run.path)/environment.json: is not the document that it should be: ") })
    }
}
