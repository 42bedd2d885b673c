import BenchWorkload
import Testing

/// A phase with roles in line 8, its readers in line 11 and its writer in line 12.
private let roles = """
    name: small
    dataset: { source: synthetic, entities: 1_000 }
    arms:
      allocators: [glibc, jemalloc]
    phases:
      - name: load
        operations: { insert: 1 }
      - name: both
        duration: 5s
        roles:
          - { name: readers, threads: 2, operations: { get: 1 } }
          - { name: writer, operations: { update: 1 } }
    blocks: 3

    """

/// Each row: what is changed in the scenario above, and the sentence that has to come.
private let refusals: [(String, String, String)] = [
    (
        "threads: 2", "thraeds: 2",
        "small.yaml:11:26: unknown key `thraeds` (phases.both.roles.readers.thraeds): did you mean `threads`?"
    ),
    (
        "    duration: 5s\n", "",
        "small.yaml:8:5: the phase `both` has roles, and no `duration` (phases.both): add `duration: 5s`"
    ),
    (
        "duration: 5s", "count: 5",
        "small.yaml:9:5: a phase with roles goes on for a time and has no `count` (phases.both.count): "
            + "give `duration: 5s` instead"
    ),
    (
        "duration: 5s", "duration: 5s\n    keys: uniform",
        "small.yaml:10:5: in a phase with roles, `keys` is each role's own (phases.both.keys): move it into the roles"
    ),
    (
        "duration: 5s", "duration: 5s\n    operations: { get: 1 }",
        "small.yaml:10:5: in a phase with roles, `operations` is each role's own (phases.both.operations): "
            + "move it into the roles"
    ),
    (
        "duration: 5s", "duration: 5s\n    rate: 5/s",
        "small.yaml:10:5: in a phase with roles, `rate` is each role's own (phases.both.rate): move it into the roles"
    ),
    (
        "duration: 5s", "duration: 5s\n    warmup: steady",
        "small.yaml:10:5: only a closed loop of reads without roles can be gone through untimed first "
            + "(phases.both.warmup): write `warmup: none`, or leave it out"
    ),
    (
        "duration: 5s", "duration: 5s\n    sizes: fixed(8)",
        "small.yaml:10:5: `sizes` belongs to the operation `allocate`, which this phase does not have "
            + "(phases.both.sizes): leave it out"
    ),
    (
        "duration: 5s", "duration: 5s\n    remote_frees: 25%",
        "small.yaml:10:5: `remote_frees` belongs to the operations `allocate` and `free`, and this phase has neither "
            + "(phases.both.remote_frees): leave it out"
    ),
    (
        "duration: 5s", "duration: 5s\n    settle: 1ms",
        "small.yaml:10:13: the value must be at least 100000000, found 1000000 (phases.both.settle)"
    ),
    (
        "{ get: 1 }", "{ update: 1 }",
        "small.yaml:11:35: the role `readers` changes the store, so that it has one thread, found 2 "
            + "(phases.both.roles.readers.threads): write threads: 1"
    ),
    (
        "threads: 2, operations: { get: 1 }", "operations: { delete: 1 }",
        "small.yaml:12:9: the role `writer` changes the store, and so does `readers`: a phase has one writing role at "
            + "most (phases.both.roles.writer): join their operations in one role"
    ),
    (
        "name: writer", "name: readers",
        "small.yaml:12:17: two roles of the phase are named `readers` (phases.both.roles.readers.name): "
            + "rename one of the two"
    ),
    (
        "{ update: 1 }", "{ update: 1, insert: 1 }",
        "small.yaml:12:50: `insert` goes through the rows once, and a role goes on for a time "
            + "(phases.both.roles.writer.operations.insert): give it a phase of its own"
    ),
    (
        "{ update: 1 }", "{ scan: 1 }",
        "small.yaml:12:39: `scan` deals with the whole store and cannot run beside other roles "
            + "(phases.both.roles.writer.operations.scan): give it a phase of its own"
    ),
    (
        "{ update: 1 }", "{ update: 1, allocate: 1 }",
        "small.yaml:12:37: `update` works on the store and `allocate` does without it: they cannot stand in one mixture "
            + "(phases.both.roles.writer.operations): give each a phase or a role of its own"
    ),
    (
        "{ get: 1 }", "{ get: 1, neighbors: 1 }, stalled: true",
        "small.yaml:11:50: the role `readers` is stalled: it does one read, and holds what it read until the phase is "
            + "over (phases.both.roles.readers.operations): give it one kind of read, such as { get: 1 }"
    ),
    (
        "{ update: 1 }", "{ update: 1 }, stalled: true",
        "small.yaml:12:37: the role `writer` is stalled: it does one read, and holds what it read until the phase is "
            + "over (phases.both.roles.writer.operations): give it one kind of read, such as { get: 1 }"
    ),
    (
        "{ get: 1 }", "{ get: 1 }, stalled: true, rate: 5/s",
        "small.yaml:11:77: the role `readers` is stalled and sends nothing, so `rate` has no effect "
            + "(phases.both.roles.readers.rate): leave it out"
    ),
    (
        "{ get: 1 }", "{ get: 1 }, stalled: yes",
        "small.yaml:11:71: expected `true` or `false`, found the text \"yes\" (phases.both.roles.readers.stalled)"
    ),
    (
        "{ update: 1 }", "{ get: 1 }, stalled: true }\n      #",
        "no error"
    ),
    (
        "threads: 2, operations: { get: 1 } }\n      - { name: writer, operations: { update: 1 } }",
        "operations: { get: 1 }, stalled: true }",
        "small.yaml:11:7: all roles are stalled, so that nothing happens (phases.both.roles): "
            + "add a role that reads or writes"
    ),
    (
        "{ get: 1 }", "{ get: 1 }, depth: 3",
        "small.yaml:11:62: `depth` belongs to the operation `traverse`, which this role does not have "
            + "(phases.both.roles.readers.depth): leave it out"
    ),
    (
        "{ get: 1 }", "{ get: 1 }, arrival: poisson",
        "small.yaml:11:62: `arrival` says how the operations of an open loop are spread, and there is no `rate` "
            + "(phases.both.roles.readers.arrival): add `rate: 20_000/s`, or leave `arrival` out"
    ),
    (
        "{ get: 1 }", "{ get: 1 }, rate: 5/s, arrival: poison",
        "small.yaml:11:82: unknown arrival \"poison\" (phases.both.roles.readers.arrival): did you mean `poisson`?"
    ),
    (
        "{ get: 1 }", "{ get: 1 }, rate: 5000",
        "small.yaml:11:68: the rate 5000 has no unit (phases.both.roles.readers.rate): write 5000/s"
    ),
    (
        "{ get: 1 }", "{ get: 1 }, rate: 5/sec",
        "small.yaml:11:68: unknown unit \"/sec\" (phases.both.roles.readers.rate): did you mean 5/s?"
    ),
    (
        "{ get: 1 }", "{ get: 1 }, rate: 0/s",
        "small.yaml:11:68: a rate must be above 0, found 0/s (phases.both.roles.readers.rate)"
    ),
    (
        "{ get: 1 }", "{ get: 1 }, rate: 1_000_000/ms",
        "small.yaml:11:68: a rate must be at most 100000000/s, found 1_000_000/ms (phases.both.roles.readers.rate)"
    ),
    (
        "threads: 2", "threads: 1_024",
        "small.yaml:11:7: the roles have 1025 threads, and at most 1024 are possible (phases.both.roles)"
    ),
    (
        "  - name: load\n    operations: { insert: 1 }\n", "",
        "small.yaml:9:7: the phase `both` reads before anything is loaded (phases.both.roles): "
            + "put a phase with `operations: { insert: 1 }` before it"
    ),
    (
        "operations: { insert: 1 }", "operations: { insert: 1 }\n    sizes: fixed(8)",
        "small.yaml:8:5: `sizes` belongs to the operation `allocate`, which this phase does not have "
            + "(phases.load.sizes): leave it out"
    ),
    (
        "{ insert: 1 }", "{ insert: 1 }\n    warmup: steady",
        "small.yaml:8:5: only a closed loop of reads without roles can be gone through untimed first "
            + "(phases.load.warmup): write `warmup: none`, or leave it out"
    ),
    (
        "{ insert: 1 }", "{ insert: 1 }\n    warmup: stedy",
        "small.yaml:8:13: unknown warm-up \"stedy\" (phases.load.warmup): did you mean `steady`?"
    ),
    (
        "{ insert: 1 }", "{ insert: 1 }\n  - { name: all, operations: { scan: 1 }, rate: 5/s }",
        "small.yaml:8:43: `scan` deals with the whole store and cannot be sent at a rate (phases.all.rate): "
            + "leave `rate` out"
    ),
    (
        "jemalloc]", "jemalloc]\n  allocator_options: { jemaloc: [\"\"] }",
        "small.yaml:5:24: unknown allocator `jemaloc` (arms.allocator_options.jemaloc): did you mean `jemalloc`?"
    ),
    (
        "jemalloc]", "jemalloc]\n  allocator_options: { jemalloc: [a, a] }",
        "small.yaml:5:38: `a` stands in the list twice (arms.allocator_options.jemalloc[1]): remove one of the two"
    ),
    (
        "jemalloc]", "jemalloc]\n  allocator_options: { jemalloc: [] }",
        "small.yaml:5:34: the list must not be empty (arms.allocator_options.jemalloc)"
    ),
    (
        "jemalloc]", "placebo]",
        "small.yaml:4:23: unknown allocator \"placebo\" (arms.allocators[1]): "
            + "known here: glibc, jemalloc, mimalloc, tcmalloc"
    ),
    (
        "blocks: 3", "blocks: 3\nmax_blocks: 5",
        "small.yaml:14:1: `max_blocks` is how many blocks a `precision` may take, and there is none (max_blocks): "
            + "add `precision: 3%`, or leave it out"
    ),
    (
        "blocks: 3", "blocks: 3\nprecision: 3%",
        "small.yaml:14:1: `precision` asks for more blocks where they are needed, and there is no `max_blocks` "
            + "(precision): add `max_blocks: 9`, or leave it out"
    ),
    (
        "blocks: 3", "blocks: 3\nprecision: 0%\nmax_blocks: 5",
        "small.yaml:14:12: a precision must be above 0 (precision)"
    ),
    (
        "blocks: 3", "blocks: 3\nprecision: 3%\nmax_blocks: 2",
        "small.yaml:15:13: `max_blocks` is 2, and `blocks` asks for 3 at least (max_blocks): "
            + "write max_blocks: 3 or more"
    ),
]

