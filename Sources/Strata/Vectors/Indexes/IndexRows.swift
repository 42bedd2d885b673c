import CStrata

/// Vectors in consecutive memory, and the distance between them.
///
/// Invariant: rows `0..<count` of `dimensions` floats lie at `base + row * stride` for as long as the owner of the memory
/// lives and does not grow; `stride` is in bytes, at least `dimensions * 4` and a multiple of 4.
struct IndexRows: BitwiseCopyable {
    let base: UnsafeRawPointer
    let stride: Int
    let dimensions: Int
    let metric: IndexMetric

    @inline(__always)
    func vector(_ row: UInt32) -> UnsafePointer<Float> {
        (base + Int(row) * stride).assumingMemoryBound(to: Float.self)
    }

    /// Distances from `query` to rows that are picked by number. Those by cosine are 1 too small; of those that are not
    /// below `bound`, only that is certain.
    ///
    /// - Complexity: O(count * dimensions).
    @inline(__always)
    func distances(
        from query: UnsafePointer<Float>, to rows: UnsafePointer<UInt32>, _ count: Int, below bound: Float = .infinity,
        into out: UnsafeMutablePointer<Float>
    ) {
        if metric == .squaredEuclidean {
            strata_index_squared_distances(query, base, stride, rows, count, dimensions, bound, out)
        } else {
            strata_index_negative_products(query, base, stride, rows, count, dimensions, out)
        }
    }

    /// The same for consecutive rows from `first` on.
    func distances(
        from query: UnsafePointer<Float>, toRowsFrom first: Int, _ count: Int, below bound: Float = .infinity,
        into out: UnsafeMutablePointer<Float>
    ) {
        let start = base + first * stride
        if metric == .squaredEuclidean {
            strata_index_squared_distances(query, start, stride, nil, count, dimensions, bound, out)
        } else {
            strata_index_negative_products(query, start, stride, nil, count, dimensions, out)
        }
    }

    /// What a caller is told: the distance as its metric defines it.
    @inline(__always)
    func reported(_ distance: Float) -> Float { metric == .cosine ? 1 + distance : distance }
}

/// Checks and scales vectors on their way into an index or a query.
enum IndexVector {
    /// A squared length above this could overflow in a distance; below the other bound, scaling to 1 loses digits.
    static let largestSquare: Float = 1e36
    static let smallestSquare: Float = 1e-30

    /// Copies a vector, scaled to length 1 for the cosine.
    ///
    /// - Throws: `invalidArgument` when its length is wrong, a component is not finite, it is longer than 1e18, or, for
    ///   the cosine, has no direction.
    static func copy(
        _ vector: Span<Float>, dimensions: Int, metric: IndexMetric, to out: UnsafeMutablePointer<Float>
    ) throws(StrataError) {
        guard vector.count == dimensions else {
            throw StrataError(
                .invalidArgument, "a vector has \(vector.count) components where the index has \(dimensions)")
        }
        vector.withUnsafeBufferPointer { out.update(from: $0.baseAddress!, count: dimensions) }
        try scale(out, dimensions: dimensions, metric: metric)
    }

    /// Checks a vector that was scaled already.
    static func check(
        _ vector: UnsafePointer<Float>, dimensions: Int, metric: IndexMetric
    ) throws(StrataError) {
        var negative: Float = 0
        strata_index_negative_products(vector, vector, 0, nil, 1, dimensions, &negative)
        guard metric == .cosine ? abs(negative + 1) < 1e-3 : -negative < largestSquare else {
            throw StrataError(.corrupted, "a stored vector is not of the index's metric")
        }
    }

    /// Checks a vector and, for the cosine, scales it in place.
    static func scale(
        _ vector: UnsafeMutablePointer<Float>, dimensions: Int, metric: IndexMetric
    ) throws(StrataError) {
        var negative: Float = 0
        strata_index_negative_products(vector, vector, 0, nil, 1, dimensions, &negative)
        // Not a number is refused too.
        guard -negative < largestSquare else {
            throw StrataError(
                .invalidArgument, "a vector has a component that is not finite, or is longer than 1e18",
                remedy: "normalise it")
        }
        guard metric == .cosine else { return }
        guard -negative > smallestSquare else {
            throw StrataError(
                .invalidArgument, "a vector without a direction (shorter than 1e-15) has no cosine",
                remedy: "leave it out of the index, or scale it up")
        }
        let factor = 1 / (-negative).squareRoot()
        for index in 0..<dimensions { vector[index] *= factor }
    }
}
