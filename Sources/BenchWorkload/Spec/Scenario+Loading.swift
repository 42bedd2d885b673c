public import BenchYAML

extension Scenario {
    /// Reads a scenario, applies a profile and then the overrides, and checks the result.
    ///
    /// All profiles of the file are checked, whichever is chosen. A profile changes only what it lists; one that the
    /// file does not have changes nothing.
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
        let reader = try root.mapping(keys: ScenarioKeys.scenario, pending: ScenarioKeys.pendingScenario)
        let base = try Scenario(root, vocabulary: vocabulary)
        if let expectedName, base.name != expectedName { throw misnamed(base.name, expectedName, reader) }

        var chosen = root
        if let node = reader.entries.first(where: { $0.key == "profiles" })?.value {
            for entry in try node.mapping(keys: ScenarioKeys.profiles).entries {
                let changed = try applying(entry.value, to: root)
                if entry.key == profile { chosen = changed }
                let scenario = try checked(changed, vocabulary, blaming: "with the profile `\(entry.key)`") {
                    $0.keyPath.hasPrefix("profiles.")
                }
                if scenario.name != base.name {
                    throw entry.value.error("a profile cannot change the scenario's name")
                }
            }
        }
        for override in overrides { chosen = try applying(override, to: chosen) }
        let scenario = try checked(chosen, vocabulary, blaming: "with these overrides") { $0.file.hasPrefix("--set ") }
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
        _ root: Node, _ vocabulary: ScenarioVocabulary, blaming cause: String,
        unless isInChange: (DocumentError) -> Bool
    ) throws(DocumentError) -> Scenario {
        do {
            return try Scenario(root, vocabulary: vocabulary)
        } catch {
            var error = error
            if !isInChange(error) { error.message = "\(cause), \(error.message)" }
            throw error
        }
    }

    private static func misnamed(_ name: String, _ expected: String, _ reader: MappingReader) -> DocumentError {
        let node = reader.entries.first { $0.key == "name" }?.value ?? reader.node
        return node.error(
            "the name `\(name)` is not the file's, which is `\(expected)`",
            suggestion: "write `name: \(expected)`, or rename the file to \(name).yaml")
    }

    /// A profile's values put in their places.
    private static func applying(_ profile: Node, to root: Node) throws(DocumentError) -> Node {
        var result = root
        var places: [String: Int] = [:]
        for change in try changes(profile, below: []) {
            let path = change.path.joined(separator: ".")
            if change.path.first == "profiles" {
                throw DocumentError(
                    at: change.location, keyPath: change.value.keyPath, "a profile cannot change profiles")
            }
            if let line = places.updateValue(change.location.line, forKey: path) {
                throw DocumentError(
                    at: change.location, keyPath: change.value.keyPath, "`\(path)` is set twice in one profile",
                    suggestion: "it stands in line \(line) already; remove one of the two")
            }
            result = try result.setting(change.path, to: change.value, keyLocation: change.location)
        }
        return result
    }

    private struct Change {
        var path: [String]
        var value: Node
        var location: Location
    }

    /// The single changes of a profile. Nested mappings change only what they list, as dotted paths do; the mixture of
    /// a phase is one value and is replaced as a whole.
    private static func changes(_ node: Node, below prefix: [String]) throws(DocumentError) -> [Change] {
        var result: [Change] = []
        for entry in try node.mapping().entries {
            let path = prefix + (try components(entry.key, at: entry.location, keyPath: entry.value.keyPath))
            if case .mapping = entry.value.content, path.last != "operations" {
                result += try changes(entry.value, below: path)
            } else {
                result.append(Change(path: path, value: entry.value, location: entry.location))
            }
        }
        return result
    }

    private static func applying(
        _ override: (key: String, value: String), to root: Node
    ) throws(DocumentError) -> Node {
        let option = "--set \(override.key)=\(override.value)"
        let start = Location(file: option, column: 7)
        let path = try components(override.key, at: start, keyPath: override.key)
        guard path.first != "profiles" else {
            throw DocumentError(
                at: start, keyPath: override.key, "an override cannot change a profile",
                suggestion: "set the value itself: overrides are applied after the profile")
        }
        let valueStart = Location(file: option, column: 7 + override.key.unicodeScalars.count + 1)
        guard override.value.contains(where: { !$0.isWhitespace }) else {
            throw DocumentError(
                at: valueStart, keyPath: override.key, "the override has no value",
                suggestion: "write --set \(override.key)=VALUE; null removes the key")
        }
        let value = try Node(parsing: override.value, at: valueStart, keyPath: override.key)
        return try root.setting(path, to: value, keyLocation: start)
    }

    private static func components(
        _ key: String, at location: Location, keyPath: String
    ) throws(DocumentError) -> [String] {
        let parts = key.split(separator: ".", omittingEmptySubsequences: false).map { String($0) }
        guard parts.allSatisfy({ !$0.isEmpty }) else {
            throw DocumentError(
                at: location, keyPath: keyPath, "`\(key)` is no dotted path", suggestion: "such as dataset.entities")
        }
        return parts
    }
}

/// The last component of a path without `.yaml` or `.yml`.
private func fileStem(_ path: String) -> String {
    let name = path.split(separator: "/").last.map { String($0) } ?? path
    for suffix in [".yaml", ".yml"] where name.hasSuffix(suffix) { return String(name.dropLast(suffix.count)) }
    return name
}
