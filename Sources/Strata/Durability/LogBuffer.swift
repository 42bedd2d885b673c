import Glibc

/// Records that wait to be written, one behind the other as the file will have them.
///
/// Invariant: `start` is a block of `malloc` with room for `capacity` bytes, of which the first `count` are set. The
/// block is kept from one batch to the next.
struct LogBuffer: ~Copyable {
    private(set) var count = 0
    private var capacity = 0
    private var start: UnsafeMutableRawPointer?

    init() {}

    deinit { free(start) }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }

    /// The room for `size` bytes more, which count as set from now on.
    ///
    /// - Throws: `limitExceeded` when there is no memory; the buffer stays what it was.
    @inline(__always)
    mutating func extend(by size: Int) throws(StrataError) -> UnsafeMutableRawPointer {
        if capacity - count < size { try grow(to: count + size) }
        defer { count += size }
        return start! + count
    }

    mutating func removeAll() { count = 0 }

    /// Gives memory back that one large record needed.
    mutating func shrink(to limit: Int) {
        guard count == 0, capacity > limit else { return }
        free(start)
        start = nil
        capacity = 0
    }

    private mutating func grow(to size: Int) throws(StrataError) {
        let wanted = max(size, 2 * capacity, 4096)
        guard let larger = realloc(start, wanted) else {
            throw StrataError(
                .limitExceeded, "there is no memory for a log record of \(size) bytes",
                remedy: "free some memory, or write smaller records")
        }
        start = larger
        capacity = wanted
    }
}
