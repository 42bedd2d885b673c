extension Snapshot {
    /// The entity's embedding; nil when it has none. O(1).
    @inlinable
    @_lifetime(borrow self)
    public func embedding(at position: Int) throws(StrataError) -> Span<Float>? {
        let entity = try entity(at: position)
        guard entity.flags.contains(.hasEmbedding) else { return nil }
        let row = Int(entity.embeddingOffset)
        guard row < embeddingCount else {
            throw storage.damage(
                at: sections.pointee.entities + position, "the embedding's row \(row) is not one of \(embeddingCount)")
        }
        let start = try embeddings(rows: row..<row + 1)
        return unsafe _overrideLifetime(Span(_unsafeStart: start, count: embeddingDimensions), borrowing: self)
    }

    /// The first number of consecutive rows of ``embeddingDimensions`` numbers each, for kernels: all bytes of the
    /// rows are checked. O(1) once they were checked, else linear in the rows.
    ///
    /// The pointer is good for as long as the snapshot lives. Rows are in ascending order of their positions.
    @inlinable
    public func embeddings(rows: Range<Int>) throws(StrataError) -> UnsafePointer<Float> {
        guard rows.lowerBound >= 0, rows.upperBound <= embeddingCount else {
            throw storage.outOfRange("embedding", rows.upperBound - 1, embeddingCount)
        }
        let numbers = rows.lowerBound * embeddingDimensions..<rows.upperBound * embeddingDimensions
        try storage.touch(sections.pointee.embeddings, numbers)
        return sections.pointee.embeddings + numbers.lowerBound
    }

    /// The position of the entity that a row belongs to. O(1).
    @inlinable
    public func position(ofEmbeddingRow row: Int) throws(StrataError) -> Int {
        guard 0..<embeddingCount ~= row else { throw storage.outOfRange("embedding", row, embeddingCount) }
        // When every entity has an embedding, rows are positions and the section is empty.
        if embeddingCount == entityCount { return row }
        let position = Int(try storage.read(sections.pointee.embeddingPositions, row))
        guard position < entityCount else {
            throw storage.damage(
                at: sections.pointee.embeddingPositions + row, "the position \(position) is not one of \(entityCount)")
        }
        return position
    }
}
