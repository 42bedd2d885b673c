import CStrata
import Glibc

/// Rows of a fixed number of bytes in chunks of 2 MiB; addresses never move.
///
/// A chunk but the first is aligned to a huge page and asks for one: a scan then misses the translation buffer once in
/// 2 MiB. Room behind a row's last component, up to the next row, is zero.
struct RowChunks: ~Copyable {
    private static let chunkBytes = 2 << 20

    /// Bytes from a row to the next.
    let pitch: Int
    let rowsPerChunk: Int
    private(set) var count = 0
    private(set) var chunks: [UnsafeMutableRawPointer] = []
    private var charge: MemoryCharge

    /// - Parameter group: rows of a chunk are a multiple of this where as many fit.
    init(pitch: Int, group: Int = 1, budget: MemoryBudget?) {
        self.pitch = pitch
        let fitting = Swift.max(1, Self.chunkBytes / pitch)
        rowsPerChunk = fitting >= group ? fitting / group * group : fitting
        charge = MemoryCharge(budget)
    }

    deinit { for chunk in chunks { free(chunk) } }

    /// Elements from a row to the next so that rows begin at multiples of 64 bytes, or, where that would waste more than
    /// an eighth, of 16 bytes.
    static func stride(dimensions: Int, width: Int) -> Int {
        let bytes = dimensions * width
        let wide = (bytes + 63) & ~63
        return (wide - bytes <= bytes / 8 ? wide : (bytes + 15) & ~15) / width
    }

    private var chunkByteCount: Int { (rowsPerChunk * pitch + 63) & ~63 }
    /// Bytes held from the process's allocator.
    var reservedBytes: Int { chunks.count * chunkByteCount + chunks.capacity * 8 }

    /// The place of a row.
    ///
    /// - Precondition: the row is one of `count`.
    @inline(__always)
    borrowing func address(_ row: Int) -> UnsafeMutableRawPointer {
        precondition(row >= 0 && row < count)
        return chunks[row / rowsPerChunk] + row % rowsPerChunk * pitch
    }

    /// Adds a row of zeros, and returns its number.
    ///
    /// - Throws: `limitExceeded` when there is no memory; nothing has changed then.
    mutating func append() throws(StrataError) -> Int {
        guard count < Int(EntityData.none) else {
            throw StrataError(.limitExceeded, "a column holds at most \(EntityData.none) rows")
        }
        if count == chunks.count * rowsPerChunk {
            let bytes = chunkByteCount
            try charge.grow(by: bytes)
            defer { charge.settle(at: reservedBytes) }
            let isLarge = !chunks.isEmpty && bytes > Self.chunkBytes / 2
            guard let chunk = aligned_alloc(isLarge ? Self.chunkBytes : 64, bytes) else {
                throw StrataError(.limitExceeded, "the allocator has no \(bytes) bytes left", errno: errno)
            }
            // Only advice: without huge pages the rows are the same.
            if isLarge { _ = madvise(chunk, bytes, Int32(MADV_HUGEPAGE)) }
            chunks.append(chunk)
        }
        let row = count
        count += 1
        memset(address(row), 0, pitch)
        return row
    }
}
