/// A property of an entity given as text.
public struct PropertyText: Sendable, Hashable {
    public var key: String
    public var value: String

    public init(_ key: String, _ value: String) {
        self.key = key
        self.value = value
    }
}

/// An entity to be inserted, given as text.
public struct EntityText: Sendable, Equatable {
    public var type: String
    /// The external name, which no other entity has; nil for none.
    public var name: String?
    /// In any order. A key may come several times: its values keep their order.
    public var properties: [PropertyText]
    /// As many finite numbers as the database's other embeddings have, or none.
    public var embedding: [Float]

    public init(type: String, name: String? = nil, properties: [PropertyText] = [], embedding: [Float] = []) {
        self.type = type
        self.name = name
        self.properties = properties
        self.embedding = embedding
    }
}

/// What is to change of an entity; all else stays. Its name stays always.
public struct EntityChange: Sendable, Equatable {
    /// The type from now on; nil to keep it.
    public var type: String?
    /// For each key all its values from now on; a key without values goes. Keys that are not named stay.
    public var properties: [String: [String]]
    /// The embedding from now on, which goes when it has no numbers; nil to keep it.
    public var embedding: [Float]?

    public init(type: String? = nil, properties: [String: [String]] = [:], embedding: [Float]? = nil) {
        self.type = type
        self.properties = properties
        self.embedding = embedding
    }
}
