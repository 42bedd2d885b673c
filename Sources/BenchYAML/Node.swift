/// A value of a document, with the place it stands at and the path of its key.
///
/// A node is read through its typed readers (`string()`, `integer()`, `list()`, `mapping(keys:)`, ...), each of which
/// throws a ``DocumentError`` that names the place when the value is of another type.
public struct Node: Sendable {
    /// What a node holds.
    public enum Content: Sendable {
        /// A single value as it was written. A plain one stands without quotes and may be a number or a truth value.
        case scalar(text: String, isPlain: Bool)
        /// A list.
        case sequence([Node])
        /// Keys and values in the order of the file; no key occurs twice.
        case mapping([Entry])
    }

    /// A key of a mapping and its value.
    public struct Entry: Sendable {
        /// The key.
        public var key: String
        /// Where the key stands.
        public var location: Location
        /// The value.
        public var value: Node

        public init(key: String, location: Location, value: Node) {
            self.key = key
            self.location = location
            self.value = value
        }
    }

    /// What the node holds.
    public var content: Content
    /// Where the value starts.
    public var location: Location
    /// The path of the key, such as `phases.load.count`; empty for the root. An element of a list is named by its
    /// own `name` key where it has one (`phases.load`), otherwise by its index (`arms.threads[0]`).
    public var keyPath: String

    public init(_ content: Content, at location: Location, keyPath: String) {
        self.content = content
        self.location = location
        self.keyPath = keyPath
    }

    /// An error at this node's place and key.
    public func error(_ message: String, suggestion: String? = nil) -> DocumentError {
        DocumentError(at: location, keyPath: keyPath, message, suggestion: suggestion)
    }

    /// Whether the node is the plain scalar `null`, `~` or nothing at all.
    public var isNull: Bool {
        guard case .scalar(let text, isPlain: true) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// What the node is, for messages: `a list`, `the text "x"`, ...
    public var kindDescription: String {
        switch content {
        case .sequence: return "a list"
        case .mapping: return "a mapping"
        case .scalar(let text, let isPlain):
            if isNull { return text.isEmpty ? "nothing" : "`\(text)`" }
            if isPlain, isTruthValue(text) { return "the truth value `\(text)`" }
            if isPlain, isNumber(text) { return "the number \(text)" }
            return "the text \"\(shortened(text))\""
        }
    }
}

/// The path of `key` below `path`.
func keyPath(_ path: String, _ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

/// Whether plain text reads as a number.
func isNumber(_ text: String) -> Bool {
    guard let first = text.utf8.first, first < 0x40, first != UInt8(ascii: " ") else { return false }
    return Double(text.filter { $0 != "_" }) != nil
}

/// Whether plain text reads as a truth value.
func isTruthValue(_ text: String) -> Bool { ["true", "True", "TRUE", "false", "False", "FALSE"].contains(text) }

private func shortened(_ text: String) -> String {
    let line = text.prefix { !$0.isNewline }
    return line.count == text.count && text.count <= 40 ? text : "\(line.prefix(37))..."
}
