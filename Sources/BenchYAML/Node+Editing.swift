extension Node {
    /// This node with the value at a path put in place; `null` removes the key.
    ///
    /// A component names a key of a mapping, or the element of a list whose `name` it is (or its index). Keys that are
    /// absent are added, so that the reader of the tree reports those it does not know, at the new value's place.
    ///
    /// - Parameters:
    ///   - components: the path, such as `["phases", "load", "count"]`, not empty.
    ///   - value: the new value, which keeps its own place and key path for errors.
    ///   - keyLocation: where the path is written.
    public func setting(
        _ components: [String], to value: Node, keyLocation: Location
    ) throws(DocumentError) -> Node {
        guard let first = components.first else { return value }
        let rest = Array(components.dropFirst())
        var edited = self
        switch content {
        case .mapping(var entries):
            let position = entries.firstIndex { $0.key == first }
            if rest.isEmpty, value.isNull {
                if let position { entries.remove(at: position) }
            } else if let position {
                entries[position].value = try entries[position].value.setting(
                    rest, to: value, keyLocation: keyLocation)
                if rest.isEmpty { entries[position].location = keyLocation }
            } else {
                let empty = Node(.mapping([]), at: keyLocation, keyPath: value.keyPath)
                let child = try empty.setting(rest, to: value, keyLocation: keyLocation)
                entries.append(Entry(key: first, location: keyLocation, value: child))
            }
            edited.content = .mapping(entries)
        case .sequence(var elements):
            let position = try index(of: first, in: elements, value.keyPath, keyLocation)
            if rest.isEmpty, value.isNull {
                elements.remove(at: position)
            } else {
                elements[position] = try elements[position].setting(rest, to: value, keyLocation: keyLocation)
            }
            edited.content = .sequence(elements)
        case .scalar:
            throw DocumentError(
                at: keyLocation, keyPath: value.keyPath, "`\(keyPath)` is a single value and has no key `\(first)`")
        }
        return edited
    }

    private func index(
        of component: String, in elements: [Node], _ path: String, _ location: Location
    ) throws(DocumentError) -> Int {
        var names: [String] = []
        for (position, element) in elements.enumerated() {
            guard case .mapping(let entries) = element.content else { continue }
            for entry in entries where entry.key == "name" {
                guard case .scalar(let name, _) = entry.value.content else { continue }
                if name == component { return position }
                names.append(name)
            }
        }
        if let position = Int(component), elements.indices.contains(position) { return position }
        let known = names.isEmpty ? elements.indices.map { String($0) } : names
        throw DocumentError(
            at: location, keyPath: path, "`\(keyPath)` has no element `\(component)`",
            suggestion: suggestion(for: component, among: known))
    }
}
