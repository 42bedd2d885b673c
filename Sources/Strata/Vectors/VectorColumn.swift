import CStrata

/// Vectors as rows of 32-bit or 16-bit floats, one after another in memory, made for scanning: rows begin at multiples
/// of 64 bytes where the padding costs at most an eighth, else of 16. Addresses never move.
///
/// Adding, replacing and reading a row is O(dimensions). One writer at a time, with no reader beside it; a row that is
/// to be found no more is left out by a filter (``RowBitmap``).
public struct VectorColumn: ~Copyable {
    /// Components a row.
    public let dimensions: Int
    public let format: VectorFormat
    /// Elements from a row to the next.
    public let stride: Int
    private var rows: RowChunks
    /// The rows in their order, ready for a search.
    private(set) var blocks: [RowBlock] = []
    /// No row is longer.
    private(set) var rowNormBound = 0.0

    /// An empty column.
    ///
    /// - Parameter budget: what rows are taken from; nil for no bound.
    /// - Throws: `invalidArgument` when `dimensions` is not 1 to 65,536.
    public init(
        dimensions: Int, format: VectorFormat = .float32, budget: MemoryBudget? = nil
    ) throws(StrataError) {
        guard (1...65_536).contains(dimensions) else {
            throw StrataError(.invalidArgument, "a column of \(dimensions) components a row; 1 to 65,536 are possible")
        }
        self.dimensions = dimensions
        self.format = format
        stride = RowChunks.stride(dimensions: dimensions, width: format.width)
        rows = RowChunks(pitch: stride * format.width, budget: budget)
    }

    /// Number of rows.
    public var count: Int { rows.count }
    /// Bytes held from the process's allocator.
    public var reservedBytes: Int { rows.reservedBytes }

    /// Copies a row in, and returns its number: rows are numbered from 0 on.
    ///
    /// - Throws: `invalidArgument` when the length is wrong, a component is not finite or the vector is longer than
    ///   1e18 (so that no distance overflows), or a component is over 65,504 where 16-bit floats are kept;
    ///   `limitExceeded` when there is no memory. The column is as before then.
    @discardableResult
    public mutating func append(_ vector: Span<Float>) throws(StrataError) -> UInt32 {
        let norm = try checkedNorm(vector)
        let row = try rows.append()
        store(vector, at: row, norm)
        let index = row % rows.rowsPerChunk
        let block = RowBlock(
            firstRow: UInt32(row - index), base: rows.chunks[row / rows.rowsPerChunk], count: index + 1, stride: stride,
            format: format)
        if index == 0 { blocks.append(block) } else { blocks[blocks.count - 1] = block }
        return UInt32(row)
    }

    /// Puts another vector into a row.
    ///
    /// - Throws: `notFound` when there is no such row, else as ``append(_:)``.
    public mutating func replace(_ row: UInt32, with vector: Span<Float>) throws(StrataError) {
        try check(row)
        store(vector, at: Int(row), try checkedNorm(vector))
    }

    /// Copies a row out: what is kept, so 16-bit floats as they were rounded.
    ///
    /// - Throws: `notFound` when there is no such row, `invalidArgument` when the room is not `dimensions` long.
    public borrowing func read(_ row: UInt32, into room: inout MutableSpan<Float>) throws(StrataError) {
        try check(row)
        guard room.count == dimensions else {
            throw StrataError(
                .invalidArgument, "room for \(room.count) components where a row has \(dimensions)")
        }
        room.withUnsafeMutableBufferPointer { read(Int(row), into: $0.baseAddress!) }
    }

    /// Copies a row that exists to room for `dimensions` floats.
    borrowing func read(_ row: Int, into room: UnsafeMutablePointer<Float>) {
        let place = rows.address(row)
        switch format {
        case .float32: room.update(from: place.assumingMemoryBound(to: Float.self), count: dimensions)
        case .float16:
            strata_vector_kernels().pointee.widen_f16(place.assumingMemoryBound(to: UInt16.self), dimensions, room)
        }
    }

    /// The place of a row that exists.
    @inline(__always)
    borrowing func address(_ row: Int) -> UnsafeRawPointer { UnsafeRawPointer(rows.address(row)) }

    private borrowing func check(_ row: UInt32) throws(StrataError) {
        guard row < count else { throw StrataError(.notFound, "row \(row) of a column of \(count) rows") }
    }

    /// At least the length of a vector that the column takes.
    private borrowing func checkedNorm(_ vector: Span<Float>) throws(StrataError) -> Double {
        guard vector.count == dimensions else {
            throw StrataError(
                .invalidArgument, "a vector of \(vector.count) components for a column of \(dimensions)")
        }
        let squaredLength = EmbeddingColumn.squaredLengthBound(vector)
        guard squaredLength < 1e36 else {
            throw StrataError(
                .invalidArgument, "a vector has a component that is not finite, or is longer than 1e18",
                remedy: "normalise it")
        }
        if format == .float16 {
            // Larger ones than 65,504 round to infinity.
            for index in vector.indices where vector[index].magnitude >= 65_520 {
                throw StrataError(
                    .invalidArgument, "component \(index) is \(vector[index]), more than a 16-bit float holds",
                    remedy: "normalise the vector, or keep 32-bit floats")
            }
        }
        return squaredLength.squareRoot() * 1.000_001
    }

    private mutating func store(_ vector: Span<Float>, at row: Int, _ norm: Double) {
        let place = rows.address(row)
        vector.withUnsafeBufferPointer { values in
            switch format {
            case .float32:
                place.assumingMemoryBound(to: Float.self).update(from: values.baseAddress!, count: dimensions)
            case .float16:
                strata_vector_kernels().pointee.narrow_f16(
                    values.baseAddress!, dimensions, place.assumingMemoryBound(to: UInt16.self))
            }
        }
        // Rounding to 16 bits makes a component larger by at most 2^-11 of it, or by 2^-25.
        rowNormBound = Swift.max(
            rowNormBound, format == .float32 ? norm : norm * 1.001 + Double(dimensions) * 0x1p-25)
    }
}
