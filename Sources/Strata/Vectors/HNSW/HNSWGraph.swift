/// A graph as searches read it: in memory that an index owns, or in place in a section's bytes.
///
/// Nodes are rows on the lowest level (0). The few that reach higher levels have a slot too; links of higher levels name
/// slots, so that nothing has to be stored for the others. A list of links ends at its width or at the first number that
/// is no node (`none`): numbers from damaged bytes therefore lead nowhere, and each is compared before it is followed.
///
/// Invariant: for as long as the owner of the memory lives and does not change it, `rows`, `ids` and `links` have
/// `rowCount` entries (links: `2 * width` each), `slotRows` and `slotBlocks` have `slotCount`, `upperLinks` has
/// `blockCount` lists of `width`. What is in them may be anything.
struct HNSWGraph: BitwiseCopyable {
    /// Marks the end of a list, and no node.
    static let none: UInt32 = .max

    var rows: IndexRows
    var rowCount: Int
    var ids: UnsafePointer<UInt32>
    /// nil when every row is live.
    var states: UnsafePointer<RowState>?
    var liveCount: Int
    var links: UnsafePointer<UInt32>
    var slotCount: Int
    var slotRows: UnsafePointer<UInt32>
    /// Number of the slot's first list, that of level 1; those of higher levels follow.
    var slotBlocks: UnsafePointer<UInt32>
    var upperLinks: UnsafePointer<UInt32>
    var blockCount: Int
    /// Links of a list on higher levels; twice as many on the lowest.
    var width: Int
    var entry: HNSWEntry

    /// Longest list of a level.
    @inline(__always)
    func width(_ level: Int) -> Int { level == 0 ? 2 &* width : width }

    /// The links of a node, of which those up to the first that is no node count; nil when damaged bytes name a list that
    /// is not there.
    @inline(__always)
    func list(_ node: UInt32, _ level: Int) -> UnsafePointer<UInt32>? {
        if level == 0 { return links + Int(node) &* (2 &* width) }
        let block = Int(slotBlocks[Int(node)]) &+ (level &- 1)
        return block < blockCount ? upperLinks + block &* width : nil
    }

    /// Nodes of a level have smaller numbers.
    @inline(__always)
    func nodeLimit(_ level: Int) -> Int { level == 0 ? rowCount : slotCount }

    /// The row of a node. One that is not there, as in damaged bytes, becomes the first.
    @inline(__always)
    func row(_ node: UInt32, _ level: Int) -> UInt32 {
        if level == 0 { return node }
        let row = slotRows[Int(node)]
        return Int(row) < rowCount ? row : 0
    }
}

/// Where searches begin.
struct HNSWEntry: BitwiseCopyable, Equatable {
    /// The highest level of the graph.
    var level: Int
    /// The slot of the node on that level; `HNSWGraph.none` when the graph has the lowest level only.
    var slot: UInt32
    var row: UInt32

    /// That of an empty graph.
    static let nowhere = HNSWEntry(level: 0, slot: HNSWGraph.none, row: HNSWGraph.none)
}
