import Foundation
import Testing

/// A grid of allocators, the same again, both joined, and an independent look at the figures.
@Suite("compare, rerun and merge")
struct GridCommandTests {
    /// Two runs: a grid, and the same run again from its folder alone.
    private static let finished = Task {
        let folder = try TemporaryFolder()
        let file = try folder.write(Scenarios.tiny(subjects: "[strata]", blocks: 3), to: "tiny.yaml")
        let grid = try await Strata.run(
            "compare", file.path, "--allocators", "jemalloc,glibc", "--strategies", "bump", "--blocks", "3", "--out",
            folder.path("a"), timeout: .seconds(240))
        guard grid.exitCode == 0 else { throw Failure("the grid failed: \(grid)") }
        try FileManager.default.removeItem(at: file)
        let again = try await Strata.run(
            "rerun", folder.path("a"), "--out", folder.path("b"), "--quiet", timeout: .seconds(240))
        guard again.exitCode == 0 else { throw Failure("the rerun failed: \(again)") }
        return (folder: folder, grid: grid, again: again)
    }

    @Test("compare runs a placebo beside the allocators and ends with a sentence")
    func grid() async throws {
        let (folder, grid, _) = try await Self.finished.value
        let samples = try Table(folder.url.appendingPathComponent("a/samples.csv"))
        #expect(samples.values(of: "allocator") == ["glibc", "jemalloc", "placebo"])
        #expect(samples.values(of: "subject") == ["strata"] && samples.values(of: "block").count == 3)
        #expect(grid.output.contains("tiny: throughput x glibc, 3 blocks"), "\(grid)")
        let sentences = ["On this workload ", "With 3 blocks this run cannot tell ", "Nothing is ranked: "]
        #expect(sentences.contains { grid.output.contains("\n\($0)") }, "\(grid)")
        let verdict = try JSONDecoder().decode(
            Grids.self, from: try Data(contentsOf: folder.url.appendingPathComponent("a/verdict.json")))
        let first = try #require(verdict.grids.first)
        #expect(verdict.grids.count == 1 && first.scenario == "tiny" && first.reference == "glibc")
        #expect(first.contenders == ["glibc", "jemalloc"] || first.contenders == ["jemalloc", "glibc"])
        #expect(grid.output.contains(first.sentence), "\(first.sentence)")
    }

    @Test("rerun does the same work again without the scenario's file")
    func rerun() async throws {
        let folder = try await Self.finished.value.folder
        let first = try Table(folder.url.appendingPathComponent("a/samples.csv"))
        let second = try Table(folder.url.appendingPathComponent("b/samples.csv"))
        for column in ["scenario_hash", "allocator", "strategy", "threads", "block", "phase", "digest"] {
            #expect(first.values(of: column) == second.values(of: column), "\(column)")
        }
        #expect(first.values(of: "run") != second.values(of: "run"))
        #expect(try folder.read("a/scenarios/tiny.yaml") == folder.read("b/scenarios/tiny.yaml"))
    }

    @Test("compare of two runs tells what changed and writes nothing")
    func runs() async throws {
        let folder = try await Self.finished.value.folder
        let before = folder.names(in: "a") + folder.names(in: "b")
        let outcome = try await Strata.run("compare", folder.path("a"), folder.path("b"))
        expectSuccess(outcome)
        #expect(outcome.output.contains("figures of \(folder.path("b")), "), "\(outcome)")
        #expect(folder.names(in: "a") + folder.names(in: "b") == before)
        let same = try await Strata.run("compare", folder.path("a"), folder.path("a"))
        expectSuccess(same)
        #expect(same.output.contains(" 0 worse, "), "\(same)")
    }

    @Test("runs of other work are not compared, and not merged")
    func otherWork() async throws {
        let original = try await Self.finished.value.folder
        let folder = try TemporaryFolder()
        try FileManager.default.copyItem(atPath: original.path("b"), toPath: folder.path("other"))
        let hash = try #require(
            try Table(original.url.appendingPathComponent("b/samples.csv")).values(of: "scenario_hash").first)
        let text = try folder.read("other/samples.csv").replacingOccurrences(of: hash, with: "0000000000000000")
        try folder.write(text, to: "other/samples.csv")
        expectRefusal(
            try await Strata.run("compare", original.path("a"), folder.path("other")), exit: 5,
            saying: ["cannot be compared", "tiny has another hash in each"])
        expectRefusal(
            try await Strata.run("merge", original.path("a"), folder.path("other"), "--out", folder.path("joined")),
            exit: 2, saying: ["tiny has the hash 0000000000000000 here", "the work differs"])
        #expect(!folder.has("joined"))
        expectRefusal(
            try await Strata.run("compare", original.path("a"), "wordnet"), exit: 64, saying: ["is the folder of a run"]
        )
        expectRefusal(
            try await Strata.run("merge", original.path("a"), original.path("a"), "--out", folder.path("joined")),
            exit: 64, saying: ["name each run once"])
        expectRefusal(try await Strata.run("rerun", folder.path("nothing")), exit: 2, saying: ["cannot open"])
    }

    @Test("merge gives a run with the blocks of all, and the script recomputes it")
    func merge() async throws {
        let original = try await Self.finished.value.folder
        let folder = try TemporaryFolder()
        let joined = folder.path("joined")
        expectSuccess(try await Strata.run("merge", original.path("a"), original.path("b"), "--out", joined))
        let parts = try ["a", "b"].map { try Table(original.url.appendingPathComponent("\($0)/samples.csv")) }
        let samples = try Table(folder.url.appendingPathComponent("joined/samples.csv"))
        #expect(samples.rows.count == parts.map(\.rows.count).reduce(0, +))
        #expect(samples.values(of: "block") == Set((0..<6).map(String.init)))
        for row in try Table(folder.url.appendingPathComponent("joined/summary.csv")).rows
        where row["metric"] == "throughput" {
            #expect(row["n"] == "6", "\(row)")
        }
        for name in ["report.html", "report.md", "verdict.json", "targets.csv", "comparison.csv", "command.txt"] {
            #expect(folder.has("joined/\(name)"), "\(name)")
        }
        let histograms = { (place: TemporaryFolder, run: String) in place.names(in: "\(run)/histograms") }
        #expect(histograms(folder, "joined") == histograms(original, "a"))

        let agreement = try recompute(joined)
        #expect(agreement.exitCode == 0, "\(agreement.output)")
        // What is recomputed is what stands there: a changed figure is found.
        let summary = try folder.read("joined/summary.csv")
        let row = try #require(Table(folder.url.appendingPathComponent("joined/summary.csv")).rows.first)
        let planted = summary.replacingOccurrences(of: ",\(try #require(row["median"])),", with: ",1,")
        #expect(planted != summary)
        try folder.write(planted, to: "joined/summary.csv")
        let difference = try recompute(joined)
        #expect(
            difference.exitCode == 1 && difference.output.contains("median is 1, recomputed "), "\(difference.output)")
    }

    /// Runs scripts/recompute.py on a run.
    private func recompute(_ run: String) throws -> (exitCode: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", Strata.root.appendingPathComponent("scripts/recompute.py").path, run]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }
}

/// What verdict.json says about allocators, as far as the tests read it.
private struct Grids: Decodable {
    struct Grid: Decodable {
        let scenario: String
        let reference: String
        let contenders: [String]
        let sentence: String
    }

    let grids: [Grid]
}
