import BenchWorkload
import Testing

/// Each row: what is changed in the scenario with a program, and the sentence that has to come.
private let refusals: [(String, String, String)] = [
    (
        "[/usr/bin/sort, --parallel=2, \"numbers.txt\", 7, \"\"]", "[]",
        "small.yaml:2:10: `command` names no program (command): such as [./server, --once]"
    ),
    ("/usr/bin/sort", "\"\"", "small.yaml:2:11: the program's name must not be empty (command[0])"),
    (
        "/usr/bin/sort, ", "a, [b], ",
        "small.yaml:2:14: expected a single value, found a list (command[1])"
    ),
    ("\"\"]\narms", "\"\\0\"]\narms", "small.yaml:2:58: an argument cannot hold a zero byte (command[4])"),
    (
        "blocks: 5", "dataset: { source: wordnet }",
        "small.yaml:6:1: a scenario whose workload is a `command` has no `dataset` (dataset): leave one of the two out"
    ),
    (
        "blocks: 5", "phases: []",
        "small.yaml:6:1: a scenario whose workload is a `command` has no `phases` (phases): leave one of the two out"
    ),
    (
        "blocks: 5", "configuration: {}",
        "small.yaml:6:1: a scenario whose workload is a `command` has no `configuration` (configuration): "
            + "leave one of the two out"
    ),
    (
        "arms:", "arms:\n  subjects: [strata]",
        "small.yaml:4:13: where a `command` is the workload, `arms.subjects` is [command] and nothing else "
            + "(arms.subjects): leave it out"
    ),
    (
        "arms:", "arms:\n  threads: [1, 2]",
        "small.yaml:4:12: where a `command` is the workload, `arms.threads` is [1] and nothing else "
            + "(arms.threads): leave it out"
    ),
    (
        "arms:", "arms:\n  strategies: [bump]",
        "small.yaml:4:15: where a `command` is the workload, `arms.strategies` is [direct] and nothing else "
            + "(arms.strategies): leave it out"
    ),
    (
        "jemalloc]", "jemaloc]",
        "small.yaml:4:23: unknown allocator \"jemaloc\" (arms.allocators[1]): did you mean `jemalloc`?"
    ),
    (
        "blocks: 5", "blokcs: 5",
        "small.yaml:6:1: unknown key `blokcs` (blokcs): did you mean `blocks`?"
    ),
]

@Suite struct CommandTests {
    @Test func aProgramIsTheWorkload() throws {
        let read = try scenario(anyProgram)
        #expect(read.command == ["/usr/bin/sort", "--parallel=2", "numbers.txt", "7", ""])
        #expect(read.dataset == nil && read.phases.isEmpty)
        #expect(read.arms.subjects == ["command"] && read.arms.strategies == ["direct"] && read.arms.threads == [1])
        #expect(read.arms.allocators == ["glibc", "jemalloc"])
        #expect(read.arms.allocatorOptions == ["glibc": ["", "glibc.malloc.arena_max=1"]])
        let again = try scenario(read.yaml())
        #expect(again == read && again.hash == read.hash)
        let other = try scenario(anyProgram, overrides: [("command", "[/usr/bin/sort]")])
        #expect(other.hash != read.hash)
        #expect(try ExecutionPlan.phases(of: read, entityCount: 0).isEmpty)
        #expect(try scenario("name: bare\ncommand: [\"true\"]\n").arms.allocators == ["glibc"])
    }

    @Test func itsArgumentsCanBeSwept() throws {
        let read = try scenario(anyProgram.with("blocks: 5", "sweep: { command.3: [1, 20] }"))
        #expect(read.points.map(\.parameters) == ["command.3=1", "command.3=20"])
        #expect(read.points.map { $0.scenario.command[3] } == ["1", "20"])
        #expect(read.command[3] == "7")
        #expect(try scenario(read.yaml()) == read)
    }

    @Test(arguments: refusals.indices)
    func theSentenceNamesPlaceKeyAndRemedy(row: Int) {
        let (piece, replacement, sentence) = refusals[row]
        #expect(refusal(anyProgram.with(piece, replacement)) == sentence)
    }

    @Test func aScenarioHasOneOfTheTwo() {
        #expect(
            refusal("name: none\nblocks: 1\n")
                == "small.yaml:1:1: the key `dataset` is missing: add `dataset: ...`")
    }
}
