import CStrata

/// Consecutive rows of a column of embeddings.
struct RowBlock: BitwiseCopyable {
    let firstRow: UInt32
    let base: UnsafePointer<Float>
    let count: Int
}

/// Exact search for the rows with the largest inner product (for unit vectors: the nearest by angle).
///
/// A first pass scores every row in single precision and keeps a few more than were asked for; these are scored again
/// in double precision, in order of the index, and ranked by that. When a row that was left out could still be better,
/// by the rounding error of single precision, a second pass takes in every such row. The ranking is therefore the one
/// that double precision gives over all rows.
enum ExactSearch {
    /// Rows that one call of the kernel scores: their scores stay in the first-level cache.
    static let blockRows = 1_024
    /// Rows kept beyond those asked for.
    static let margin = 16

    /// A bound on |single precision - exact| of an inner product of `dimensions` terms: each product and each sum is
    /// off by at most 2^-24 of a partial sum, and no partial sum exceeds |query| * |row| (Higham, "Accuracy and
    /// Stability of Numerical Algorithms", section 3.1); the factor two covers the higher orders. A product below the
    /// normal numbers is off by at most 2^-150 more, a sum by nothing more.
    static func errorBound(dimensions: Int, queryNorm: Double, rowNorm: Double) -> Double {
        Double(dimensions + 1) * (0x1p-23 * queryNorm * rowNorm + 0x1p-149)
    }

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
        let rows = blocks.reduce(0) { $0 + $1.count }
        var best = TopK(capacity: min(limit, rows) + margin)
        forEachScore(query, dimensions, blocks) { row, score, _ in
            guard score > best.threshold || best.threshold == -.infinity, owner(row) != nil else { return }
            best.offer(ScoredRow(row: row, score: score))
        }
        func exact(_ row: UInt32, _ values: UnsafePointer<Float>) -> SimilarityMatch {
            let score = strata_dot_exact(query, values, dimensions)
            return SimilarityMatch(id: owner(row)!, score: score.isNaN ? -.infinity : score)
        }
        var ranked = best.heap.map { exact($0.row, address(of: $0.row, in: blocks, dimensions)) }
        ranked.sort(by: SimilarityMatch.precedes)
        if best.heap.count == best.capacity {
            let queryNorm = strata_dot_exact(query, query, dimensions).squareRoot()
            let floor =
                ranked[limit - 1].score
                - errorBound(dimensions: dimensions, queryNorm: queryNorm, rowNorm: rowNormBound)
            if best.threshold >= floor {
                ranked.removeAll(keepingCapacity: true)
                forEachScore(query, dimensions, blocks) { row, score, values in
                    if score >= floor, owner(row) != nil { ranked.append(exact(row, values)) }
                }
                ranked.sort(by: SimilarityMatch.precedes)
            }
        }
        return Array(ranked.prefix(limit))
    }

    /// The length of the longest row.
    ///
    /// - Complexity: O(rows * dimensions).
    static func largestNorm(dimensions: Int, blocks: [RowBlock]) -> Double {
        var largest = 0.0
        for block in blocks {
            for row in 0..<block.count {
                let values = block.base + row * dimensions
                var squared: Float = 0
                strata_dot_many(values, values, 1, dimensions, &squared)
                // A damaged file may hold NaN: it bounds nothing, and such rows rank last.
                if Double(squared) > largest { largest = Double(squared) }
            }
        }
        // The square of a short row may have vanished below the smallest number.
        return (largest + Double(dimensions) * 0x1p-149).squareRoot() * 1.001
    }

    private static func forEachScore(
        _ query: UnsafePointer<Float>, _ dimensions: Int, _ blocks: [RowBlock],
        _ body: (UInt32, Double, UnsafePointer<Float>) -> Void
    ) {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: blockRows) { scores in
            for block in blocks {
                var start = 0
                while start < block.count {
                    let count = min(blockRows, block.count - start)
                    let base = block.base + start * dimensions
                    strata_dot_many(query, base, count, dimensions, scores.baseAddress!)
                    for index in 0..<count {
                        let score = scores[index]
                        body(
                            block.firstRow + UInt32(start + index), score.isNaN ? -.infinity : Double(score),
                            base + index * dimensions)
                    }
                    start += count
                }
            }
        }
    }

    private static func address(
        of row: UInt32, in blocks: [RowBlock], _ dimensions: Int
    ) -> UnsafePointer<Float> {
        // The last block that starts at or before the row.
        var low = 0
        var high = blocks.count
        while low < high {
            let middle = (low + high) / 2
            if blocks[middle].firstRow <= row { low = middle + 1 } else { high = middle }
        }
        let block = blocks[low - 1]
        precondition(Int(row - block.firstRow) < block.count)
        return block.base + Int(row - block.firstRow) * dimensions
    }
}
