/// The entities' records, and the values that do not fit them.
struct EntityTable: ~Copyable {
    let records: WorkArray<ZeroCopyEntity>
    /// Sorted by position and field.
    let wide: [WideEntry]

    init(_ graph: borrowing CollectedGraph, _ strings: borrowing StringDictionary, _ limits: SnapshotLimits) {
        let records = WorkArray<ZeroCopyEntity>(unsetCount: graph.count)
        let typeIndices = strings.indices(in: strings.entityTypes)
        var wide: [WideEntry] = []
        var row: UInt32 = 0
        for position in 0..<graph.count {
            var fields = NarrowFields(position: UInt32(position))
            let degree = graph.relationshipOffsets[position + 1] - graph.relationshipOffsets[position]
            let type = typeIndices[Int(strings.newIDs[Int(graph.types[position])])]
            let propertyOffset = graph.propertyOffsets[position]
            let propertySize = graph.propertyOffsets[position + 1] - propertyOffset
            // In the order of the fields' numbers, which the wide table is sorted by.
            let narrowDegree: UInt16 = fields.narrow(degree, limit: limits.degree, .degree, .wideDegree)
            let narrowType: UInt16 = fields.narrow(UInt64(type), limit: limits.typeID, .typeID, .wideTypeID)
            let narrowSize: UInt16 = fields.narrow(
                propertySize, limit: limits.propertySize, .propertySize, .widePropertySize)
            let narrowOffset: UInt32 = fields.narrow(
                propertyOffset, limit: limits.propertyOffset, .propertyOffset, .widePropertyOffset)
            wide += fields.wide
            let flags = graph.flags[position].union(fields.flags)
            records[position] = ZeroCopyEntity(
                id: graph.ids[position], typeID: narrowType, degree: narrowDegree,
                embeddingOffset: flags.contains(.hasEmbedding) ? row : SnapshotFormat.absent,
                propertyOffset: narrowOffset, propertySize: narrowSize, flags: flags)
            if flags.contains(.hasEmbedding) { row += 1 }
        }
        self.records = records
        self.wide = wide
    }
}

/// The entities' names, and the index from name to entity. Both are empty when no entity has a name.
struct NameTables: ~Copyable {
    /// For each position a string of the file, or ``SnapshotFormat/absent``.
    let names: WorkArray<UInt32>
    /// The positions that have a name, sorted by (name, position).
    let index: WorkArray<UInt32>

    init(_ graph: borrowing CollectedGraph, _ strings: borrowing StringDictionary) {
        names = WorkArray(repeating: SnapshotFormat.absent, count: graph.namedCount > 0 ? graph.count : 0)
        index = WorkArray(unsetCount: graph.namedCount)
        let slots = WorkArray<Int>(repeating: 0, count: graph.namedCount > 0 ? strings.count : 0)
        for position in 0..<names.count where graph.names[position] != SnapshotFormat.absent {
            let name = strings.newIDs[Int(graph.names[position])]
            names[position] = name
            slots[Int(name)] += 1
        }
        slots.accumulate()
        for position in 0..<names.count where names[position] != SnapshotFormat.absent {
            let slot = slots[Int(names[position])]
            slots[Int(names[position])] = slot + 1
            index[slot] = UInt32(position)
        }
    }
}
