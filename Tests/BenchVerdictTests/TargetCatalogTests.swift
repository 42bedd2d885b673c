import BenchVerdict
import Foundation
import Testing

@Suite struct TargetCatalogTests {
    private static let shipped = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Workloads/targets.yaml").path(percentEncoded: false)

    @Test func theShippedFileHoldsEveryDocumentedTarget() throws {
        let ids = Set(try TargetCatalog(path: Self.shipped).definitions.map(\.id))
        let documented = [
            "serialization-throughput", "open-instant", "compression", "lookup-constant", "iteration",
            "interning-saving", "interning-speed", "entity-access", "similarity", "memory-footprint", "throughput",
            "millions", "bump-constant", "generations", "epoch-readers", "cache-constant", "cache-hits",
            "fragmentation", "recovery", "degradation", "accounting", "zero-allocation", "gate",
        ]
        for id in documented { #expect(ids.contains(id), "\(id)") }
    }

    // Thresholds that the documents state in figures: whoever edits one to make it green has to edit it here as well.
    @Test func documentedFiguresStand() throws {
        let definitions = try TargetCatalog(path: Self.shipped).definitions
        let stated: [(String, TargetDefinition.Comparison, Double, Double?)] = [
            ("serialization-throughput", .atLeast, 100_000, nil), ("compression", .atLeast, 0.6, nil),
            ("compression-records", .atLeast, 0.6, 0.8), ("iteration", .atLeast, 10_000_000, 500_000_000),
            ("interning-saving", .atLeast, 0.7, 0.9), ("entity-access", .atLeast, 10, 15),
            ("entity-access-batch", .atLeast, 10, 30), ("similarity", .atLeast, 3, nil),
            ("memory-footprint", .atLeast, 0.5, nil), ("memory-footprint-records", .atLeast, 0.5, 0.8),
            ("throughput", .atLeast, 10_000_000, 40_000_000), ("throughput-batch", .atLeast, 10_000_000, 80_000_000),
            ("open-instant", .below, 150_000, 150_000), ("millions", .above, 0, 1_000_000),
        ]
        for (id, comparison, threshold, bar) in stated {
            let target = try #require(definitions.first { $0.id == id }, "\(id)")
            #expect(target.comparison == comparison && target.threshold == threshold && target.bar == bar, "\(id)")
        }
    }

    private func catalog(_ lines: String...) throws -> TargetCatalog {
        let text = "targets:\n  - " + lines.joined(separator: "\n    ") + "\n"
        return try TargetCatalog(text: text, file: "targets.yaml")
    }

    private static let plain = [
        "id: t", "source: s", "claim: c", "scenario: wordnet", "metric: m", "comparison: \">=\"", "threshold: 1_000",
    ]

    private func catalog(with lines: [String]) throws -> TargetCatalog {
        let text = "targets:\n  - " + (Self.plain + lines).joined(separator: "\n    ") + "\n"
        return try TargetCatalog(text: text, file: "targets.yaml")
    }

    @Test func everyKeyIsRead() throws {
        let definition = try #require(
            catalog(with: [
                "phase: get", "operation: get_batch", "unit: bytes", "bar: 2e3", "minimum_profile: full",
                "minimum_entities: 1_000_000", "aggregate: reduction",
                "arm: { subject: strata, allocator: glibc, allocator_options: \"\", strategy: bump, threads: 2 }",
                "relative_to: { subject: standard, phase: load, metric: live_bytes, parameters: \"a=1\" }",
            ]).definitions.first)
        #expect(
            definition
                == TargetDefinition(
                    id: "t", source: "s", claim: "c", scenario: "wordnet", phase: "get", metric: "m",
                    operation: "get_batch", unit: "bytes",
                    arm: .init(
                        subject: "strata", allocator: "glibc", allocatorOptions: "", strategy: "bump", threads: 2),
                    reference: .init(
                        arm: .init(subject: "standard", parameters: "a=1"), phase: "load", metric: "live_bytes"),
                    aggregate: .reduction, comparison: .atLeast, threshold: 1000, bar: 2000, minimumProfile: .full,
                    minimumEntities: 1_000_000))
    }

    @Test func whatIsLeftOutHasDefaults() throws {
        let definition = try #require(catalog(with: []).definitions.first)
        #expect(
            definition
                == TargetDefinition(
                    id: "t", source: "s", claim: "c", scenario: "wordnet", metric: "m", comparison: .atLeast,
                    threshold: 1000))
    }

    @Test(arguments: [
        (["treshold: 1"], "targets.yaml:9:5: unknown key `treshold`"),
        (["bar: 999"], "targets.yaml:9:10: the bar 999.0 is easier than the threshold 1000.0"),
        (["bar: high"], "targets.yaml:9:10: expected a number"),
        (["minimum_profile: huge"], "targets.yaml:9:22: unknown profile \"huge\""),
        (["aggregate: mean"], "targets.yaml:9:16: unknown aggregate \"mean\""),
        (["aggregate: reduction"], "targets.yaml:2:5: the aggregate `reduction` needs `relative_to`"),
        (["relative_to: {}"], "targets.yaml:9:18: `relative_to` names nothing that differs"),
        (["arm: { subjects: x }"], "targets.yaml:9:12: unknown key `subjects`"),
        (["arm: { threads: 0 }"], "targets.yaml:9:21: the value must be at least 1"),
        (["id: u"], "targets.yaml:9:5:"),
    ])
    func wrongKeysAreNamedWithTheirPlace(lines: [String], message: String) {
        #expect(performing: { try catalog(with: lines) }, throws: { "\($0)".hasPrefix(message) })
    }

    @Test func missingOrRepeatedTargetsAreNamed() {
        #expect(performing: { try catalog("id: t") }, throws: { "\($0)".contains("the key `source` is missing") })
        let twice = "targets:" + String(repeating: "\n  - " + Self.plain.joined(separator: "\n    "), count: 2)
        #expect(
            performing: { try TargetCatalog(text: twice, file: "targets.yaml") },
            throws: { "\($0)".contains("the target `t` occurs twice") })
        #expect(
            performing: { try TargetCatalog(path: "/nowhere/targets.yaml") },
            throws: { "\($0)".hasPrefix("/nowhere/targets.yaml:1:1: ") })
    }
}
