/// Reads a mapping key by key, remembers which keys were read, and reports those that nobody asked for.
///
/// ```swift
/// var reader = try node.mapping()
/// let name = try reader.required("name").string()
/// let blocks = try reader.optional("blocks")?.integer(in: 1...1000) ?? 10
/// try reader.finish()
/// ```
/// When the keys are known beforehand, `node.mapping(keys:)` reports an unknown key before any value is read.
public struct MappingReader: Sendable {
    /// The mapping itself, for errors about it as a whole.
    public let node: Node
    /// The keys and values in the order of the file.
    public let entries: [Node.Entry]
    /// The keys that are known: those given when the reader was made, and those asked for since.
    public private(set) var knownKeys: [String]

    init(_ node: Node, _ entries: [Node.Entry], knownKeys: [String]) {
        self.node = node
        self.entries = entries
        self.knownKeys = knownKeys
    }

    /// The value of a key, or nil where it is absent. Takes O(number of keys).
    public mutating func optional(_ key: String) -> Node? {
        if !knownKeys.contains(key) { knownKeys.append(key) }
        return entries.first { $0.key == key }?.value
    }

    /// The value of a key that has to be there.
    public mutating func required(_ key: String) throws(DocumentError) -> Node {
        if let value = optional(key) { return value }
        let strangers = entries.filter { !knownKeys.contains($0.key) }
        if let nearest = nearestName(to: key, in: strangers.map(\.key)),
            let entry = strangers.first(where: { $0.key == nearest })
        {
            throw unknown(entry)
        }
        throw node.error("the key `\(key)` is missing", suggestion: "add `\(key): ...`")
    }

    /// The entry of a key with the place of the key itself, or nil where it is absent.
    public mutating func entry(_ key: String) -> Node.Entry? {
        if !knownKeys.contains(key) { knownKeys.append(key) }
        return entries.first { $0.key == key }
    }

    /// Reports the first key that nobody asked for, with the nearest known key as the suggestion.
    public func finish() throws(DocumentError) {
        for entry in entries where !knownKeys.contains(entry.key) { throw unknown(entry) }
    }

    private func unknown(_ entry: Node.Entry) -> DocumentError {
        DocumentError(
            at: entry.location, keyPath: entry.value.keyPath, "unknown key `\(entry.key)`",
            suggestion: suggestion(for: entry.key, among: knownKeys))
    }
}

extension Node {
    /// A reader of this mapping that learns the known keys as they are asked for.
    public func mapping() throws(DocumentError) -> MappingReader {
        guard case .mapping(let entries) = content else { throw expected("a mapping") }
        return MappingReader(self, entries, knownKeys: [])
    }

    /// A reader of this mapping, which may hold the given keys and no others.
    public func mapping(keys: [String]) throws(DocumentError) -> MappingReader {
        guard case .mapping(let entries) = content else { throw expected("a mapping") }
        let reader = MappingReader(self, entries, knownKeys: keys)
        try reader.finish()
        return reader
    }
}
