/// Which relationships of an entity are meant.
public enum Direction: Sendable {
    /// Those that start at the entity.
    case outgoing
    /// Those that end at the entity.
    case incoming

    var reversed: Direction { self == .outgoing ? .incoming : .outgoing }
}
