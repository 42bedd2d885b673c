import CStrata
import Glibc

/// Embeddings as rows of 32-bit floats, in chunks aligned to 64 bytes; addresses move by compaction alone.
///
/// Adding, reading and removing a row is O(dimensions); a removed row's place is given to the next one. One writer at a
/// time, with no reader beside it.
///
/// Invariant: `owners[row]` is the entity of a live row, or `EntityData.none`; `free` holds all other rows, and beside
/// them none but rows at `owners.count` or above, which compaction has cut off; `count` are live.
public struct EmbeddingColumn: ~Copyable {
    /// Bytes of a chunk, at least; a chunk holds whole rows.
    static let chunkBytes = 1 << 20

    /// Floats a row. 0: the column takes no rows.
    public let dimensions: Int
    let rowsPerChunk: Int
    var chunks: [UnsafeMutablePointer<Float>] = []
    var owners: [UInt32] = []
    var free: [UInt32] = []
    var charge: MemoryCharge
    /// Number of live rows.
    public private(set) var count = 0
    /// Rows from the first that were filled at some time, as far as their chunks are still held.
    var filledRows = 0
    /// At least the length of the longest row that was ever in the column.
    private(set) var rowNormBound = 0.0
    /// Goes up at each change: an answer found at one version holds for that version only.
    public private(set) var version: UInt64 = 0

    /// An empty column.
    ///
    /// - Parameter budget: what rows are taken from; nil for no bound.
    /// - Precondition: `dimensions` is 0 to 65,536.
    public init(dimensions: Int, budget: MemoryBudget? = nil) {
        charge = MemoryCharge(budget)
        precondition((0...65_536).contains(dimensions))
        self.dimensions = dimensions
        rowsPerChunk = dimensions == 0 ? 1 : Swift.max(1, Self.chunkBytes / (dimensions * 4))
    }

    deinit { for chunk in chunks { Glibc.free(chunk) } }

    /// Bytes held from the process's allocator.
    public var reservedBytes: Int {
        chunks.count * chunkByteCount + (owners.capacity + free.capacity) * MemoryLayout<UInt32>.stride
    }
    /// Bytes of rows in the newest chunk that were never filled.
    var untouchedBytes: Int { (chunks.count * rowsPerChunk - filledRows) * dimensions * MemoryLayout<Float>.stride }

    var chunkByteCount: Int { (rowsPerChunk * dimensions * 4 + 63) & ~63 }

    /// Whether every component is finite and the length below 1e18, so that no inner product of two such vectors
    /// overflows in single precision.
    static func isUsable(_ vector: Span<Float>) -> Bool {
        squaredLengthBound(vector) < 1e36
    }

    /// At least the square of the length; NaN or infinite when a component is.
    static func squaredLengthBound(_ vector: Span<Float>) -> Double {
        vector.withUnsafeBufferPointer { values in
            guard let base = values.baseAddress else { return 0 }
            var fast: Float = 0
            strata_dot_many(base, base, 1, values.count, &fast)
            // Far from overflow and underflow, single precision is off by less than 65,536 * 2^-23, below 1 %.
            if fast > 1e-20, fast < 1e34 { return Double(fast) * 1.01 }
            return strata_dot_exact(base, base, values.count)
        }
    }

    /// Copies a row in.
    ///
    /// - Throws: `invalidArgument` when the length is wrong or a component is not finite (or so large that an inner
    ///   product would overflow), `limitExceeded` when there is no memory; the column is as before then.
    public mutating func add(_ vector: Span<Float>, owner: UInt32) throws(StrataError) -> UInt32 {
        guard vector.count == dimensions, dimensions > 0 else {
            throw StrataError(
                .invalidArgument, "an embedding has \(vector.count) components where the store has \(dimensions)")
        }
        let squaredLength = Self.squaredLengthBound(vector)
        guard squaredLength < 1e36 else {
            throw StrataError(
                .invalidArgument, "an embedding has a component that is not finite, or is longer than 1e18",
                remedy: "normalise it")
        }
        let row: UInt32
        if let reused = nextHole() {
            row = reused
        } else {
            guard owners.count < Int(EntityData.none) else {
                throw StrataError(.limitExceeded, "a column holds at most \(EntityData.none) rows")
            }
            if owners.count == chunks.count * rowsPerChunk {
                let bytes = chunkByteCount
                try charge.grow(by: bytes)
                defer { charge.settle(at: reservedBytes) }
                guard let chunk = aligned_alloc(64, bytes) else {
                    throw StrataError(.limitExceeded, "the allocator has no \(bytes) bytes left", errno: errno)
                }
                chunks.append(chunk.bindMemory(to: Float.self, capacity: rowsPerChunk * dimensions))
            }
            row = UInt32(owners.count)
            let room = owners.capacity
            owners.append(EntityData.none)
            if owners.capacity != room { charge.settle(at: reservedBytes) }
            filledRows = Swift.max(filledRows, owners.count)
        }
        owners[Int(row)] = owner
        count += 1
        vector.withUnsafeBufferPointer { pointer(row).update(from: $0.baseAddress!, count: dimensions) }
        rowNormBound = Swift.max(rowNormBound, squaredLength.squareRoot() * 1.000_001)
        version += 1
        return row
    }

    /// Takes a live row out.
    public mutating func remove(_ row: UInt32) {
        precondition(owners[Int(row)] != EntityData.none)
        owners[Int(row)] = EntityData.none
        count -= 1
        let room = free.capacity
        free.append(row)
        if free.capacity != room { charge.settle(at: reservedBytes) }
        version += 1
    }

    /// A row, valid until it is removed or moved.
    borrowing func vector(_ row: UInt32) -> UnsafeBufferPointer<Float> {
        UnsafeBufferPointer(start: pointer(row), count: dimensions)
    }

    /// The entities whose embeddings have the largest inner product with `query`, best first.
    ///
    /// - Precondition: `query` has `dimensions` components.
    /// - Complexity: O(rows * dimensions).
    borrowing func top(
        _ query: Span<Float>, limit: Int, where accept: (UInt32) -> Bool
    ) -> [SimilarityMatch] {
        var blocks: [RowBlock] = []
        for (index, chunk) in chunks.enumerated() {
            let first = index * rowsPerChunk
            blocks.append(
                RowBlock(
                    firstRow: UInt32(first), base: UnsafePointer(chunk),
                    count: Swift.min(rowsPerChunk, owners.count - first), stride: dimensions))
        }
        return ExactSearch.top(
            query: query.withUnsafeBufferPointer { $0.baseAddress! }, dimensions: dimensions,
            limit: Swift.min(limit, count), blocks: blocks,
            rowNormBound: rowNormBound
        ) { row in
            let owner = owners[Int(row)]
            return owner != EntityData.none && accept(owner) ? owner : nil
        }
    }

    /// Takes a row that is free off the list of those.
    mutating func nextHole() -> UInt32? {
        while let row = free.popLast() {
            if Int(row) < owners.count { return row }
        }
        return nil
    }

    borrowing func pointer(_ row: UInt32) -> UnsafeMutablePointer<Float> {
        chunks[Int(row) / rowsPerChunk] + (Int(row) % rowsPerChunk) * dimensions
    }
}
