import CStrata

/// How the components of a row are kept.
public enum VectorFormat: UInt8, Sendable, CaseIterable, BitwiseCopyable {
    /// 32-bit floats.
    case float32 = 0
    /// 16-bit floats: half the bytes, 11 bits of precision, components up to 65,504.
    case float16 = 1

    /// Bytes a component.
    var width: Int { self == .float32 ? 4 : 2 }
}

/// Consecutive rows of a column.
///
/// Invariant, for whoever makes one: `base` is valid for `count` rows, `stride` elements apart, of the column's
/// components, as long as the block is used.
struct RowBlock: BitwiseCopyable {
    let firstRow: UInt32
    let base: UnsafeRawPointer
    let count: Int
    /// Elements from a row to the next.
    let stride: Int
    let format: VectorFormat

    init(firstRow: UInt32, base: UnsafeRawPointer, count: Int, stride: Int, format: VectorFormat = .float32) {
        self.firstRow = firstRow
        self.base = base
        self.count = count
        self.stride = stride
        self.format = format
    }

    /// The place of row `index` of the block.
    func address(_ index: Int) -> UnsafeRawPointer { base + index * stride * format.width }

    /// The components of a row of some blocks, which are in order of the rows: in place, or widened to `room`.
    ///
    /// - Precondition: the row is in one of the blocks.
    static func components(
        of row: UInt32, in blocks: [RowBlock], dimensions: Int, room: UnsafeMutablePointer<Float>
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
        let place = block.address(Int(row - block.firstRow))
        guard block.format == .float16 else { return place.assumingMemoryBound(to: Float.self) }
        strata_vector_kernels().pointee.widen_f16(place.assumingMemoryBound(to: UInt16.self), dimensions, room)
        return UnsafePointer(room)
    }

    /// The distances of one query to rows of the block: the raw results of the kernel for a metric; a cosine's are
    /// divided by the length of the row, not by that of the query.
    func score(
        _ kernels: UnsafePointer<strata_vector_kernels>, _ metric: SimilarityMetric, query: UnsafePointer<Float>,
        from start: Int, count: Int, dimensions: Int, into scores: UnsafeMutablePointer<Float>,
        squares: UnsafeMutablePointer<Float>
    ) {
        let rows = address(start)
        switch (metric, format) {
        case (.innerProduct, .float32):
            kernels.pointee.dot_f32(query, rows.assumingMemoryBound(to: Float.self), stride, count, dimensions, scores)
        case (.innerProduct, .float16):
            kernels.pointee.dot_f16(query, rows.assumingMemoryBound(to: UInt16.self), stride, count, dimensions, scores)
        case (.squaredDistance, .float32):
            kernels.pointee.l2_f32(query, rows.assumingMemoryBound(to: Float.self), stride, count, dimensions, scores)
        case (.squaredDistance, .float16):
            kernels.pointee.l2_f16(query, rows.assumingMemoryBound(to: UInt16.self), stride, count, dimensions, scores)
        case (.cosine, .float32):
            kernels.pointee.cosine_f32(
                query, rows.assumingMemoryBound(to: Float.self), stride, count, dimensions, scores, squares)
            kernels.pointee.cosine_scores(scores, 1, squares, count)
        case (.cosine, .float16):
            kernels.pointee.cosine_f16(
                query, rows.assumingMemoryBound(to: UInt16.self), stride, count, dimensions, scores, squares)
            kernels.pointee.cosine_scores(scores, 1, squares, count)
        }
    }
}

extension SimilarityMetric {
    /// What a kernel's result is multiplied by to make larger numbers the better ones.
    var sign: Float { self == .squaredDistance ? -1 : 1 }

    /// The score in double precision, which ranks. What is no number ranks last.
    func exactScore(_ query: UnsafePointer<Float>, _ row: UnsafePointer<Float>, _ dimensions: Int) -> Double {
        let score: Double
        switch self {
        case .innerProduct: score = strata_dot_exact(query, row, dimensions)
        case .squaredDistance: score = -strata_l2_exact(query, row, dimensions)
        case .cosine:
            let squares = strata_dot_exact(query, query, dimensions) * strata_dot_exact(row, row, dimensions)
            score = squares == 0 ? 0 : strata_dot_exact(query, row, dimensions) / squares.squareRoot()
        }
        return score.isNaN ? -.infinity : score
    }
}
