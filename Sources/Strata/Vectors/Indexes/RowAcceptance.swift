/// Which rows count as results of a search. Others are passed through.
protocol RowAcceptance: BitwiseCopyable {
    func accepts(_ row: UInt32) -> Bool
}

/// Every row: nothing was deleted and there is no filter.
struct Unfiltered: RowAcceptance {
    @inline(__always)
    func accepts(_ row: UInt32) -> Bool { true }
}

/// The rows that were not deleted.
struct LiveRows: RowAcceptance {
    let states: UnsafePointer<RowState>

    @inline(__always)
    func accepts(_ row: UInt32) -> Bool { states[Int(row)] == .live }
}

/// The rows whose identifiers are in a set, and that were not deleted.
struct FilteredRows: RowAcceptance {
    let ids: UnsafePointer<UInt32>
    let filter: IdentifierFilter
    let states: UnsafePointer<RowState>?

    @inline(__always)
    func accepts(_ row: UInt32) -> Bool {
        if let states, states[Int(row)] != .live { return false }
        return filter.contains(ids[Int(row)])
    }
}

/// What a row of an index is.
struct RowState: BitwiseCopyable, Equatable {
    let code: UInt8

    /// Taken by the next insertion.
    static let free = RowState(code: 0)
    /// Holds a vector that searches find.
    static let live = RowState(code: 1)
    /// Deleted; searches pass through it.
    static let dead = RowState(code: 2)
    /// Deleted, and the pass that is under way takes all links to it out.
    static let dying = RowState(code: 3)
}
