import BenchMeasurement
import BenchResults
import BenchWorkload
import Foundation
import GraphData
import Testing

@testable import BenchDriver

@Suite("Sweeps, placebo and options")
struct SweepTests {
    /// A setting whose scenario has two points, each with a data set of its own.
    private func swept(blocks: Int = 4) throws -> CampaignSetting {
        var setting = try CampaignSetting(
            subjects: ["echo", "recording"], allocators: ["glibc", "mine"], blocks: blocks,
            custom: ["mine": try AllocatorIdentity.ofProcess().path]
        ) { scenario in
            scenario.sweep = [SweepAxis(key: "dataset.entities", values: ["100", "300"])]
            scenario.points = [100, 300].map { entities in
                var point = scenario
                point.sweep = []
                point.dataset?.synthetic?.entities = entities
                return SweepPoint(parameters: "dataset.entities=\(entities)", scenario: point)
            }
        }
        setting.plan.scenarios[0].datasetPaths = [
            "dataset.entities=100": "/small", "dataset.entities=300": "/large",
        ]
        return setting
    }

    @Test("Each point runs with its scenario and data set, under the hash of the whole")
    func points() throws {
        let setting = try swept()
        let launcher = ScriptedLauncher { .finished(campaignResult($0)) }
        let outcome = try setting.run(launcher)
        #expect(outcome.status == .complete && outcome.completeBlocks == ["example": 4])
        #expect(launcher.jobs.count == 4 * 2 * 4)
        for job in launcher.jobs {
            let isSmall = job.arm.parameters == "dataset.entities=100"
            #expect(job.datasetPath == (isSmall ? "/small" : "/large"))
            #expect(job.scenario.dataset?.synthetic?.entities == (isSmall ? 100 : 300))
        }
        #expect(Set(launcher.jobs.map(\.scenarioHash)) == [setting.plan.scenarios[0].scenario.hash])
        let rows = try setting.directory.readSamples().rows
        #expect(Set(rows.map(\.parameters)) == ["dataset.entities=100", "dataset.entities=300"])
        #expect(Set(try setting.blocks().map(\.arm)).count == 8)
    }

    @Test("The arms of a point stay together, and each point is first as often")
    func order() throws {
        let scenario = try swept().plan.scenarios[0].scenario
        let arms = Arms.expand(scenario) { _ in false }
        #expect(arms.count == 8)
        var first: [String: Int] = [:]
        for block in 0..<8 {
            let order = Arms.order(arms, block: block)
            #expect(Set(order) == Set(arms))
            #expect(Set(order.prefix(4).map(\.parameters)).count == 1, "block \(block)")
            #expect(Set(order.prefix(2).map(\.allocator)).count == 1, "block \(block)")
            first[order[0].parameters, default: 0] += 1
        }
        #expect(first.values.sorted() == [4, 4])
    }

    @Test("Different points plan and answer differently, and that is no conflict; within a point it is")
    func answers() throws {
        @Sendable func digest(_ job: BlockJob) -> String {
            job.arm.parameters.hasSuffix("100") ? "00000000000000aa" : "00000000000000ab"
        }
        let fine = try swept().run(ScriptedLauncher { .finished(campaignResult($0, digest: digest($0))) })
        #expect(fine.status == .complete)
        let odd = try swept().run(
            ScriptedLauncher { job in
                let isOdd = job.arm.subject == "echo" && job.arm.parameters.hasSuffix("300")
                return .finished(campaignResult(job, digest: isOdd ? "00000000000000ff" : digest(job)))
            })
        #expect(odd.status == .conflict && odd.conflicts.first?.description.contains("entities=300") == true)
    }

    @Test("The placebo is the reference under a second name: its library, its options, its proof")
    func placebo() throws {
        let path = try AllocatorIdentity.ofProcess().path
        for (allocators, library) in [
            (["glibc", "placebo"], AllocatorLibrary(name: "glibc", path: nil)),
            (["mine", "placebo"], AllocatorLibrary(name: "mine", path: path)),
        ] {
            let setting = try CampaignSetting(allocators: allocators, custom: ["mine": path])
            let launcher = ScriptedLauncher { .finished(campaignResult($0)) }
            let outcome = try setting.run(launcher)
            #expect(outcome.status == .complete)
            #expect(launcher.jobs.count == 4 && launcher.jobs.allSatisfy { $0.allocator == library })
            #expect(outcome.allocators.map(\.library.name) == allocators)
            #expect(outcome.allocators[1].library.path == library.path && outcome.allocators[1].skipped == nil)
            #expect(Set(try setting.directory.readSamples().rows.map(\.allocator)) == Set(allocators))
        }
    }

