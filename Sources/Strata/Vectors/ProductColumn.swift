/// The rows of a ``VectorColumn`` as a few bytes each: see ``ProductQuantizer``. Row n here is row n there. One writer at
/// a time, with no reader beside it.
public struct ProductColumn: ~Copyable {
    public let quantizer: ProductQuantizer
    private var rows: RowChunks
    private var row: Scratch<Float>
    private var distances = Scratch<Float>(ProductQuantizer.centreCount)

    /// An empty column.
    ///
    /// - Parameter budget: what rows are taken from; nil for no bound.
    public init(quantizer: ProductQuantizer, budget: MemoryBudget? = nil) {
        self.quantizer = quantizer
        rows = RowChunks(pitch: quantizer.parts, budget: budget)
        row = Scratch(quantizer.parts * quantizer.width)
    }

    /// The rows of a column, encoded.
    ///
    /// - Throws: `invalidArgument` when the quantizer is for other vectors, `limitExceeded` when there is no memory.
    /// - Complexity: O(rows * 256 * components).
    public static func encoding(
        _ column: borrowing VectorColumn, with quantizer: ProductQuantizer, budget: MemoryBudget? = nil
    ) throws(StrataError) -> ProductColumn {
        guard column.dimensions == quantizer.dimensions else {
            throw StrataError(
                .invalidArgument,
                "a quantizer of \(quantizer.dimensions) components for a column of \(column.dimensions)")
        }
        var codes = ProductColumn(quantizer: quantizer, budget: budget)
        for number in 0..<column.count {
            _ = try codes.rows.append()
            codes.store(number, from: column)
        }
        return codes
    }

    /// Number of rows.
    public var count: Int { rows.count }
    /// Bytes held from the process's allocator for the rows.
    public var reservedBytes: Int { rows.reservedBytes }

    /// Encodes the next row of the column that this one stands beside, and returns its number.
    ///
    /// - Throws: `notFound` when the column has no more rows, `invalidArgument` when it has other components,
    ///   `limitExceeded` when there is no memory. This column is as before then.
    /// - Complexity: O(256 * components).
    @discardableResult
    public mutating func append(from column: borrowing VectorColumn) throws(StrataError) -> UInt32 {
        try check(column, count)
        let place = try rows.append()
        store(place, from: column)
        return UInt32(place)
    }

    /// Encodes a row again that was replaced in the column that this one stands beside.
    ///
    /// - Throws: `notFound` when one of the two has no such row, `invalidArgument` when the column has other components.
    public mutating func replace(_ number: UInt32, from column: borrowing VectorColumn) throws(StrataError) {
        guard number < count else { throw StrataError(.notFound, "row \(number) of a column of \(count) rows") }
        try check(column, Int(number))
        store(Int(number), from: column)
    }

    private mutating func store(_ number: Int, from column: borrowing VectorColumn) {
        column.read(number, into: row.base)
        ProductQuantizer.normalise(
            row.base, quantizer.dimensions, quantizer.parts * quantizer.width, quantizer.metric)
        quantizer.encode(
            row.base, into: rows.address(number).assumingMemoryBound(to: UInt8.self), room: distances.base)
    }

    private borrowing func check(_ column: borrowing VectorColumn, _ number: Int) throws(StrataError) {
        guard column.dimensions == quantizer.dimensions else {
            throw StrataError(
                .invalidArgument,
                "a quantizer of \(quantizer.dimensions) components for a column of \(column.dimensions)")
        }
        guard number < column.count else {
            throw StrataError(.notFound, "row \(number) of a column of \(column.count) rows")
        }
    }

    /// The bytes of a row that exists; those of the rows behind it in its chunk follow.
    borrowing func codes(_ row: Int) -> UnsafePointer<UInt8> {
        UnsafePointer(rows.address(row).assumingMemoryBound(to: UInt8.self))
    }

    /// The end of the rows that lie in one chunk with a row, but no more than `limit` of them.
    borrowing func endOfRun(from row: Int, limit: Int) -> Int {
        min(row + limit, (row / rows.rowsPerChunk + 1) * rows.rowsPerChunk, count)
    }
}
