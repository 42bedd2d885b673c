import BenchWorkload
import Foundation
import Testing

/// Each row: what is changed in the small scenario, and the sentence that has to come.
private let refusals: [(String, String, String)] = [
    ("blocks: 3", "blokcs: 3", "small.yaml:15:1: unknown key `blokcs` (blokcs): did you mean `blocks`?"),
    (
        "blocks: 3", "blocks: 3\nseed: 1\nblocks: 4",
        "small.yaml:17:1: the key `blocks` is repeated (blocks): it stands in line 15 already; remove one of the two"
    ),
    ("blocks: 3", "blocks: 0", "small.yaml:15:9: the value must be at least 1, found 0 (blocks)"),
    ("blocks: 3", "blocks: many", "small.yaml:15:9: expected a whole number, found the text \"many\" (blocks)"),
    ("blocks: 3", "seed: -1", "small.yaml:15:7: the value must be at least 0, found -1 (seed)"),
    ("count: 500", "count: -500", "small.yaml:13:12: the value must be at least 1, found -500 (phases.read.count)"),
    ("count: 500", "conut: 500", "small.yaml:13:5: unknown key `conut` (phases.read.conut): did you mean `count`?"),
    (
        "    count: 500\n", "",
        "small.yaml:11:5: the phase `read` has neither `count` nor `duration` (phases.read): "
            + "add `count: ...`, the number of operations"
    ),
    (
        "count: 500", "count: 500\n    duration: 5s",
        "small.yaml:14:5: a phase has either `count` or `duration`, not both (phases.read.duration): "
            + "remove one; a profile removes a key by setting it to null"
    ),
    (
        "{ insert: 1 }", "{ insert: 1 }\n    duration: 5s",
        "small.yaml:11:5: `insert` goes through the rows once and cannot go on for a time (phases.load.duration): "
            + "give `count`, or neither to insert all rows"
    ),
    (
        "zipf(0.99)", "trace",
        "small.yaml:14:11: `keys: trace` goes through a trace, and the data set is `synthetic` (phases.read.keys): "
            + "write `dataset: { source: trace, file: ... }`, or another law of keys"
    ),
    (
        "zipf(0.99)", "trace(x)",
        "small.yaml:14:11: `trace` takes nothing in parentheses (phases.read.keys): write trace"
    ),
    (
        "source: synthetic\n  entities: 1_000", "source: trace",
        "small.yaml:4:3: a trace needs a file of keys, or a law to make them up by (dataset): "
            + "add `file: ...` or `law: zipf`"
    ),
    (
        "source: synthetic\n  entities: 1_000", "source: trace\n  law: zip",
        "small.yaml:5:8: unknown law \"zip\" (dataset.law): did you mean `zipf`?"
    ),
    (
        "source: synthetic\n  entities: 1_000", "source: trace\n  law: zipf\n  file: x.u32",
        "small.yaml:5:8: a trace is a file of keys or made up by a law, not both (dataset.law): remove one of the two"
    ),
    (
        "source: synthetic\n  entities: 1_000", "source: trace\n  keys: 9\n  file: x.u32",
        "small.yaml:5:3: `keys` belongs to a trace with a law, and this one is a file (dataset.keys): leave it out"
    ),
    (
        "source: synthetic\n", "source: synthetic\n  law: zipf\n",
        "small.yaml:5:3: the source `synthetic` has no key `law` (dataset.law): leave it out"
    ),
    (
        "source: synthetic\n  entities: 1_000", "source: trace\n  file: x.u32",
        "small.yaml:10:17: a trace has keys and no entities, so that nothing but `cache_get` can be done on it "
            + "(phases.load.operations): write operations: { cache_get: 1 }"
    ),
    (
        "blocks: 3", "configuration: { cache_policy: siev }",
        "small.yaml:15:32: unknown cache policy \"siev\" (configuration.cache_policy): did you mean `sieve`?"
    ),
    (
        "jemalloc", "jemaloc",
        "small.yaml:7:23: unknown allocator \"jemaloc\" (arms.allocators[1]): did you mean `jemalloc`?"
    ),
    (
        "jemalloc", "glibc",
        "small.yaml:7:23: `glibc` stands in the list twice (arms.allocators[1]): remove one of the two"
    ),
    (
        "allocators: [glibc, jemalloc]", "threads: [0]",
        "small.yaml:7:13: the value must be at least 1, found 0 (arms.threads[0])"
    ),
    (
        "allocators: [glibc, jemalloc]", "subjects: [stratum]",
        "small.yaml:7:14: unknown subject \"stratum\" (arms.subjects[0]): did you mean `strata`?"
    ),
    (
        "allocators: [glibc, jemalloc]", "strategies: [bmup]",
        "small.yaml:7:16: unknown strategy \"bmup\" (arms.strategies[0]): did you mean `bump`?"
    ),
    (
        "allocators: [glibc, jemalloc]", "strategies: []",
        "small.yaml:7:15: the list must not be empty (arms.strategies)"
    ),
    (
        "name: read", "name: load",
        "small.yaml:11:11: two phases are named `load` (phases.load.name): "
            + "the first stands in line 9; names are unique in a scenario"
    ),
    (
        "get: 95", "gte: 95",
        "small.yaml:12:19: unknown operation `gte` (phases.read.operations.gte): did you mean `get`?"
    ),
    (
        "get: 95", "get: 0",
        "small.yaml:12:24: the value must be at least 1, found 0 (phases.read.operations.get)"
    ),
    (
        "zipf(0.99)", "zipf(-1)",
        "small.yaml:14:11: the exponent of zipf must be above 0 and at most 16, found -1 (phases.read.keys)"
    ),
    (
        "zipf(0.99)", "zipf",
        "small.yaml:14:11: zipf needs one number, its exponent (phases.read.keys): such as zipf(0.99)"
    ),
    (
        "zipf(0.99)", "zipfian(0.99)",
        "small.yaml:14:11: unknown law of keys \"zipfian(0.99)\" (phases.read.keys): did you mean `zipf(s)`?"
    ),
    (
        "zipf(0.99)", "hotspot(2,0.8)",
        "small.yaml:14:11: the share must be from 0.0 to 1.0, found the number 2 (phases.read.keys): did you mean 2%?"
    ),
    (
        "zipf(0.99)", "uniform\n    depth: 3",
        "small.yaml:15:5: `depth` belongs to the operation `traverse`, which this phase does not have "
            + "(phases.read.depth): leave it out"
    ),
    (
        "{ insert: 1 }", "{ insert: 1 }\n    count: 1001",
        "small.yaml:11:12: the phase `load` inserts 1001 rows, and the data set has only 1000 left "
            + "(phases.load.count): leave `count` out to insert all rows"
    ),
    (
        "{ insert: 1 }", "{ insert: 1 }\n    keys: uniform",
        "small.yaml:11:5: `insert` always takes the rows in order, so `keys` has no effect (phases.load.keys): "
            + "leave it out"
    ),
    (
        "insert: 1", "update: 1 }\n    count: 5\n    #{",
        "small.yaml:10:17: the phase `load` reads before anything is loaded (phases.load.operations): "
            + "put a phase with `operations: { insert: 1 }` before it"
    ),
    (
        "{ get: 95, neighbors: 5 }\n    count: 500\n    keys: zipf(0.99)", "{ verify: 1 }",
        "small.yaml:12:17: the phase `read` has `verify`, but no phase before it has written a file "
            + "(phases.read.operations): put a phase with `operations: { serialize: 1 }` before it"
    ),
    (
        "entities: 1_000", "entities: 4",
        "small.yaml:4:3: 4 entities cannot have 4 relationships each (dataset): "
            + "give edges_per_entity a value below the number of entities"
    ),
    (
        "entities: 1_000", "entities: 10\n  file: x",
        "small.yaml:6:3: the source `synthetic` has no key `file` (dataset.file): leave it out"
    ),
    (
        "synthetic", "wordnet",
        "small.yaml:5:3: the source `wordnet` has no key `entities` (dataset.entities): leave it out"
    ),
    (
        "blocks: 3", "configuration: { cache_size: 64MB }",
        "small.yaml:15:30: unknown unit \"MB\" (configuration.cache_size): did you mean 64MiB?"
    ),
    (
        "blocks: 3", "configuration: { cachesize: 64MiB }",
        "small.yaml:15:18: unknown key `cachesize` (configuration.cachesize): did you mean `cache_size`?"
    ),
    (
        "blocks: 3", "configuration: { durability: commit }",
        "small.yaml:15:30: the configuration key `durability` does not work yet in this version "
            + "(configuration.durability): leave it out"
    ),
    (
        "allocators: [glibc, jemalloc]", "strategies: [direct]\nconfiguration: { allocation_strategy: bump }",
        "small.yaml:8:16: `allocation_strategy: bump` contradicts `arms.strategies: [direct]` (configuration): "
            + "leave one of the two out"
    ),
    (
        "blocks: 3", "tolerance: { troughput: 3% }",
        "small.yaml:15:14: unknown metric `troughput` (tolerance.troughput): did you mean `throughput`?"
    ),
    (
        "name: small", "name: Small One",
        "small.yaml:1:7: a name is made of lower-case letters, digits and hyphens, found the text \"Small One\" (name)"
    ),
    ("dataset:", "datasets:", "small.yaml:3:1: unknown key `datasets` (datasets): did you mean `dataset`?"),
    (
        "dataset.entities: 100", "dataset.entities: -100",
        "small.yaml:17:30: the value must be at least 1, found -100 (profiles.quick.dataset.entities)"
    ),
    (
        "dataset.entities: 100", "dataset.entites: 100",
        "small.yaml:17:12: unknown key `entites` (profiles.quick.dataset.entites): did you mean `entities`?"
    ),
    (
        "phases.read.count", "phases.raed.count",
        "small.yaml:17:35: `phases` has no element `raed` (profiles.quick.phases.raed.count): did you mean `read`?"
    ),
    (
        "dataset.entities: 100", "dataset.entities: 100, dataset: { entities: 7 }",
        "small.yaml:17:46: `dataset.entities` is set twice in one profile (profiles.quick.dataset.entities): "
            + "it stands in line 17 already; remove one of the two"
    ),
    (
        "dataset.entities: 100", "dataset.entities: 100, phases.load.count: 600",
        "small.yaml:17:54: the phase `load` inserts 600 rows, and the data set has only 100 left "
            + "(profiles.quick.phases.load.count): leave `count` out to insert all rows"
    ),
    ("  quick:", "  quikc:", "small.yaml:17:3: unknown key `quikc` (profiles.quikc): did you mean `quick`?"),
]

