/// A statement about the graph with places left open: a question is one or several of them.
///
/// ```swift
/// // Whose hypernym is an animal that has the word "dog"?
/// let patterns: [GraphPattern] = [
///     .relationship(.variable("x"), .type("hypernym"), .variable("y")),
///     .property(.variable("y"), key: "words", value: "dog"),
/// ]
/// ```
public enum GraphPattern: Sendable, Hashable {
    /// A relationship, by its two ends and its type. It matches once for each stored relationship.
    case relationship(End, Relation, End)
    /// An entity that has a value of a property. It matches once.
    case property(End, key: String, value: String)
    /// An entity of a type. It matches once.
    case type(End, String)

    /// An entity in a pattern.
    public enum End: Sendable, Hashable {
        /// The one with this identifier.
        case entity(UInt32)
        /// The same one wherever the name stands in the patterns of a question.
        case variable(String)
        /// Any.
        case any
    }

    /// A relationship's type in a pattern.
    public enum Relation: Sendable, Hashable {
        /// This type.
        case type(String)
        /// The same type wherever the name stands in the patterns of a question.
        case variable(String)
        /// Any.
        case any
    }

    /// How many patterns a question may have: the order of their answering is the best of all orders, and the search
    /// for it doubles with each.
    public static let maximumCount = 12
}

/// What a variable stands for in a match.
public enum PatternValue: Sendable, Hashable {
    /// The entity with this identifier.
    case entity(UInt32)
    /// The relationship type with this index in the snapshot.
    case relationshipType(UInt32)
}

/// A relationship that a pattern has matched.
public struct PatternTriple: Sendable, Hashable {
    /// The identifier of the entity that it starts at.
    public var subject: UInt32
    /// The index of its type in the snapshot.
    public var type: UInt32
    /// The identifier of the entity that it ends at.
    public var object: UInt32
}
