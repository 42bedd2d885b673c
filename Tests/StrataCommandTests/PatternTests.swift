import Foundation
import Testing

@Suite("Patterns, and how answers were found")
struct PatternTests {
    private struct Statements: Decodable {
        struct Statement: Decodable, Hashable {
            let subject: String
            let predicate: String
            let object: String
        }

        let results: [Statement]
    }

    private struct Rows: Decodable { let results: [[String: String]] }

    private struct Explained: Decodable {
        struct Explanation: Decodable {
            struct Step: Decodable {
                let index: String
                let tier: String
                let rows: Int?
            }

            let steps: [Step]
            let nanoseconds: Int
            let touchedBytes: Int

            private enum CodingKeys: String, CodingKey {
                case steps, nanoseconds
                case touchedBytes = "touched_bytes"
            }
        }

        let explain: Explanation
    }

    @Test("a statement with places left open")
    func one() async throws {
        let folder = try TemporaryFolder()
        let snapshot = try await SmallWordNet.snapshot(in: folder)
        func ask(_ words: String...) async throws -> Set<Statements.Statement> {
            let outcome = try await Strata.run(["query", snapshot, "pattern"] + words + ["--json"])
            let results = try outcome.json(Statements.self).results
            #expect(results.count == Set(results).count, "\(outcome)")
            return Set(results)
        }
        let all = try await ask("?", "?", "?")
        #expect(all.count == SmallWordNet.relationshipCount)
        let dog = SmallWordNet.dog
        #expect(try await ask(dog, "?", "?") == all.filter { $0.subject == dog })
        #expect(try await ask("?", "?", dog) == all.filter { $0.object == dog })
        #expect(try await ask("?", "hypernym", "?") == all.filter { $0.predicate == "hypernym" })
        #expect(try await ask("?a", "?b", dog) == all.filter { $0.object == dog })
        #expect(
            try await ask(dog, "hypernym", SmallWordNet.animal)
                == [Statements.Statement(subject: dog, predicate: "hypernym", object: SmallWordNet.animal)])
        #expect(try await ask("?x", "?", "?x").isEmpty)
        #expect(try await ask("?", "words", "=dog").map(\.subject).sorted() == [dog, SmallWordNet.names[4]].sorted())
        #expect(try await ask("?", ":type", "noun").map(\.subject).sorted() == SmallWordNet.names.prefix(4).sorted())
        #expect(try await ask("2", "words", "=dog").map(\.subject) == [dog])
    }

    @Test("several statements together are joined by their variables")
    func several() async throws {
        let folder = try TemporaryFolder()
        let snapshot = try await SmallWordNet.snapshot(in: folder)
        let words = ["pattern", "?x", "hypernym", "?y", "?y", "hypernym", "?z", "?y", "words", "=dog"]
        let rows = try await Strata.run(["query", snapshot] + words + ["--json"]).json(Rows.self).results
        #expect(rows == [["x": SmallWordNet.puppy, "y": SmallWordNet.dog, "z": SmallWordNet.animal]])
        let text = try await Strata.run(["query", snapshot] + words)
        #expect(text.output == "\(SmallWordNet.puppy)  \(SmallWordNet.dog)  \(SmallWordNet.animal)\n", "\(text)")
        let limited = try await Strata.run("query", snapshot, "pattern", "?", "?", "?", "--k", "2", "--json")
        #expect(try limited.json(Statements.self).results.count == 2)
        let none = try await Strata.run("query", snapshot, "pattern", "?", "hypernim", "?", "--json")
        #expect(none.output == "{\"results\":[]}\n" && none.errors.contains("hypernim"), "\(none)")
    }

    @Test(
        "--explain tells of every verb how the answer was found",
        arguments: [
            (["entity", "2"], "name_index", 1), (["neighbors", "2", "--in"], "in_relationships", 3),
            (["path", "3", "0"], "out_relationships", 4), (["path", "3", "0", "--all"], "in_relationships", 1),
            (["hops", "2", "--depth", "1"], "out_relationships", 4), (["find", "words", "dog"], "value_positions", 2),
            (["similar", "2", "--k", "3"], "embeddings", 3), (["top", "--k", "2"], "entities", 2),
            (["pattern", "2", "?", "?"], "out_relationships", 3), (["pattern", "?", "?", "2"], "in_relationships", 3),
        ])
    func explain(_ question: (words: [String], index: String, rows: Int)) async throws {
        let folder = try TemporaryFolder()
        let snapshot = try await SmallWordNet.snapshot(in: folder)
        let outcome = try await Strata.run(["query", snapshot] + question.words + ["--json", "--explain"])
        let explanation = try outcome.json(Explained.self).explain
        #expect(explanation.steps.count == 1 && explanation.nanoseconds > 0, "\(outcome)")
        #expect(explanation.steps.first?.index.contains(question.index) == true, "\(outcome)")
        #expect(explanation.steps.first?.tier == "mapped snapshot")
        #expect(explanation.steps.first?.rows == question.rows, "\(outcome)")
        let plain = try await Strata.run(["query", snapshot] + question.words)
        let text = try await Strata.run(["query", snapshot] + question.words + ["--explain"])
        #expect(text.output.hasPrefix(plain.output) && text.output.contains(question.index), "\(text)")
    }

    @Test(
        "patterns that mean nothing are refused",
        arguments: [
            (["?", "?"], 64), (["?", "?", "?", "?"], 64), ([], 64), (["?x", "?x", "?"], 2),
            (["n99999999", "?", "?"], 2),
            (["?", "?key", "=dog"], 2), (["?", ":type", "?t"], 2), (["?", "hypernym", "?", "--type", "hypernym"], 64),
        ])
    func refused(_ question: (words: [String], exit: Int)) async throws {
        let folder = try TemporaryFolder()
        let snapshot = try await SmallWordNet.snapshot(in: folder)
        expectRefusal(
            try await Strata.run(["query", snapshot, "pattern"] + question.words), exit: Int32(question.exit),
            saying: [])
    }
}