/// Each row: a distribution of sizes, and the message that refuses it.
private let sizes: [(String, String)] = [
    ("fixed", "fixed needs one size: such as fixed(48)"),
    ("fixed(0)", "the value must be at least 1, found 0"),
    ("fixed(2GiB)", "the value must be at most 1073741824, found 2147483648"),
    ("fixed(2MB)", "unknown unit \"MB\": did you mean 2MiB?"),
    ("uniform(16)", "uniform needs the smallest and the largest size: such as uniform(16,4096)"),
    ("log-uniform(64,16)", "the smallest size, 64, is above the largest, 16: write log-uniform(16,64)"),
    ("log_unifrm(16,64)", "unknown distribution of sizes \"log_unifrm(16,64)\": did you mean `log-uniform(a,b)`?"),
    (
        "log-normal(4.2,0.9)",
        "log-normal needs the mean and the deviation of the logarithm, the smallest and the largest size: "
            + "such as log-normal(4.2,0.9,16,1024)"
    ),
    (
        "log-normal(4.2,0.9,64,16)",
        "the smallest size, 64, is above the largest, 16: write log-normal(4.2,0.9,16,64)"
    ),
    ("log-normal(99,0.9,16,64)", "the value must be at most 50.0, found 99.0"),
    ("log-normal(4.2,-1,16,64)", "the value must be at least 0.0, found -1.0"),
    ("log-normal(4.2,x,16,64)", "expected a number, found the text \"x\""),
    (
        "lognormal(1,1,16,64)",
        "unknown distribution of sizes \"lognormal(1,1,16,64)\": did you mean `log-normal(m,s,a,b)`?"
    ),
    (
        "pareto(1)",
        "unknown distribution of sizes \"pareto(1)\": known here: fixed(n), uniform(a,b), log-uniform(a,b), "
            + "log-normal(m,s,a,b)"
    ),
]

