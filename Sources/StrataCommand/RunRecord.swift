import BenchResults
import BenchWorkload

/// What a run's folder keeps of how it was asked for.
enum RunRecord {
    /// Writes the resolved scenarios and the exact arguments.
    static func write(scenarios: [Scenario], to directory: RunDirectory) throws(ResultsError) {
        for scenario in scenarios {
            try directory.write(text: scenario.yaml(), to: "scenarios/\(scenario.name).yaml")
        }
        try writeCommand(to: directory)
    }

    /// Writes the exact arguments.
    static func writeCommand(to directory: RunDirectory) throws(ResultsError) {
        let words = ["strata"] + CommandLine.arguments.dropFirst()
        try directory.write(text: words.map(quoted).joined(separator: " ") + "\n", to: RunFile.command.rawValue)
    }

    /// A word as a shell would take it.
    private static func quoted(_ word: String) -> String {
        let plain = word.allSatisfy { $0.isLetter || $0.isNumber || "-_./=,:+@%".contains($0) }
        guard !plain || word.isEmpty else { return word }
        return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
