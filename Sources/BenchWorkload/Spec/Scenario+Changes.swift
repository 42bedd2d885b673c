import BenchYAML

extension Scenario {
    /// A profile's values put in their places.
    static func applying(_ profile: Node, to root: Node) throws(DocumentError) -> Node {
        var result = root
        var places: [String: Int] = [:]
        for change in try changes(profile, below: []) {
            let path = Self.place(change.path).joined(separator: ".")
            if change.path.first == "profiles" {
                throw DocumentError(
                    at: change.location, keyPath: change.value.keyPath, "a profile cannot change profiles")
            }
            if let line = places.updateValue(change.location.line, forKey: path) {
                throw DocumentError(
                    at: change.location, keyPath: change.value.keyPath, "`\(path)` is set twice in one profile",
                    suggestion: "it stands in line \(line) already; remove one of the two")
            }
            let bare = path.hasPrefix("sweep.") ? String(path.dropFirst("sweep.".count)) : path
            if places[bare] != nil, places["sweep.\(bare)"] != nil {
                throw DocumentError(
                    at: change.location, keyPath: change.value.keyPath,
                    "one profile cannot both set and sweep `\(bare)`", suggestion: "remove one of the two")
            }
            result = try putting(change.value, at: change.path, of: change.location, into: result)
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

    static func applying(
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
        return try putting(value, at: path, of: start, into: root)
    }

    /// The components of a dotted path.
    static func components(
        _ key: String, at location: Location, keyPath: String
    ) throws(DocumentError) -> [String] {
        let parts = key.split(separator: ".", omittingEmptySubsequences: false).map { String($0) }
        guard parts.allSatisfy({ !$0.isEmpty }) else {
            throw DocumentError(
                at: location, keyPath: keyPath, "`\(key)` is no dotted path", suggestion: "such as dataset.entities")
        }
        return parts
    }

    /// Puts a value in its place. A key that is set is no longer swept.
    private static func putting(
        _ value: Node, at path: [String], of location: Location, into root: Node
    ) throws(DocumentError) -> Node {
        let path = place(path)
        var result = try root.setting(path, to: value, keyLocation: location)
        if case .mapping(var axes)? = result.value(at: ["sweep"])?.content {
            axes.removeAll { $0.key == path.joined(separator: ".") }
            result = result.replacingSweep(with: axes)
        }
        return result
    }

    /// Where a path leads: the keys of `sweep` are dotted paths themselves.
    private static func place(_ path: [String]) -> [String] {
        guard path.first == "sweep", path.count > 2 else { return path }
        return ["sweep", path.dropFirst().joined(separator: ".")]
    }
}

extension Node {
    /// This tree with other axes in its sweep; without any, the sweep goes too.
    fileprivate func replacingSweep(with axes: [Entry]) -> Node {
        guard case .mapping(var entries) = content, let index = entries.firstIndex(where: { $0.key == "sweep" }) else {
            return self
        }
        if axes.isEmpty {
            entries.remove(at: index)
        } else {
            entries[index].value.content = .mapping(axes)
        }
        var result = self
        result.content = .mapping(entries)
        return result
    }
}
