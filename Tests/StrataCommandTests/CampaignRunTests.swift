import Foundation
import Testing

@Suite("Programs, sweeps and options in bench")
struct CampaignRunTests {
    private func bench(
        _ scenario: String, name: String, in folder: TemporaryFolder, _ words: String...
    ) async throws -> Outcome {
        let file = try folder.write(scenario, to: "\(name).yaml").path
        return try await Strata.run(["bench", file, "--out", folder.path("run")] + words, timeout: .seconds(120))
    }

    private static func program(_ command: String, options: String = "") -> String {
        """
        name: own
        title: A user's own program
        command: \(command)
        arms:
          allocators: [glibc, jemalloc]
          \(options)
        blocks: 3
        warmup_blocks: 1

        """
    }

    @Test("a program is compared under allocators and their options, a row of each figure for each block")
    func command() async throws {
        let folder = try TemporaryFolder()
        let outcome = try await bench(
            Self.program(
                "[sh, -c, 'i=0; while [ $i -lt 3000 ]; do i=$((i+1)); done']",
                options: "allocator_options: { jemalloc: ['', 'narenas:1'] }"),
            name: "own", in: folder)
        expectSuccess(outcome)
        let samples = try Table(folder.url.appendingPathComponent("run/samples.csv"))
        #expect(samples.values(of: "subject") == ["command"] && samples.values(of: "digest") == ["-"])
        #expect(samples.values(of: "phase") == ["run"] && samples.values(of: "operation") == ["run"])
        let throughput = samples.rows.filter { $0["metric"] == "throughput" }
        #expect(throughput.count == 9 && throughput.allSatisfy { $0["unit"] == "runs/s" })
        #expect(
            Set(throughput.map { "\($0["allocator"] ?? "") \($0["allocator_options"] ?? "")" })
                == ["glibc ", "jemalloc ", "jemalloc narenas:1"])
        let environment = try folder.read("run/environment.json")
        #expect(environment.contains("libjemalloc") && environment.contains("MALLOC_CONF=narenas:1"))
        #expect(try Table(folder.url.appendingPathComponent("run/blocks.csv")).rows.count { $0["kept"] == "yes" } == 9)
        #expect(folder.has("run/report.md") && folder.has("run/report.html"))

        // Where standard error is no terminal there is a line for each block.
        let lines = outcome.errors.split(separator: "\n").filter { $0.hasPrefix("own: block ") }
        #expect(
            lines.first?.wholeMatch(of: /own: block 1 of 3 \(\d+ s so far(, about \d+ s left)?\)/) != nil, "\(outcome)")
        #expect(lines.count == 3 + lines.count { $0.contains("repeated") }, "\(outcome)")
    }

    @Test("quiet and unwanted progress say nothing", arguments: ["--quiet", "--no-progress"])
    func silence(word: String) async throws {
        let folder = try TemporaryFolder()
        let outcome = try await bench(Self.program("[sleep, 0.01]"), name: "own", in: folder, word)
        expectSuccess(outcome)
        #expect(!outcome.errors.contains("block 1 of 3"), "\(outcome)")
    }

    @Test("a program that is not there and options that no allocator reads are invalid input, and nothing is left")
    func refusals() async throws {
        for (command, options, words) in [
            ("[no-such-program-anywhere]", "", ["`no-such-program-anywhere`", "PATH"]),
            ("[sleep, 0.01]", "allocator_options: { glibc: ['arena_max=1'] }", ["`arena_max=1`", "glibc.malloc.NAME"]),
        ] {
            let folder = try TemporaryFolder()
            let outcome = try await bench(Self.program(command, options: options), name: "own", in: folder)
            expectRefusal(outcome, exit: 2, saying: words)
            #expect(!folder.has("run"))
        }
    }

    @Test("a program that fails ends the run with what it said")
    func failure() async throws {
        let folder = try TemporaryFolder()
        let outcome = try await bench(
            Self.program("[sh, -c, 'echo it hurts >&2; exit 4']"), name: "own", in: folder)
        expectRefusal(outcome, exit: 1, saying: ["code 4", "it hurts"])
    }

    @Test("a sweep runs each point with its own data set under one hash")
    func sweep() async throws {
        let folder = try TemporaryFolder()
        let scenario =
            Scenarios.tiny(subjects: "[strata]")
            + "sweep: { dataset.entities: [100, 300], configuration.cache_size: [1MiB] }\n"
        expectSuccess(try await bench(scenario, name: "tiny", in: folder))
        let samples = try Table(folder.url.appendingPathComponent("run/samples.csv"))
        let points = samples.values(of: "parameters").sorted()
        #expect(
            points.count == 2 && points[0].contains("dataset.entities=100") && points[1].contains("=300"), "\(points)")
        #expect(samples.values(of: "scenario_hash").count == 1)
        for (point, rows) in samples.grouped(by: "parameters") {
            let inserted = Set(
                rows.filter { $0["phase"] == "load" && $0["metric"] == "operations" }.compactMap { $0["value"] })
            #expect(inserted == [point[0].contains("=100") ? "100" : "300"], "\(point)")
        }
        let environment = try folder.read("run/environment.json")
        #expect(environment.replacing(/\s/, with: "").contains("\"entities\":{\"tiny\":300}"), "\(environment)")
    }
}
