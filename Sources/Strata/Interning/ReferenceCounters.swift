import Synchronization

/// Counts what threads were given, in a cell for each thread, so that none waits for another's cache line.
///
/// A thread's cell is that of its place among the readers of an ``EpochManager``, which nobody else has at the same time
/// and which is handed from thread to thread by an acquire and a release: a cell is written with plain loads and stores
/// that are atomic only for those who read the sums. Threads past the first ``ownCells`` share one cell.
///
/// Invariant: `cells` is initialised memory for ``ownCells`` cells and one, a cache line each.
struct ReferenceCounters: ~Copyable, @unchecked Sendable {
    private struct Cell: ~Copyable {
        let references = Atomic<UInt64>(0)
        let bytes = Atomic<UInt64>(0)
    }

    static let ownCells = 64
    private static let stride = 64
    private let cells: UnsafeMutableRawPointer

    static var byteCount: Int { (ownCells + 1) * stride }

    init(_ memory: InternerMemory) throws(StrataError) {
        cells = try memory.allocate(Self.byteCount)
        for index in 0...Self.ownCells { Self.cell(cells, index).initialize(to: Cell()) }
    }

    /// Atomics of integers are trivial: nothing to deinitialise.
    borrowing func destroy(_ memory: InternerMemory) { memory.release(cells, Self.byteCount) }

    @inline(__always)
    private static func cell(_ cells: UnsafeMutableRawPointer, _ index: Int) -> UnsafeMutablePointer<Cell> {
        (cells + index &* stride).assumingMemoryBound(to: Cell.self)
    }

    /// Counts for the calling thread, which has the place.
    @inline(__always)
    borrowing func add(_ references: UInt64, _ bytes: UInt64, at place: EpochPlace) {
        let index = place.back.pointee.index
        if _fastPath(index < Self.ownCells) {
            let cell = Self.cell(cells, index)
            let (count, length) = (
                cell.pointee.references.load(ordering: .relaxed), cell.pointee.bytes.load(ordering: .relaxed)
            )
            cell.pointee.references.store(count &+ references, ordering: .relaxed)
            cell.pointee.bytes.store(length &+ bytes, ordering: .relaxed)
        } else {
            let cell = Self.cell(cells, Self.ownCells)
            cell.pointee.references.wrappingAdd(references, ordering: .relaxed)
            cell.pointee.bytes.wrappingAdd(bytes, ordering: .relaxed)
        }
    }

    /// The sums; exact when nobody counts meanwhile.
    borrowing func sums() -> (references: UInt64, bytes: UInt64) {
        var sums: (references: UInt64, bytes: UInt64) = (0, 0)
        for index in 0...Self.ownCells {
            sums.references &+= Self.cell(cells, index).pointee.references.load(ordering: .relaxed)
            sums.bytes &+= Self.cell(cells, index).pointee.bytes.load(ordering: .relaxed)
        }
        return sums
    }
}
