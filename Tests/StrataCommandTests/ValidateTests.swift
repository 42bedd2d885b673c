import Foundation
import Testing

@Suite("Scenario files that are not right")
struct ValidateTests {
    /// A mistake put into a right scenario, where the error must point, and what it must say.
    struct Mistake: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// Text of the right scenario, and what stands there instead.
        let original: String
        let replacement: String
        /// The last occurrence of this in the wrong scenario is what the error points at.
        let place: String
        let words: [String]

        init(_ description: String, _ original: String, _ replacement: String, at place: String, _ words: String...) {
            (testDescription, self.original, self.replacement) = (description, original, replacement)
            (self.place, self.words) = (place, words)
        }
    }

    static let mistakes = [
        Mistake("a misspelt key", "edges_per_entity", "edges_per_entitty", at: "edges_per_entitty", "edges_per_entity"),
        Mistake("a misspelt key at the top", "warmup_blocks", "warm_up_blocks", at: "warm_up_blocks", "warmup_blocks"),
        Mistake("a repeated key", "seed: 42", "seed: 42\nseed: 43", at: "seed: 43", "seed"),
        Mistake("a negative count", "count: 2_000", "count: -2_000", at: "-2_000", "phases"),
        Mistake("no number", "entities: 300", "entities: many", at: "many", "dataset.entities"),
        Mistake("an unknown allocator", "[glibc]", "[glibc, jemaloc]", at: "jemaloc", "jemaloc", "jemalloc"),
        Mistake("an unknown subject", "[strata, standard]", "[strats]", at: "strats", "strats", "strata"),
        Mistake("an unknown operation", "{ get: 1 }", "{ gett: 1 }", at: "gett", "gett", "get"),
        Mistake("an unknown law of keys", "zipf(0.99)", "zipff(0.99)", at: "zipff", "zipff"),
        Mistake("text that is no YAML", "blocks: 2", "blocks: [2", at: "", ""),
    ]

    @Test("validate names file, line, column and remedy, and exits 2", arguments: mistakes)
    func mistake(_ mistake: Mistake) async throws {
        let right = Scenarios.tiny()
        let wrong = right.replacingOccurrences(of: mistake.original, with: mistake.replacement)
        try #require(wrong != right)
        let folder = try TemporaryFolder()
        let file = try folder.write(wrong, to: "tiny.yaml").path

        let outcome = try await Strata.run("validate", file)
        expectRefusal(outcome, exit: 2, saying: mistake.words)
        if let place = wrong.range(of: mistake.place, options: .backwards) {
            let before = wrong[..<place.lowerBound]
            let line = before.count { $0 == "\n" } + 1
            let column = before.distance(from: before.lastIndex(of: "\n") ?? before.startIndex, to: before.endIndex)
            #expect(outcome.errors.contains("\(file):\(line):\(column)"), "\(outcome)")
        } else {
            #expect(outcome.errors.contains(/tiny\.yaml:\d+:\d+/), "\(outcome)")
        }

        let run = folder.path("run")
        expectRefusal(try await Strata.run("bench", file, "--out", run), exit: 2, saying: ["tiny.yaml:"])
        #expect(folder.names(in: "run").isEmpty, "a refused scenario left \(folder.names(in: "run"))")
    }

    @Test("a folder, an empty file, a binary file and no file at all are refused at 1:1")
    func unreadable() async throws {
        let folder = try TemporaryFolder()
        try folder.write("", to: "empty.yaml")
        try folder.write(Data((0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 167) }), to: "binary.yaml")
        try folder.write("", to: "folder.yaml/within")
        for name in ["empty.yaml", "binary.yaml", "folder.yaml", "missing.yaml"] {
            let file = folder.path(name)
            for command in ["validate", "bench"] {
                expectRefusal(try await Strata.run(command, file), exit: 2, saying: ["\(file):1:1"])
            }
        }
    }

    @Test(
        "what does not work yet is refused with a sentence that says so",
        arguments: [
            ("{ get: 1 }", "{ pattern: 1 }"),
            ("seed: 42", "seed: 42\nconfiguration: { durability: commit }"),
            ("source: synthetic", "source: snapshot\n  file: x.strata"),
        ])
    func notYet(_ change: (original: String, replacement: String)) async throws {
        let folder = try TemporaryFolder()
        let text = Scenarios.tiny().replacingOccurrences(of: change.original, with: change.replacement)
        let file = try folder.write(text, to: "tiny.yaml").path
        expectRefusal(try await Strata.run("validate", file), exit: 2, saying: ["\(file):", "does not work yet"])
    }

    @Test("a workload that is neither a file nor shipped is refused with the names of those that are")
    func unknownWorkload() async throws {
        expectRefusal(try await Strata.run("bench", "wordnett"), exit: 2, 64, saying: ["wordnett", "wordnet"])
    }

    @Test("a right scenario passes, and its effective form passes again with the same text")
    func right() async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(Scenarios.tiny(subjects: "[strata, standard, null]"), to: "tiny.yaml").path
        expectSuccess(try await Strata.run("validate", file))

        let effective = try await Strata.run("validate", file, "--show-effective")
        expectSuccess(effective)
        let again = try folder.write(effective.output, to: "again/tiny.yaml").path
        let second = try await Strata.run("validate", again, "--show-effective")
        expectSuccess(second)
        #expect(second.output == effective.output)
    }

    @Test("the shipped scenarios and targets are right")
    func shipped() async throws {
        let folder = Strata.root.appendingPathComponent("Workloads")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix(".yaml") && $0 != "targets.yaml" }
        #expect(names.contains("wordnet.yaml") && names.contains("million-inserts.yaml"), "\(names)")
        for name in names {
            let path = folder.appendingPathComponent(name).path
            expectSuccess(try await Strata.run("validate", path))
        }
    }
}