/// Each row: what the data set of the small scenario is in place of a synthetic one, and the sentence that has to come.
private let fileRefusals: [(String, String)] = [
    ("source: csv", "small.yaml:4:3: the key `file` is missing (dataset): add `file: ...`"),
    ("source: ntriples", "small.yaml:4:3: the key `file` is missing (dataset): add `file: ...`"),
    (
        "source: csv\n  file: \"\"",
        "small.yaml:5:9: `file` is empty (dataset.file): name the folder of a `csv` graph or the `ntriples` file"
    ),
    (
        "source: ntriples\n  file: a.nt\n  entities: 7",
        "small.yaml:6:3: the source `ntriples` has no key `entities` (dataset.entities): leave it out"
    ),
]

/// Each row: what is put into the small scenario, and the sentence's core.
private let pending: [(String, String, String)] = [
    ("synthetic", "snapshot", "small.yaml:4:11: the source `snapshot` does not work yet in this version"),
    (
        "blocks: 3", "configuration: { durability: commit }",
        "small.yaml:15:30: the configuration key `durability` does not work yet in this version"
    ),
    (
        "{ get: 95, neighbors: 5 }", "{ get_batch: 1 }",
        "small.yaml:14:11: `get_batch` with the law of keys `zipf(0.99)` does not work yet in this version"
    ),
]

