import CStrata

/// The rules that hold between the values of a snapshot whose bytes match their checksums.
///
/// Nothing that was read is used as an index before it was compared: a file made on purpose must not trap.
struct SnapshotStructure: ~Copyable {
    let storage: ZeroCopyGraphStorage
    let limits: SnapshotLimits

    var sections: UnsafePointer<SnapshotSections> { storage.sections }

    init(_ storage: consuming ZeroCopyGraphStorage, _ limits: SnapshotLimits) {
        self.storage = storage
        self.limits = limits
    }

    /// - Parameters:
    ///   - columnsAreSound: whether ``SnapshotColumns`` found the rules of entities, relationships, properties and names
    ///     kept, which are then not looked at again.
    ///   - doubtfulStrings: those that ``SnapshotStrings`` did not find sound; no others are looked at.
    /// - Throws: `corrupted` at the first value that breaks a rule.
    func check(columnsAreSound: Bool, doubtfulStrings: [Range<Int>]) throws(StrataError) {
        if !columnsAreSound {
            try checkOffsets(sections.pointee.outOffsets, storage.entityCount, of: storage.relationshipCount)
            try checkOffsets(sections.pointee.inOffsets, storage.entityCount, of: storage.relationshipCount)
        }
        try checkOffsets(
            sections.pointee.stringOffsets,
            sections.pointee.hasCodedStrings ? sections.pointee.stringBlockCount : storage.stringCount,
            of: sections.pointee.stringByteCount)
        if !columnsAreSound {
            try checkOffsets(
                sections.pointee.valueOffsets, storage.distinctPropertyCount, of: sections.pointee.valuePositionCount)
            try checkEntities()
            try checkRelationships()
        }
        try checkTypes(sections.pointee.entityTypes, storage.entityTypeCount)
        try checkTypes(sections.pointee.relationshipTypes, storage.relationshipTypeCount)
        try checkTypes(sections.pointee.propertyKeys, sections.pointee.propertyKeyCount)
        for range in doubtfulStrings { try checkStrings(range) }
        if !columnsAreSound {
            try checkNames()
            try checkProperties()
        }
        try checkEmbeddingPositions()
    }

    func require(
        _ holds: Bool, at place: UnsafeRawPointer, _ what: @autoclosure () -> String
    ) throws(StrataError) {
        guard holds else { throw storage.damage(at: place, what()) }
    }

    /// Offsets begin with zero, never descend, and end with the count of what they lead to.
    private func checkOffsets(_ offsets: NumberColumn, _ groups: Int, of count: Int) throws(StrataError) {
        let column = strata_column(start: offsets.base, count: groups + 1, stride: offsets.stride)
        if strata_offsets_ascend(column, UInt64(count)) != 0 { return }
        // Which of them breaks the rule is told by looking again.
        try require(offsets[0] == 0, at: offsets.base, "the first offset is not zero")
        for group in 0..<groups {
            try require(offsets[group] <= offsets[group + 1], at: offsets.place(group + 1), "an offset descends")
        }
        try require(
            offsets[groups] == UInt64(count), at: offsets.place(groups), "the last offset is not the count of elements")
    }

