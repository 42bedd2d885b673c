import BenchWorkload
import GraphData
import Testing

/// Each row: the sweep of the small scenario in line 15, and the sentence that refuses it.
private let refusals: [(String, String)] = [
    ("{}", "small.yaml:15:8: `sweep` varies nothing (sweep): such as { dataset.entities: [1_000, 10_000] }"),
    ("[1]", "small.yaml:15:8: expected a mapping, found a list (sweep)"),
    (
        "{ dataset.entities: 5 }",
        "small.yaml:15:28: expected a list of values, found the number 5 (sweep.dataset.entities): "
            + "such as dataset.entities: [1, 2]"
    ),
    ("{ dataset.entities: [] }", "small.yaml:15:28: the list must not be empty (sweep.dataset.entities)"),
    (
        "{ dataset.entities: [500, null] }",
        "small.yaml:15:34: expected a single value, found `null` (sweep.dataset.entities[1])"
    ),
    (
        "{ dataset.entities: [500, 5_00] }",
        "small.yaml:15:34: `5_00` gives the same point as `500` before it (sweep.dataset.entities[1]): "
            + "remove one of the two"
    ),
    (
        "{ dataset.entities: [500, -1] }",
        "small.yaml:15:34: the value must be at least 1, found -1 (sweep.dataset.entities[1])"
    ),
    (
        "{ dataset.entities: [500, 3] }",
        "small.yaml:4:3: at the point dataset.entities=3 of the sweep, 3 entities cannot have 4 relationships each "
            + "(dataset): give edges_per_entity a value below the number of entities"
    ),
    (
        "{ dataset.entites: [500] }",
        "small.yaml:15:10: unknown key `entites` (sweep.dataset.entites[0]): did you mean `entities`?"
    ),
    (
        "{ datset.entities: [500] }",
        "small.yaml:15:10: unknown key `datset` (sweep.datset.entities): did you mean `dataset`?"
    ),
    (
        "{ phases.raed.count: [5] }",
        "small.yaml:15:10: `phases` has no element `raed` (sweep.phases.raed.count[0]): did you mean `read`?"
    ),
    (
        "{ blocks: [1, 2] }",
        "small.yaml:15:10: `blocks` cannot be swept (sweep.blocks): "
            + "a sweep varies dataset, configuration, phases, command"
    ),
    (
        "{ seed: [1, 2] }",
        "small.yaml:15:10: `seed` cannot be swept (sweep.seed): "
            + "a sweep varies dataset, configuration, phases, command"
    ),
    (
        "{ arms.threads: [1, 2] }",
        "small.yaml:15:10: `arms.threads` cannot be swept (sweep.arms.threads): "
            + "its lists are arms already"
    ),
    ("{ phases.read.name: [a, b] }", "small.yaml:15:10: `phases.read.name` cannot be swept (sweep.phases.read.name)"),
    (
        "{ configuration.allocation_strategy: [bump] }",
        "small.yaml:15:10: `configuration.allocation_strategy` cannot be swept "
            + "(sweep.configuration.allocation_strategy): list the strategies in arms.strategies"
    ),
    ("{ dataset: [1] }", "small.yaml:15:10: `dataset` cannot be swept (sweep.dataset)"),
    (
        "{ phases.load.count: [\"1;2\"] }",
        "small.yaml:15:30: a swept value is one line without semicolons (sweep.phases.load.count[0])"
    ),
    (
        "{ phases.load.count: [600, 1_001] }",
        "small.yaml:15:35: the phase `load` inserts 1001 rows, and the data set has only 1000 left "
            + "(sweep.phases.load.count[1]): leave `count` out to insert all rows"
    ),
]

@Suite struct SweepTests {
    private func swept(_ sweep: String) -> String { smallScenario.with("blocks: 3", "sweep: \(sweep)\nblocks: 3") }

    @Test(arguments: refusals.indices)
    func theSentenceNamesPlaceKeyAndRemedy(row: Int) {
        #expect(refusal(swept(refusals[row].0)) == refusals[row].1)
    }

