/// What a ``SnapshotWriter`` has written.
public struct SnapshotSummary: Sendable, Hashable {
    /// A section of the file.
    public struct Section: Sendable, Hashable {
        public let kind: SectionKind
        /// Where it starts in the file.
        public let offset: UInt64
        /// Its length in bytes, without padding.
        public let byteCount: UInt64
        public let elementCount: Int
    }

    /// The file's length.
    public let byteCount: UInt64
    public let entityCount: Int
    /// Relationships, each counted once.
    public let relationshipCount: Int
    /// Distinct strings.
    public let stringCount: Int
    /// Pairs of key and value over all entities.
    public let propertyCount: Int
    /// Entities with an embedding.
    public let embeddingCount: Int
    /// All sections in file order.
    public let sections: [Section]
}
