/// Goes through all entities of a database at one moment.
struct LayeredWalk {
    private let layers: GraphLayers
    private let sequence: UInt64
    /// The entities that some delta has something to say about, ascending, each once.
    private let touched: [UInt32]

    /// - Complexity: O(c log c) in the entities that the deltas know.
    init(_ layers: GraphLayers, at sequence: UInt64) {
        self.layers = layers
        self.sequence = sequence
        var ids: [UInt32] = []
        layers.active.forEachID { ids.append($0) }
        layers.frozen?.forEachID { ids.append($0) }
        ids.sort()
        var unique = 0
        for place in ids.indices where place == 0 || ids[place] != ids[place - 1] {
            ids[unique] = ids[place]
            unique += 1
        }
        ids.removeSubrange(unique...)
        touched = ids
    }

    /// Calls `body` with each entity, by rising identifier.
    func forEachEntity(_ body: (UInt32, GraphLayers.Found) throws(StrataError) -> Void) throws(StrataError) {
        var next = 0
        func tellTouched(before end: UInt32?) throws(StrataError) {
            while next < touched.count, end == nil || touched[next] < end! {
                try tell(touched[next], body)
                next += 1
            }
        }
        if let base = layers.base {
            let count = base.pointee.snapshot.entityCount
            for position in 0..<count {
                let id = try base.pointee.snapshot.id(at: position)
                try tellTouched(before: id)
                if next < touched.count, touched[next] == id {
                    try tell(id, body)
                    next += 1
                } else {
                    try body(id, .base(position))
                }
            }
        }
        try tellTouched(before: nil)
    }

    private func tell(
        _ id: UInt32, _ body: (UInt32, GraphLayers.Found) throws(StrataError) -> Void
    ) throws(StrataError) {
        let found = try layers.entity(id, at: sequence)
        if !found.isAbsent { try body(id, found) }
    }
}
