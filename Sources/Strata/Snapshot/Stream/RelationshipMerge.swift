/// The relationships from their targets' side, and, where ids are not positions, the sources' side after that.
struct RelationshipMerge {
    /// Offsets, as they are written.
    let inOffsets: ScratchExtent
    /// Pairs of type and source, as they are written.
    let inRelationships: ScratchExtent
    /// Pairs of type and target, as they are written; nil where ids are positions, and they are known already.
    let outRelationships: ScratchExtent?

    /// - Parameter incoming: (target's id, type, source's position).
    /// - Throws: `invalidArgument` when a target is not among the ids.
    init(
        _ incoming: consuming NumberSorter, ids: ScratchExtent, _ shape: GraphReplay.Shape, room: SortRoom,
        _ memory: StreamMemory, _ space: ScratchSpace
    ) throws(StrataError) {
        let packing = shape.relationships
        var offsets = try ScratchWriter(space, bufferByteCount: memory.bufferByteCount)
        var relationships = try ScratchWriter(space, bufferByteCount: memory.bufferByteCount)
        var ids = ScratchReader(ids, bufferByteCount: memory.bufferByteCount)
        var merge = try incoming.finish()
        var outgoing: NumberSorter?
        if !shape.counts.isDense {
            outgoing = NumberSorter(runCount: memory.runCount, room: room, memory, space)
        }
        var count: UInt64 = 0
        var position: UInt32 = 0
        var next = try merge.next()
        while !ids.isAtEnd {
            let id = try ids.read(UInt32.self)
            try offsets.append(count, stride: shape.offsetStride)
            while let number = next {
                let target = UInt32(truncatingIfNeeded: number >> 96)
                guard target <= id else { break }
                let type = UInt32(truncatingIfNeeded: number >> 64)
                let source = UInt32(truncatingIfNeeded: number)
                guard target == id else { throw Self.missing(target, space) }
                try relationships.append(packing.number(high: type, low: source), stride: packing.stride)
                if outgoing != nil {
                    try outgoing!.add(high: UInt64(source) << 32 | UInt64(type), low: UInt64(position))
                }
                count += 1
                next = try merge.next()
            }
            position += 1
        }
        if let number = next { throw Self.missing(UInt32(truncatingIfNeeded: number >> 96), space) }
        try offsets.append(count, stride: shape.offsetStride)
        inOffsets = try offsets.finish()
        inRelationships = try relationships.finish()

        guard let sorter = outgoing.take() else {
            outRelationships = nil
            return
        }
        var sources = try sorter.finish()
        var writer = try ScratchWriter(space, bufferByteCount: memory.bufferByteCount)
        while let number = try sources.next() {
            try writer.append(
                packing.number(
                    high: UInt32(truncatingIfNeeded: number >> 64), low: UInt32(truncatingIfNeeded: number)),
                stride: packing.stride)
        }
        outRelationships = try writer.finish()
    }

    private static func missing(_ id: UInt32, _ space: ScratchSpace) -> StrataError {
        CollectedGraph.contradiction("a relationship leads to entity \(id), which is not there", space.path)
    }
}
