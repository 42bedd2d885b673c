import BenchResults
import BenchWorkload

/// The command of a run with what it left to defaults: the arms and blocks that it came to have.
struct RunAgain {
    var data: RunData

    /// Options that change nothing of what is measured, and whether a word follows them.
    private static let idle = ["--no-progress": false, "--quiet": false, "--json": false, "--out": true]

    /// Nil where the run's own command says all that, or the run did not keep what it ran.
    var command: String? {
        let words = NextRun.words(data.command ?? "")
        guard words.count > 1, ["bench", "compare"].contains(words[1]) else { return nil }
        let missing = missing(words)
        guard !missing.isEmpty else { return nil }
        return (Self.withoutIdle(words) + missing).joined(separator: " ")
    }

    private func missing(_ words: [String]) -> [String] {
        var result: [String] = []
        func add(_ option: String, _ value: String?) {
            let isGiven = words.contains { $0 == option || $0.hasPrefix("\(option)=") }
            if let value, !value.isEmpty, !isGiven { result += [option, value] }
        }
        let profile = data.environment?.profile
        add("--profile", profile == "default" ? nil : profile)
        add("--subjects", same { $0.arms.subjects.joined(separator: ",") })
        // A comparison has its placebo of itself.
        let isComparison = words[1] == "compare"
        add(
            "--allocators",
            same { scenario in
                scenario.arms.allocators.filter { !isComparison || $0 != "placebo" }.joined(separator: ",")
            })
        add("--strategies", same { $0.arms.strategies.joined(separator: ",") })
        add("--threads", same { $0.arms.threads.map(String.init).joined(separator: ",") })
        add("--blocks", same { "\($0.blocks)" })
        return result
    }

    /// What all scenarios of the run that ran arms have in common; nil where they differ, since an option is for all.
    private func same(_ value: (Scenario) -> String) -> String? {
        let known = data.scenarios.map { data.workloads[$0] }
        guard !known.isEmpty, !known.contains(where: { $0 == nil || $0?.command.isEmpty == false }) else { return nil }
        let values = RunData.unique(known.compactMap(\.self).map(value))
        return values.count == 1 ? values.first : nil
    }

    private static func withoutIdle(_ words: [String]) -> [String] {
        var result: [String] = []
        var skips = false
        for word in words {
            if skips {
                skips = false
            } else if let follows = idle[word] {
                skips = follows
            } else if !word.hasPrefix("--out=") {
                result.append(word)
            }
        }
        return result
    }
}
