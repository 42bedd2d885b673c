/// The rows of a ``VectorColumn`` as bytes, a quarter of its size: a first pass over them tells which few rows have to be
/// looked at exactly (``QuantizedSearcher``).
///
/// Row n here is row n there: whoever adds or replaces a row does it there first and then here. One writer at a time, with
/// no reader beside it.
public struct QuantizedColumn: ~Copyable {
    /// Rows that share the bounds on what their bytes leave out.
    static let groupRows = 256

    public let quantizer: ScalarQuantizer
    /// Bytes from a row to the next.
    let stride: Int
    private var rows: RowChunks
    private var room: Scratch<Float>
    /// What a step of a row's bytes is worth.
    private(set) var scales: [Float] = []
    /// Squared lengths of the decoded rows; only kept for distances.
    private(set) var squares: [Float] = []
    /// Bounds of the groups, those of a chunk together.
    private(set) var groups: [Bounds] = []

    /// What is true of every row of a group: see ``ScalarQuantizer/Code``.
    struct Bounds: BitwiseCopyable {
        var spread: Float
        var reach: Float
    }

    /// An empty column.
    ///
    /// - Parameter budget: what rows are taken from; nil for no bound.
    public init(quantizer: ScalarQuantizer, budget: MemoryBudget? = nil) {
        self.quantizer = quantizer
        stride = RowChunks.stride(dimensions: quantizer.dimensions, width: 1)
        rows = RowChunks(pitch: stride, group: Self.groupRows, budget: budget)
        room = Scratch(quantizer.dimensions)
    }

    /// The rows of a column, encoded with a quantizer that is trained on them.
    ///
    /// - Throws: `invalidArgument` when there are none, `limitExceeded` when there is no memory.
    /// - Complexity: O(rows * components).
    public static func encoding(
        _ column: borrowing VectorColumn, metric: SimilarityMetric, budget: MemoryBudget? = nil
    ) throws(StrataError) -> QuantizedColumn {
        let quantizer = try ScalarQuantizer(training: column, metric: metric)
        var codes = QuantizedColumn(quantizer: quantizer, budget: budget)
        for row in 0..<column.count {
            _ = try codes.grow()
            codes.store(row, from: column)
        }
        return codes
    }

    /// Number of rows.
    public var count: Int { rows.count }
    /// Bytes held from the process's allocator.
    public var reservedBytes: Int {
        rows.reservedBytes + (scales.capacity + squares.capacity) * 4
            + groups.capacity * MemoryLayout<Bounds>.stride
    }

    /// Encodes the next row of the column that this one stands beside, and returns its number.
    ///
    /// - Throws: `notFound` when the column has no more rows, `invalidArgument` when it has other components,
    ///   `limitExceeded` when there is no memory. This column is as before then.
    @discardableResult
    public mutating func append(from column: borrowing VectorColumn) throws(StrataError) -> UInt32 {
        try check(column, count)
        let row = try grow()
        store(row, from: column)
        return UInt32(row)
    }

    /// Encodes a row again that was replaced in the column that this one stands beside.
    ///
    /// - Throws: `notFound` when one of the two has no such row, `invalidArgument` when the column has other components.
    public mutating func replace(_ row: UInt32, from column: borrowing VectorColumn) throws(StrataError) {
        guard row < count else { throw StrataError(.notFound, "row \(row) of a column of \(count) rows") }
        try check(column, Int(row))
        store(Int(row), from: column)
    }

    /// Adds a row of zeros.
    private mutating func grow() throws(StrataError) -> Int {
        let row = try rows.append()
        scales.append(0)
        if quantizer.metric == .squaredDistance { squares.append(0) }
        if row % rows.rowsPerChunk % Self.groupRows == 0 { groups.append(Bounds(spread: 0, reach: 0)) }
        return row
    }

    private mutating func store(_ row: Int, from column: borrowing VectorColumn) {
        column.read(row, into: room.base)
        let code = quantizer.encode(room.base, into: rows.address(row).assumingMemoryBound(to: Int8.self))
        scales[row] = code.scale
        if quantizer.metric == .squaredDistance { squares[row] = code.square }
        // A group's bounds only grow: what was replaced is not looked for.
        let group = groupIndex(ofRow: row)
        groups[group].spread = max(groups[group].spread, code.spread)
        groups[group].reach = max(groups[group].reach, code.reach)
    }

    private borrowing func check(_ column: borrowing VectorColumn, _ row: Int) throws(StrataError) {
        guard column.dimensions == quantizer.dimensions else {
            throw StrataError(
                .invalidArgument,
                "a quantizer of \(quantizer.dimensions) components for a column of \(column.dimensions)")
        }
        guard row < column.count else {
            throw StrataError(.notFound, "row \(row) of a column of \(column.count) rows")
        }
    }

    /// The group of a row; rows of one group lie together in one chunk.
    @inline(__always)
    borrowing func groupIndex(ofRow row: Int) -> Int {
        let groupsPerChunk = (rows.rowsPerChunk + Self.groupRows - 1) / Self.groupRows
        return row / rows.rowsPerChunk * groupsPerChunk + row % rows.rowsPerChunk / Self.groupRows
    }

    /// The end of the group that begins at a row.
    @inline(__always)
    borrowing func endOfGroup(from row: Int) -> Int {
        let chunkEnd = (row / rows.rowsPerChunk + 1) * rows.rowsPerChunk
        return min(row + Self.groupRows, chunkEnd, count)
    }

    /// The bytes of a row that exists.
    @inline(__always)
    borrowing func codes(_ row: Int) -> UnsafePointer<Int8> {
        UnsafePointer(rows.address(row).assumingMemoryBound(to: Int8.self))
    }
}
