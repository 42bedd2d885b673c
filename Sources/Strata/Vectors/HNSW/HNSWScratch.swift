/// What a thread that links nodes works in.
struct HNSWScratch: ~Copyable {
    var searcher = IndexSearcher()
    /// Neighbours that were chosen, nearest first: nodes, their rows, and their distances.
    var chosen = IndexArray<UInt32>()
    var chosenRows = IndexArray<UInt32>()
    /// Candidates of a choice, as keys of the pool, nearest first.
    var keys = IndexArray<UInt64>()
    /// The list of a neighbour that is made anew.
    var list = IndexArray<UInt32>()
    var listRows = IndexArray<UInt32>()
    var distances = IndexArray<Float>()

    var reservedBytes: Int {
        searcher.reservedBytes + chosen.reservedBytes + chosenRows.reservedBytes + keys.reservedBytes
            + list.reservedBytes + listRows.reservedBytes + distances.reservedBytes
    }

    /// Makes room for linking in a graph of so many rows.
    ///
    /// After this, linking takes nothing from the allocator.
    mutating func reserve(rows: Int, breadth: Int, room: Int, width: Int) throws(StrataError) {
        try searcher.visited.reserve(rows)
        try searcher.pool.start(breadth: breadth, room: room)
        try searcher.reserve(batch: max(2 * width + 1, ExactRows.batch))
        try chosen.reserve(2 * width + 1)
        try chosenRows.reserve(2 * width + 1)
        try keys.reserve(max(room, 2 * width * (2 * width + 1)) + 1)
        try list.reserve(2 * width * (2 * width + 1) + 1)
        try listRows.reserve(2 * width * (2 * width + 1) + 1)
        try distances.reserve(2 * width * (2 * width + 1) + 1)
    }
}
