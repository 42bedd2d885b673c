import BenchWorkload
import GraphData
import Testing

@Suite struct RoleReadingTests {
    @Test func theDocumentedExampleLoads() throws {
        let read = try scenario(epochReaders)
        #expect(read.arms.allocatorOptions == ["jemalloc": ["", "dirty_decay_ms:0"]])
        let phase = read.phases[1]
        #expect(phase.count == nil && phase.durationNanoseconds == 5_000_000_000 && !phase.warmsUp)
        #expect(
            phase.roles == [
                RoleSpecification(
                    name: "readers", threads: 1,
                    operations: [WeightedOperation(.get, weight: 95), WeightedOperation(.neighbors, weight: 5)],
                    keys: .zipf(exponent: 0.99)),
                RoleSpecification(
                    name: "writer", threads: 1, operations: [WeightedOperation(.update)],
                    arrival: ArrivalSpecification(ratePerSecond: 20_000, law: .poisson)),
            ])
        #expect(
            phase.operations == [
                WeightedOperation(.update), WeightedOperation(.get, weight: 95),
                WeightedOperation(.neighbors, weight: 5),
            ])
        #expect(phase.threadsOfRoles == 2 && phase.operationName == "mixed")
        #expect(read.points.map(\.parameters) == ["dataset.entities=100000", "dataset.entities=1000000"])
        // The smaller data set has fewer rows to load than the scenario lists.
        #expect(read.points.map { $0.scenario.phases[0].count } == [100_000, 1_000_000])
        // A profile that sets the swept key fixes it.
        let quick = try scenario(epochReaders, profile: "quick")
        #expect(quick.sweep.isEmpty && quick.points.isEmpty && quick.blocks == 3)
        #expect(quick.dataset?.synthetic?.entities == 100_000 && quick.phases[0].count == 100_000)
        let full = try scenario(epochReaders, profile: "full")
        #expect(full.dataset?.synthetic?.entities == 10_000_000 && full.phases[0].count == 1_000_000)
    }

    @Test func storelessPhasesNeedNothingLoaded() throws {
        let read = try scenario(allocationChurn)
        #expect(read.phases[0].sizes == .logUniform(16, 65_536) && read.phases[0].isStoreless)
        #expect(read.phases[1].settleNanoseconds == 30_000_000_000 && read.phases[1].keys == .sequential)
        #expect(read.phases[2].sizes == .uniform(16, 256) && read.phases[2].threadsOfRoles == 3)
        #expect(read.phases[2].roles[0].arrival == ArrivalSpecification(ratePerSecond: 5500, law: .constant))
        #expect(read.phases[2].operations == [WeightedOperation(.allocate), WeightedOperation(.free)])
        #expect(read.phases.allSatisfy { !$0.warmsUp && !$0.changesTheStore && !$0.needsLoadedRows })
        #expect(read.blocks == 5 && read.maximumBlocks == 20 && read.precision == 0.03)
        #expect(try scenario(smallScenario).maximumBlocks == 3)
        #expect(try scenario(smallScenario).precision == nil)
    }

    @Test func rolesReadTheirOwnKeys() throws {
        let text = smallScenario.with(
            "    operations: { get: 95, neighbors: 5 }\n    count: 500\n    keys: zipf(0.99)\n",
            """
                duration: 1s
                settle: 100ms
                roles:
                  - { name: hops, threads: 3, operations: { traverse: 1 }, depth: 5 }
                  - { name: near, operations: { similar: 1 }, k: 3, rate: 0.5/s }
                  - { name: many, operations: { get_batch: 1 }, batch: 8, keys: sequential }
                  - { name: slow, operations: { get: 1 }, stalled: true }
                  - { name: writer, operations: { update: 1, delete: 1 }, keys: latest, stalled: false }

            """
        ).with("profiles:\n  quick: { dataset.entities: 100, phases.read.count: 50 }\n", "")
        let phase = try scenario(text).phases[1]
        #expect(phase.roles.map(\.threads) == [3, 1, 1, 1, 1])
        #expect(phase.roles.map(\.isStalled) == [false, false, false, true, false])
        #expect(phase.roles[0].depth == 5 && phase.roles[1].k == 3 && phase.roles[2].batch == 8)
        #expect(phase.roles[1].arrival == ArrivalSpecification(ratePerSecond: 0.5))
        #expect(phase.roles[2].keys == .sequential && phase.roles[4].keys == .latest)
        #expect(phase.settleNanoseconds == 100_000_000 && phase.changesTheStore)
        let again = try scenario(try scenario(text).yaml()).phases[1]
        #expect(again == phase)
        // A profile reaches a role by its name.
        let faster = try scenario(text, overrides: [("phases.read.roles.near.rate", "2/ms")])
        #expect(faster.phases[1].roles[1].arrival?.ratePerSecond == 2000)
    }

    /// Each row: what the phase `read` has, and whether it is warmed up.
    @Test(arguments: [
        ("operations: { get: 95, neighbors: 5 }\n    count: 500", true),
        ("operations: { get: 95, neighbors: 5 }\n    count: 500\n    warmup: none", false),
        ("operations: { traverse: 1, find: 1 }\n    count: 500", true),
        ("operations: { get: 1, similar: 1 }\n    count: 500", false),
        ("operations: { get: 1, find: 1 }\n    count: 500\n    warmup: steady", true),
        ("operations: { get: 1, update: 1 }\n    count: 500", false),
        ("operations: { get: 1 }\n    duration: 1s", false),
        ("operations: { get: 1 }\n    duration: 1s\n    warmup: steady", true),
        ("operations: { get: 1 }\n    count: 500\n    rate: 1_000/s", false),
    ])
    func cheapReadsAreWarmedUp(body: String, isSteady: Bool) throws {
        let text = smallScenario.with("operations: { get: 95, neighbors: 5 }\n    count: 500", body)
            .with("phases.read.count: 50", "blocks: 1")
        let read = try scenario(text)
        #expect(read.phases[1].warmsUp == isSteady)
        #expect(try scenario(read.yaml()) == read)
    }

    @Test func aSmallerDataSetLoadsWhatItHas() throws {
        let text = smallScenario.with("{ insert: 1 }", "{ insert: 1 }\n    count: 600")
        #expect(try scenario(text, profile: "quick").phases[0].count == 100)
        #expect(try scenario(text, overrides: [("dataset.entities", "70")]).phases[0].count == 70)
        #expect(
            refusal(text, overrides: [("phases.load.count", "1_001")]).hasPrefix(
                "--set phases.load.count=1_001:1:25: the phase `load` inserts 1001 rows"))
    }
}