    @Test func thePointsAreTheProduct() throws {
        let read = try scenario(cacheChurn)
        #expect(
            read.sweep == [
                SweepAxis(key: "configuration.cache_entries", values: ["1000", "10000"]),
                SweepAxis(key: "phases.churn.keys", values: ["uniform", "hotspot(0.2,0.8)", "zipf(1.0)"]),
            ])
        #expect(
            read.points.map(\.parameters) == [
                "configuration.cache_entries=1000;phases.churn.keys=uniform",
                "configuration.cache_entries=1000;phases.churn.keys=hotspot(0.2,0.8)",
                "configuration.cache_entries=1000;phases.churn.keys=zipf(1.0)",
                "configuration.cache_entries=10000;phases.churn.keys=uniform",
                "configuration.cache_entries=10000;phases.churn.keys=hotspot(0.2,0.8)",
                "configuration.cache_entries=10000;phases.churn.keys=zipf(1.0)",
            ])
        // Where the base lacks a swept key, it has the first value.
        #expect(read.configuration == ["cache_policy": "lru", "cache_entries": "1000"])
        #expect(read.phases[0].keys == .uniform)
        for point in read.points {
            #expect(point.scenario.sweep.isEmpty && point.scenario.points.isEmpty && point.scenario.name == read.name)
        }
        #expect(read.points[4].scenario.configuration["cache_entries"] == "10000")
        #expect(read.points[4].scenario.phases[0].keys == .hotspot(fraction: 0.2, probability: 0.8))
        #expect(Set(read.points.map(\.scenario.hash) + [read.hash]).count == 7)
    }

    @Test func keysAreSortedAndValuesHaveOneForm() throws {
        let read = try scenario(
            swept("{ phases.read.count: [1_0], dataset.entities: [500], configuration.cache_size: [1KiB, 2048] }"))
        #expect(
            read.points.map(\.parameters) == [
                "configuration.cache_size=1024;dataset.entities=500;phases.read.count=10",
                "configuration.cache_size=2048;dataset.entities=500;phases.read.count=10",
            ])
        #expect(read.dataset?.synthetic?.entities == 1000, "the base keeps what it has")
    }

    @Test func aValueOfARoleIsSwept() throws {
        let text = epochReaders.with(
            "{ dataset.entities: [100_000, 1_000_000] } ",
            "{ phases.read-while-writing.roles.writer.rate: [10/ms, 20_000/s], "
                + "phases.read-while-writing.roles.readers.stalled: [false] } ")
        let read = try scenario(text)
        #expect(
            read.points.map { $0.scenario.phases[1].roles[1].arrival?.ratePerSecond } == [10_000, 20_000])
        #expect(read.points[0].parameters.hasSuffix("phases.read-while-writing.roles.writer.rate=10000/s"))
        #expect(try scenario(read.yaml()) == read)
    }

    @Test func changesReachTheSweep() throws {
        let text = swept("{ dataset.entities: [500, 600], phases.read.count: [5, 6] }")
            .with(
                "quick: { dataset.entities: 100, phases.read.count: 50 }", "quick: { sweep.dataset.entities: [10, 20] }"
            )
        #expect(try scenario(text).points.count == 4)
        let quick = try scenario(text, profile: "quick")
        #expect(quick.sweep.map(\.values) == [["10", "20"], ["5", "6"]])
        // Who sets a swept key fixes it.
        let fixed = try scenario(text, overrides: [("dataset.entities", "77")])
        #expect(fixed.sweep.map(\.key) == ["phases.read.count"] && fixed.dataset?.synthetic?.entities == 77)
        let bare = try scenario(text, overrides: [("dataset.entities", "77"), ("phases.read.count", "7")])
        #expect(bare.sweep.isEmpty && bare.points.isEmpty)
        #expect(try scenario(text, overrides: [("sweep", "null")]).points.isEmpty)
        let other = try scenario(text, overrides: [("sweep.phases.read.count", "null"), ("sweep.seed", "null")])
        #expect(other.sweep.map(\.key) == ["dataset.entities"])
        #expect(
            refusal(text, overrides: [("sweep.dataset.entities", "[0]")])
                == "--set sweep.dataset.entities=[0]:1:31: the value must be at least 1, found 0 "
                + "(sweep.dataset.entities[0])")
        let both = text.with("quick: { ", "quick: { dataset.entities: 5, ")
        #expect(refusal(both).contains("one profile cannot both set and sweep `dataset.entities`"))
    }

    @Test func aSweepHasABound() {
        let values = (1...40).map { "\($0)" }.joined(separator: ",")
        let text = swept("{ dataset.embedding_dimensions: [\(values)], phases.read.count: [\(values)] }")
        #expect(refusal(text).contains("the sweep has more than 1000 points"))
    }
}