    @Test("Options make arms of every allocator, and malformed ones are refused before anything runs")
    func options() throws {
        let fine = try CampaignSetting {
            $0.arms.allocatorOptions = ["glibc": ["", "glibc.malloc.arena_max=1"]]
        }
        let launcher = ScriptedLauncher { .finished(campaignResult($0)) }
        let outcome = try fine.run(launcher)
        #expect(outcome.allocators.map(\.options) == ["", "glibc.malloc.arena_max=1"])
        #expect(outcome.allocators.allSatisfy { $0.skipped == nil } && launcher.jobs.count == 4)

        let bad = try CampaignSetting { $0.arms.allocatorOptions = ["glibc": ["arena_max:1"]] }
        let unused = ScriptedLauncher()
        let error = #expect(throws: DriverError.self) { try bad.run(unused) }
        #expect(error?.message.contains("example: the options `arena_max:1` of the allocator `glibc`") == true)
        #expect(unused.jobs.isEmpty)
    }
}

@Suite("Options of allocators")
struct AllocatorVariablesTests {
    @Test(
        "Options become the variables that the allocator reads",
        arguments: [
            ("jemalloc", "dirty_decay_ms:0,narenas:2", ["MALLOC_CONF=dirty_decay_ms:0,narenas:2"]),
            (
                "glibc", "glibc.malloc.arena_max=1:glibc.malloc.tcache_count=0",
                ["GLIBC_TUNABLES=glibc.malloc.arena_max=1:glibc.malloc.tcache_count=0"]
            ),
            ("mimalloc", "MIMALLOC_PURGE_DELAY=0", ["MIMALLOC_PURGE_DELAY=0"]),
            (
                "mimalloc", "purge_delay=0, arena_eager_commit=1",
                ["MIMALLOC_PURGE_DELAY=0", "MIMALLOC_ARENA_EAGER_COMMIT=1"]
            ),
            (
                "tcmalloc", "TCMALLOC_RELEASE_RATE=5 sample_parameter=0",
                ["TCMALLOC_RELEASE_RATE=5", "TCMALLOC_SAMPLE_PARAMETER=0"]
            ),
            ("mine", "MINE_X=1 Y=", ["MINE_X=1", "Y="]), ("mine", "", []),
        ] as [(String, String, [String])])
    func variables(allocator: String, options: String, expected: [String]) throws {
        let variables = try AllocatorVariables.parse(allocator: allocator, options: options)
        #expect(variables.map { "\($0.name)=\($0.value)" } == expected)
    }

    @Test(
        "Options of another form are errors that name them",
        arguments: [
            ("jemalloc", "dirty_decay_ms=0"), ("jemalloc", "a:1,,b:2"), ("jemalloc", "a:1 b:2"),
            ("glibc", "arena_max=1"), ("glibc", "glibc.malloc.arena_max=1,glibc.malloc.x=2"),
            ("glibc", "glibc.malloc.arena_max=1:"), ("mimalloc", "purge_delay"), ("mimalloc", "purge_delay:0"),
            ("mimalloc", "TCMALLOC_RELEASE_RATE=5"), ("mimalloc", "a=1 MIMALLOC_A=2"), ("tcmalloc", "=1"),
            ("mine", "0x=1"), ("mine", " "),
        ])
    func malformed(allocator: String, options: String) {
        let error = #expect(throws: DriverError.self) {
            try AllocatorVariables.parse(allocator: allocator, options: options)
        }
        #expect(error?.message.contains("`\(options)` of the allocator `\(allocator)`") == true)
    }

    @Test("Environments have one length and one number of variables, whatever the arm")
    func constant() {
        for parent in [[], ["PATH=/bin", "LANG=C"], ["BIG=\(String(repeating: "x", count: 3_000))"]] {
            let environments = [
                ("glibc", nil, ""), ("glibc", nil, "glibc.malloc.arena_max=1"), ("jemalloc", "/lib/j.so", ""),
                ("jemalloc", "/lib/j.so", "narenas:1"), ("mimalloc", "/usr/lib/m.so", "purge_delay=0,show_stats=1"),
            ].map { (kind: String, preload: String?, options: String) in
                ChildEnvironment.full(preload: preload, allocatorKind: kind, options: options, parent: parent)
            }
            let lengths = Set(environments.map { $0.reduce(0) { $0 + $1.utf8.count + 1 } })
            #expect(lengths.count == 1 && lengths.first.map { $0 % ChildEnvironment.length } == 0)
            #expect(Set(environments.map(\.count)).count == 1)
            for environment in environments { #expect(Set(parent).isSubset(of: environment)) }
            #expect(
                environments[4].contains("MIMALLOC_PURGE_DELAY=0")
                    && environments[4].contains("LD_PRELOAD=/usr/lib/m.so"))
            #expect(!environments[0].contains { $0.hasPrefix("LD_PRELOAD") })
        }
        let own = ChildEnvironment.full(
            preload: "/lib/j.so", allocatorKind: "jemalloc", options: "narenas:1",
            parent: ["LD_PRELOAD=/mine.so", "MALLOC_CONF=narenas:9"])
        #expect(own.contains("LD_PRELOAD=/lib/j.so:/mine.so") && own.contains("MALLOC_CONF=narenas:1"))
        #expect(!own.contains("MALLOC_CONF=narenas:9"))
    }
}