@Suite struct ScenarioRefusalTests {
    @Test(arguments: refusals.indices)
    func theSentenceNamesPlaceKeyAndRemedy(row: Int) {
        let (piece, replacement, sentence) = refusals[row]
        #expect(refusal(smallScenario.with(piece, replacement)) == sentence)
    }

    @Test(arguments: fileRefusals.indices)
    func graphsFromFilesNeedTheirPlace(row: Int) {
        let text = smallScenario.with("  quick: { dataset.entities: 100, phases", "  quick: { phases")
        let (dataset, sentence) = fileRefusals[row]
        #expect(refusal(text.with("source: synthetic\n  entities: 1_000", dataset)) == sentence)
        #expect(
            refusal(text.with("source: synthetic\n  entities: 1_000", "source: csv\n  file: graphs/mine"))
                == "no error")
    }

    @Test func graphsFromFilesHaveNoEmbeddings() {
        let text = smallScenario.with("  quick: { dataset.entities: 100, phases", "  quick: { phases")
            .with("source: synthetic\n  entities: 1_000", "source: csv\n  file: a")
        #expect(
            refusal(text.with("get: 95", "similar: 95")).hasPrefix(
                "small.yaml:12:17: `similar` needs embeddings, and a graph of the source `csv` has none"))
    }

    @Test(arguments: pending.indices)
    func whatDoesNotWorkYetSaysSo(row: Int) {
        let (piece, replacement, core) = pending[row]
        let sentence = refusal(smallScenario.with(piece, replacement))
        #expect(sentence.hasPrefix(core))
        #expect(sentence.hasSuffix(": leave it out"))
    }

    @Test(arguments: OperationKind.allCases.filter { !$0.isWorking })
    func operationsThatDoNotWorkYetSaySo(kind: OperationKind) {
        let sentence = refusal(smallScenario.with("get: 95", "\(kind.name): 95"))
        #expect(sentence.hasPrefix("small.yaml:12:19: the operation `\(kind.name)` does not work yet in this version"))
    }

    @Test func overridesAreNamed() {
        func sentence(_ key: String, _ value: String) -> String {
            refusal(smallScenario, overrides: [(key, value)])
        }
        #expect(
            sentence("blocks", "-1") == "--set blocks=-1:1:14: the value must be at least 1, found -1 (blocks)")
        #expect(
            sentence("arms.allocators", "[glibc, hoard]")
                == "--set arms.allocators=[glibc, hoard]:1:31: unknown allocator \"hoard\" (arms.allocators[1]): "
                + "known here: glibc, jemalloc, mimalloc, tcmalloc")
        #expect(
            sentence("phases.red.count", "5")
                == "--set phases.red.count=5:1:7: `phases` has no element `red` (phases.red.count): "
                + "did you mean `read`?")
        #expect(
            sentence("dataset.entites", "5")
                == "--set dataset.entites=5:1:7: unknown key `entites` (dataset.entites): did you mean `entities`?")
        #expect(
            sentence("dataset.entities", "3").hasPrefix(
                "small.yaml:4:3: with these overrides, 3 entities cannot have 4 relationships each (dataset)"))
        #expect(sentence("blocks", " ").contains("the override has no value"))
        #expect(sentence("blocks.", "1").contains("is no dotted path"))
        #expect(sentence("profiles.quick.blocks", "1").contains("an override cannot change a profile"))
        #expect(sentence("name", "other").hasPrefix("--set name=other:1:7: an override cannot change"))
        #expect(sentence("blocks", "[1").hasPrefix("--set blocks=[1:1:14: this is not valid YAML"))
        #expect(sentence("arms.threads.x", "[1, 2]").hasPrefix("--set arms.threads.x=[1, 2]:1:7: "))
        #expect(refusal(smallScenario, profile: "qiuck").hasSuffix("unknown profile `qiuck`: did you mean `quick`?"))
    }

    @Test func theNameIsTheFiles() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("scenario-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func load(_ name: String) throws -> String {
            let path = folder.appendingPathComponent(name).path
            try Data(smallScenario.utf8).write(to: URL(fileURLWithPath: path))
            do {
                return try Scenario.load(path: path).name
            } catch { return "\(error)".replacing(folder.path, with: "") }
        }
        #expect(try load("small.yaml") == "small")
        #expect(try load("small.yml") == "small")
        #expect(
            try load("large.yaml")
                == "/large.yaml:1:7: the name `small` is not the file's, which is `large` (name): "
                + "write `name: large`, or rename the file to small.yaml")
    }
}
