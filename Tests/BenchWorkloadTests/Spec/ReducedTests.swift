import BenchWorkload
import Foundation
import GraphData
import Testing

private let workloads = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Workloads")

@Suite struct ReducedTests {
    /// What holds of every reduced plan.
    private func check(_ whole: Scenario, _ what: String) throws {
        let reduced = whole.reduced()
        #expect(reduced == whole.reduced() && reduced == reduced.reduced(), "\(what)")
        #expect(reduced.sweep.isEmpty && reduced.points.isEmpty, "\(what)")
        if !reduced.phases.isEmpty || !reduced.command.isEmpty {
            #expect(try scenario(reduced.yaml()) == reduced, "\(what)")
        }
        for phase in reduced.phases {
            let label = "\(what), \(phase.name)"
            #expect(phase.roles.isEmpty && phase.arrival == nil && phase.durationNanoseconds == nil, "\(label)")
            #expect(!phase.warmsUp && phase.settleNanoseconds == nil, "\(label)")
            let original = try #require(whole.phases.first { $0.name == phase.name })
            #expect(phase.operations == original.operations && phase.keys == original.keys, "\(label)")
            let most = phase.operations.map { ReducedPlan.limit(of: $0.kind) }.min() ?? 0
            if let count = phase.count { #expect(count <= min(most, original.count ?? most), "\(label)") }
        }
        guard let dataset = reduced.dataset, !reduced.phases.isEmpty else { return }
        let entities = dataset.knownEntityCount ?? DatasetSpecification.wordNetEntityCount
        let plan = try ExecutionPlan.phases(of: reduced, entityCount: entities)
        if dataset.synthetic != nil { #expect(entities <= ReducedPlan.entities, "\(what)") }
        let loads = plan.filter(\.specification.isInsertOnly).reduce(0) { $0 + $1.insertCount }
        #expect(loads <= ReducedPlan.entities, "\(what)")
    }

    @Test(arguments: 0..<100 as Range<UInt64>)
    func everyScenarioCanBeReduced(seed: UInt64) throws {
        var source = RandomScenario(seed: seed)
        try check(try source.next(), "seed \(seed)")
    }

    @Test(arguments: ["wordnet", "million-inserts"], ["default", "quick", "full"])
    func shippedScenariosAreCountedInSeconds(name: String, profile: String) throws {
        let path = workloads.appendingPathComponent("\(name).yaml").path
        let whole = try Scenario.load(path: path, profile: profile)
        let reduced = whole.reduced()
        try check(whole, "\(name), \(profile)")
        let entities = try #require(reduced.dataset?.knownEntityCount)
        let plan = try ExecutionPlan.phases(of: reduced, entityCount: entities)
        let counts = Dictionary(uniqueKeysWithValues: reduced.phases.map { ($0.name, $0.count) })
        #expect(counts["get"] == 5000 && counts["neighbors"] == 5000 && counts["similar"] == 2 && counts["scan"] == 1)
        if name == "wordnet" {
            // Relationships lead out of a part of it, so that no file can be written.
            #expect(reduced.phases.map(\.name) == ["load", "get", "neighbors", "hops", "similar", "scan"])
            #expect(plan[0].insertCount == ReducedPlan.entities && counts["hops"] == 20)
        } else {
            #expect(reduced.phases.map(\.name) == whole.phases.map(\.name))
            #expect(plan[0].insertCount == ReducedPlan.writtenEntities && entities == plan[0].insertCount)
            #expect(
                counts["update"] == 5000 && counts["get-batch"] == 78 && counts["write"] == 1 && counts["open"] == 1)
        }
    }

    @Test func timedPhasesAreLeftOutAndRowsStay() throws {
        let reduced = try scenario(epochReaders).reduced()
        #expect(reduced.phases.map(\.name) == ["load"])
        #expect(reduced.phases[0].count == 2000 && reduced.dataset?.synthetic?.entities == 2000)
        let churn = try scenario(allocationChurn).reduced()
        #expect(churn.phases.map(\.name) == ["churn", "drain"])
        #expect(churn.phases.map(\.count) == [5000, 5000])
        // The share of the rows that the cache holds stays.
        let cache = try scenario(cacheChurn)
        #expect(
            cache.points.map { $0.scenario.reduced().configuration["cache_entries"] }
                == ["20", "20", "20", "200", "200", "200"])
    }

    @Test func whatReadsALostFileIsLeftOut() throws {
        let text = smallScenario.with(
            "blocks: 3",
            """
              - { name: write, operations: { serialize: 1 }, duration: 1s }
              - { name: open, operations: { open: 1 } }
              - { name: again, operations: { serialize: 1 } }
              - { name: verify, operations: { verify: 1 } }
            blocks: 3
            """)
        #expect(try scenario(text).reduced().phases.map(\.name) == ["load", "read", "again", "verify"])
    }

    @Test func coldSnapshotsAreNotCounted() throws {
        let path = workloads.appendingPathComponent("entity-access.yaml").path
        let whole = try Scenario.load(path: path, profile: "quick")
        let left = whole.phases.filter { $0.store != .coldSnapshot }.map(\.name)
        #expect(left.count < whole.phases.count)
        #expect(whole.reduced().phases.map(\.name) == left)
    }

    @Test func partsOfAWholeKeepTheirShares() throws {
        let text = smallScenario.with("entities: 1_000", "entities: 1_000_000")
            .with("{ insert: 1 }", "{ insert: 1 }\n    count: 600_000")
            .with("dataset.entities: 100,", "")
            .with("get: 95, neighbors: 5", "get: 50, insert: 50")
            .with("blocks: 3", "  - { name: rest, operations: { insert: 1 } }\nblocks: 3")
        let reduced = try scenario(text).reduced()
        let plan = try ExecutionPlan.phases(of: reduced, entityCount: 2000)
        #expect(plan[0].insertCount == 1200)
        #expect(plan[1].operationCount == 500 && (200...300).contains(plan[1].insertCount))
        #expect(plan[2].insertCount == 800 - plan[1].insertCount)
        // Of a real data set as many rows are taken, though all are there.
        let real = try scenario(text, overrides: [("dataset", "{ source: wordnet }"), ("phases.load.count", "58_000")])
        #expect(real.reduced().dataset == real.dataset)
        #expect(real.reduced().phases.map(\.count) == [985, 500, 1015])
    }
}
