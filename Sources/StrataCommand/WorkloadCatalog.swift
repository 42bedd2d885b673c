import BenchYAML
import Foundation

/// Where scenario files are.
struct WorkloadCatalog {
    /// The folder of shipped scenarios: `Workloads` of the current folder, or of the package that the executable was
    /// built in.
    static var folder: String? {
        let executable = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        var candidates = [FileManager.default.currentDirectoryPath]
        var parent = executable.deletingLastPathComponent()
        while parent.path != "/" {
            candidates.append(parent.path)
            parent.deleteLastPathComponent()
        }
        return candidates.map { "\($0)/Workloads" }.first {
            FileManager.default.fileExists(atPath: "\($0)/targets.yaml")
        }
    }

    /// The names of the shipped scenarios.
    static var names: [String] {
        guard let folder else { return [] }
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return files.filter { $0.hasSuffix(".yaml") && $0 != "targets.yaml" }.map { String($0.dropLast(5)) }.sorted()
    }

    /// The files of workloads given as paths or as names of shipped ones; all shipped ones when none is given.
    ///
    /// - Throws: when a word is neither.
    static func paths(_ words: [String]) throws(CommandFailure) -> [String] {
        guard !words.isEmpty else {
            guard let folder, !names.isEmpty else {
                throw CommandFailure(
                    "there is no folder Workloads here: name a scenario file, or run in the project's folder",
                    exitCode: CommandFailure.Code.invalidInput)
            }
            return names.map { "\(folder)/\($0).yaml" }
        }
        var paths: [String] = []
        for word in words {
            if let folder, names.contains(word) {
                paths.append("\(folder)/\(word).yaml")
            } else if word.hasSuffix(".yaml") || word.hasSuffix(".yml") || word.contains("/") {
                paths.append(word)
            } else {
                let nearest = nearestName(to: word, in: names).map { "; did you mean `\($0)`?" } ?? ""
                let known =
                    names.isEmpty
                    ? "and no folder Workloads here: name a file, or run in the project's folder"
                    : "there are \(names.joined(separator: ", "))\(nearest)"
                throw CommandFailure(
                    "there is no workload `\(word)`; \(known)", exitCode: CommandFailure.Code.invalidInput)
            }
        }
        return paths
    }

    /// The file of documented targets, where there is one.
    static var targets: String? { folder.map { "\($0)/targets.yaml" } }
}
