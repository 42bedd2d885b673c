import BenchReport
import BenchResults
import Foundation

/// The files of a profile.
struct ProfileFolder {
    let directory: RunDirectory

    /// Makes the folder of a new profile.
    init(creating path: String) throws(CommandFailure) {
        directory = try failing { try RunDirectory(creating: path) }
    }

    /// Opens the folder of an earlier profile.
    init(opening path: String) throws(CommandFailure) {
        directory = try readingInput { try RunDirectory(opening: path, holding: .command) }
    }

    /// The stacks of a kind, or nil where the profile did not look for them.
    func stacks(_ kind: String) throws(CommandFailure) -> FoldedStacks? {
        let path = "\(kind).folded"
        guard FileManager.default.fileExists(atPath: directory.path(of: path)) else { return nil }
        return try readingInput {
            try FoldedStacks(parsing: try directory.readText(path), path: directory.path(of: path))
        }
    }

    /// The functions with their instructions, or nil where the profile did not count them.
    func functions() throws(CommandFailure) -> [FunctionRow]? {
        guard FileManager.default.fileExists(atPath: directory.path(of: .functions)) else { return nil }
        return try readingInput { try directory.read(FunctionRow.self, from: .functions).rows }
    }

    /// Writes stacks in all forms: folded, as a flame graph, for speedscope, and against those of an earlier profile.
    func write(
        _ stacks: FoldedStacks, kind: String, title: String, subtitle: String, unit: String, before: FoldedStacks?
    ) throws(CommandFailure) {
        try failing {
            try directory.write(text: stacks.text, to: "\(kind).folded")
            let graph = FlameGraph(stacks, title: title, subtitle: subtitle, unit: unit)
            try directory.write(text: graph.svg(), to: "\(kind).svg")
            try directory.write(
                text: try Speedscope.text(stacks, name: title, unit: unit), to: "\(kind).speedscope.json")
            guard let before else { return }
            var difference = graph
            difference.before = before
            difference.title = "\(title): what changed"
            difference.subtitle =
                "As wide as now; red where the share grew, blue where it shrank, fully from 5 points on."
            try directory.write(text: difference.svg(), to: "\(kind)-difference.svg")
        }
    }

    /// Takes the folder away again when the profiler failed before anything was found out.
    func removeIfEmpty() {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
        guard Set(names).isSubset(of: ["command.txt", "scenarios"]) else { return }
        try? FileManager.default.removeItem(atPath: directory.path)
    }
}