@Suite struct RoleRefusalTests {
    @Test(arguments: refusals.indices)
    func theSentenceNamesPlaceKeyAndRemedy(row: Int) {
        let (piece, replacement, sentence) = refusals[row]
        #expect(refusal(roles.with(piece, replacement)) == sentence)
    }

    @Test(arguments: sizes.indices)
    func sizesAreChecked(row: Int) {
        let (text, message) = sizes[row]
        let sentence = refusal(allocationChurn.with("log-uniform(16,64KiB)", text))
        #expect(
            sentence.replacing(" (phases.churn.sizes)", with: "") == "small.yaml:8:12: \(message)")
    }

    @Test func theReferenceUnderASecondNameHasToBeAdded() throws {
        let vocabulary = ScenarioVocabulary.standard.adding(allocators: ["placebo"])
        let read = try scenario(roles.with("jemalloc]", "placebo]"), vocabulary: vocabulary)
        #expect(read.arms.allocators == ["glibc", "placebo"])
    }

    @Test func optionsWaitForTheirAllocator() throws {
        let text = roles.with("jemalloc]", "jemalloc]\n  allocator_options: { jemalloc: [a, b], tcmalloc: [c] }")
        let narrowed = try scenario(text, overrides: [("arms.allocators", "[glibc]")])
        #expect(narrowed.arms.allocatorOptions == ["jemalloc": ["a", "b"], "tcmalloc": ["c"]])
        #expect(try scenario(narrowed.yaml()) == narrowed)
    }
}
