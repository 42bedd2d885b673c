import BenchWorkload
import BenchYAML

/// A small valid scenario; line 1 is the name, line 9 the first phase.
let smallScenario = """
    name: small
    title: A small one
    dataset:
      source: synthetic
      entities: 1_000
    arms:
      allocators: [glibc, jemalloc]
    phases:
      - name: load
        operations: { insert: 1 }
      - name: read
        operations: { get: 95, neighbors: 5 }
        count: 500
        keys: zipf(0.99)
    blocks: 3
    profiles:
      quick: { dataset.entities: 100, phases.read.count: 50 }

    """

/// The scenario of a text, under the defaults of a test.
func scenario(
    _ text: String, profile: String = "default", overrides: [(key: String, value: String)] = [],
    vocabulary: ScenarioVocabulary = .standard
) throws(DocumentError) -> Scenario {
    try Scenario.parse(
        text: text, file: "small.yaml", profile: profile, overrides: overrides, vocabulary: vocabulary)
}

/// The sentence that refuses a text, or `no error`.
func refusal(
    _ text: String, profile: String = "default", overrides: [(key: String, value: String)] = []
) -> String {
    do {
        _ = try scenario(text, profile: profile, overrides: overrides)
        return "no error"
    } catch {
        return "\(error)"
    }
}

extension String {
    /// The small scenario with a piece of its text replaced.
    func with(_ piece: String, _ replacement: String) -> String {
        precondition(contains(piece), "the piece is in the text")
        return replacingOccurrences(of: piece, with: replacement)
    }

    private func replacingOccurrences(of piece: String, with replacement: String) -> String {
        var result = ""
        var rest = self[...]
        while let range = rest.firstRange(of: piece) {
            result += rest[..<range.lowerBound] + replacement
            rest = rest[range.upperBound...]
        }
        return result + rest
    }
}
