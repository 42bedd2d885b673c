import Testing

@Suite("Words that the command does not know")
struct UsageTests {
    @Test(
        "wrong usage ends with exit 64 and a sentence",
        arguments: [
            ["frobnicate"], ["bench", "--frobnicate"], ["bench", "--blocks", "several"],
            ["bench", "--profile", "huge"],
            ["import"], ["import", "wordnet"], ["verify"], ["inspect"], ["query"], ["report"], ["validate"],
        ])
    func wrongUsage(_ words: [String]) async throws {
        expectRefusal(try await Strata.run(words), exit: 64, saying: [])
    }

    @Test("an unknown verb of query is wrong usage, whatever the file holds")
    func unknownVerb() async throws {
        let folder = try TemporaryFolder()
        let snapshot = try await SmallWordNet.snapshot(in: folder)
        expectRefusal(
            try await Strata.run("query", snapshot, "neighbours", SmallWordNet.dog), exit: 64, saying: ["neighbours"])
        expectRefusal(try await Strata.run("query", snapshot, "hops"), exit: 64, saying: [])
    }

    @Test(
        "an option that means nothing to the verb is wrong usage, not ignored",
        arguments: [
            (["top", "--in"], "--by"), (["top", "--type", "hypernym"], "--type"), (["entity", "2", "--k", "3"], "--k"),
            (["similar", "2", "--depth", "1"], "--depth"), (["find", "words", "dog", "--all"], "--all"),
        ])
    func strayOption(_ question: (words: [String], named: String)) async throws {
        let folder = try TemporaryFolder()
        let snapshot = try await SmallWordNet.snapshot(in: folder)
        expectRefusal(try await Strata.run(["query", snapshot] + question.words), exit: 64, saying: [question.named])
    }

    @Test("a relationship type that there is not gives no answer and a hint")
    func unknownType() async throws {
        let folder = try TemporaryFolder()
        let snapshot = try await SmallWordNet.snapshot(in: folder)
        let outcome = try await Strata.run(
            "query", snapshot, "neighbors", SmallWordNet.dog, "--type", "hypernim", "--json")
        expectSuccess(outcome)
        #expect(outcome.output.filter { !$0.isWhitespace } == "{\"neighbors\":[]}", "\(outcome)")
        #expect(outcome.errors.contains("hypernim") && outcome.errors.contains("hypernym"), "\(outcome)")
    }

    @Test("a run's folder that is none is invalid input")
    func noRun() async throws {
        let folder = try TemporaryFolder()
        try folder.write("no,table\n1,2\n", to: "run/samples.csv")
        for command in ["report", "plot"] {
            for place in ["missing", "run"] {
                expectRefusal(try await Strata.run(command, folder.path(place)), exit: 2, saying: [folder.path(place)])
            }
        }
    }

    @Test("help is an answer, not an error", arguments: [["--help"], ["bench", "--help"], ["query", "--help"]])
    func help(_ words: [String]) async throws {
        let outcome = try await Strata.run(words)
        expectSuccess(outcome)
        #expect(outcome.output.contains("USAGE"), "\(outcome)")
    }

    @Test("list names the shipped workloads, the subjects and the allocators")
    func list() async throws {
        let outcome = try await Strata.run("list")
        expectSuccess(outcome)
        for name in [
            "wordnet", "million-inserts", "strata", "standard", "null", "glibc", "jemalloc", "mimalloc", "tcmalloc",
        ] {
            #expect(outcome.output.contains(name), "\(name) is not in \(outcome)")
        }
    }

    @Test("doctor says what this machine offers")
    func doctor() async throws {
        let outcome = try await Strata.run("doctor")
        expectSuccess(outcome)
        for name in ["gnuplot", "jemalloc"] { #expect(outcome.output.contains(name), "\(name) is not in \(outcome)") }
    }
}
