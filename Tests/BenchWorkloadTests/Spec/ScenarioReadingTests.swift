import BenchWorkload
import GraphData
import Testing

@Suite struct ScenarioReadingTests {
    @Test func everyKeyIsRead() throws {
        let text = """
            name: all
            title: Everything
            description: "Says: \\"a\\",\\n\\tb"
            dataset:
              source: synthetic
              entities: 1_000
              edges_per_entity: 2
              degree_distribution: uniform
              properties_per_entity: 1
              distinct_values: 7
              embedding_dimensions: 8
            arms:
              subjects: [strata, standard, null]
              allocators: [mimalloc, mine]
              strategies: [direct, bump]
              threads: [1, 2]
            configuration: { cache_size: 64MiB, gc_threshold: 50%, max_entities: 1_000 }
            phases:
              - { name: load, operations: { insert: 1 }, count: 900 }
              - { name: mixed, operations: { update: 5, get: 90, insert: 5 }, count: 100, keys: latest }
              - { name: some, operations: { get_batch: 1 }, count: 10, batch: 32, keys: sequential }
              - { name: hops, operations: { traverse: 1 }, duration: 250ms, depth: 3, keys: "hotspot(20%,0.8)" }
              - { name: near, operations: { similar: 1 }, count: 4, k: 5 }
              - { name: write, operations: { serialize: 1 } }
              - { name: verify, operations: { verify: 1, open: 2 }, count: 3 }
            blocks: 7
            warmup_blocks: 0
            seed: 18446744073709551615
            tolerance: { throughput: 3%, my_metric: 0.5% }
            targets: [throughput, open-instant]
            """
        let vocabulary = ScenarioVocabulary.standard.adding(allocators: ["mine"])
        let all = try scenario(text, vocabulary: vocabulary)
        #expect(all.name == "all" && all.title == "Everything" && all.description == "Says: \"a\",\n\tb")
        let graph = try #require(all.dataset?.synthetic)
        #expect(graph.entities == 1000 && graph.edgesPerEntity == 2 && graph.degreeDistribution == .uniform)
        #expect(graph.propertiesPerEntity == 1 && graph.distinctValues == 7 && graph.embeddingDimensions == 8)
        #expect(graph.seed == .max)
        #expect(all.arms.subjects == ["strata", "standard", "null"])
        #expect(all.arms.allocators == ["mimalloc", "mine"])
        #expect(all.arms.strategies == ["direct", "bump"])
        #expect(all.arms.threads == [1, 2])
        #expect(
            all.configuration == [
                "cache_size": "67108864", "gc_threshold": "0.5", "max_entities": "1000",
            ])
        #expect(all.phases.map(\.count) == [900, 100, 10, nil, 4, 1, 3])
        #expect(
            all.phases[1].operations == [
                WeightedOperation(.insert, weight: 5), WeightedOperation(.update, weight: 5),
                WeightedOperation(.get, weight: 90),
            ])
        #expect(all.phases[0].keys == .sequential && all.phases[1].keys == .latest)
        #expect(all.phases[2].batch == 32 && all.phases[2].keys == .sequential)
        #expect(all.phases[3].durationNanoseconds == 250_000_000 && all.phases[3].depth == 3)
        #expect(all.phases[3].keys == .hotspot(fraction: 0.2, probability: 0.8))
        #expect(all.phases[4].k == 5 && all.phases[4].keys == .uniform)
        #expect(all.blocks == 7 && all.warmupBlocks == 0 && all.seed == .max)
        #expect(all.tolerance == ["throughput": 0.03, "my_metric": 0.005])
        #expect(all.targets == ["throughput", "open-instant"])

        // The effective form says the same, and so says its effective form.
        let again = try scenario(all.yaml(), vocabulary: vocabulary)
        #expect(again == all)
        #expect(again.hash == all.hash)
        #expect(again.yaml() == all.yaml())
    }

    @Test func defaultsAreStated() throws {
        let small = try scenario(smallScenario)
        #expect(small.arms.subjects == ["strata"] && small.arms.strategies == ["bump"] && small.arms.threads == [1])
        #expect(small.warmupBlocks == 1 && small.seed == 42 && small.description == "")
        #expect(small.phases[0].count == nil)
        let graph = try #require(small.dataset?.synthetic)
        #expect(graph.edgesPerEntity == 4 && graph.degreeDistribution == .powerLaw && graph.seed == 42)
        #expect(graph.propertiesPerEntity == 3 && graph.distinctValues == 10_000 && graph.embeddingDimensions == 96)
    }

    @Test func kindsHaveTheirNames() {
        for kind in OperationKind.allCases { #expect(OperationKind(name: kind.name) == kind) }
        #expect(OperationKind.getBatch.name == "get_batch" && OperationKind.cacheGet.name == "cache_get")
        #expect(OperationKind(name: "getBatch") == nil)
        #expect(OperationKind.allCases.filter(\.changesTheStore) == [.insert, .update, .delete, .replace])
        #expect(OperationKind.similar.batchSize == 1 && OperationKind.get.batchSize == 64)
    }

    @Test func theStrategyOfTheConfigurationIsThatOfTheArms() throws {
        let text = smallScenario.replacing("blocks: 3", with: "configuration: { allocation_strategy: direct }")
        let read = try scenario(text)
        #expect(read.arms.strategies == ["direct"] && read.configuration.isEmpty)
        let same = text.replacing(
            "allocators: [glibc, jemalloc]", with: "allocators: [glibc, jemalloc]\n  strategies: [direct]")
        #expect(try scenario(same) == read)
    }
}