    private func checkEntities() throws(StrataError) {
        var wideIndex = 0
        var propertyOffset: UInt64 = 0
        var row: UInt32 = 0
        var isDense = true
        for position in 0..<storage.entityCount {
            let place = sections.pointee.entities + position
            let entity = place.pointee

            /// A field's value, from the field itself or, where the flag is set, from the wide table's next entry.
            func value(
                _ narrow: UInt64, _ flag: ZeroCopyEntity.Flags, _ field: WideEntry.Field, _ limit: UInt64,
                saturated: UInt64
            ) throws(StrataError) -> UInt64 {
                guard entity.flags.contains(flag) else {
                    try require(narrow <= limit, at: place, "a field is over its limit without a flag")
                    return narrow
                }
                try require(narrow == saturated, at: place, "a field with a wide value holds another one itself")
                try require(wideIndex < sections.pointee.wideCount, at: place, "a wide value is missing")
                let entry = sections.pointee.wide[wideIndex]
                try require(
                    entry.position == UInt32(position) && entry.field == field.rawValue && entry.value > limit,
                    at: sections.pointee.wide + wideIndex, "this is not the wide value of field \(field) at \(position)"
                )
                wideIndex += 1
                return entry.value
            }

            isDense = isDense && Int(entity.id) == position
            try require(
                position == 0 || sections.pointee.entities[position - 1].id < entity.id, at: place,
                "the ids do not ascend")
            try require(entity.flags.isSubset(of: .known), at: place, "flags are set that have no meaning")

            let degree = try value(
                UInt64(entity.degree), .wideDegree, .degree, limits.degree, saturated: UInt64(UInt16.max))
            try require(
                degree == sections.pointee.outOffsets[position + 1] - sections.pointee.outOffsets[position], at: place,
                "the degree is not the count of outgoing relationships")
            let type = try value(
                UInt64(entity.typeID), .wideTypeID, .typeID, limits.typeID, saturated: UInt64(UInt16.max))
            try require(type < UInt64(storage.entityTypeCount), at: place, "the type is out of range")
            let size = try value(
                UInt64(entity.propertySize), .widePropertySize, .propertySize, limits.propertySize,
                saturated: UInt64(UInt16.max))
            let offset = try value(
                UInt64(entity.propertyOffset), .widePropertyOffset, .propertyOffset, limits.propertyOffset,
                saturated: UInt64(UInt32.max))
            try require(offset == propertyOffset, at: place, "the properties do not follow those before them")
            try require(
                size <= UInt64(storage.propertyCount) - propertyOffset, at: place,
                "the properties lead out of their section")
            propertyOffset += size

            let hasEmbedding = entity.flags.contains(.hasEmbedding)
            try require(
                entity.embeddingOffset == (hasEmbedding ? row : SnapshotFormat.absent), at: place,
                "the embedding's row does not follow the one before it")
            if hasEmbedding { row += 1 }
            let isNamed = storage.namedCount > 0 && sections.pointee.names[position] != SnapshotFormat.absent
            try require(
                entity.flags.contains(.hasName) == isNamed, at: place, "the flag of the name contradicts the names")
        }
        let end = sections.pointee.entities + storage.entityCount
        try require(isDense == storage.hasDenseIDs, at: sections.pointee.entities, "the mark of dense ids is wrong")
        try require(propertyOffset == UInt64(storage.propertyCount), at: end, "properties belong to no entity")
        try require(Int(row) == storage.embeddingCount, at: end, "embeddings belong to no entity")
        try require(
            wideIndex == sections.pointee.wideCount, at: sections.pointee.wide + wideIndex,
            "a wide value belongs to no entity")
    }

    /// Lists are sorted and lead to entities and types; the incoming ones are the outgoing ones seen from the target.
    private func checkRelationships() throws(StrataError) {
        var outgoing: UInt64 = 0
        var incoming: UInt64 = 0
        for position in 0..<storage.entityCount {
            try checkList(sections.pointee.outOffsets, sections.pointee.outRelationships, position) { relationship in
                outgoing &+= Self.mix(UInt64(position) << 32 | UInt64(relationship.target), UInt64(relationship.type))
            }
        }
        for position in 0..<storage.entityCount {
            try checkList(sections.pointee.inOffsets, sections.pointee.inRelationships, position) { relationship in
                incoming &+= Self.mix(UInt64(relationship.target) << 32 | UInt64(position), UInt64(relationship.type))
            }
        }
        try require(
            outgoing == incoming, at: sections.pointee.inRelationships.numbers.base,
            "the incoming relationships are not the outgoing ones")
    }

    private func checkList(
        _ offsets: NumberColumn, _ relationships: RelationshipColumn, _ position: Int,
        _ visit: (ZeroCopyRelationship) -> Void
    ) throws(StrataError) {
        var previous: UInt64 = 0
        for index in Int(offsets[position])..<Int(offsets[position + 1]) {
            let relationship = relationships[index]
            let place = relationships.numbers.place(index)
            try require(relationship.target < storage.entityCount, at: place, "a relationship leads to no entity")
            try require(relationship.type < storage.relationshipTypeCount, at: place, "a relationship has no type")
            let order = relationships.numbers[index]
            try require(previous <= order, at: place, "the relationships are not sorted")
            previous = order
            visit(relationship)
        }
    }

    /// Spreads two numbers over 64 bits, so that sums of the results tell sets of pairs apart.
    static func mix(_ first: UInt64, _ second: UInt64) -> UInt64 {
        var value = first &* 0x9E37_79B9_7F4A_7C15 ^ second &* 0xC2B2_AE3D_27D4_EB4F
        value = (value ^ value >> 32) &* 0xD6E8_FEB8_6659_FD93
        value = (value ^ value >> 32) &* 0xD6E8_FEB8_6659_FD93
        return value ^ value >> 32
    }
}
