extension Snapshot {
    /// The entities whose embeddings have the largest inner product with a vector: exact, ranked in double precision,
    /// ties by identifier.
    ///
    /// - Parameters:
    ///   - vector: ``embeddingDimensions`` components.
    ///   - limit: how many entities are wanted, 0 or more.
    ///   - excluded: a position that takes no part.
    ///   - rowNormBound: no embedding is longer: ``largestEmbeddingNorm()``.
    /// - Throws: `invalidArgument` when the vector has another length, `corrupted`.
    /// - Complexity: O(embeddings * components).
    public func similar(
        to vector: Span<Float>, limit: Int, excluding excluded: Int?, rowNormBound: Double
    ) throws(StrataError) -> [SimilarityMatch] {
        guard vector.count == embeddingDimensions, limit >= 0 else {
            throw StrataError(
                .invalidArgument,
                "a query of \(vector.count) components for \(limit) results does not fit embeddings of \(embeddingDimensions)"
            )
        }
        guard embeddingCount > 0 else { return [] }
        var excludedRow: UInt32?
        if let excluded, let row = try embeddingRow(at: excluded) { excludedRow = row }
        let base = try embeddings(rows: 0..<embeddingCount)
        // Rows are in order of the positions, and these in order of the identifiers: ties fall out right.
        let ranked = ExactSearch.top(
            query: vector.withUnsafeBufferPointer { $0.baseAddress! }, dimensions: embeddingDimensions, limit: limit,
            blocks: [RowBlock(firstRow: 0, base: base, count: embeddingCount, stride: embeddingDimensions)],
            rowNormBound: rowNormBound
        ) { $0 == excludedRow ? nil : $0 }
        var matches: [SimilarityMatch] = []
        for match in ranked {
            let position = try position(ofEmbeddingRow: Int(match.id))
            matches.append(SimilarityMatch(id: try id(at: position), score: match.score))
        }
        return matches
    }

    /// The length of the longest embedding.
    ///
    /// - Complexity: O(embeddings * components).
    public func largestEmbeddingNorm() throws(StrataError) -> Double {
        guard embeddingCount > 0 else { return 0 }
        let base = try embeddings(rows: 0..<embeddingCount)
        return ExactSearch.largestNorm(
            dimensions: embeddingDimensions,
            blocks: [RowBlock(firstRow: 0, base: base, count: embeddingCount, stride: embeddingDimensions)])
    }

    private func embeddingRow(at position: Int) throws(StrataError) -> UInt32? {
        let entity = try entity(at: position)
        return entity.flags.contains(.hasEmbedding) ? entity.embeddingOffset : nil
    }
}
