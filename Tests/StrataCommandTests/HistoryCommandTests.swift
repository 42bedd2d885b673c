import Foundation
import Testing

@Suite("Runs over time")
struct HistoryCommandTests {
    private static let stored = Strata.root.appendingPathComponent("results/baseline").path

    @Test("a stored run is added once, and shown")
    func added() async throws {
        let folder = try TemporaryFolder()
        let file = folder.path("history.csv")
        for _ in 0..<2 {
            let outcome = try await Strata.run("history", "--file", file, "--add", Self.stored)
            expectSuccess(outcome)
            #expect(outcome.output.contains("over 1 run"), "\(outcome)")
        }
        let lines = try folder.read("history.csv").split(separator: "\n").count
        let outcome = try await Strata.run(
            "history", "--file", file, "--scenario", "wordnet", "--metric", "throughput", "--json")
        expectSuccess(outcome)
        let series = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [[String: Any]])
        #expect(series.count > 5 && series.count < lines)
        #expect(series.allSatisfy { $0["scenario"] as? String == "wordnet" && ($0["runs"] as? [Any])?.count == 1 })
    }

    @Test("a file that is missing or of another kind, and a scenario that is not in it, are told in a sentence")
    func refusals() async throws {
        let folder = try TemporaryFolder()
        let file = folder.path("history.csv")
        expectRefusal(try await Strata.run("history", "--file", file), exit: 2, saying: [file])
        try folder.write("a,b\n1,2\n", to: "history.csv")
        expectRefusal(try await Strata.run("history", "--file", file), exit: 2, saying: [file, "no column"])
        expectSuccess(try await Strata.run("history", "--file", folder.path("new.csv"), "--add", Self.stored))
        expectRefusal(
            try await Strata.run("history", "--file", folder.path("new.csv"), "--scenario", "nothing"), exit: 2,
            saying: ["no line"])
    }
}
