import BenchWorkload
import GraphData
import Foundation
import Testing

@Suite struct ScenarioResolutionTests {
    @Test func profilesChangeOnlyWhatTheyList() throws {
        let base = try scenario(smallScenario)
        var expected = base
        expected.dataset?.synthetic?.entities = 100
        expected.phases[1].count = 50
        #expect(try scenario(smallScenario, profile: "quick") == expected)
        // A profile that the file does not have changes nothing.
        #expect(try scenario(smallScenario, profile: "full") == base)
    }

    @Test func nestedAndDottedProfilesAreOne() throws {
        let nested = smallScenario.with(
            "{ dataset.entities: 100, phases.read.count: 50 }",
            "{ dataset: { entities: 100 }, phases: { read: { count: 50 } } }")
        #expect(try scenario(nested, profile: "quick") == scenario(smallScenario, profile: "quick"))
        // A mixture is one value, and null removes a key.
        let mixture = smallScenario.with(
            "{ dataset.entities: 100, phases.read.count: 50 }",
            "{ phases.read: { operations: { update: 1 }, count: null, duration: 2s } }")
        let read = try scenario(mixture, profile: "quick").phases[1]
        #expect(read.operations == [WeightedOperation(.update)])
        #expect(read.count == nil && read.durationNanoseconds == 2_000_000_000)
    }

    @Test func overridesComeLast() throws {
        let changed = try scenario(
            smallScenario, profile: "quick",
            overrides: [
                ("dataset.entities", "200"), ("arms.threads", "[1, 2]"), ("arms.subjects", "[null]"),
                ("configuration.cache_size", "1KiB"), ("blocks", "9"), ("blocks", "4"), ("title", "\"7\""),
            ])
        #expect(changed.dataset?.synthetic?.entities == 200)
        #expect(changed.phases[1].count == 50)
        #expect(changed.arms.threads == [1, 2] && changed.arms.subjects == ["null"])
        #expect(changed.configuration == ["cache_size": "1024"])
        #expect(changed.blocks == 4 && changed.title == "7")
    }

    @Test func theHashIsOfWhatIsMeasured() throws {
        let base = try scenario(smallScenario)
        // Pinned: a change of this value makes every stored baseline incomparable.
        #expect(base.hash == "9d375bfbe512989f")

        let reordered = """
            # a comment
            profiles: { quick: { blocks: 1 } }
            phases:
              - { operations: { insert: 1 }, name: load }
              - { keys: "zipf(0.99)", operations: { neighbors: 5, get: 95 }, count: 500, name: read }
            dataset: { entities: 1000, source: synthetic, edges_per_entity: 4 }
            name: small
            """
        #expect(try scenario(reordered).hash == base.hash)
        for (key, value) in [
            ("title", "x"), ("blocks", "9"), ("warmup_blocks", "0"), ("arms.allocators", "[mimalloc]"),
            ("arms.threads", "[2]"), ("arms.allocator_options", "{ glibc: [a] }"), ("tolerance", "{ throughput: 1% }"),
            ("targets", "[throughput]"),
        ] {
            let same = try scenario(smallScenario, overrides: [(key, value)])
            #expect(same.hash == base.hash, "\(key)")
        }
        var hashes = [base.hash]
        for (key, value) in [
            ("dataset.entities", "999"), ("dataset.embedding_dimensions", "95"), ("seed", "43"),
            ("phases.read.count", "501"), ("phases.read.keys", "zipf(0.98)"), ("phases.read.operations.get", "94"),
            ("phases.load.name", "fill"), ("configuration.arena_size", "1MiB"),
            ("phases.read.operations", "{ get: 1 }"),
            ("configuration.arena_size", "2MiB"), ("dataset", "{ source: wordnet }"),
            ("phases.read.warmup", "none"), ("phases.read.settle", "1s"), ("phases.read.settle", "2s"),
            ("phases.read.rate", "5/s"), ("phases.read.rate", "6/s"), ("sweep", "{ phases.read.count: [1, 2] }"),
            ("sweep", "{ phases.read.count: [1, 3] }"), ("sweep", "{ dataset.entities: [1_000] }"),
        ] {
            hashes.append(try scenario(smallScenario, overrides: [(key, value)]).hash)
        }
        for (key, value) in [
            ("", ""), ("threads", "2"), ("name", "others"), ("operations", "{ get: 95 }"), ("keys", "uniform"),
            ("stalled", "false"), ("rate", "5/s"), ("rate", "5/ms"),
        ] {
            let path = "phases.read-while-writing.roles.readers.\(key)"
            let overrides = key.isEmpty ? [] : [(key: path, value: value)]
            let read = try scenario(epochReaders, overrides: overrides)
            if key == "stalled" { #expect(hashes.contains(read.hash)) } else { hashes.append(read.hash) }
        }
        let poisson = epochReaders.with("arrival: poisson", "arrival: constant")
        hashes.append(try scenario(poisson).hash)
        for sizes in ["fixed(8)", "fixed(9)"] {
            hashes.append(try scenario(allocationChurn, overrides: [("phases.churn.sizes", sizes)]).hash)
        }
        // How many blocks are run, and until when, does not change what a block does.
        let churn = try scenario(allocationChurn)
        for (key, value) in [("max_blocks", "21"), ("precision", "1%")] {
            #expect(try scenario(allocationChurn, overrides: [(key, value)]).hash == churn.hash)
        }
        #expect(Set(hashes).count == hashes.count)
        #expect(hashes.allSatisfy { $0.count == 16 && UInt64($0, radix: 16) != nil })
    }

    @Test func effectiveScenariosReadTheSame() throws {
        for profile in ["default", "quick"] {
            let resolved = try scenario(smallScenario, profile: profile)
            let again = try scenario(resolved.yaml())
            #expect(again == resolved)
            #expect(again.hash == resolved.hash)
        }
    }

    @Test func scenariosTravelAsJSON() throws {
        let base = try scenario(smallScenario)
        let data = try JSONEncoder().encode(base)
        #expect(try JSONDecoder().decode(Scenario.self, from: data) == base)
    }
}
