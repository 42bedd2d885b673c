extension Node {
    /// The value at a path, or nil where there is none.
    ///
    /// A component names a key of a mapping, or the element of a list whose `name` it is (or its index), as in
    /// ``setting(_:to:keyLocation:)``. Takes O(keys on the way).
    public func value(at components: some Sequence<String>) -> Node? {
        var node = self
        for component in components {
            switch node.content {
            case .scalar: return nil
            case .mapping(let entries):
                guard let entry = entries.first(where: { $0.key == component }) else { return nil }
                node = entry.value
            case .sequence(let elements):
                let named = elements.first { $0.name == component }
                let indexed = Int(component).flatMap { elements.indices.contains($0) ? elements[$0] : nil }
                guard let element = named ?? indexed else { return nil }
                node = element
            }
        }
        return node
    }

    /// What a mapping's own key `name` says, where it has one.
    private var name: String? {
        guard case .mapping(let entries) = content, let entry = entries.first(where: { $0.key == "name" }),
            case .scalar(let text, _) = entry.value.content
        else { return nil }
        return text
    }
}
