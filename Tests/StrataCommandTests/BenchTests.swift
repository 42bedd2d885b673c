import Foundation
import Testing

/// One small run through the whole harness, looked at from each side.
@Suite("A run of bench")
struct BenchTests {
    private static let sampleColumns =
        "schema,run,scenario,scenario_hash,phase,role,operation,subject,allocator,allocator_options,strategy,threads,"
        + "parameters,block,metric,value,unit,direction,digest"

    /// The folder of a run with three subjects under two allocators, and what the command said.
    private static let finished = Task {
        let folder = try TemporaryFolder()
        let scenario = Scenarios.tiny(subjects: "[strata, standard, null]", allocators: "[glibc, jemalloc]")
        let file = try folder.write(scenario, to: "tiny.yaml").path
        let outcome = try await Strata.run("bench", file, "--out", folder.path("run"), "--json", timeout: .seconds(180))
        guard outcome.exitCode == 0 else { throw Failure("the run failed: \(outcome)") }
        return (folder: folder, outcome: outcome)
    }

    private func table(_ name: String) async throws -> Table {
        try Table(try await Self.finished.value.folder.url.appendingPathComponent("run/\(name)"))
    }

    @Test("standard output is one JSON value, and verdict.json says that the run is complete")
    func json() async throws {
        let (folder, outcome) = try await Self.finished.value
        #expect(throws: Never.self) {
            try JSONSerialization.jsonObject(with: Data(outcome.output.utf8), options: [.fragmentsAllowed])
        }
        #expect(try Completeness(folder).complete)
    }

    @Test("samples.csv has the documented columns and a throughput of each phase, arm and block")
    func samples() async throws {
        let samples = try await table("samples.csv")
        #expect(samples.columns.joined(separator: ",") == Self.sampleColumns)
        #expect(samples.values(of: "schema") == ["1"] && samples.values(of: "scenario") == ["tiny"])
        #expect(samples.values(of: "run").count == 1 && samples.values(of: "scenario_hash").count == 1)
        #expect(samples.values(of: "subject") == ["strata", "standard", "null"])
        #expect(samples.values(of: "allocator") == ["glibc", "jemalloc"])
        #expect(samples.values(of: "phase") == Set(Scenarios.tinyPhases))
        #expect(samples.values(of: "block").count == 2)
        #expect(samples.values(of: "direction").isSubset(of: ["higher", "lower", "none"]))
        for row in samples.rows {
            #expect(Double(row["value"] ?? "")?.isFinite == true, "\(row)")
            #expect(row["metric"]?.wholeMatch(of: /[a-z0-9_]+/) != nil, "\(row)")
        }

        let throughput = samples.rows.filter { $0["metric"] == "throughput" }
        let places = Set(throughput.map { row in ["phase", "subject", "allocator", "block"].map { row[$0] ?? "" } })
        #expect(places.count == throughput.count, "a throughput stands there twice")
        #expect(places.count == Scenarios.tinyPhases.count * 3 * 2 * 2)
        #expect(throughput.allSatisfy { (Double($0["value"] ?? "") ?? 0) > 0 && $0["direction"] == "higher" })
        for metric in [
            "latency_p50", "wall_time", "cpu_time", "resident_bytes_peak", "minor_faults", "context_switches",
        ] {
            #expect(samples.values(of: "metric").contains(metric), "no \(metric)")
        }
    }

    @Test("all arms answered alike in every block, and the null subject claims no answer")
    func digests() async throws {
        let samples = try await table("samples.csv")
        for (phase, rows) in samples.grouped(by: "phase") {
            let answers = Set(rows.filter { $0["subject"] != "null" }.compactMap { $0["digest"] })
            #expect(answers.count == 1, "\(phase): \(answers)")
            #expect(answers.allSatisfy { $0.wholeMatch(of: /[0-9a-f]{16}/) != nil }, "\(phase): \(answers)")
            #expect(rows.filter { $0["subject"] == "null" }.allSatisfy { $0["digest"] == "-" })
        }
    }

    @Test("summary, targets, comparison and timeline have the documented columns")
    func tables() async throws {
        let keys = Self.sampleColumns.split(separator: ",").map(String.init)
        let summary = try await table("summary.csv")
        #expect(summary.columns.suffix(7) == ["n", "median", "ci_low", "ci_high", "min", "max", "mad"])
        #expect(
            Set(summary.columns).isSubset(of: Set(keys + ["n", "median", "ci_low", "ci_high", "min", "max", "mad"])))
        for row in summary.rows where row["metric"] == "throughput" { #expect(row["n"] == "2", "\(row)") }

        let targets = try await table("targets.csv")
        #expect(
            targets.columns.joined(separator: ",")
                == "target,source,claim,scenario,metric,comparison,threshold,measured,unit,verdict,bar,bar_verdict,scale"
        )
        #expect(targets.values(of: "verdict").isSubset(of: ["met", "missed", "not-measured"]))
        for target in ["serialization-throughput", "open-instant", "entity-access", "similarity", "epoch-readers"] {
            #expect(targets.values(of: "target").contains(target), "\(target) is not among the targets")
        }
        // Nothing in the catalogue is about this scenario.
        #expect(targets.values(of: "verdict") == ["not-measured"])

        let comparison = try await table("comparison.csv")
        let verdicts = comparison.rows.flatMap(\.values).filter {
            ["faster", "slower", "tie", "unresolved"].contains($0)
        }
        #expect(verdicts.count >= comparison.rows.count)

        let timeline = try await table("timeline.csv")
        #expect(
            timeline.columns.starts(with: [
                "scenario", "phase", "arm", "seconds", "operations", "live_bytes", "allocated_bytes", "resident_bytes",
                "minor_faults", "major_faults",
            ]))
    }

    @Test("the run's folder holds what is needed to trust, redraw and repeat it")
    func files() async throws {
        let (folder, _) = try await Self.finished.value
        let environment = try folder.read("run/environment.json")
        for proof in ["libjemalloc", "libc.so"] { #expect(environment.contains(proof), "no \(proof): \(environment)") }
        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(environment.utf8)) }
        #expect(try folder.read("run/command.txt").contains("--json"))
        #expect(folder.names(in: "run/scenarios") == ["tiny.yaml"])
        #expect(folder.names(in: "run/histograms").contains { $0.hasSuffix(".hgrm") })
        #expect(folder.names(in: "run/histograms").contains { $0.hasSuffix(".hlog") })
        #expect(try folder.read("run/report.md").contains("tiny"))
        #expect(try folder.read("run/report.html").contains("<svg"))

        let charts = folder.names(in: "run/charts")
        let drawn = charts.filter { $0.hasSuffix(".svg") }.map { $0.dropLast(4) }
        #expect(!drawn.isEmpty)
        for chart in drawn {
            #expect(charts.contains("\(chart).gp") && charts.contains("\(chart).dat"))
            #expect(try folder.read("run/charts/\(chart).svg").contains("</svg>"))
        }
        // The stored scenario is right as it stands.
        expectSuccess(try await Strata.run("validate", folder.path("run/scenarios/tiny.yaml")))
    }

    @Test("report and plot make page and charts again from the CSV alone")
    func redraw() async throws {
        let (original, _) = try await Self.finished.value
        let folder = try TemporaryFolder()
        let charts = original.names(in: "run/charts").filter { $0.hasSuffix(".svg") }
        for command in ["report", "plot"] {
            let copy = folder.path(command)
            try FileManager.default.copyItem(atPath: original.path("run"), toPath: copy)
            for name in ["charts", "report.md", "report.html"] {
                try FileManager.default.removeItem(atPath: "\(copy)/\(name)")
            }
            expectSuccess(try await Strata.run(command, copy))
            #expect(folder.names(in: "\(command)/charts").filter { $0.hasSuffix(".svg") } == charts)
        }
        #expect(folder.has("report/report.md") && folder.has("report/report.html"))
    }

    @Test("overrides on the command line choose what is run, and the same seed gives the same answers")
    func overrides() async throws {
        let (original, _) = try await Self.finished.value
        let folder = try TemporaryFolder()
        let outcome = try await Strata.run(
            "bench", original.path("tiny.yaml"), "--out", folder.path("run"), "--subjects", "strata", "--allocators",
            "glibc", "--blocks", "1", "--quiet", timeout: .seconds(120))
        expectSuccess(outcome)
        let samples = try Table(folder.url.appendingPathComponent("run/samples.csv"))
        #expect(samples.values(of: "subject") == ["strata"] && samples.values(of: "allocator") == ["glibc"])
        #expect(samples.values(of: "block").count == 1)
        let before = try await table("samples.csv").rows.filter { $0["subject"] == "strata" }
        let digests = { (rows: [[String: String]]) in Set(rows.map { [$0["phase"] ?? "", $0["digest"] ?? ""] }) }
        #expect(digests(samples.rows) == digests(before))

        let seeded = try await Strata.run(
            "bench", original.path("tiny.yaml"), "--out", folder.path("seeded"), "--subjects", "strata", "--allocators",
            "glibc", "--blocks", "1", "--seed", "43", "--set", "phases.get.count=1000", timeout: .seconds(120))
        expectSuccess(seeded)
        let other = try Table(folder.url.appendingPathComponent("seeded/samples.csv"))
        #expect(digests(other.rows).isDisjoint(with: digests(before)))
        #expect(other.values(of: "scenario_hash") != samples.values(of: "scenario_hash"))
    }
}

/// What verdict.json says about the run as a whole.
struct Completeness: Decodable {
    let complete: Bool

    /// Reads the verdict of the run in the folder's `run`.
    init(_ folder: TemporaryFolder) throws {
        self = try JSONDecoder().decode(
            Self.self, from: try Data(contentsOf: folder.url.appendingPathComponent("run/verdict.json")))
    }
}
