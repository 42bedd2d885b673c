import BenchResults
import BenchVerdict
import Testing

@Suite struct RunComparisonTests {
    private func run(
        _ values: [Double], name: String, hash: String = "hash", digest: String = "d1", scenario: String = "wordnet"
    ) -> [SampleRow] {
        var samples = Samples()
        samples.add(values, scenario: scenario, digest: digest)
        return samples.rows.map { row in
            var row = row
            row.run = name
            row.scenarioHash = hash
            return row
        }
    }

    private let before = [10.0, 11, 12, 10, 11, 12, 10, 11]

    @Test func theSecondRunIsRelativeToTheFirst() throws {
        let after = before.map { $0 * 1.5 }
        let comparison = RunComparison(of: run(after, name: "b"), relativeTo: run(before, name: "a"))
        let row = try #require(comparison.rows.first)
        #expect(comparison.rows.count == 1 && row.verdict == .faster && row.n == 8)
        #expect(try (#require(row.ratio) - 1.5).magnitude < 1e-12)
        #expect(comparison.changes == comparison.rows)
        #expect(comparison.table().contains("1.5") && comparison.table().contains("faster"))
        #expect(
            comparison.sentence("b", relativeTo: "a")
                == "Of 1 figures of b, 1 are better than in a, 0 worse, 0 tie and 0 are unresolved.")
        let back = RunComparison(of: run(before, name: "a"), relativeTo: run(after, name: "b"))
        #expect(back.rows.first?.verdict == .slower)
        #expect(back.sentence("a", relativeTo: "b").contains("the worst is throughput of wordnet/get"))
    }

    @Test func equalRunsTie() {
        let comparison = RunComparison(of: run(before, name: "b"), relativeTo: run(before, name: "a"))
        #expect(comparison.rows.map(\.verdict) == [.tie] && comparison.changes == [])
        #expect(comparison.table() == "no figure changed beyond its tolerance\n")
    }

    @Test func pairsAreBlocksOfOneNumber() {
        var after = run(before, name: "b")
        after.removeAll { $0.block < 5 }
        let comparison = RunComparison(of: after, relativeTo: run(before, name: "a"))
        #expect(comparison.rows.map(\.n) == [3])
    }

    @Test func otherWorkIsNotCompared() {
        let a = run(before, name: "a")
        let other = RunComparison(of: run(before, name: "b", hash: "other"), relativeTo: a)
        #expect(other.rows == [] && other.differingScenarios == ["wordnet"])
        let answers = RunComparison(of: run(before, name: "b", digest: "d2"), relativeTo: a)
        #expect(answers.rows == [] && answers.differingAnswers == ["wordnet/get"])
        let missing = RunComparison(of: run(before, name: "b", scenario: "churn"), relativeTo: a)
        #expect(missing.rows == [] && missing.missingScenarios == ["churn", "wordnet"])
    }
}
