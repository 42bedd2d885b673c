import CStrata

/// Exact search for the rows with the largest inner product (for unit vectors: the nearest by angle), in one call: see
/// ``ExactSearcher``.
enum ExactSearch {
    /// The inner product of two vectors of one length, in double precision, in order of the components.
    static func exactScore(_ query: Span<Float>, _ row: Span<Float>) -> Double {
        precondition(query.count == row.count)
        // Both are read within their length.
        return query.withUnsafeBufferPointer { query in
            row.withUnsafeBufferPointer { row in
                guard let first = query.baseAddress, let second = row.baseAddress else { return 0 }
                return strata_dot_exact(first, second, query.count)
            }
        }
    }

    /// The owners of the best `limit` rows of a column.
    ///
    /// - Parameters:
    ///   - query: `dimensions` floats.
    ///   - blocks: the column, in order of the rows.
    ///   - rowNormBound: no row is longer.
    ///   - owner: the entity whose row it is; nil when the row takes no part.
    /// - Returns: at most `limit` entities, best first, ties in order of the identifier, with scores in double
    ///   precision.
    /// - Complexity: O(rows * dimensions).
    static func top(
        query: UnsafePointer<Float>, dimensions: Int, limit: Int, blocks: [RowBlock], rowNormBound: Double,
        owner: (UInt32) -> UInt32?
    ) -> [SimilarityMatch] {
        guard limit > 0, dimensions > 0 else { return [] }
        var searcher = ExactSearcher(checked: dimensions, .innerProduct)
        searcher.run(query, 1, limit, blocks, rowNormBound, EveryRow(), owner: owner)
        let found = searcher.matches(ofQuery: 0)
        var matches: [SimilarityMatch] = []
        matches.reserveCapacity(found.count)
        for index in found.indices { matches.append(found[index]) }
        return matches
    }

    /// The length of the longest row.
    ///
    /// - Complexity: O(rows * dimensions).
    static func largestNorm(dimensions: Int, blocks: [RowBlock]) -> Double {
        var largest = 0.0
        for block in blocks {
            for row in 0..<block.count {
                let values = block.address(row).assumingMemoryBound(to: Float.self)
                var squared: Float = 0
                strata_dot_many(values, values, 1, dimensions, &squared)
                // A damaged file may hold NaN: it bounds nothing, and such rows rank last.
                if Double(squared) > largest { largest = Double(squared) }
            }
        }
        // The square of a short row may have vanished below the smallest number.
        return (largest + Double(dimensions) * 0x1p-149).squareRoot() * 1.001
    }
}
