public import BenchYAML

extension Scenario {
    /// Reads a scenario, applies a profile and then the overrides, and checks the result.
    ///
    /// All profiles of the file are checked, whichever is chosen. A profile changes only what it lists; one that the
    /// file does not have changes nothing. Two things follow from a change without being listed: a key of the sweep that
    /// is set is no longer swept, and a phase that inserts more rows than a smaller data set has inserts those that are
    /// left.
    ///
    /// - Parameters:
    ///   - path: the file, whose name without `.yaml` is the scenario's.
    ///   - profile: `default`, `quick` or `full`.
    ///   - overrides: keys as dotted paths (`phases.load.count`, `dataset.entities`) with their values in YAML; later
    ///     ones win, and `null` removes a key. Errors in them name `--set key=value`.
    ///   - vocabulary: the names of subjects, allocators and strategies that exist.
    /// - Throws: the first error, with its place, key and a suggestion.
    public static func load(
        path: String, profile: String = "default", overrides: [(key: String, value: String)] = [],
        vocabulary: ScenarioVocabulary = .standard
    ) throws(DocumentError) -> Scenario {
        try resolve(
            Document(path: path).root, profile: profile, overrides: overrides, vocabulary: vocabulary,
            expectedName: fileStem(path))
    }

    /// The same for text that is no file; `file` is what errors name, and the scenario may have any name.
    public static func parse(
        text: String, file: String, profile: String = "default", overrides: [(key: String, value: String)] = [],
        vocabulary: ScenarioVocabulary = .standard
    ) throws(DocumentError) -> Scenario {
        try resolve(
            Document(text: text, file: file).root, profile: profile, overrides: overrides, vocabulary: vocabulary,
            expectedName: nil)
    }

    private static func resolve(
        _ root: Node, profile: String, overrides: [(key: String, value: String)], vocabulary: ScenarioVocabulary,
        expectedName: String?
    ) throws(DocumentError) -> Scenario {
        let known = ["default"] + ScenarioKeys.profiles
        guard known.contains(profile) else {
            throw DocumentError(
                at: Location(file: "--profile \(profile)", column: 11), "unknown profile `\(profile)`",
                suggestion: suggestion(for: profile, among: known))
        }
        // Unknown keys of the scenario itself come first: a misspelt `profiles` must not pass for a missing one.
        let reader = try root.mapping(keys: ScenarioKeys.scenario)
        let base = try Scenario(root, vocabulary: vocabulary)
        if let expectedName, base.name != expectedName { throw misnamed(base.name, expectedName, reader) }

        var chosen = root
        if let node = reader.entries.first(where: { $0.key == "profiles" })?.value {
            for entry in try node.mapping(keys: ScenarioKeys.profiles).entries {
                let changed = try applying(entry.value, to: root)
                if entry.key == profile { chosen = changed }
                let scenario = try checked(
                    changed, vocabulary, .profile, blaming: "with the profile `\(entry.key)`")
                if scenario.name != base.name {
                    throw entry.value.error("a profile cannot change the scenario's name")
                }
            }
        }
        for override in overrides { chosen = try applying(override, to: chosen) }
        let last: ScenarioChange = overrides.isEmpty ? profile == "default" ? .none : .profile : .overrides
        let scenario = try checked(chosen, vocabulary, last, blaming: "with these overrides")
        if scenario.name != base.name {
            let text = overrides.last { $0.key == "name" }.map { "--set name=\($0.value)" } ?? "--set"
            throw DocumentError(
                at: Location(file: text, column: 7), keyPath: "name", "an override cannot change the scenario's name",
                suggestion: "copy the file under the new name")
        }
        return scenario
    }

    /// The scenario of a changed tree; an error that does not stand in the change itself says what brought it about.
    private static func checked(
        _ root: Node, _ vocabulary: ScenarioVocabulary, _ change: ScenarioChange, blaming cause: String
    ) throws(DocumentError) -> Scenario {
        do {
            return try Scenario(root, vocabulary: vocabulary, change: change)
        } catch {
            throw change.blaming(cause, for: error)
        }
    }

    private static func misnamed(_ name: String, _ expected: String, _ reader: MappingReader) -> DocumentError {
        let node = reader.entries.first { $0.key == "name" }?.value ?? reader.node
        return node.error(
            "the name `\(name)` is not the file's, which is `\(expected)`",
            suggestion: "write `name: \(expected)`, or rename the file to \(name).yaml")
    }
}

/// The last component of a path without `.yaml` or `.yml`.
private func fileStem(_ path: String) -> String {
    let name = path.split(separator: "/").last.map { String($0) } ?? path
    for suffix in [".yaml", ".yml"] where name.hasSuffix(suffix) { return String(name.dropLast(suffix.count)) }
    return name
}
