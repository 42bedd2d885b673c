/// A vector that a similarity index found.
@frozen
public struct IndexMatch: Sendable, Equatable, BitwiseCopyable {
    /// The identifier that the vector was inserted under.
    public var id: UInt32
    /// Its distance to the query in the index's metric, in single precision.
    public var distance: Float

    @inlinable
    public init(id: UInt32, distance: Float) {
        self.id = id
        self.distance = distance
    }
}
